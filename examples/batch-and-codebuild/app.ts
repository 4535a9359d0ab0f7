import { App, CfnOutput, Size, Stack, StackProps } from 'aws-cdk-lib';
import {
  EcsFargateContainerDefinition,
  EcsJobDefinition,
  FargateComputeEnvironment,
  JobQueue,
} from 'aws-cdk-lib/aws-batch';
import { BuildSpec, LinuxBuildImage, Project } from 'aws-cdk-lib/aws-codebuild';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { PullThroughCache } from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

/** A batch job and a build, each in an image of the cache. */
class JobsStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    // The three registries that ask for no credentials.
    const cache = new PullThroughCache(this, 'Cache');

    // Batch: the execution role of the job pulls.
    const environment = new FargateComputeEnvironment(this, 'Environment', {
      vpc: new Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 }),
    });
    const queue = new JobQueue(this, 'Queue', { computeEnvironments: [{ computeEnvironment: environment, order: 1 }] });
    const job = new EcsJobDefinition(this, 'Job', {
      container: new EcsFargateContainerDefinition(this, 'Container', {
        image: cache.image('quay.io/prometheus/prometheus:v3.5.0').toContainerImage(),
        command: ['promtool', '--version'],
        cpu: 0.25,
        memory: Size.mebibytes(512),
      }),
    });

    // CodeBuild: the role of the project pulls.
    const { repository, tag } = cache.image('public.ecr.aws/docker/library/node:22');
    const build = new Project(this, 'Build', {
      environment: { buildImage: LinuxBuildImage.fromEcrRepository(repository, tag) },
      buildSpec: BuildSpec.fromObject({ version: '0.2', phases: { build: { commands: ['node --version'] } } }),
    });

    new CfnOutput(this, 'RunJob', {
      value:
        `aws batch submit-job --job-name try --job-queue ${queue.jobQueueName} --job-definition ` +
        `${job.jobDefinitionName}`,
    });
    new CfnOutput(this, 'RunBuild', { value: `aws codebuild start-build --project-name ${build.projectName}` });
  }
}

const app = new App();
new JobsStack(app, 'BatchAndCodeBuild', { env: { account: '111122223333', region: 'eu-west-1' } });
