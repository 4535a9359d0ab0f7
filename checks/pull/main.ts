import { createHash } from 'crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Front, Puller } from './front';
import { pushImage, startUpstream } from './upstream';
import { Account, ACCOUNT, OTHER_ACCOUNT, REGION } from '../account/account';
import { check, checkEqual, step, workDirectory } from '../support/check';
import { installLibrary } from '../support/library';
import { systemPrograms } from '../support/programs';
import { CHECKS, fail, Outcome, run } from '../support/run';
import { attemptAside, freePort } from '../support/servers';

/** Where the upstreams have the images of apps/pull.ts: by hand from the documentation of ECR, not by the library. */
const UPSTREAM: Record<string, string> = {
  EcrPublic: 'public.ecr.aws/amazonlinux/amazonlinux:2023',
  Kubernetes: 'registry.k8s.io/pause:3.10',
  KubernetesNested: 'registry.k8s.io/ingress-nginx/controller:v1.11.2',
  Quay: 'quay.io/prometheus/node-exporter:v1.8.2',
  DockerHubOfficial: 'registry-1.docker.io/library/nginx:1.27',
  DockerHubInFull: 'registry-1.docker.io/library/redis:7',
  DockerHubUser: 'registry-1.docker.io/grafana/grafana:11.1.0',
  GitHub: 'ghcr.io/octocat/app:v1',
  Azure: 'myregistry.azurecr.io/team/app:1.0',
  GitLab: 'registry.gitlab.com/group/project/app:v1',
  Chainguard: 'cgr.dev/chainguard/node:latest',
  SharedEcr: '444455556666.dkr.ecr.us-east-1.amazonaws.com/team/app:1.0',
  UpstreamPrefix: 'quay.io/prometheus/alertmanager:v0.27.0',
  Root: 'public.ecr.aws/docker/library/busybox:1.36',
};

/** What these registries want to be told. */
const CREDENTIALS = Object.fromEntries(
  ['registry-1.docker.io', 'ghcr.io', 'myregistry.azurecr.io', 'registry.gitlab.com', 'cgr.dev'].map((host) => [
    host,
    { username: host === 'ghcr.io' ? 'octocat' : 'ann', accessToken: `token of ${host}` },
  ]),
);

const REGISTRY = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;

step(async () => {
  systemPrograms(['skopeo', 'docker-registry']);
  installLibrary(CHECKS);
  const assembly = workDirectory('assembly');
  run('tsx', ['apps/pull.ts', assembly], { cwd: CHECKS });
  const account = await Account.start();
  account.bootstrap();
  await makeSecrets(account);
  const other = account.at(OTHER_ACCOUNT, REGION);
  other.bootstrap();
  account.cdk(['deploy', '--all', '--app', assembly, '--require-approval', 'never']);
  const outputs = await account.outputs('Pull');

  const upstream = await startUpstream();
  const digests: Record<string, string> = {};
  for (const [name, image] of Object.entries(UPSTREAM)) {
    digests[name] = pushImage(upstream, image);
  }
  // Were `library/` left out, this would be pulled instead.
  pushImage(upstream, 'registry-1.docker.io/nginx:1.27');

  const front = new Front(account, `http://${upstream}`, CREDENTIALS);
  const client = await Client.start(front);
  const role = (name: string) => account.role(outputs[`Role${name}`]);
  const everything = await role('Everything');
  const uri = (name: string) => outputs[`Image${name}`] ?? fail(`no URI of ${name}`);

  const placeholder = await client.pull(everything, uri('DockerHubOfficial'));
  check(
    'a placeholder that is not filled in pulls nothing',
    placeholder.status !== 0 && /credentials/.test(placeholder.said),
    placeholder.said,
  );
  await account.call('secrets-manager', 'PutSecretValue', {
    SecretId: 'ecr-pullthroughcache/docker-hub',
    SecretString: JSON.stringify(CREDENTIALS['registry-1.docker.io']),
  });

  // Before anything is cached.
  const nothing = await role('Nothing');
  const signIn = await client.pull(nothing, uri('Quay'));
  check(
    'a role without a grant cannot sign in',
    signIn.status !== 0 && /unauthorized|authentication required/i.test(signIn.said),
    signIn.said,
  );
  await client.isRefused(
    await role('CachedOnly'),
    uri('DockerHubOfficial'),
    'a role for cached images only: a first pull',
    /does not exist in the registry|name unknown/,
  );
  const oneImage = await role('OneImage');
  await client.isRefused(
    oneImage,
    uri('DockerHubUser'),
    'a role for one image: another one',
    /does not exist in the registry|name unknown/,
  );
  await client.gets(oneImage, uri('DockerHubOfficial'), digests.DockerHubOfficial, 'a role for one image: that one');
  await client.gets(
    await role('CachedOnly'),
    uri('DockerHubOfficial'),
    digests.DockerHubOfficial,
    'a role for cached images only: an image that is cached',
  );
  await client.gets(
    await role('Task'),
    uri('GitHub'),
    digests.GitHub,
    'the execution role of an ECS task with toContainerImage()',
  );
  await client.isRefused(
    await role('Task'),
    uri('Quay'),
    'the execution role of an ECS task: an image of another task',
    /does not exist in the registry|name unknown/,
  );

  for (const name of Object.keys(UPSTREAM)) {
    await client.gets(
      everything,
      uri(name),
      digests[name],
      `${name} by ${uri(name).replace(REGISTRY, '')} is ${UPSTREAM[name]}`,
    );
  }
  checkEqual('each image was fetched from upstream once', front.imports.length, Object.keys(UPSTREAM).length);

  const { repositories } = await account.call('ecr', 'DescribeRepositories');
  checkEqual(
    'the repositories are those that the library names',
    repositories
      .map(({ repositoryName }: any) => repositoryName)
      .filter((name: string) => !name.startsWith('cdk-'))
      .sort(),
    Object.keys(UPSTREAM)
      .map((name) => uri(name).replace(`${REGISTRY}/`, '').split(':')[0])
      .sort(),
  );
  const { tags } = await account.call('ecr', 'ListTagsForResource', {
    resourceArn: repositories.find(({ repositoryName }: any) => repositoryName.startsWith('quay/')).repositoryArn,
  });
  checkEqual('a repository has the tags of the template', tags, [{ Key: 'team', Value: 'platform' }]);

  await client.isRefused(
    everything,
    `${REGISTRY}/docker-hub/nginx:1.27`,
    'an official image without library/',
    /403|denied/i,
  );
  await client.isRefused(
    everything,
    `${REGISTRY}/quay/prometheus/none:1`,
    'an image that the upstream does not have',
    /does not exist in the registry|name unknown/,
  );

  const elsewhere = await other.role((await other.outputs('Consumer')).RoleElsewhere);
  await client.gets(
    elsewhere,
    uri('UpstreamPrefix'),
    digests.UpstreamPrefix,
    'a role of another account that allowPullFrom lets in: a cached image',
  );
  pushImage(upstream, 'quay.io/prometheus/blackbox:v1');
  await client.gets(
    elsewhere,
    `${REGISTRY}/team-a/tools/blackbox:v1`,
    undefined,
    'a role of another account that allowPullFrom lets in: a first pull',
  );
  await client.isRefused(
    elsewhere,
    uri('DockerHubUser'),
    'a role of another account: an image of a rule that does not let it in',
    /denied|not authorized|403/i,
  );
  return `${Object.keys(UPSTREAM).length} URIs of the library pull what they should`;
});

