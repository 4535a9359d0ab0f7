import { mkdtempSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { Account, ACCOUNT, REGION } from '../account/account';
import { Front, Puller } from '../pull/front';
import { startUpstream } from '../pull/upstream';
import { check, checkEqual, step, workDirectory } from '../support/check';
import { DockerCall, RecordingDocker } from '../support/docker';
import { installLibrary } from '../support/library';
import { systemPrograms } from '../support/programs';
import { CHECKS, fail, Outcome, run } from '../support/run';
import { attemptAside, freePort } from '../support/servers';

/**
 * Has buildah, which needs no daemon, build what the CLI of the CDK tells Docker to build, with the registry of the
 * account on this machine, and every other registry out of reach.
 *
 *     tsx checks/builds/main.ts
 */
const REGISTRY = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
const HUB = { username: 'ann', accessToken: 'token of Docker Hub' };
const HELPER = 'cdk-assets@4.7.3';

/** The images of apps/image/Dockerfile, by where their upstreams have them, and one that its target does not need. */
const UPSTREAM = [
  'public.ecr.aws/lambda/nodejs:22',
  'registry-1.docker.io/library/busybox:1.36',
  'registry-1.docker.io/library/node:22',
];
const NOT_NEEDED = 'registry-1.docker.io/library/debian:12';

step(async () => {
  systemPrograms(['buildah', 'docker-registry']);
  installLibrary(CHECKS);
  const assembly = workDirectory('assembly');
  run('tsx', ['apps/builds.ts', assembly], { cwd: CHECKS });
  const account = await Account.start();
  account.bootstrap();
  await account.call('secrets-manager', 'CreateSecret', {
    Name: 'ecr-pullthroughcache/docker-hub',
    SecretString: JSON.stringify(HUB),
  });
  const docker = new RecordingDocker();
  account.cdk(['deploy', '--all', '--app', assembly, '--require-approval', 'never']);
  const outputs = await account.outputs('Cache');

  const logins = docker.calls('login');
  check(
    'the CLI signs in to the registry of the cache, by the role that publishes images',
    logins.length > 0 && logins.every(({ args }) => args[args.length - 1] === REGISTRY),
    logins,
  );
  const builds = docker.calls('build');
  checkEqual('the CLI has one image built', builds.length, 1);
  const [build] = builds;
  checkEqual(
    'it gives Docker a build context for each image of the target',
    build.args.filter((_, at) => build.args[at - 1] === '--build-context').sort(),
    [
      `busybox:1.36=docker-image://${REGISTRY}/docker-hub/library/busybox:1.36`,
      `docker.io/library/node:22=docker-image://${REGISTRY}/docker-hub/library/node:22`,
      `public.ecr.aws/lambda/nodejs:22=docker-image://${REGISTRY}/ecr-public/lambda/nodejs:22`,
    ],
  );
  check(
    'and has the frontend come through the cache too',
    build.args.includes(`BUILDKIT_SYNTAX=${REGISTRY}/docker-hub/docker/dockerfile:1`),
    build.args,
  );

  const upstream = await startUpstream();
  const buildah = new Buildah(workDirectory('storage'));
  for (const image of [...UPSTREAM, NOT_NEEDED]) {
    buildah.push(upstream, image);
  }
  const front = new Front(account, `http://${upstream}`, { 'registry-1.docker.io': HUB });
  const port = await freePort();
  await front.listen(port);
  const machine = new Machine(front, `127.0.0.1:${port}`);

  const nothing = await account.role(outputs.RoleNothing);
  const refused = await machine.build(nothing, build);
  check(
    'a role without a grant builds nothing',
    refused.status !== 0 && /unauthorized|authentication required/i.test(refused.said),
    refused.said,
  );
  const machines = await account.role(outputs.RoleMachines);
  const plain = withoutContexts(build);
  const unreachable = await machine.build(machines, plain);
  check(
    'without build contexts, the images are asked for at registries that are out of reach',
    unreachable.status !== 0 && /registry docker\.io is blocked/.test(unreachable.said),
    unreachable.said,
  );
  checkEqual('by then, nothing was fetched', front.imports, []);

  const built = await machine.build(machines, build);
  check('the role of the credentials file builds', built.status === 0, built.said);
  const file = (name: string) => readFileSync(join(built.directory, name), 'utf8').trim();
  checkEqual('the image is made of what the upstreams have', ['name', 'build-name', 'busybox-name', 'own'].map(file), [
    UPSTREAM[0],
    UPSTREAM[2],
    UPSTREAM[1],
    'of the directory',
  ]);
  checkEqual(
    'each image of the target was fetched through the cache, and no other',
    [...new Set(front.imports.map((line) => line.split(' ').slice(0, 2).join(':')))].sort(),
    UPSTREAM,
  );
  const published = await machine.build(await account.role(outputs.RolePublisher), build);
  check('the role that publishes images builds, with a grant', published.status === 0, published.said);

  await checkHelper(account, outputs, machines.arn);
  return 'what the CLI tells Docker to build pulls through the deployed rules, and from nowhere else';
});

/** The program that CDK has sign in with the file, by which Docker gets its password. */
async function checkHelper(account: Account, outputs: Record<string, string>, roleArn: string): Promise<void> {
  const content = Object.values(outputs).find((value) => value.startsWith('{')) ?? fail('no output has the file');
  checkEqual('the output has the file, with the role', JSON.parse(content), {
    version: '1.0',
    domainCredentials: { [REGISTRY]: { ecrRepository: true, assumeRoleArn: roleArn } },
  });
  const directory = workDirectory('helper');
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', HELPER], { cwd: directory });
  const file = join(directory, 'cdk-docker-creds.json');
  writeFileSync(file, content);
  const program = join(directory, 'node_modules', '.bin', 'docker-credential-cdk-assets');
  const ask = (host: string) =>
    account.attempt('sh', ['-c', `echo ${host} | CDK_DOCKER_CREDS_FILE=${file} ${program} get`]);
  const given = ask(REGISTRY);
  check(
    "CDK's credential helper takes on the role of the file, and has a password for the registry",
    given.status === 0 && JSON.parse(given.output).Username === 'AWS',
    given.said,
  );
  check('and none for others', ask('registry-1.docker.io').status !== 0);
}

function withoutContexts({ args, cwd }: DockerCall): DockerCall {
  const isContext = (at: number) => args[at] === '--build-context' || args[at - 1] === '--build-context';
  return { args: args.filter((_, at) => !isContext(at)), cwd };
}

class Buildah {
  public readonly options: string[];

  /** @param storage where its images are */
  constructor(storage: string) {
    this.options = ['--root', join(storage, 'root'), '--runroot', join(storage, 'run'), '--storage-driver', 'vfs'];
  }

  /** Puts an image upstream that has nothing but its own name. */
  public push(upstream: string, image: string): void {
    const directory = mkdtempSync(join(workDirectory('images'), 'image-'));
    writeFileSync(join(directory, 'name'), `${image}\n`);
    writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY name /name\n');
    const tag = `${upstream}/${image}`;
    run('buildah', [...this.options, 'build', '--quiet', '--isolation', 'chroot', '--tag', tag, directory]);
    run('buildah', [...this.options, 'push', '--quiet', '--tls-verify=false', tag, `docker://${tag}`]);
  }
}

/** Where images are built: it has none, knows the registry of the account, and gets to no other. */
class Machine {
  private readonly registries = join(workDirectory('machine'), 'registries.conf');

  constructor(
    private readonly front: Front,
    private readonly host: string,
  ) {
    const blocked = ['docker.io', 'public.ecr.aws'].map(
      (name) => `[[registry]]\nlocation = "${name}"\nblocked = true\n`,
    );
    const own = `[[registry]]\nprefix = "${REGISTRY}"\nlocation = "${host}"\ninsecure = true\n`;
    writeFileSync(this.registries, ['unqualified-search-registries = ["docker.io"]\n', ...blocked, own].join('\n'));
  }

  public async build(
    by: Puller,
    { args: [command, ...args], cwd }: DockerCall,
  ): Promise<Outcome & { directory: string }> {
    const password = (await this.front.signIn(by)) ?? 'none';
    const storage = mkdtempSync(join(workDirectory('machine'), 'build-'));
    const directory = join(storage, 'built');
    const authFile = join(storage, 'auth.json');
    const auth = Buffer.from(`AWS:${password}`).toString('base64');
    writeFileSync(authFile, JSON.stringify({ auths: { [this.host]: { auth }, [REGISTRY]: { auth } } }));
    const outcome = await attemptAside('sh', [
      '-c',
      'cd "$0" && exec "$@"',
      cwd,
      'buildah',
      ...new Buildah(storage).options,
      '--registries-conf',
      this.registries,
      command,
      '--isolation',
      'chroot',
      '--authfile',
      authFile,
      '--output',
      directory,
      ...args,
    ]);
    return { ...outcome, directory };
  }
}
