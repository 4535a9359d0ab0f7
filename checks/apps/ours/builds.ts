import { App, SecretValue, Size, Stack } from 'aws-cdk-lib';
import {
  EcsFargateContainerDefinition,
  EcsJobDefinition,
  EksContainerDefinition,
  EksJobDefinition,
} from 'aws-cdk-lib/aws-batch';
import { BuildSpec, LinuxArmBuildImage, LinuxBuildImage, PipelineProject, Project } from 'aws-cdk-lib/aws-codebuild';
import { Artifact, Pipeline } from 'aws-cdk-lib/aws-codepipeline';
import { CodeBuildAction, GitHubSourceAction } from 'aws-cdk-lib/aws-codepipeline-actions';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DockerImageCode, DockerImageFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnModel } from 'aws-cdk-lib/aws-sagemaker';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';

/** Builds, batch jobs and models as public apps make them. */
const app = new App();
const stack = new Stack(app, 'Builds', { env: { account: '111122223333', region: 'us-east-1' } });
const container = (id: string, image: string) =>
  new EcsFargateContainerDefinition(stack, id, {
    image: ContainerImage.fromRegistry(image),
    cpu: 1,
    memory: Size.gibibytes(2),
  });

new EcsJobDefinition(stack, 'Align', { container: container('Aligner', 'quay.io/biocontainers/bwa:0.7.17') });
new EcsJobDefinition(stack, 'Copy', { container: container('Copier', 'public.ecr.aws/aws-cli/aws-cli:2.22.0') });
new EksJobDefinition(stack, 'OnEks', {
  container: new EksContainerDefinition(stack, 'Pod', {
    image: ContainerImage.fromRegistry('busybox:1.37'),
    memoryLimit: Size.gibibytes(1),
  }),
});

const buildSpec = BuildSpec.fromObject({ version: '0.2', phases: { build: { commands: ['make'] } } });
new Project(stack, 'Own', { buildSpec, environment: { buildImage: LinuxBuildImage.STANDARD_7_0 } });
new Project(stack, 'Node', {
  buildSpec,
  environment: { buildImage: LinuxBuildImage.fromDockerRegistry('node:22-bookworm') },
});
new Project(stack, 'Arm', {
  buildSpec,
  environment: { buildImage: LinuxArmBuildImage.fromDockerRegistry('ghcr.io/astral-sh/uv:0.5') },
});
new Project(stack, 'Login', {
  buildSpec,
  environment: {
    buildImage: LinuxBuildImage.fromDockerRegistry('example/private:1', {
      secretsManagerCredentials: Secret.fromSecretNameV2(stack, 'HubLogin', 'hub-login'),
    }),
  },
});
const source = new Artifact();
new Pipeline(stack, 'Pipeline', {
  stages: [
    {
      stageName: 'Source',
      actions: [
        new GitHubSourceAction({
          actionName: 'GitHub',
          owner: 'example',
          repo: 'shop',
          oauthToken: SecretValue.secretsManager('github-token'),
          output: source,
        }),
      ],
    },
    {
      stageName: 'Build',
      actions: [
        new CodeBuildAction({
          actionName: 'Build',
          input: source,
          project: new PipelineProject(stack, 'InPipeline', {
            environment: { buildImage: LinuxBuildImage.fromDockerRegistry('golang:1.23') },
          }),
        }),
      ],
    },
  ],
});

new DockerImageFunction(stack, 'Function', {
  code: DockerImageCode.fromEcr(Repository.fromRepositoryName(stack, 'Functions', 'functions'), { tagOrDigest: 'v1' }),
});
new CfnModel(stack, 'Model', {
  executionRoleArn: new Role(stack, 'ModelRole', { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com') })
    .roleArn,
  primaryContainer: { image: '666677778888.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.5-cpu-py311' },
});
