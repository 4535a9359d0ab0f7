import { App, Stack, StackProps } from 'aws-cdk-lib';
import { EventField, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

/** Tells people when pulls through the cache fail, as they do once a token of an upstream registry has expired. */
class FailingTokensStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    const cache = new PullThroughCache(this, 'Cache', {
      upstreams: [
        UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
        // A pull token of Chainguard expires after 30 days unless it was made to last longer.
        UpstreamRegistry.chainguard(UpstreamCredentials.fromSecretName('chainguard')),
      ],
    });

    const topic = new Topic(this, 'Failures', { enforceSSL: true });
    topic.addSubscription(new EmailSubscription('platform@example.com'));
    cache.onCacheFailure('OnFailure', {
      description: 'Pulls through the cache that fail',
      target: new SnsTopic(topic, {
        message: RuleTargetInput.fromText(
          `${EventField.fromPath('$.detail.upstream-registry-url')} refuses ` +
            `${EventField.fromPath('$.detail.repository-name')}: ` +
            `${EventField.fromPath('$.detail.failure-code')} ${EventField.fromPath('$.detail.failure-reason')}`,
        ),
      }),
    });
  }
}

const app = new App();
new FailingTokensStack(app, 'FailingTokens', { env: { account: '111122223333', region: 'eu-west-1' } });
