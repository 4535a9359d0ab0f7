import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, CfnFunction, DockerImageFunction } from 'aws-cdk-lib/aws-lambda';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';

/**
 * A stack with images that are prefetched, in a version:
 *
 *     tsx checks/apps/prefetch.ts <directory> <name of the version> <digest to which an image is pinned>
 */
const [directory, version, digest] = process.argv.slice(2);

const app = new App({ outdir: directory });
const stack = new Stack(app, 'Prefetch', { env: { account: '111122223333', region: 'eu-west-1' } });
const cache = new PullThroughCache(stack, 'Cache', {
  upstreams: [UpstreamRegistry.quay(), UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub'))],
});

const web = cache.prefetch('nginx:1.27', { trigger: version === 'triggered' ? 'again' : undefined });
const task = new FargateTaskDefinition(stack, 'Task');
task.addContainer('web', { image: web.toContainerImage() });
new CfnOutput(stack, 'WebUri', { value: web.uri });
new CfnOutput(stack, 'WebDigest', { value: web.imageDigest });

const single = cache.prefetch('quay.io/team/single:v1');
new CfnOutput(stack, 'SingleDigest', { value: single.imageDigest });

const pinned = cache.prefetch(`quay.io/team/pinned:v1@${digest}`);
new CfnOutput(stack, 'PinnedUri', { value: pinned.uri });

const code = cache.prefetch('team/function:v1');
new DockerImageFunction(stack, 'Function', {
  code: code.toLambdaCode({ architecture: Architecture.ARM_64 }),
  architecture: Architecture.ARM_64,
});
new CfnOutput(stack, 'FunctionDigest', { value: code.platformDigest('linux/arm64') });

if (version === 'more') {
  cache.prefetch('quay.io/team/more:v2');
}
if (version === 'redirected') {
  // As code of others declares it.
  new CfnFunction(stack, 'Declared', {
    packageType: 'Image',
    architectures: ['arm64'],
    code: { imageUri: 'docker.io/team/declared:v1' },
    role: new Role(stack, 'DeclaredRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }).roleArn,
  });
  cache.redirect(stack, { prefetch: true });
}
if (version === 'missing') {
  cache.prefetch('quay.io/team/none:v1');
}
app.synth();
