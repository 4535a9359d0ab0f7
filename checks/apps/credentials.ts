import { App, Stack } from 'aws-cdk-lib';
import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';

/**
 * A stack whose credentials are verified and watched, in a version:
 *
 *     tsx checks/apps/credentials.ts <directory> <verified | placeholder | again | watched>
 */
const [directory, version] = process.argv.slice(2);

const app = new App({ outdir: directory });
const stack = new Stack(app, 'Credentials', { env: { account: '111122223333', region: 'eu-west-1' } });
const hub = UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub'));
const github = UpstreamRegistry.github(UpstreamCredentials.placeholder({ username: 'octocat' }));
const cache = new PullThroughCache(stack, 'Cache', { upstreams: version === 'verified' ? [hub] : [hub, github] });
cache.verifyCredentials({ trigger: version === 'again' ? 'again' : undefined });
if (version === 'watched') {
  cache.watchCredentials().onInvalidCredentials('Invalid');
}
app.synth();