async function makeSecrets(account: Account): Promise<void> {
  const make = (name: string, value: object) =>
    account.call('secrets-manager', 'CreateSecret', { Name: name, SecretString: JSON.stringify(value) });
  await make('ecr-pullthroughcache/azure', CREDENTIALS['myregistry.azurecr.io']);
  await make('ecr-pullthroughcache/gitlab', CREDENTIALS['registry.gitlab.com']);
  await make('ecr-pullthroughcache/chainguard', CREDENTIALS['cgr.dev']);
  await make('github/read-packages', { token: CREDENTIALS['ghcr.io'].accessToken });
}

/** skopeo, which takes the registry of the account to be on this machine. */
class Client {
  public static async start(front: Front): Promise<Client> {
    const port = await freePort();
    await front.listen(port);
    const config = join(workDirectory('client'), 'registries.conf');
    writeFileSync(config, `[[registry]]\nprefix = "${REGISTRY}"\nlocation = "127.0.0.1:${port}"\ninsecure = true\n`);
    return new Client(front, `127.0.0.1:${port}`, config);
  }

  private constructor(
    private readonly front: Front,
    private readonly host: string,
    private readonly config: string,
  ) {}

  public async pull(by: Puller, uri: string): Promise<Outcome & { digest?: string }> {
    const password = (await this.front.signIn(by)) ?? 'none';
    const target = mkdtempSync(join(workDirectory('pulled'), 'image-'));
    // Credentials on the command line would be for the host in the URI alone.
    const authFile = `${target}.json`;
    writeFileSync(
      authFile,
      JSON.stringify({ auths: { [this.host]: { auth: Buffer.from(`AWS:${password}`).toString('base64') } } }),
    );
    const outcome = await attemptAside('skopeo', [
      '--insecure-policy',
      '--registries-conf',
      this.config,
      'copy',
      '--quiet',
      '--all',
      '--src-authfile',
      authFile,
      `docker://${uri}`,
      `dir:${target}`,
    ]);
    const digest =
      outcome.status === 0
        ? `sha256:${createHash('sha256')
            .update(readFileSync(join(target, 'manifest.json')))
            .digest('hex')}`
        : undefined;
    return { ...outcome, digest };
  }

  /** @param digest the image that it has to be; any without */
  public async gets(by: Puller, uri: string, digest: string | undefined, what: string): Promise<void> {
    const outcome = await this.pull(by, uri);
    check(
      what,
      outcome.status === 0 && (digest === undefined || outcome.digest === digest),
      `${outcome.said}\nwanted ${digest}\ngot ${outcome.digest}`,
    );
  }

  public async isRefused(by: Puller, uri: string, what: string, message: RegExp): Promise<void> {
    const { status, said } = await this.pull(by, uri);
    check(
      `${what} is refused: ${/(manifest unknown|name unknown|denied|403)/i.exec(said)?.[0] ?? ''}`,
      status !== 0 && message.test(said),
      said,
    );
  }
}
