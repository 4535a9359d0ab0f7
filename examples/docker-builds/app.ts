import { App, Stack, StackProps } from 'aws-cdk-lib';
import { FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

/** The cache, and who may build with it. It is deployed before the first build. */
class CacheStack extends Stack {
  public readonly cache: PullThroughCache;

  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    this.cache = new PullThroughCache(this, 'Cache', {
      upstreams: [
        UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
        UpstreamRegistry.ecrPublic(),
      ],
    });

    // With this role of the bootstrap stack, `cdk deploy` signs in to the registry to which it pushes images.
    const publisher = `cdk-hnb659fds-image-publishing-role-${this.account}-${this.region}`;
    this.cache.grants.pull(Role.fromRoleName(this, 'Publisher', publisher));

    // Machines that build for other accounts and regions sign in with a file, and a role that may pull and no more.
    this.cache.dockerCredentialsFile('BuildMachines', { assumedBy: new AccountPrincipal(this.account) });
  }
}

interface ServiceStackProps extends StackProps {
  readonly cache: PullThroughCache;
}

/** A container whose image is built of a directory. All that its Dockerfile names is pulled through the cache. */
class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, props: ServiceStackProps) {
    super(scope, id, props);

    const build = props.cache.dockerBuild('service', { buildArgs: { NODE_VERSION: '24' } });
    const taskDefinition = new FargateTaskDefinition(this, 'Task');
    taskDefinition.addContainer('service', { image: build.toContainerImage(), portMappings: [{ containerPort: 80 }] });
  }
}

const app = new App();
const env = { account: '111122223333', region: 'eu-west-1' };
const { cache } = new CacheStack(app, 'DockerBuildsCache', { env });
new ServiceStack(app, 'DockerBuildsService', { env, cache });
