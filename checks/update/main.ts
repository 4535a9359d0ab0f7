import { Deployments, synthesizeVersions } from './deployments';
import { Account, Rule } from '../account/account';
import { check, checkEqual, step } from '../support/check';

/** The types of which a replacement would fail, or lose what the account has. */
const LASTING = /AWS::(ECR::\w+|SecretsManager::Secret) /;
const STACK = 'Registry';

/** Secrets with placeholders, which stay when they leave the stack: what was filled in is nowhere else. */
const HUB_SECRET = 'ecr-pullthroughcache/docker-hub';
const CHAINGUARD_SECRET = 'ecr-pullthroughcache/chainguard';

const RULE_EXISTS = /A pull through cache rule with the prefix '[\w-]+' already exists/;
const SECRET_EXISTS = /A resource with the ID you requested already exists/;

/** An app changes, and is deployed again: what has to stay stays, and what cannot be changed has a way out. */
step(async () => {
  const assemblies = synthesizeVersions('updates.ts');
  const account = await Account.start();
  account.bootstrap();
  await account.call('secrets-manager', 'CreateSecret', {
    Name: 'github/read-packages',
    SecretString: JSON.stringify({ token: 'of GitHub' }),
  });
  await account.call('secrets-manager', 'CreateSecret', {
    Name: 'ecr-pullthroughcache/second',
    SecretString: JSON.stringify({ username: 'ann', accessToken: 'second' }),
  });
  const registry = new Registry(account, assemblies, STACK);

  await registry.deploy('first');
  await registry.keepsAll();
  await registry.changes();
  await registry.cannotChange();
  await registry.leftToCdk();
  return registry.summary;
});

class Registry extends Deployments {
  /** Moving, renaming and splitting: the same things under the same logical ids. */
  public async keepsAll(): Promise<void> {
    const before = await this.state();
    for (const [version, what] of [
      ['moved', 'every construct moved down the tree'],
      ['renamed', 'every construct renamed'],
      ['split', 'the app split into construct classes, declared in another order'],
      ['first', 'everything back in one place'],
    ]) {
      checkEqual(
        `${what}: nothing of ECR or Secrets Manager is made, replaced or deleted`,
        lasting(await this.deploy(version)),
        [],
      );
      checkEqual(`${what}: rules, templates, secrets and policy are the same`, await this.state(), before);
    }
  }

  /** What CloudFormation can change. */
  public async changes(): Promise<void> {
    const before = await this.account.rules();
    checkEqual(
      'a rule added: that rule and its secret are made, and nothing else',
      kinds(lasting(await this.deploy('rule-added'))),
      ['CREATE_COMPLETE AWS::ECR::PullThroughCacheRule', 'CREATE_COMPLETE AWS::SecretsManager::Secret'],
    );
    checkEqual(
      'a rule added: the others are the same',
      (await this.account.rules()).filter((rule) => rule.ecrRepositoryPrefix !== 'chainguard'),
      before,
    );
    checkEqual(
      'a rule removed: that rule is deleted, and nothing else',
      kinds(lasting(await this.deploy('rule-removed'))),
      ['DELETE_COMPLETE AWS::ECR::PullThroughCacheRule'],
    );
    check('a rule removed: its placeholder stays', (await this.secretNames()).includes(CHAINGUARD_SECRET));
    checkEqual('a rule removed: the others are the same', await this.account.rules(), before);

    const filled = { username: 'ann', accessToken: 'filled in' };
    const fillIn =
      Object.values(await this.account.outputs(STACK)).find((output) => output.includes('put-secret-value')) ?? '';
    const [, secretId] = /--secret-id (\S+)/.exec(fillIn) ?? [];
    checkEqual('an output tells how to fill in the placeholder', secretId, HUB_SECRET);
    await this.account.call('secrets-manager', 'PutSecretValue', {
      SecretId: secretId,
      SecretString: JSON.stringify(filled),
    });
    for (const version of ['placeholder-user', 'moved', 'first']) {
      await this.deploy(version);
      checkEqual(
        `a placeholder keeps what was filled in (${version})`,
        await this.account.secretValue(secretId),
        filled,
      );
    }
    await this.account.call('secrets-manager', 'PutSecretValue', {
      SecretId: secretId,
      SecretString: JSON.stringify({ ...filled, accessToken: 'rotated' }),
    });
    const rotated = this.account.cdk(['deploy', '--app', `${this.assemblies}/first`, '--require-approval', 'never']);
    check('a rotated value is nothing to deploy', /no changes/.test(rotated), rotated);
    checkEqual('a rotated value stays', (await this.account.secretValue(secretId)).accessToken, 'rotated');

    const gitHub = (await this.account.rules()).find((rule) => rule.ecrRepositoryPrefix === 'github')!.credentialArn!;
    checkEqual(
      'another user of a new secret: the secret is updated in place',
      kinds(lasting(await this.deploy('github-user'))),
      ['UPDATE_COMPLETE AWS::SecretsManager::Secret'],
    );
    checkEqual('another user of a new secret: the value is new', await this.account.secretValue(gitHub), {
      username: 'hubot',
      accessToken: 'of GitHub',
    });

    await this.deploy('first');
    checkEqual('another lifecycle: the template is updated in place', kinds(lasting(await this.deploy('lifecycle'))), [
      'UPDATE_COMPLETE AWS::ECR::RepositoryCreationTemplate',
    ]);
    const template = (await this.account.templates()).find(({ prefix }) => prefix === 'docker-hub');
    check('another lifecycle: it is in the registry', /"countNumber":7\b/.test(template.lifecyclePolicy), template);
    checkEqual('after all that, the rules are those of the first deployment', await this.account.rules(), before);

    await this.deploy('prefix');
    checkEqual('another prefix is another rule', difference(before, await this.account.rules()), [
      '+ quay-io',
      '- quay',
    ]);
    await this.deploy('first');
  }

