import { App, Stack, StackProps } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

const ACCOUNT = '111122223333';
const HOME = 'eu-west-1';
const REPLICAS = ['us-east-1', 'ap-southeast-2'];

/** The token, filled in once: Secrets Manager keeps a copy in each region, where the rule of that region reads it. */
class TokenStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    new Secret(this, 'DockerHub', {
      secretName: 'ecr-pullthroughcache/docker-hub',
      // A random token until it is filled in. Leave the block as it is: CloudFormation would make a new one.
      generateSecretString: {
        secretStringTemplate: '{"username":"placeholder"}',
        generateStringKey: 'accessToken',
        excludePunctuation: true,
      },
      replicaRegions: REPLICAS.map((region) => ({ region })),
    });
  }
}

/** Rules are regional, so that each region has the whole cache. */
class CacheStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    new PullThroughCache(this, 'Cache', {
      upstreams: [
        UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
        UpstreamRegistry.ecrPublic(),
        UpstreamRegistry.quay(),
      ],
      outputPrefixes: true,
    });
  }
}

const app = new App();
const token = new TokenStack(app, 'Token', { env: { account: ACCOUNT, region: HOME } });
for (const region of [HOME, ...REPLICAS]) {
  const cache = new CacheStack(app, `Cache-${region}`, { env: { account: ACCOUNT, region } });
  // ECR looks for the secret when it creates the rule.
  cache.node.addDependency(token);
}
