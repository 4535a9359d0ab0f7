import { Fn, Size, Stack } from 'aws-cdk-lib';
import {
  CfnJobDefinition,
  EcsEc2ContainerDefinition,
  EcsFargateContainerDefinition,
  EcsJobDefinition,
  EksContainerDefinition,
  EksJobDefinition,
  FargateComputeEnvironment,
  JobQueue,
  MultiNodeJobDefinition,
} from 'aws-cdk-lib/aws-batch';
import {
  BuildSpec,
  IBuildImage,
  LinuxArmBuildImage,
  LinuxBuildImage,
  PipelineProject,
  Project,
} from 'aws-cdk-lib/aws-codebuild';
import { InstanceType, LaunchTemplate, MachineImage, UserData, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import {
  FederatedPrincipal,
  Group,
  InstanceProfile,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { DockerImageCode, DockerImageFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnModel } from 'aws-cdk-lib/aws-sagemaker';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { BatchSubmitJob } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { SetUp } from './mistake';
import { cacheOf, hub, redirected, rule } from './ours';

/** Builds, batch jobs, models and machines in the shapes that public apps have. */

const buildSpec = BuildSpec.fromObject({ version: '0.2', phases: { build: { commands: ['make'] } } });
const role = (stack: Stack, principal: string, id = 'Role') =>
  new Role(stack, id, { assumedBy: new ServicePrincipal(principal) });
const vpcOf = (stack: Stack) =>
  Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-west-1a'],
    privateSubnetIds: ['subnet-0123456789abcdef0'],
    privateSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
  });

/** A project of CodeBuild in one image, in an app that is redirected. */
function project(setUp: string, buildImage: IBuildImage, more?: (made: Project, stack: Stack) => void): SetUp {
  return {
    setUp,
    build: (stack) => {
      redirected(stack);
      const made = new Project(stack, 'Build', { buildSpec, environment: { buildImage } });
      more?.(made, stack);
    },
  };
}

/** A job of Batch on Fargate. */
function job(setUp: string, image: string, more?: (made: EcsJobDefinition, stack: Stack) => void): SetUp {
  return {
    setUp,
    build: (stack) => {
      redirected(stack);
      const made = new EcsJobDefinition(stack, 'Job', {
        container: new EcsFargateContainerDefinition(stack, 'Container', {
          image: ContainerImage.fromRegistry(image),
          cpu: 1,
          memory: Size.gibibytes(2),
        }),
      });
      more?.(made, stack);
    },
  };
}

