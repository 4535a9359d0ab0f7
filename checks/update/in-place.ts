import { Deployments, synthesizeVersions } from './deployments';
import { Account, Rule } from '../account/account';
import { check, checkEqual, step } from '../support/check';

const STACK = 'InPlace';
const FUNCTION = /Function PullThroughCacheRules/;

/** The clock of functions: a minute, for which they wait for a secret, takes two seconds. */
const SPEED = 30;

/** Rules that a function of the stack keeps: made, changed, taken over, left alone and deleted, there and back. */
step(async () => {
  const assemblies = synthesizeVersions('in-place.ts');
  const account = await Account.start({ speed: SPEED });
  account.bootstrap();
  for (const name of ['first', 'second']) {
    await account.call('secrets-manager', 'CreateSecret', {
      Name: `ecr-pullthroughcache/${name}`,
      SecretString: JSON.stringify({ username: 'ann', accessToken: name }),
    });
  }
  const rules = new Rules(account, assemblies, STACK);

  await rules.change();
  await rules.adopt();
  await rules.destroy();
  await rules.moveThereAndBack();
  await rules.moveWithoutRetaining();
  return rules.summary;
});

class Rules extends Deployments {
  /** A new secret, role, upstream or prefix is a deployment. */
  public async change(): Promise<void> {
    await this.deploy('first');
    const first = await this.byPrefix();
    checkEqual('rules are made', [...first.keys()].sort(), ['docker-hub', 'ecr', 'quay']);

    const changed = await this.deploy('second');
    const second = await this.byPrefix();
    check('another secret: the rule has it', /ecr-pullthroughcache\/second$/.test(secretOf(second)), second);
    checkEqual(
      'another secret: the rule is the same',
      second.get('docker-hub')?.createdAt,
      first.get('docker-hub')?.createdAt,
    );
    checkEqual(
      'another secret: the rule is updated, and no other',
      changed.filter((event) => /Custom::/.test(event)).map((event) => event.split(' ').slice(0, 2).join(' ')),
      ['UPDATE_COMPLETE Custom::PullThroughCacheRule'],
    );

    await this.deploy('role');
    const role = await this.byPrefix();
    check('another role: the rule has it', /OtherReader/.test(role.get('ecr')?.customRoleArn ?? ''), role.get('ecr'));
    checkEqual('another role: the rule is the same', role.get('ecr')?.createdAt, first.get('ecr')?.createdAt);

    await this.refuses(
      'no-secret',
      'a secret that does not exist',
      /ECR says SecretNotFoundException: .*; to fix: make the secret \S+ecr-pullthroughcache\/none /,
    );

    await this.deploy('upstream-prefix');
    const prometheus = (await this.byPrefix()).get('quay');
    checkEqual('another upstream prefix: the rule has it', prometheus?.upstreamRepositoryPrefix, 'prometheus');
    await this.deploy('prefix');
    checkEqual('another prefix: another rule, and the old one is deleted', await this.prefixes(), [
      'docker-hub',
      'ecr',
      'quay-io',
    ]);
    await this.make('taken', 'public.ecr.aws');
    await this.refuses(
      'taken',
      'a prefix that is taken',
      /the prefix taken is taken by a rule for public\.ecr\.aws, and/,
    );
    await this.deploy('role');
  }

  /** Rules that somebody else has made. */
  public async adopt(): Promise<void> {
    await this.make('foreign', 'ghcr.io', 'second');
    await this.refuses(
      'adopt-and-fail',
      'a rule that is taken over in a deployment that fails',
      /the prefix taken is taken by a rule for public\.ecr\.aws/,
    );
    await this.deploy('adopt');
    const adopted = (await this.byPrefix()).get('foreign');
    check(
      'a rule that was there is taken over, with the secret of the app',
      /\/first$/.test(adopted?.credentialArn ?? ''),
      adopted,
    );
    await this.deploy('role');
    checkEqual('and is deleted when it leaves the stack', await this.prefixes(), [
      'docker-hub',
      'ecr',
      'quay',
      'taken',
    ]);
  }

