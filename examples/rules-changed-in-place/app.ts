import { App, Stack, StackProps } from 'aws-cdk-lib';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

/** A cache whose rules can get other secrets and roles. */
class ChangeableStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    new PullThroughCache(this, 'Cache', {
      upstreams: [
        // Name another secret, and deploy: the rule is updated.
        UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
        UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1' }),
      ],
      changeInPlace: true,
    });
  }
}

const app = new App();
new ChangeableStack(app, 'RulesChangedInPlace', { env: { account: '111122223333', region: 'eu-west-1' } });
