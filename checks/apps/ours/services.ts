import { App, Aspects, CfnCondition, CfnParameter, Fn, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { DockerImageAsset } from 'aws-cdk-lib/aws-ecr-assets';
import {
  CfnTaskDefinition,
  Cluster,
  ContainerImage,
  Ec2Service,
  Ec2TaskDefinition,
  FargateService,
  FargateTaskDefinition,
  FireLensLogDriver,
  TaskDefinition,
  LogDrivers,
} from 'aws-cdk-lib/aws-ecs';
import { ApplicationLoadBalancedFargateService, ScheduledFargateTask } from 'aws-cdk-lib/aws-ecs-patterns';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Effect, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';

/** Services as public apps make them: patterns, sidecars, tasks on instances, L1s, stages and nested stacks. */
const app = new App();

class Website extends Stack {
  constructor(scope: App | Stage, id: string, env?: { account?: string; region?: string }) {
    super(scope, id, { env });
    const vpc = new Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 });
    const cluster = new Cluster(this, 'Cluster', { vpc });
    new ApplicationLoadBalancedFargateService(this, 'Site', {
      cluster,
      taskImageOptions: { image: ContainerImage.fromRegistry('amazon/amazon-ecs-sample') },
    });
    const task = new FargateTaskDefinition(this, 'Task', { cpu: 512, memoryLimitMiB: 1024 });
    task.addContainer('app', {
      image: ContainerImage.fromEcrRepository(Repository.fromRepositoryName(this, 'Own', 'shop/web'), 'v3'),
      logging: LogDrivers.firelens({ options: { Name: 'cloudwatch' } }) as FireLensLogDriver,
    });
    task.addContainer('proxy', {
      image: ContainerImage.fromRegistry('nginx:1.27-alpine'),
      portMappings: [{ containerPort: 80 }],
    });
    task.addContainer('collector', {
      image: ContainerImage.fromRegistry('public.ecr.aws/aws-observability/aws-otel-collector:v0.40.0'),
    });
    task.addContainer('agent', { image: ContainerImage.fromRegistry('gcr.io/datadoghq/agent:7') });
    new FargateService(this, 'Service', { cluster, taskDefinition: task });
  }
}

new Website(app, 'Website', { account: '111122223333', region: 'eu-west-1' });
new Website(app, 'Anywhere');
const production = new Stage(app, 'Production', { env: { account: '444455556666', region: 'eu-central-1' } });
new Website(production, 'Website');

const tools = new Stack(app, 'Tools', { env: { account: '111122223333', region: 'eu-west-1' } });
const vpc = new Vpc(tools, 'Vpc', { maxAzs: 2, natGateways: 1 });
const cluster = new Cluster(tools, 'Cluster', { vpc });
cluster.addCapacity('Instances', { instanceType: new InstanceType('t3.medium') });

const onInstances = new Ec2TaskDefinition(tools, 'WithoutRole');
onInstances.addContainer('web', { image: ContainerImage.fromRegistry('grafana/grafana:11.4.0'), memoryLimitMiB: 256 });
new Ec2Service(tools, 'Grafana', { cluster, taskDefinition: onInstances });

new ScheduledFargateTask(tools, 'Nightly', {
  cluster,
  schedule: Schedule.expression('cron(0 2 * * ? *)'),
  scheduledFargateTaskImageOptions: {
    image: ContainerImage.fromRegistry('ghcr.io/renovatebot/renovate:39'),
    memoryLimitMiB: 512,
  },
});

const licensed = new FargateTaskDefinition(tools, 'Licensed');
licensed.addContainer('app', {
  image: ContainerImage.fromRegistry('docker.io/example/licensed:2', {
    credentials: Secret.fromSecretNameV2(tools, 'Login', 'hub-login'),
  }),
});

const built = new FargateTaskDefinition(tools, 'Built');
built.addContainer('app', {
  image: ContainerImage.fromDockerImageAsset(
    new DockerImageAsset(tools, 'Image', { directory: `${__dirname}/../../../examples/ecs-service`, file: 'app.ts' }),
  ),
});

// The L1, whose role is one with policies of its own.
const role = new Role(tools, 'Role', {
  assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
  managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonECSTaskExecutionRolePolicy')],
});
role.addToPolicy(new PolicyStatement({ effect: Effect.DENY, actions: ['s3:*'], resources: ['*'] }));
const isTest = new CfnCondition(tools, 'IsTest', {
  expression: Fn.conditionEquals(new CfnParameter(tools, 'Kind').valueAsString, 'test'),
});
new CfnTaskDefinition(tools, 'L1', {
  family: 'l1',
  executionRoleArn: role.roleArn,
  containerDefinitions: [
    { name: 'cache', image: 'redis:7', memory: 128 },
    { name: 'admin', image: new CfnParameter(tools, 'AdminImage').valueAsString, memory: 128 },
    {
      name: 'either',
      image: Fn.conditionIf(
        isTest.logicalId,
        'quay.io/keycloak/keycloak:26.0',
        'quay.io/keycloak/keycloak:25.0',
      ).toString(),
      memory: 512,
    },
  ],
});

// A role that the app may not change.
new FargateTaskDefinition(tools, 'Fixed', {
  executionRole: Role.fromRoleArn(tools, 'FixedRole', 'arn:aws:iam::111122223333:role/fixed', { mutable: false }),
}).addContainer('main', { image: ContainerImage.fromRegistry('traefik:v3.2') });

// What others add while aspects run.
Aspects.of(tools).add({
  visit: (node) => {
    if (node instanceof TaskDefinition && node.isFargateCompatible && !node.findContainer('xray')) {
      node.addContainer('xray', {
        image: ContainerImage.fromRegistry('public.ecr.aws/xray/aws-xray-daemon:3.x'),
        memoryReservationMiB: 64,
      });
    }
  },
});

const nested = new NestedStack(tools, 'Nested');
new FargateTaskDefinition(nested, 'Task').addContainer('metrics', {
  image: ContainerImage.fromRegistry('quay.io/prometheus/node-exporter:v1.9.0'),
});
