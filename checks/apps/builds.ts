import { join } from 'path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { AccountPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';

/**
 * A cache, roles that build, and a container whose image is built through the cache.
 *
 *     tsx apps/builds.ts <directory>
 */
const account = '111122223333';
const region = 'eu-west-1';
const app = new App({ outdir: process.argv[2] });
const stack = new Stack(app, 'Cache', { env: { account, region } });
const cache = new PullThroughCache(stack, 'Cache', {
  upstreams: [
    UpstreamRegistry.ecrPublic(),
    UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
  ],
});

const { role } = cache.dockerCredentialsFile('Machines', { assumedBy: new AccountPrincipal(account) });
const nothing = new Role(stack, 'Nothing', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
// With this role the CLI signs in to the registry when there is no file.
const publisher = `cdk-hnb659fds-image-publishing-role-${account}-${region}`;
cache.grants.pull(Role.fromRoleName(stack, 'Publisher', publisher));
for (const [name, value] of Object.entries({
  Machines: role.roleName,
  Nothing: nothing.roleName,
  Publisher: publisher,
})) {
  new CfnOutput(stack, `Role${name}`, { value });
}

const service = new Stack(app, 'Service', { env: { account, region } });
new FargateTaskDefinition(service, 'Task').addContainer('app', {
  image: cache.dockerBuild(join(__dirname, 'image'), { target: 'runtime' }).toContainerImage(),
});
app.synth();
