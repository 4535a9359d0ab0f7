import { join } from 'path';
import { Ecr } from './ecr';
import { ask, DeployedFunction } from './function';
import { Account } from '../account/account';
import { pushImage, startUpstream } from '../pull/upstream';
import { readStacks } from '../support/assembly';
import { check, checkEqual, step, workDirectory } from '../support/check';
import { installLibrary } from '../support/library';
import { systemPrograms } from '../support/programs';
import { CHECKS, run, synthesizeExample } from '../support/run';
import { freePort } from '../support/servers';

const STACK = 'Prefetch';
const HUB = 'registry-1.docker.io';
const CREDENTIALS = { [HUB]: { username: 'ann', accessToken: 'token' } };

/** The clock of functions: a minute takes a second and a half. */
const SPEED = 40;

/** A registry, an account and the CLI: images are in the cache when a deployment ends, or it says why not. */
step(async () => {
  systemPrograms(['skopeo', 'docker-registry']);
  installLibrary();
  installLibrary(CHECKS);
  const upstream = await startUpstream();
  const api = await freePort();
  const ecr = `http://localhost:${api}`;
  const account = await Account.start({ ecr, speed: SPEED });
  const registry = new Ecr(account, `http://${upstream}`, CREDENTIALS);
  await registry.listenApi(api);
  account.bootstrap();
  const setToken = (accessToken: string) =>
    account.call('secrets-manager', 'PutSecretValue', {
      SecretId: 'ecr-pullthroughcache/docker-hub',
      SecretString: JSON.stringify({ username: 'ann', accessToken }),
    });
  await account.call('secrets-manager', 'CreateSecret', {
    Name: 'ecr-pullthroughcache/docker-hub',
    SecretString: JSON.stringify({ username: 'ann', accessToken: 'expired' }),
    Tags: [{ Key: '_custom_id_', Value: 'a1B2c3' }],
  });

  const digests = {
    web: pushImage(upstream, `${HUB}/library/nginx:1.27`),
    single: pushImage(upstream, 'quay.io/team/single:v1', 'single'),
    pinned: pushImage(upstream, 'quay.io/team/pinned:v1'),
    function: pushImage(upstream, `${HUB}/team/function:v1`),
    more: pushImage(upstream, 'quay.io/team/more:v2'),
  };
  const deployment = new Deployment(account, digests.pinned);

  const refused = await deployment.deploy('first');
  check(
    'a token that has expired ends the deployment, and is told',
    refused.status !== 0 &&
      /the image docker\.io\/\S+ cannot be cached in docker-hub\/\S+: ECR says UpstreamAccessDenied/.test(
        refused.said,
      ) &&
      /put a user name and an access token that are valid/.test(refused.said),
    refused.said,
  );
  await account.call('cloudformation', 'DeleteStack', { StackName: STACK });

  await setToken('token');
  registry.troubles.set('docker-hub/library/nginx', { code: 'UpstreamTooManyRequests', times: 2, layers: 1500 });
  await deployment.succeeds('first');
  const outputs = await account.outputs(STACK);
  const host = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
  checkEqual('the digest of an index is that of the registry', outputs.WebDigest, digests.web);
  checkEqual('a URI names the tag', outputs.WebUri, `${host}/docker-hub/library/nginx:1.27`);
  checkEqual('the digest of an image without an index is that of the registry', outputs.SingleDigest, digests.single);
  checkEqual('a pinned URI names both', outputs.PinnedUri, `${host}/quay/team/pinned:v1@${digests.pinned}`);
  const arm64 = await platformOf(upstream, `${HUB}/team/function`, 'v1', 'arm64');
  checkEqual('the digest of a function is that of its platform in the registry', outputs.FunctionDigest, arm64);
  const { Code } = await account.call('lambda', 'GetFunction', {
    FunctionName: await account.physicalId(STACK, /^Function(?!ServiceRole)/),
  });
  checkEqual('the function is made of that image', Code.ImageUri, `${host}/docker-hub/team/function@${arm64}`);
  const { policyText } = await account.call('ecr', 'GetRepositoryPolicy', {
    repositoryName: 'docker-hub/team/function',
  });
  const [statement] = JSON.parse(policyText).Statement;
  checkEqual(
    'AWS Lambda may read the repository, for functions of this account and region',
    [statement.Principal, statement.Condition],
    [
      { Service: 'lambda.amazonaws.com' },
      { ArnLike: { 'aws:sourceArn': 'arn:aws:lambda:eu-west-1:111122223333:function:*' } },
    ],
  );
  checkEqual('each image was fetched once', registry.imports.map((line) => line.split(' ')[0]).sort(), [
    'docker-hub/library/nginx:1.27',
    'docker-hub/team/function:v1',
    'quay/team/pinned:v1',
    'quay/team/single:v1',
  ]);

  const again = await deployment.succeeds('first');
  check('nothing to do at the second deployment', /\(no changes\)/.test(again), again);
  await deployment.succeeds('more');
  check('an image more is fetched, and no other', registry.imports.length === 5, registry.imports);
  const moved = pushImage(upstream, `${HUB}/library/nginx:1.27`, 'single');
  registry.stale.add('docker-hub/library/nginx:1.27');
  registry.troubles.set('docker-hub/library/nginx', { layers: 1500 });
  await deployment.succeeds('triggered');
  checkEqual('a trigger brings a tag that moved', (await account.outputs(STACK)).WebDigest, moved);

  const missing = await deployment.deploy('missing');
  check(
    'an image that does not exist ends the deployment, and the stack is as before',
    missing.status !== 0 && /the image quay\.io\/team\/none:v1 cannot be cached.*ImageNotFound/s.test(missing.said),
    missing.said,
  );
  checkEqual('its outputs too', (await account.outputs(STACK)).PinnedUri, outputs.PinnedUri);

  pushImage(upstream, `${HUB}/team/declared:v1`);
  await deployment.succeeds('redirected');
  const declared = await account.call('lambda', 'GetFunction', {
    FunctionName: await account.physicalId(STACK, /^Declared(?!Role)/),
  });
  checkEqual(
    'a function that others declared is redirected to the image of its platform, which is there before',
    declared.Code.ImageUri,
    `${host}/docker-hub/team/declared@${await platformOf(upstream, `${HUB}/team/declared`, 'v1', 'arm64')}`,
  );

  // The role of the version before has no image more.
  await deployment.succeeds('more');
  await functionAlone(await deployment.function(ecr), registry, upstream, digests.web);

  const { repositories: before } = await account.call('ecr', 'DescribeRepositories');
  const destroyed = await account.attemptCdkAside(['destroy', '--force', '--app', deployment.assembly('first'), STACK]);
  check('the stack can be destroyed', destroyed.status === 0, destroyed.said);
  const { repositories: after } = await account.call('ecr', 'DescribeRepositories');
  checkEqual('and leaves the cache alone', after.length, before.length);
  pushImage(upstream, `${HUB}/myorg/thumbnails:1.4`);
  const thumbnails = await example(account, 'lambda-from-docker-hub');
  check('the example of a function is deployed', thumbnails.status === 0, thumbnails.said);
  checkEqual(
    'with the digest of its platform',
    (await account.outputs('LambdaFromDockerHub')).Digest,
    await platformOf(upstream, `${HUB}/myorg/thumbnails`, '1.4', 'arm64'),
  );
  const exporter = pushImage(upstream, 'quay.io/prometheus/node-exporter:v1.8.2');
  const pinned = await example(account, 'pinned-by-digest');
  check(
    'the example of a pinned image fails for an image that it does not mean, with both digests',
    pinned.status !== 0 &&
      /is pinned to sha256:0123456789abcdef/.test(pinned.said) &&
      pinned.said.includes(`has the digest ${exporter} now`),
    pinned.said,
  );
  return 'images of Docker Hub and Quay are in the cache when a deployment ends, or it says why not';
});

