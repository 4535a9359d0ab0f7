import { App, Duration, Stack, StackProps } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, FargateService, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import {
  PullThroughCache,
  RepositoryLifecycleRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

/** A service on Fargate that pulls all its images through the cache. */
class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    const cache = new PullThroughCache(this, 'Cache', {
      upstreams: [
        UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
        UpstreamRegistry.ecrPublic(),
      ],
      // What ECR removes after a month is fetched again by the next pull.
      repositories: { lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(30))] },
    });

    const taskDefinition = new FargateTaskDefinition(this, 'Task');
    taskDefinition.addContainer('web', {
      image: cache.image('nginx:1.27').toContainerImage(),
      portMappings: [{ containerPort: 80 }],
    });
    taskDefinition.addContainer('redis', {
      image: cache.image('public.ecr.aws/docker/library/redis:7.4').toContainerImage(),
      essential: false,
    });

    // The service waits for the rules, and for what its execution role needs for the first pull.
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
new ServiceStack(app, 'EcsService', { env: { account: '111122223333', region: 'eu-west-1' } });