  public async destroy(): Promise<void> {
    this.account.cdk(['destroy', '--force', '--app', `${this.assemblies}/role`]);
    checkEqual('the rules of a stack go with it, and no other', await this.prefixes(), ['taken']);
  }

  /** As docs/changing-rules.md says. */
  public async moveThereAndBack(): Promise<void> {
    await this.deploy('plain');
    const before = await this.byPrefix();
    const same = async (what: string) =>
      checkEqual(
        `${what}: the rule is the same`,
        (await this.byPrefix()).get('docker-hub')?.createdAt,
        before.get('docker-hub')?.createdAt,
      );

    checkEqual('there, not retained: the CLI says what becomes of the rule', this.fate('in-place'), 'destroy');
    await this.deploy('plain-retained');
    checkEqual('there, retained: the CLI says that it stays', this.fate('in-place-retained'), 'orphan');
    for (const version of ['in-place-retained', 'in-place']) {
      await this.deploy(version);
      await same(`there, ${version}`);
    }
    await this.deploy('in-place-second');
    await same('another secret');
    await this.deploy('in-place-second-retained');
    const events = await this.deploy('plain-second-retained', '--import-existing-resources');
    check(
      'back: CloudFormation imports the rule, and the function goes',
      events.some((event) => /^IMPORT_COMPLETE AWS::ECR::PullThroughCacheRule/.test(event)) &&
        events.some((event) => event.startsWith('DELETE_COMPLETE') && FUNCTION.test(event)),
      events,
    );
    await this.deploy('plain-second');
    await same('back');
    check('back: it has the secret that it had', /\/second$/.test(secretOf(await this.byPrefix())));
    this.account.cdk(['destroy', '--force', '--app', `${this.assemblies}/plain-second`]);
    checkEqual('back: it goes with the stack', await this.prefixes(), ['taken']);
  }

  /** What the page warns of. */
  public async moveWithoutRetaining(): Promise<void> {
    await this.deploy('plain');
    await this.deploy('in-place');
    checkEqual('a rule that is moved without being retained is deleted', await this.prefixes(), ['taken']);
  }

  /** What the CLI says becomes of the rule that CloudFormation has. */
  private fate(version: string): string | undefined {
    const { said } = this.account.attemptCdk([
      'diff',
      '--method',
      'template',
      '--app',
      `${this.assemblies}/${version}`,
    ]);
    return /AWS::ECR::PullThroughCacheRule .*\b(destroy|orphan)\b/.exec(said)?.[1];
  }

  /** A deployment that fails, after which all is as before. */
  private async refuses(version: string, what: string, because: RegExp): Promise<void> {
    const view = (rules: Map<string, Rule>) =>
      [...rules.values()].map(({ ecrRepositoryPrefix, upstreamRegistryUrl, credentialArn, createdAt }) => [
        ecrRepositoryPrefix,
        upstreamRegistryUrl,
        credentialArn,
        createdAt,
      ]);
    const before = view(await this.byPrefix());
    const { status, said } = this.attempt(version);
    check(`${what}: the deployment fails, and says why`, status !== 0 && because.test(said), said);
    checkEqual(`${what}: the rules are as before`, view(await this.byPrefix()), before);
  }

  /** Somebody makes a rule by hand. */
  private async make(ecrRepositoryPrefix: string, upstreamRegistryUrl: string, secret?: string): Promise<void> {
    const { ARN: credentialArn } = secret
      ? await this.account.call('secrets-manager', 'DescribeSecret', { SecretId: `ecr-pullthroughcache/${secret}` })
      : { ARN: undefined };
    await this.account.call('ecr', 'CreatePullThroughCacheRule', {
      ecrRepositoryPrefix,
      upstreamRegistryUrl,
      credentialArn,
    });
  }

  private async byPrefix(): Promise<Map<string, Rule>> {
    return new Map((await this.account.rules()).map((rule) => [rule.ecrRepositoryPrefix, rule]));
  }

  private async prefixes(): Promise<string[]> {
    return [...(await this.byPrefix()).keys()].sort();
  }
}

function secretOf(rules: Map<string, Rule>): string {
  return rules.get('docker-hub')?.credentialArn ?? '';
}