/** Deploys an example, as it is. */
function example(account: Account, name: string): ReturnType<Account['attemptCdkAside']> {
  const assembly = workDirectory(`example-${name}`);
  synthesizeExample(name, ['--output', assembly]);
  return account.attemptCdkAside(['deploy', '--all', '--app', assembly, '--require-approval', 'never']);
}

function repositoryOf(name: string): string {
  return `${name === 'function' ? 'docker-hub' : 'quay'}/team/${name}`;
}

/** The code of the function, by itself: what each failure says. */
async function functionAlone(deployed: DeployedFunction, registry: Ecr, upstream: string, old: string): Promise<void> {
  const image = (name: string, rest: object = {}) => ({
    Reference: `quay.io/team/${name}:v1`,
    RegistryUri: 'registry',
    RepositoryName: repositoryOf(name),
    ImageTag: 'v1',
    ...rest,
  });
  // It may prefetch the images of its stack only.
  const other = await ask(deployed, 'Create', image('other'));
  check(
    'it may not prefetch what is not of its stack',
    /AccessDeniedException: .*not authorized to perform: ecr:BatchGetImage on resource: .*quay\/team\/other/.test(
      other.Reason ?? '',
    ),
    other,
  );

  const failures: [string, string, RegExp][] = [
    ['UpstreamAccessDenied', 'more', /check that the image exists and that everybody may pull it/],
    ['UpstreamTooManyRequests', 'single', /limits how often it is asked/],
    ['UpstreamUnavailable', 'function', /when the upstream registry answers/],
    ['ImageInaccessible', 'pinned', /restore the image if a lifecycle rule has archived it/],
  ];
  failures.forEach(([code, name]) => registry.troubles.set(repositoryOf(name), { code }));
  const said = await Promise.all(failures.map(([, name]) => ask(deployed, 'Create', image(name, { Timeout: '120' }))));
  failures.forEach(([code, , advice], index) => {
    const { Status, Reason = '' } = said[index];
    check(
      `${code} is told, with what to do`,
      Status === 'FAILED' && Reason.includes(`ECR says ${code}: trouble of the check`) && advice.test(Reason),
      said[index],
    );
  });

  for (const name of ['ThrottlingException', 'ServerException']) {
    registry.troubles.set('quay/team/single', { code: name, times: 5 });
    const { Status } = await ask(deployed, 'Create', image('single'));
    checkEqual(`${name} five times fails nothing`, Status, 'SUCCESS');
  }
  const pinned = await ask(deployed, 'Create', image('pinned', { ImageDigest: old }));
  registry.troubles.delete('quay/team/pinned');
  const unlike = await ask(deployed, 'Create', image('pinned', { ImageDigest: old }));
  check(
    'a tag that has another digest is told, with both',
    pinned.Status === 'FAILED' &&
      (unlike.Reason ?? '').includes(`is pinned to ${old}, and its tag v1 has the digest sha256:`),
    unlike,
  );

  const slow = pushImage(upstream, 'quay.io/team/more:v1');
  registry.troubles.set('quay/team/more', { layers: 'never' });
  const late = await ask(deployed, 'Create', image('more', { Timeout: '120' }));
  check(
    'layers that do not come end with what is missing',
    /not complete after 1\d\d s: ECR does not list 3 of its 3 parts/.test(late.Reason ?? ''),
    late,
  );
  registry.troubles.set('quay/team/more', { layers: 2000 });
  checkEqual(
    'and the next deployment waits for layers that are slow',
    (await ask(deployed, 'Create', image('more'))).Data?.Digest,
    slow,
  );
  const windows = await ask(deployed, 'Create', image('more', { Platforms: ['windows/amd64'] }));
  check(
    'a platform that an image does not have is told, with those that it has',
    /nothing for the platform windows\/amd64; it has linux\/amd64, linux\/arm64/.test(windows.Reason ?? ''),
    windows,
  );
  const calls = registry.calls.length;
  checkEqual('a deletion succeeds', (await ask(deployed, 'Delete', image('more'))).Status, 'SUCCESS');
  checkEqual('and calls nobody', registry.calls.length, calls);
}

