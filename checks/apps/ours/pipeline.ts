import { App, Stack, Stage } from 'aws-cdk-lib';
import { LinuxBuildImage } from 'aws-cdk-lib/aws-codebuild';
import { ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { CodeBuildStep, CodePipeline, CodePipelineSource } from 'aws-cdk-lib/pipelines';

/** A pipeline of CDK Pipelines, which synthesizes each of its stages when it is added. */
const app = new App();
const env = { account: '111122223333', region: 'us-east-1' };
const stack = new Stack(app, 'Delivery', { env });
const pipeline = new CodePipeline(stack, 'Pipeline', {
  synth: new CodeBuildStep('Synth', {
    input: CodePipelineSource.connection('example/shop', 'main', {
      connectionArn:
        'arn:aws:codestar-connections:us-east-1:111122223333:connection/01234567-89ab-cdef-0123-456789abcdef',
    }),
    commands: ['npm ci', 'npx cdk synth'],
    buildEnvironment: { buildImage: LinuxBuildImage.fromDockerRegistry('node:22') },
  }),
});

for (const name of ['Test', 'Production']) {
  const stage = new Stage(app, name, { env });
  const shop = new Stack(stage, 'Shop');
  new FargateTaskDefinition(shop, 'Task').addContainer('main', { image: ContainerImage.fromRegistry('nginx:1.27') });
  pipeline.addStage(stage);
}
