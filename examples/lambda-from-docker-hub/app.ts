import { App, CfnOutput, Stack, StackProps } from 'aws-cdk-lib';
import { Architecture, DockerImageFunction } from 'aws-cdk-lib/aws-lambda';
import { PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

/** A function of AWS Lambda of an image of Docker Hub. */
class FunctionStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    // A prefix of its own, so that no lifecycle rule of other images removes that of the function.
    const functions = new PullThroughCacheRule(this, 'Functions', {
      upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
      ecrRepositoryPrefix: 'functions',
    });

    // In the cache before the function is made, and let into its repository.
    const image = functions.prefetch('myorg/thumbnails:1.4');
    new DockerImageFunction(this, 'Thumbnails', {
      code: image.toLambdaCode({ architecture: Architecture.ARM_64 }),
      architecture: Architecture.ARM_64,
    });

    new CfnOutput(this, 'Digest', { value: image.platformDigest('linux/arm64') });
  }
}

const app = new App();
new FunctionStack(app, 'LambdaFromDockerHub', { env: { account: '111122223333', region: 'eu-west-1' } });