  /** What CloudFormation cannot change in place, and the ways out. */
  public async cannotChange(): Promise<void> {
    await this.refuses('credential', 'another credential');
    await this.deploy('without-hub');
    await this.deploy('credential');
    const hub = (await this.account.rules()).find((rule) => rule.ecrRepositoryPrefix === 'docker-hub');
    check(
      'another credential: deployed without the rule, then with it, the rule has it',
      /ecr-pullthroughcache\/second/.test(hub?.credentialArn ?? ''),
      hub,
    );
    await this.deploy('without-hub');
    checkEqual(
      'a rule removed: what was filled in stays',
      (await this.account.secretValue(HUB_SECRET)).accessToken,
      'rotated',
    );
    await this.refuses('first', 'a placeholder whose secret stayed', SECRET_EXISTS);
    await this.account.call('secrets-manager', 'DeleteSecret', {
      SecretId: HUB_SECRET,
      ForceDeleteWithoutRecovery: true,
    });
    await this.deploy('first');
    checkEqual(
      'a placeholder whose secret stayed: made again once the secret is deleted, with nothing filled in',
      (await this.account.secretValue(HUB_SECRET)).accessToken === 'rotated',
      false,
    );

    await this.refuses('role', 'another role');
    await this.deploy('without-ecr');
    await this.deploy('role');
    const ecr = (await this.account.rules()).find((rule) => rule.ecrRepositoryPrefix === 'ecr');
    check(
      'another role: deployed without the rule, then with it, the rule has it',
      /OtherRole/.test(ecr?.customRoleArn ?? ''),
      ecr,
    );
    await this.deploy('without-ecr');
    await this.deploy('first');

    await this.refuses('upstream-prefix', 'another upstream prefix');
    await this.deploy('second-prefix');
    const second = (await this.account.rules()).filter((rule) => rule.upstreamRegistryUrl === 'quay.io');
    checkEqual(
      'another upstream prefix: with a prefix of its own the rule has it',
      second.map((rule) => [rule.ecrRepositoryPrefix, rule.upstreamRepositoryPrefix]),
      [['prometheus', 'prometheus']],
    );
    await this.deploy('first');
  }

  /** What happens to those who leave the logical id to CDK, and would to all without a logical id from the prefix. */
  public async leftToCdk(): Promise<void> {
    await this.refuses('cdk-ids', 'logicalIdFromPrefix: false for rules that exist');
  }

  private async refuses(version: string, what: string, because = RULE_EXISTS): Promise<void> {
    const before = await this.state();
    const { status, said } = this.attempt(version);
    check(`${what}: the deployment fails with "already exists"`, status !== 0 && because.test(said), said);
    checkEqual(`${what}: it is rolled back`, await this.state(), before);
  }

  private async secretNames(): Promise<string[]> {
    const { SecretList } = await this.account.call('secrets-manager', 'ListSecrets');
    return SecretList.map(({ Name }: any) => Name);
  }

  private async state(): Promise<unknown> {
    const { SecretList } = await this.account.call('secrets-manager', 'ListSecrets');
    const secrets = await Promise.all(
      SecretList.map(async ({ ARN }: any) => [ARN, await this.account.secretValue(ARN)]),
    );
    return [
      await this.account.rules(),
      await this.account.templates(),
      secrets.sort(),
      await this.account.registryPolicy(),
    ];
  }
}

function lasting(events: string[]): string[] {
  return events.filter((event) => LASTING.test(event)).sort();
}

/** Events without the logical ids. */
function kinds(events: string[]): string[] {
  return events.map((event) => event.split(' ').slice(0, 2).join(' '));
}

function difference(before: Rule[], after: Rule[]): string[] {
  const [old, now] = [before, after].map((rules) => rules.map((rule) => rule.ecrRepositoryPrefix));
  return [
    ...now.filter((prefix) => !old.includes(prefix)).map((prefix) => `+ ${prefix}`),
    ...old.filter((prefix) => !now.includes(prefix)).map((prefix) => `- ${prefix}`),
  ];
}