/** The digest of an image for an architecture, as the registry has it. */
async function platformOf(upstream: string, path: string, tag: string, architecture: string): Promise<string> {
  const answer = await fetch(`http://${upstream}/v2/${path}/manifests/${tag}`, {
    headers: { Accept: 'application/vnd.oci.image.index.v1+json' },
  });
  const { manifests } = (await answer.json()) as any;
  return manifests.find(({ platform }: any) => platform.architecture === architecture).digest;
}

/** The app, in its versions. */
class Deployment {
  constructor(
    private readonly account: Account,
    private readonly digest: string,
  ) {}

  public assembly(version: string): string {
    const directory = join(workDirectory('prefetch'), version);
    run('tsx', ['apps/prefetch.ts', directory, version, this.digest], { cwd: CHECKS });
    return directory;
  }

  public deploy(version: string): ReturnType<Account['attemptCdkAside']> {
    const assembly = this.assembly(version);
    return this.account.attemptCdkAside(['deploy', STACK, '--app', assembly, '--require-approval', 'never']);
  }

  public async succeeds(version: string): Promise<string> {
    const { status, said } = await this.deploy(version);
    check(`the version "${version}" is deployed`, status === 0, `${said}\n${this.account.log().slice(-6000)}`);
    return said;
  }

  /** The function as it is in the template. */
  public async function(ecr: string): Promise<DeployedFunction> {
    const [{ template }] = readStacks(this.assembly('first'));
    const code = Object.values<any>(template.Resources ?? {}).flatMap(
      ({ Properties }) => Properties?.Code?.ZipFile ?? [],
    );
    checkEqual('the template has one function of the library', code.length, 1);
    const role = await this.account.physicalId(STACK, /^PullThroughCachePrefetchRole(?!DefaultPolicy)/);
    return { account: this.account, code: code[0], role, ecr, speed: SPEED };
  }
}
