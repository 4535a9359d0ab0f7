import { App, Stack, StackProps } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, FargateService, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PullThroughCache } from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

/** The digest that was looked at and found good. */
const NODE_EXPORTER =
  'quay.io/prometheus/node-exporter:v1.8.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';

/** A service of an image that is pinned to its digest. */
class PinnedStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    const cache = new PullThroughCache(this, 'Cache');

    // Fetched by its tag. The deployment fails if the tag has another digest by then.
    const image = cache.prefetch(NODE_EXPORTER);

    const taskDefinition = new FargateTaskDefinition(this, 'Task');
    taskDefinition.addContainer('exporter', { image: image.toContainerImage() });

    // The task, and so the service, waits for the image.
    new FargateService(this, 'Service', {
      cluster: new Cluster(this, 'Cluster', {
        vpc: new Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 }),
      }),
      taskDefinition,
      minHealthyPercent: 100,
      circuitBreaker: { rollback: true },
    });
  }
}

const app = new App();
new PinnedStack(app, 'PinnedByDigest', { env: { account: '111122223333', region: 'eu-west-1' } });
