import { Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { InstanceType, IVpc, LaunchTemplate, MachineImage, SecurityGroup, UserData, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import {
  AsgCapacityProvider,
  CfnTaskDefinition,
  Cluster,
  Compatibility,
  ContainerDependencyCondition,
  ContainerImage,
  CpuArchitecture,
  DeploymentControllerType,
  Ec2Service,
  Ec2TaskDefinition,
  ExternalService,
  ExternalTaskDefinition,
  FargateService,
  FargateTaskDefinition,
  FirelensLogRouterType,
  LogDrivers,
  NetworkMode,
  OperatingSystemFamily,
  Protocol,
  Secret as EcsSecret,
  TaskDefinition,
  UlimitName,
} from 'aws-cdk-lib/aws-ecs';
import {
  ApplicationLoadBalancedEc2Service,
  ApplicationLoadBalancedFargateService,
  NetworkLoadBalancedFargateService,
  QueueProcessingFargateService,
  ScheduledFargateTask,
} from 'aws-cdk-lib/aws-ecs-patterns';
import { FileSystem } from 'aws-cdk-lib/aws-efs';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { EcsTask } from 'aws-cdk-lib/aws-events-targets';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { DefinitionBody, IntegrationPattern, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { EcsFargateLaunchTarget, EcsRunTask } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { SetUp } from './mistake';
import { redirected } from './ours';

/** Services of ECS in the shapes that public apps have, each sent through a cache as a whole. */

const fromRegistry = (name: string) => ContainerImage.fromRegistry(name);
const NGINX = fromRegistry('nginx:1.27-alpine');

function vpcOf(stack: Stack, id = 'Vpc'): IVpc {
  return Vpc.fromVpcAttributes(stack, id, {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    publicSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    publicSubnetRouteTableIds: ['rtb-0123456789abcdef0', 'rtb-0123456789abcdef1'],
    privateSubnetIds: ['subnet-0123456789abcdef2', 'subnet-0123456789abcdef3'],
    privateSubnetRouteTableIds: ['rtb-0123456789abcdef2', 'rtb-0123456789abcdef3'],
  });
}
const clusterOf = (stack: Stack) => new Cluster(stack, 'Cluster', { vpc: vpcOf(stack) });
const instancesOf = (stack: Stack) => {
  const cluster = clusterOf(stack);
  cluster.addAsgCapacityProvider(
    new AsgCapacityProvider(stack, 'Capacity', {
      autoScalingGroup: new AutoScalingGroup(stack, 'Instances', {
        vpc: cluster.vpc,
        launchTemplate: new LaunchTemplate(stack, 'Template', {
          instanceType: new InstanceType('m5.large'),
          machineImage: MachineImage.genericLinux({ 'eu-west-1': 'ami-0123456789abcdef0' }),
          role: new Role(stack, 'InstanceRole', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }),
          securityGroup: new SecurityGroup(stack, 'InstanceGroup', { vpc: cluster.vpc }),
          userData: UserData.forLinux(),
        }),
      }),
    }),
  );
  return cluster;
};
const run = (stack: Stack, taskDefinition: TaskDefinition, cluster = clusterOf(stack)) =>
  new FargateService(stack, 'Service', {
    cluster,
    taskDefinition,
    minHealthyPercent: 100,
    circuitBreaker: { rollback: true },
  });

/** A service on Fargate, of containers by their names. */
function fargate(
  setUp: string,
  containers: Record<string, string>,
  more?: (stack: Stack, task: FargateTaskDefinition) => void,
): SetUp {
  return {
    setUp,
    build: (stack) => {
      redirected(stack);
      const task = new FargateTaskDefinition(stack, 'Task', { cpu: 1024, memoryLimitMiB: 2048 });
      Object.entries(containers).forEach(([name, image]) => task.addContainer(name, { image: fromRegistry(image) }));
      more?.(stack, task);
      run(stack, task);
    },
  };
}

/** A service on instances. */
function onInstances(
  setUp: string,
  define: (stack: Stack, task: Ec2TaskDefinition) => void,
  props: object = {},
): SetUp {
  return {
    setUp,
    build: (stack) => {
      redirected(stack);
      const cluster = instancesOf(stack);
      const task = new Ec2TaskDefinition(stack, 'Task');
      define(stack, task);
      new Ec2Service(stack, 'Service', {
        cluster,
        taskDefinition: task,
        minHealthyPercent: 0,
        circuitBreaker: { rollback: true },
        ...props,
      });
    },
  };
}

export const SERVICES: SetUp[] = [
  {
    setUp: 'a load balanced service on Fargate, of the patterns',
    build: (stack) => {
      redirected(stack);
      new ApplicationLoadBalancedFargateService(stack, 'Site', {
        cluster: clusterOf(stack),
        taskImageOptions: { image: fromRegistry('amazon/amazon-ecs-sample') },
        minHealthyPercent: 100,
        circuitBreaker: { rollback: true },
      });
    },
  },
  {
    setUp: 'a load balanced service on instances, of the patterns',
    build: (stack) => {
      redirected(stack);
      const site = new ApplicationLoadBalancedEc2Service(stack, 'Site', {
        cluster: instancesOf(stack),
        memoryLimitMiB: 512,
        taskImageOptions: { image: fromRegistry('public.ecr.aws/nginx/nginx:1.27') },
        minHealthyPercent: 50,
        circuitBreaker: { rollback: true },
      });
      site.targetGroup.configureHealthCheck({ port: 'traffic-port' });
    },
  },
  {
    setUp: 'a service behind a network load balancer',
    build: (stack) => {
      redirected(stack);
      new NetworkLoadBalancedFargateService(stack, 'Broker', {
        cluster: clusterOf(stack),
        taskImageOptions: { image: fromRegistry('eclipse-mosquitto:2.0'), containerPort: 1883 },
        minHealthyPercent: 100,
        circuitBreaker: { rollback: true },
      });
    },
  },
  fargate('a web server with an exporter beside it', {
    web: 'nginx:1.27-alpine',
    exporter: 'nginx/nginx-prometheus-exporter:1.4',
  }),
  {
    setUp: 'a worker of a queue',
    build: (stack) => {
      redirected(stack);
      new QueueProcessingFargateService(stack, 'Worker', {
        cluster: clusterOf(stack),
        image: fromRegistry('ghcr.io/example/worker:v2'),
        minHealthyPercent: 100,
        circuitBreaker: { rollback: true },
      });
    },
  },
  {
    setUp: 'a task every night',
    build: (stack) => {
      redirected(stack);
      new ScheduledFargateTask(stack, 'Nightly', {
        cluster: clusterOf(stack),
        schedule: Schedule.cron({ hour: '2', minute: '0' }),
        scheduledFargateTaskImageOptions: { image: fromRegistry('renovate/renovate:39'), memoryLimitMiB: 512 },
      });
    },
  },
  {
    setUp: 'a task that an event starts',
    build: (stack) => {
      redirected(stack);
      const cluster = clusterOf(stack);
      const taskDefinition = new FargateTaskDefinition(stack, 'Task');
      taskDefinition.addContainer('scan', { image: fromRegistry('aquasec/trivy:0.58.0') });
      new Rule(stack, 'Rule', {
        eventPattern: { source: ['aws.s3'] },
        targets: [
          new EcsTask({
            cluster,
            taskDefinition,
            securityGroups: [new SecurityGroup(stack, 'Group', { vpc: cluster.vpc })],
          }),
        ],
      });
    },
  },
  {
    setUp: 'a task that a state machine runs',
    build: (stack) => {
      redirected(stack);
      const taskDefinition = new FargateTaskDefinition(stack, 'Task');
      taskDefinition.addContainer('convert', { image: fromRegistry('linuxserver/ffmpeg:7.1') });
      const step = new EcsRunTask(stack, 'Convert', {
        integrationPattern: IntegrationPattern.RUN_JOB,
        cluster: clusterOf(stack),
        taskDefinition,
        launchTarget: new EcsFargateLaunchTarget(),
      });
      new StateMachine(stack, 'Machine', { definitionBody: DefinitionBody.fromChainable(step) });
    },
  },
  fargate('a service with the X-Ray daemon beside it', {
    app: 'ghcr.io/example/app:v1',
    xray: 'public.ecr.aws/xray/aws-xray-daemon:3.x',
  }),
  fargate(
    'a service with a collector whose configuration is a parameter',
    { app: 'ghcr.io/example/app:v1' },
    (stack, task) =>
      task.addContainer('collector', {
        image: fromRegistry('public.ecr.aws/aws-observability/aws-otel-collector:v0.41.1'),
        secrets: {
          AOT_CONFIG_CONTENT: EcsSecret.fromSsmParameter(
            new StringParameter(stack, 'Config', { stringValue: 'receivers: {}' }),
          ),
        },
      }),
  ),
  fargate('a service whose logs go through FireLens', {}, (_, task) => {
    task.addContainer('app', { image: NGINX, logging: LogDrivers.firelens({ options: { Name: 'cloudwatch_logs' } }) });
    task.addFirelensLogRouter('router', {
      image: fromRegistry('public.ecr.aws/aws-observability/aws-for-fluent-bit:stable'),
      firelensConfig: { type: FirelensLogRouterType.FLUENTBIT },
    });
  }),
  onInstances(
    'an agent on every instance',
    (_, task) =>
      task.addContainer('agent', { image: fromRegistry('public.ecr.aws/datadog/agent:7.60.0'), memoryLimitMiB: 256 }),
    { daemon: true },
  ),
  fargate('a proxy from a repository of AWS in ECR, beside public images', { app: 'nginx:1.27' }, (stack, task) => {
    const repository = Repository.fromRepositoryArn(
      stack,
      'Envoy',
      'arn:aws:ecr:eu-west-1:666677778888:repository/aws-appmesh-envoy',
    );
    task.addContainer('proxy', { image: ContainerImage.fromEcrRepository(repository, 'v1.29.12.0-prod') });
  }),
  fargate('WordPress with its files on EFS', {}, (stack, task) => {
    const files = new FileSystem(stack, 'Files', { vpc: vpcOf(stack, 'FilesVpc') });
    task.addVolume({ name: 'content', efsVolumeConfiguration: { fileSystemId: files.fileSystemId } });
    const container = task.addContainer('wordpress', { image: fromRegistry('wordpress:6.7-php8.3-apache') });
    container.addMountPoints({ containerPath: '/var/www/html', sourceVolume: 'content', readOnly: false });
  }),
  fargate('Keycloak with the password of a secret', {}, (stack, task) =>
    task.addContainer('keycloak', {
      image: fromRegistry('quay.io/keycloak/keycloak:26.0'),
      command: ['start', '--optimized'],
      secrets: { KC_DB_PASSWORD: EcsSecret.fromSecretsManager(new Secret(stack, 'Password')) },
    }),
  ),
  fargate('n8n from a registry that no rule covers', { n8n: 'docker.n8n.io/n8nio/n8n:1.70.0' }),
  onInstances('SonarQube with limits of its own', (_, task) =>
    task
      .addContainer('sonarqube', { image: fromRegistry('sonarqube:lts-community'), memoryLimitMiB: 4096 })
      .addUlimits({ name: UlimitName.NOFILE, softLimit: 65535, hardLimit: 65535 }),
  ),
  onInstances('Grafana with a volume of the instance', (_, task) => {
    task.addVolume({ name: 'data', host: { sourcePath: '/var/lib/grafana' } });
    task
      .addContainer('grafana', { image: fromRegistry('grafana/grafana-oss:11.4.0'), memoryReservationMiB: 256 })
      .addMountPoints({ containerPath: '/var/lib/grafana', sourceVolume: 'data', readOnly: false });
  }),
  {
    setUp: 'a game server on Fargate Spot',
    build: (stack) => {
      redirected(stack);
      const cluster = new Cluster(stack, 'Cluster', { vpc: vpcOf(stack), enableFargateCapacityProviders: true });
      const taskDefinition = new FargateTaskDefinition(stack, 'Task', { cpu: 1024, memoryLimitMiB: 2048 });
      taskDefinition.addContainer('server', { image: fromRegistry('itzg/minecraft-server:2025.1.0') });
      new FargateService(stack, 'Service', {
        cluster,
        taskDefinition,
        desiredCount: 0,
        minHealthyPercent: 100,
        circuitBreaker: { rollback: true },
        capacityProviderStrategies: [
          { capacityProvider: 'FARGATE_SPOT', weight: 1 },
          { capacityProvider: 'FARGATE', weight: 1 },
        ],
      });
    },
  },
  fargate('a container that waits for one that prepares', {}, (_, task) => {
    const migrate = task.addContainer('migrate', { image: fromRegistry('flyway/flyway:11'), essential: false });
    task
      .addContainer('app', { image: fromRegistry('ghcr.io/example/app:v1') })
      .addContainerDependencies({ container: migrate, condition: ContainerDependencyCondition.SUCCESS });
  }),
  fargate('a service of an own repository, with a public proxy', { proxy: 'envoyproxy/envoy:v1.32.1' }, (stack, task) =>
    task.addContainer('app', {
      image: ContainerImage.fromEcrRepository(new Repository(stack, 'Own', { emptyOnDelete: false }), 'v1'),
    }),
  ),
  {
    setUp: 'a task of the L1 with a role of the app',
    build: (stack) => {
      redirected(stack);
      new CfnTaskDefinition(stack, 'Task', {
        family: 'cache',
        executionRoleArn: new Role(stack, 'Role', {
          assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
          managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonECSTaskExecutionRolePolicy')],
        }).roleArn,
        containerDefinitions: [{ name: 'redis', image: 'redis:7.4', memory: 128 }],
      });
    },
  },
  onInstances('a task without an execution role', (_, task) =>
    task.addContainer('web', { image: fromRegistry('httpd:2.4'), memoryLimitMiB: 128 }),
  ),
  {
    setUp: 'one execution role for several tasks',
    build: (stack) => {
      redirected(stack);
      const executionRole = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
      ['redis:7.4', 'postgres:17', 'quay.io/minio/minio:RELEASE.2024-12-18T13-15-44Z'].forEach((image, index) =>
        new FargateTaskDefinition(stack, `Task${index}`, { executionRole }).addContainer('main', {
          image: fromRegistry(image),
        }),
      );
    },
  },
  {
    setUp: 'an execution role that exists, by its ARN',
    build: (stack) => {
      redirected(stack);
      new FargateTaskDefinition(stack, 'Task', {
        executionRole: Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/ecsTaskExecutionRole'),
      }).addContainer('main', { image: NGINX });
    },
  },
  {
    setUp: 'a service that CodeDeploy replaces',
    build: (stack) => {
      redirected(stack);
      const taskDefinition = new FargateTaskDefinition(stack, 'Task');
      taskDefinition.addContainer('app', { image: NGINX, portMappings: [{ containerPort: 80 }] });
      new FargateService(stack, 'Service', {
        cluster: clusterOf(stack),
        taskDefinition,
        minHealthyPercent: 100,
        deploymentController: { type: DeploymentControllerType.CODE_DEPLOY },
      });
    },
  },
  {
    setUp: 'a task on machines of one’s own, outside of AWS',
    build: (stack) => {
      redirected(stack);
      const taskDefinition = new ExternalTaskDefinition(stack, 'Task');
      taskDefinition.addContainer('app', { image: fromRegistry('nginx:1.27'), memoryLimitMiB: 256 });
      new ExternalService(stack, 'Service', {
        cluster: clusterOf(stack),
        taskDefinition,
        minHealthyPercent: 100,
        circuitBreaker: { rollback: true },
      });
    },
  },
  {
    setUp: 'a Windows container, whose registry no rule covers',
    build: (stack) => {
      redirected(stack);
      const taskDefinition = new FargateTaskDefinition(stack, 'Task', {
        cpu: 1024,
        memoryLimitMiB: 2048,
        runtimePlatform: {
          cpuArchitecture: CpuArchitecture.X86_64,
          operatingSystemFamily: OperatingSystemFamily.WINDOWS_SERVER_2022_CORE,
        },
      });
      taskDefinition.addContainer('iis', {
        image: fromRegistry('mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2022'),
      });
      run(stack, taskDefinition);
    },
  },
  {
    setUp: 'a service on ARM',
    build: (stack) => {
      redirected(stack);
      const taskDefinition = new FargateTaskDefinition(stack, 'Task', {
        runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
      });
      taskDefinition.addContainer('app', { image: fromRegistry('caddy:2.9') });
      run(stack, taskDefinition);
    },
  },
  onInstances('a task with a graphics card', (_, task) =>
    task.addContainer('model', { image: fromRegistry('vllm/vllm-openai:v0.6.6'), memoryLimitMiB: 8192, gpuCount: 1 }),
  ),
  {
    setUp: 'a task that runs on both, in bridge mode',
    build: (stack) => {
      redirected(stack);
      new TaskDefinition(stack, 'Task', {
        compatibility: Compatibility.EC2_AND_FARGATE,
        networkMode: NetworkMode.AWS_VPC,
        cpu: '256',
        memoryMiB: '512',
      }).addContainer('app', { image: NGINX });
    },
  },
  {
    setUp: 'services that find each other by name',
    build: (stack) => {
      redirected(stack);
      const cluster = new Cluster(stack, 'Cluster', {
        vpc: vpcOf(stack),
        defaultCloudMapNamespace: { name: 'shop.internal', useForServiceConnect: true },
      });
      ['nginx:1.27', 'redis:7.4'].forEach((image, index) => {
        const taskDefinition = new FargateTaskDefinition(stack, `Task${index}`);
        taskDefinition.addContainer('main', {
          image: fromRegistry(image),
          portMappings: [{ name: 'main', containerPort: 80, protocol: Protocol.TCP }],
        });
        new FargateService(stack, `Service${index}`, {
          cluster,
          taskDefinition,
          minHealthyPercent: 100,
          circuitBreaker: { rollback: true },
          serviceConnectConfiguration: { services: [{ portMappingName: 'main' }] },
        });
      });
    },
  },
  {
    setUp: 'a service in a nested stack',
    build: (stack) => {
      redirected(stack);
      const nested = new NestedStack(stack, 'Nested');
      const taskDefinition = new FargateTaskDefinition(nested, 'Task');
      taskDefinition.addContainer('app', { image: NGINX });
      run(nested, taskDefinition);
    },
  },
  fargate('a container that is added to a task after the redirection', {}, (_, task) => {
    task.addContainer('app', {
      image: NGINX,
      healthCheck: { command: ['CMD', 'true'], interval: Duration.seconds(30) },
    });
    task.addToTaskRolePolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::shop/*'] }));
  }),
];
