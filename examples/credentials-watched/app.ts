import { App, Stack, StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

/** Tells people that a token does not work any more, before somebody's pull fails. */
class WatchedStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    const cache = new PullThroughCache(this, 'Cache', {
      upstreams: [
        UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
        UpstreamRegistry.github(UpstreamCredentials.fromSecretName('github')),
      ],
    });

    // A deployment that gives a rule a secret fails if ECR cannot sign in with it.
    cache.verifyCredentials();

    // Every six hours ECR signs in for each rule.
    const watch = cache.watchCredentials();
    const topic = new Topic(this, 'Invalid', { enforceSSL: true });
    topic.addSubscription(new EmailSubscription('platform@example.com'));
    watch.alarm.addAlarmAction(new SnsAction(topic));
  }
}

const app = new App();
new WatchedStack(app, 'CredentialsWatched', { env: { account: '111122223333', region: 'eu-west-1' } });
