import { App, CfnOutput, Stack, StackProps } from 'aws-cdk-lib';
import { AccountPrincipal } from 'aws-cdk-lib/aws-iam';
import { PullThroughCacheRule, RegistryPolicy, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

const OWN_ACCOUNT = '111122223333';
const BUILD_ACCOUNT = '444455556666';

/** In the account that builds images: lets the other account cache what lies below `team/`. */
class UpstreamStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    RegistryPolicy.of(this).allowCachingBy(new AccountPrincipal(OWN_ACCOUNT), 'team');
  }
}

/** Close to the workloads: images of another region, and of another account. */
class CacheStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    // The same account in another region: ECR needs no role.
    const own = new PullThroughCacheRule(this, 'OwnImages', {
      upstream: UpstreamRegistry.ecr({ account: OWN_ACCOUNT, region: 'us-east-1' }),
      ecrRepositoryPrefix: 'us-east-1',
    });
    new CfnOutput(this, 'OwnImage', { value: own.image('shop/web:1.0').uri });

    // Another account: the role with which ECR reads there is made here. `team/` drops out of the path.
    const built = new PullThroughCacheRule(this, 'BuiltImages', {
      upstream: UpstreamRegistry.ecr({ account: BUILD_ACCOUNT, region: 'us-east-1' }),
      ecrRepositoryPrefix: 'builds',
      upstreamRepositoryPrefix: 'team',
    });
    new CfnOutput(this, 'BuiltImage', { value: built.image('team/app:1.0').uri });
  }
}

const app = new App();
const upstream = new UpstreamStack(app, 'Upstream', { env: { account: BUILD_ACCOUNT, region: 'us-east-1' } });
const cache = new CacheStack(app, 'Cache', { env: { account: OWN_ACCOUNT, region: 'eu-west-1' } });
// The first pull needs the permission of the upstream.
cache.node.addDependency(upstream);
