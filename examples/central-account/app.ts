import { App, Duration, Stack, StackProps } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, FargateService, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { OrganizationPrincipal } from 'aws-cdk-lib/aws-iam';
import {
  PullThroughCache,
  PullThroughCacheRule,
  RepositoryLifecycleRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

const REGION = 'eu-west-1';
const CACHE_ACCOUNT = '111122223333';
const TEAM_ACCOUNT = '444455556666';

/** In the account of the platform team: one cache, and one Docker Hub token, for the whole organization. */
class CacheStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    new PullThroughCache(this, 'Cache', {
      upstreams: [
        UpstreamRegistry.dockerHub(UpstreamCredentials.placeholder({ username: 'example-org' })),
        UpstreamRegistry.quay(),
      ],
      repositories: { lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(30))] },
      // The policies of the registry, and of the repositories that pulls create.
      allowPullFrom: [new OrganizationPrincipal('o-exampleorg1')],
      outputPrefixes: true,
    });
  }
}

/** In the account of any team: it knows of the cache no more than the account, the prefix and the upstream. */
class TeamStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    const hub = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(this, 'DockerHub', {
      ecrRepositoryPrefix: 'docker-hub',
      upstreamRegistryUrl: 'docker.io',
      account: CACHE_ACCOUNT,
      region: REGION,
    });

    const taskDefinition = new FargateTaskDefinition(this, 'Task');
    taskDefinition.addContainer('web', { image: hub.image('nginx:1.27').toContainerImage() });
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
new CacheStack(app, 'CentralCache', { env: { account: CACHE_ACCOUNT, region: REGION } });
new TeamStack(app, 'Team', { env: { account: TEAM_ACCOUNT, region: REGION } });
