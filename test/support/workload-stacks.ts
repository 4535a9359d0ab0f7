import * as apprunner from '@aws-cdk/aws-apprunner-alpha';
import * as sagemaker from '@aws-cdk/aws-sagemaker-alpha';
import { App, Size, Stack } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ACCOUNT, REGION } from './references';
import { CachedImage, PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from '../../src';

/** What pulls an image through the cache, and the role with which it does. */
export interface Workload {
  readonly role: iam.IRole;
  /**
   * The type of the resource that names the image, and where in its properties it does; none if only the role knows.
   */
  readonly image?: readonly [type: string, find: (properties: any) => any];
}

const vpcOf = (stack: Stack) =>
  ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-west-1a'],
    privateSubnetIds: ['subnet-0123456789abcdef0'],
  });

function inTask(taskDefinition: ecs.TaskDefinition, image: ecs.ContainerImage): Workload {
  taskDefinition.addContainer('app', {
    image,
    memoryLimitMiB: 512,
    logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'app' }),
  });
  return {
    role: taskDefinition.executionRole!,
    image: ['AWS::ECS::TaskDefinition', ({ ContainerDefinitions }) => ContainerDefinitions[0].Image],
  };
}

function fargateService(stack: Stack, image: ecs.ContainerImage): Workload {
  const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Task');
  const cluster = new ecs.Cluster(stack, 'Cluster', {
    vpc: vpcOf(stack),
    containerInsightsV2: ecs.ContainerInsights.ENABLED,
  });
  new ecs.FargateService(stack, 'Service', { cluster, taskDefinition });
  return inTask(taskDefinition, image);
}

function ec2Service(stack: Stack, image: ecs.ContainerImage): Workload {
  const taskDefinition = new ecs.Ec2TaskDefinition(stack, 'Task');
  const cluster = ecs.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'c', vpc: vpcOf(stack) });
  new ecs.Ec2Service(stack, 'Service', { cluster, taskDefinition });
  return inTask(taskDefinition, image);
}

function batchJob(container: batch.EcsFargateContainerDefinition | batch.EcsEc2ContainerDefinition): Workload {
  new batch.EcsJobDefinition(Stack.of(container), 'Job', { container });
  return {
    role: container.executionRole,
    image: ['AWS::Batch::JobDefinition', ({ ContainerProperties }) => ContainerProperties.Image],
  };
}

const cpu = 1;
const memory = Size.gibibytes(2);

/** What of a cached image the integrations of CDK see: an ordinary repository could stand in its place. */
export type PulledImage = Pick<CachedImage, 'repository' | 'tag' | 'toContainerImage'>;

export const WORKLOADS: Record<string, (stack: Stack, image: PulledImage) => Workload> = {
  'ECS on Fargate': (stack, image) => fargateService(stack, image.toContainerImage()),
  'ECS on EC2': (stack, image) => ec2Service(stack, image.toContainerImage()),
  'ECS on Fargate, by the repository': (stack, image) =>
    fargateService(stack, ecs.ContainerImage.fromEcrRepository(image.repository, image.tag)),
  'ECS on EC2, by the repository': (stack, image) =>
    ec2Service(stack, ecs.ContainerImage.fromEcrRepository(image.repository, image.tag)),
  'Batch on Fargate': (stack, image) =>
    batchJob(
      new batch.EcsFargateContainerDefinition(stack, 'Container', { cpu, memory, image: image.toContainerImage() }),
    ),
  'Batch on EC2': (stack, image) =>
    batchJob(new batch.EcsEc2ContainerDefinition(stack, 'Container', { cpu, memory, image: image.toContainerImage() })),
  CodeBuild: (stack, image) => {
    const project = new codebuild.Project(stack, 'Project', {
      buildSpec: codebuild.BuildSpec.fromObject({ version: '0.2' }),
      environment: { buildImage: codebuild.LinuxBuildImage.fromEcrRepository(image.repository, image.tag) },
    });
    return { role: project.role!, image: ['AWS::CodeBuild::Project', ({ Environment }) => Environment.Image] };
  },
  'App Runner': (stack, image) => {
    const service = new apprunner.Service(stack, 'Service', {
      source: apprunner.Source.fromEcr({ repository: image.repository, tagOrDigest: image.tag }),
    });
    return {
      role: service.node.findChild('AccessRole') as iam.Role,
      image: [
        'AWS::AppRunner::Service',
        ({ SourceConfiguration }) => SourceConfiguration.ImageRepository.ImageIdentifier,
      ],
    };
  },
  SageMaker: (stack, image) => {
    // The role that the construct makes by itself has AmazonSageMakerFullAccess, with which nothing could be shown.
    const role = new iam.Role(stack, 'ModelRole', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    new sagemaker.Model(stack, 'Model', {
      role,
      containers: [{ image: sagemaker.ContainerImage.fromEcrRepository(image.repository, image.tag) }],
    });
    return {
      role,
      image: ['AWS::SageMaker::Model', (properties) => (properties.PrimaryContainer ?? properties.Containers[0]).Image],
    };
  },
  'an instance of EC2, or a node of EKS': (stack, image) => {
    const role = new iam.Role(stack, 'NodeRole', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    image.repository.grantPull(role);
    return { role };
  },
};

/** A stack with a rule for Docker Hub and one workload that pulls through it. */
export function workloadStack(name: string, credentials = UpstreamCredentials.placeholder()) {
  const stack = new Stack(new App(), 'Stack', { env: { account: ACCOUNT, region: REGION } });
  const rule = new PullThroughCacheRule(stack, 'DockerHub', { upstream: UpstreamRegistry.dockerHub(credentials) });
  return { stack, rule, workload: WORKLOADS[name](stack, rule.image('nginx:1.27')) };
}

/** A stack with the same workload, that pulls from a repository as CDK makes it. */
export function plainWorkloadStack(name: string): Stack {
  const stack = new Stack(new App(), 'Stack', { env: { account: ACCOUNT, region: REGION } });
  const repository = new ecr.Repository(stack, 'Repository');
  WORKLOADS[name](stack, {
    repository,
    tag: '1.27',
    toContainerImage: () => ecs.ContainerImage.fromEcrRepository(repository, '1.27'),
  });
  return stack;
}