export const BUILDS: SetUp[] = [
  job('a job of Batch from Quay', 'quay.io/biocontainers/samtools:1.21--h50ea8bc_0'),
  job('a job of Batch from ECR Public, with its queue', 'public.ecr.aws/aws-cli/aws-cli:2.22.0', (_, stack) => {
    new JobQueue(stack, 'Queue', {
      computeEnvironments: [
        { order: 1, computeEnvironment: new FargateComputeEnvironment(stack, 'Compute', { vpc: vpcOf(stack) }) },
      ],
    });
  }),
  job('a job of Batch that a state machine submits', 'python:3.13-slim', (made, stack) => {
    const step = new BatchSubmitJob(stack, 'Submit', {
      jobName: 'report',
      jobDefinitionArn: made.jobDefinitionArn,
      jobQueueArn: 'arn:aws:batch:eu-west-1:111122223333:job-queue/reports',
      arraySize: 10,
    });
    new StateMachine(stack, 'Machine', { definitionBody: DefinitionBody.fromChainable(step) });
  }),
  {
    setUp: 'a job of Batch on instances, with a role of its own',
    build: (stack) => {
      redirected(stack);
      new EcsJobDefinition(stack, 'Job', {
        container: new EcsEc2ContainerDefinition(stack, 'Container', {
          image: ContainerImage.fromRegistry('nextflow/nextflow:24.10.3'),
          cpu: 2,
          memory: Size.gibibytes(4),
          jobRole: role(stack, 'ecs-tasks.amazonaws.com'),
        }),
      });
    },
  },
  {
    setUp: 'a job of Batch on several nodes',
    build: (stack) => {
      redirected(stack);
      new MultiNodeJobDefinition(stack, 'Job', {
        mainNode: 0,
        containers: [0, 1].map((node) => ({
          startNode: node,
          endNode: node,
          container: new EcsEc2ContainerDefinition(stack, `Container${node}`, {
            image: ContainerImage.fromRegistry('mpioperator/openmpi:v0.6.0'),
            cpu: 2,
            memory: Size.gibibytes(4),
          }),
        })),
      });
    },
  },
  {
    setUp: 'a job of Batch on EKS, whose nodes are named',
    build: (stack) => {
      cacheOf(stack).redirect(stack, { nodeRoles: [role(stack, 'ec2.amazonaws.com')] });
      new EksJobDefinition(stack, 'Job', {
        container: new EksContainerDefinition(stack, 'Container', {
          image: ContainerImage.fromRegistry('apache/spark:3.5.4'),
          cpuLimit: 1,
          memoryLimit: Size.gibibytes(2),
        }),
      });
    },
  },
  {
    setUp: 'a job of Batch of the L1',
    build: (stack) => {
      redirected(stack);
      new CfnJobDefinition(stack, 'Job', {
        type: 'container',
        platformCapabilities: ['FARGATE'],
        containerProperties: {
          image: 'ghcr.io/example/job:v1',
          executionRoleArn: role(stack, 'ecs-tasks.amazonaws.com').roleArn,
          resourceRequirements: [
            { type: 'VCPU', value: '1' },
            { type: 'MEMORY', value: '2048' },
          ],
        },
      });
    },
  },
  project('a build in an image of Docker Hub', LinuxBuildImage.fromDockerRegistry('node:22-bookworm')),
  project(
    'a build on ARM in an image of GitHub',
    LinuxArmBuildImage.fromDockerRegistry('ghcr.io/astral-sh/uv:0.5-debian'),
  ),
  project('a build in an image of CodeBuild', LinuxBuildImage.STANDARD_7_0),
  project(
    'a build in an image of ECR Public',
    LinuxBuildImage.fromDockerRegistry('public.ecr.aws/docker/library/maven:3.9-eclipse-temurin-21'),
  ),
  project(
    'a build that pushes to an own repository',
    LinuxBuildImage.fromDockerRegistry('docker:27-dind'),
    (made, stack) => new Repository(stack, 'Own').grantPullPush(made),
  ),
  project(
    'a build whose role has policies of the app',
    LinuxBuildImage.fromDockerRegistry('hashicorp/terraform:1.10'),
    (made) =>
      made.addToRolePolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::shop/*'] })),
  ),
  {
    setUp: 'a build of a pipeline',
    build: (stack) => {
      redirected(stack);
      new PipelineProject(stack, 'Build', {
        buildSpec,
        environment: { buildImage: LinuxBuildImage.fromDockerRegistry('golang:1.23') },
      });
    },
  },
  {
    setUp: 'a build in an image of an own repository',
    build: (stack) => {
      redirected(stack);
      new Project(stack, 'Build', {
        buildSpec,
        environment: { buildImage: LinuxBuildImage.fromEcrRepository(new Repository(stack, 'Own'), 'v1') },
      });
    },
  },
  {
    setUp: 'a build that is given the image of a rule',
    build: (stack) => {
      new Project(stack, 'Build', {
        buildSpec,
        environment: {
          buildImage: LinuxBuildImage.fromEcrRepository(hub(stack).image('node:22').repository, '22'),
        },
      });
    },
  },
  {
    setUp: 'a build whose Docker commands pull, with the URI in its environment',
    build: (stack) => {
      const upstream = hub(stack);
      const made = new Project(stack, 'Build', {
        buildSpec,
        environment: {
          buildImage: LinuxBuildImage.STANDARD_7_0,
          privileged: true,
          environmentVariables: { BASE: { value: upstream.image('alpine:3.21').uri } },
        },
      });
      upstream.grants.pull(made);
    },
  },
  {
    setUp: 'a function of an own repository, beside what is redirected',
    build: (stack) => {
      redirected(stack);
      new DockerImageFunction(stack, 'Function', {
        code: DockerImageCode.fromEcr(Repository.fromRepositoryName(stack, 'Own', 'functions'), { tagOrDigest: 'v1' }),
      });
    },
  },
  {
    setUp: 'a model of SageMaker from a repository of AWS in ECR',
    build: (stack) => {
      redirected(stack);
      new CfnModel(stack, 'Model', {
        executionRoleArn: role(stack, 'sagemaker.amazonaws.com').roleArn,
        primaryContainer: { image: '666677778888.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference:2.5-cpu-py311' },
      });
    },
  },
  {
    setUp: 'a model of SageMaker from GitHub',
    build: (stack) => {
      redirected(stack);
      new CfnModel(stack, 'Model', {
        executionRoleArn: role(stack, 'sagemaker.amazonaws.com').roleArn,
        primaryContainer: { image: 'ghcr.io/huggingface/text-generation-inference:3.0.1' },
      });
    },
  },
  {
    setUp: 'a machine that starts a container by its user data',
    build: (stack) => {
      const upstream = hub(stack);
      const userData = UserData.forLinux();
      const image = upstream.image('gitea/gitea:1.22');
      userData.addCommands(
        `aws ecr get-login-password | docker login -u AWS --password-stdin ${Fn.select(0, Fn.split('/', image.uri))}`,
        `docker run -d ${image.uri}`,
      );
      const machine = role(stack, 'ec2.amazonaws.com');
      new LaunchTemplate(stack, 'Machine', {
        instanceType: new InstanceType('t3.small'),
        machineImage: MachineImage.genericLinux({ 'eu-west-1': 'ami-0123456789abcdef0' }),
        role: machine,
        userData,
      });
      upstream.grants.pullImage(machine, 'gitea/gitea:1.22');
    },
  },
  {
    setUp: 'the role of an instance profile, which pulls through all rules',
    build: (stack) => {
      const machine = role(stack, 'ec2.amazonaws.com');
      new InstanceProfile(stack, 'Profile', { role: machine });
      redirected(stack).grants.pull(machine);
    },
  },
  {
    setUp: 'a workflow of GitHub that assumes a role',
    build: (stack) => {
      const workflow = new Role(stack, 'Role', {
        assumedBy: new FederatedPrincipal(
          'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com',
          { StringEquals: { 'token.actions.githubusercontent.com:sub': 'repo:example/shop:ref:refs/heads/main' } },
          'sts:AssumeRoleWithWebIdentity',
        ),
      });
      hub(stack).grants.pull(workflow);
    },
  },
  {
    setUp: 'a group of developers who pull',
    build: (stack) => rule(stack).grants.pull(new Group(stack, 'Developers')),
  },
];
