import { App, CfnOutput, SecretValue, Stack, StackProps } from 'aws-cdk-lib';
import { PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

/** Every upstream that ECR supports, each with an image that is pulled through it. */
class QuickstartStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    // These are open to all.
    this.cache('EcrPublic', UpstreamRegistry.ecrPublic(), 'amazonlinux/amazonlinux:2023');
    this.cache('Kubernetes', UpstreamRegistry.kubernetes(), 'pause:3.10');
    this.cache('Quay', UpstreamRegistry.quay(), 'prometheus/node-exporter:v1.8.2');

    // A secret that exists, by its ARN and by its name.
    this.cache(
      'DockerHub',
      UpstreamRegistry.dockerHub(
        UpstreamCredentials.fromSecretCompleteArn(
          'arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/docker-hub-a1B2c3',
        ),
      ),
      'nginx:1.27',
    );
    this.cache(
      'Azure',
      UpstreamRegistry.azure('myregistry', UpstreamCredentials.fromSecretName('azure')),
      'team/app:1.0',
    );

    // A secret that the stack makes, with a token that is kept elsewhere.
    this.cache(
      'GitHub',
      UpstreamRegistry.github(
        UpstreamCredentials.newSecret({
          username: 'octocat',
          accessToken: SecretValue.secretsManager('github/read-packages', { jsonField: 'token' }),
        }),
      ),
      'octocat/app:v1',
    );

    // Secrets to be filled in after the first deployment, with the commands that the stack prints.
    this.cache(
      'GitLab',
      UpstreamRegistry.gitlab(UpstreamCredentials.placeholder({ username: 'group-bot' })),
      'group/project/app:v1',
    );
    this.cache('Chainguard', UpstreamRegistry.chainguard(UpstreamCredentials.placeholder()), 'chainguard/node:latest');

    // A registry of another account: its role is made here.
    this.cache('SharedEcr', UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1' }), 'team/app:1.0');
  }

  private cache(id: string, upstream: UpstreamRegistry, image: string): void {
    const rule = new PullThroughCacheRule(this, id, { upstream });
    new CfnOutput(this, `${id}Image`, { value: rule.image(image).uri });
  }
}

const app = new App();
new QuickstartStack(app, 'Quickstart', { env: { account: '111122223333', region: 'eu-west-1' } });
