import { exception, inlineCode, invoke, request, Service } from '../support/inline-code';
import { homeStack, makeRule } from '../support/util';

/** The very text of the template. */
const stack = homeStack();
makeRule(stack, 'Rule', { changeInPlace: true });
const code = inlineCode(stack);

const HUB = {
  EcrRepositoryPrefix: 'hub',
  UpstreamRegistry: 'docker-hub',
  UpstreamRegistryUrl: 'registry-1.docker.io',
  CredentialArn: 'arn:first',
};
const OTHER_SECRET = { ...HUB, CredentialArn: 'arn:second' };
const TEAM = { ...HUB, UpstreamRepositoryPrefix: 'team' };
const ECR = {
  EcrRepositoryPrefix: 'hub',
  UpstreamRegistry: 'ecr',
  UpstreamRegistryUrl: '444455556666.dkr.ecr.eu-west-1.amazonaws.com',
  CustomRoleArn: 'arn:role',
};

interface Rule {
  ecrRepositoryPrefix: string;
  upstreamRegistryUrl: string;
  upstreamRepositoryPrefix?: string;
  credentialArn?: string;
  customRoleArn?: string;
  upstreamRegistry?: string;
  createdAt?: string;
}

/** A registry with the rules that ECR keeps, and what it says to the next calls. */
class Registry {
  public readonly rules = new Map<string, Rule>();
  /** Answered in the place of an action, by its name, as often as it is there. */
  public readonly refusals: [string, Error][] = [];
  /** Actions that ECR does, and of which the answer is lost. */
  public readonly losses: string[] = [];
  public stackStatus: string | Error = 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS';

  /** What happens meanwhile. */
  public beforeRefusal?: () => void;

  constructor(...rules: object[]) {
    rules.forEach((rule) => this.make(rule));
  }

  public get service(): Service {
    return (command, input) => this.answer(command, input);
  }

  public make(rule: object): void {
    this.create(inApi(rule));
  }

  /** What is there, for comparisons: secret or role, and where it leads. */
  public get state(): string[] {
    return [...this.rules.values()].map(
      ({ ecrRepositoryPrefix, upstreamRegistryUrl, upstreamRepositoryPrefix, credentialArn, customRoleArn }) =>
        [ecrRepositoryPrefix, upstreamRegistryUrl, upstreamRepositoryPrefix, credentialArn ?? customRoleArn].join(' '),
    );
  }

  public async ask(type: 'Create' | 'Update' | 'Delete', properties: object, id?: string) {
    const rest = id === undefined ? {} : { PhysicalResourceId: id };
    return invoke(code, request(type, { ...properties, Stack: 'arn:stack' }, rest), this.service);
  }

  private answer(command: string, input: any): unknown {
    if (this.losses.includes(command)) {
      this.losses.splice(this.losses.indexOf(command), 1);
      this.answer(command, input);
      return exception('TimeoutError');
    }
    const refusal = this.refusals.findIndex(([name]) => name === command);
    if (refusal !== -1) {
      this.beforeRefusal?.();
      return this.refusals.splice(refusal, 1)[0][1];
    }
    const there = this.rules.get(input.ecrRepositoryPrefix ?? input.ecrRepositoryPrefixes?.[0]);
    switch (command) {
      case 'DescribePullThroughCacheRules':
        return there ? { pullThroughCacheRules: [{ ...there }] } : exception('PullThroughCacheRuleNotFoundException');
      case 'CreatePullThroughCacheRule':
        return there ? exception('PullThroughCacheRuleAlreadyExistsException') : this.create(input);
      case 'UpdatePullThroughCacheRule':
        expect(input.credentialArn ?? input.customRoleArn).toBeDefined();
        return Object.assign(there!, input);
      case 'DeletePullThroughCacheRule':
        return this.rules.delete(input.ecrRepositoryPrefix);
      default:
        expect([command, input]).toEqual(['DescribeStacks', { StackName: 'arn:stack' }]);
        return this.stackStatus instanceof Error ? this.stackStatus : { Stacks: [{ StackStatus: this.stackStatus }] };
    }
  }

  private create(rule: Rule): Rule {
    // ECR says of each rule when it was made, and of one without an upstream prefix that it is ROOT.
    this.rules.set(rule.ecrRepositoryPrefix, { upstreamRepositoryPrefix: 'ROOT', createdAt: 'today', ...rule });
    return rule;
  }
}

function inApi(properties: object): Rule {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name[0].toLowerCase() + name.slice(1), value]),
  ) as unknown as Rule;
}

const changes = (calls: string[]) =>
  calls.filter((call) => !call.startsWith('Describe')).map((call) => call.replace('PullThroughCacheRule', ''));

describe('a rule', () => {
  test('is made, and its id is its prefix', async () => {
    const registry = new Registry();
    const { answer, calls } = await registry.ask('Create', TEAM);
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'hub' });
    expect(registry.rules.get('hub')).toEqual({ ...inApi(TEAM), createdAt: 'today' });
    expect(changes(calls)).toEqual(['Create']);
  });

  test.each([
    ['secret', HUB, OTHER_SECRET, 'hub registry-1.docker.io ROOT arn:second'],
    ['role', ECR, { ...ECR, CustomRoleArn: 'arn:other' }, `hub ${ECR.UpstreamRegistryUrl} ROOT arn:other`],
  ])('gets another %s in place', async (_, before, after, state) => {
    const registry = new Registry(before);
    const { answer, calls } = await registry.ask('Update', after, 'hub');
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'hub' });
    expect(changes(calls)).toEqual(['Update']);
    expect(registry.state).toEqual([state]);
  });

  test('that is as it should be is not touched', async () => {
    const { answer, calls } = await new Registry(HUB).ask('Update', HUB, 'hub');
    expect([answer.Status, changes(calls)]).toEqual(['SUCCESS', []]);
  });

  test('that somebody has deleted comes back', async () => {
    const registry = new Registry();
    const { answer } = await registry.ask('Update', OTHER_SECRET, 'hub');
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'hub' });
    expect(registry.state).toEqual(['hub registry-1.docker.io ROOT arn:second']);
  });

  test('with another prefix is another rule, and the one before is for CloudFormation to delete', async () => {
    const registry = new Registry(HUB);
    const moved = await registry.ask('Update', { ...HUB, EcrRepositoryPrefix: 'docker-hub' }, 'hub');
    expect(moved.answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'docker-hub' });
    expect([...registry.rules.keys()]).toEqual(['hub', 'docker-hub']);
    const deleted = await registry.ask('Delete', HUB, 'hub');
    expect(deleted.answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'hub' });
    expect([...registry.rules.keys()]).toEqual(['docker-hub']);
  });

  test.each([
    ['registry', HUB, { ...HUB, UpstreamRegistry: 'quay', UpstreamRegistryUrl: 'quay.io' }],
    ['upstream prefix', HUB, TEAM],
    ['no role any more', ECR, { ...ECR, CustomRoleArn: undefined }],
  ])('with another %s is deleted and made again, under the same id', async (_, before, after) => {
    const registry = new Registry(before);
    const { answer, calls } = await registry.ask('Update', after, 'hub');
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'hub' });
    expect(changes(calls)).toEqual(['Delete', 'Create']);
    expect(registry.rules.get('hub')).toMatchObject(JSON.parse(JSON.stringify(inApi(after))));
  });

  test('is as before where its replacement fails', async () => {
    const registry = new Registry(HUB);
    registry.refusals.push(['CreatePullThroughCacheRule', exception('UnableToDecryptSecretValueException')]);
    const [before] = registry.rules.values();
    const { answer, calls } = await registry.ask('Update', TEAM, 'hub');
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'hub' });
    expect(answer.Reason).toContain('encrypt the secret arn:first with the default key');
    expect(answer.Reason).not.toContain('there is no rule');
    expect(changes(calls)).toEqual(['Delete', 'Create', 'Create']);
    expect(registry.rules.get('hub')).toEqual(before);
    // CloudFormation comes back with what was before.
    const rolledBack = await registry.ask('Update', HUB, 'hub');
    expect([rolledBack.answer.Status, changes(rolledBack.calls)]).toEqual(['SUCCESS', []]);
  });

  test('is put back, also where ECR is busy', async () => {
    const registry = new Registry(HUB);
    registry.refusals.push(
      ['CreatePullThroughCacheRule', exception('UnableToDecryptSecretValueException')],
      ['CreatePullThroughCacheRule', exception('ThrottlingException')],
    );
    const { answer } = await registry.ask('Update', TEAM, 'hub');
    expect(answer.Reason).not.toContain('there is no rule');
    expect(registry.state).toEqual(['hub registry-1.docker.io ROOT arn:first']);
  });

  test('comes back with the rollback where it could not be put back at once', async () => {
    const registry = new Registry(HUB);
    const refused = exception('UnableToDecryptSecretValueException');
    registry.refusals.push(['CreatePullThroughCacheRule', refused], ['CreatePullThroughCacheRule', refused]);
    const { answer } = await registry.ask('Update', TEAM, 'hub');
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain('there is no rule with this prefix now, since the old one cannot be put back');
    expect(registry.state).toEqual([]);
    expect((await registry.ask('Update', HUB, 'hub')).answer.Status).toBe('SUCCESS');
    expect(registry.state).toEqual(['hub registry-1.docker.io ROOT arn:first']);
  });
});

describe('a rule that was there before', () => {
  test.each([
    ['with the same secret is taken over as it is', HUB, [], 'hub (adopted)'],
    [
      'with another secret gets that of the app, and its own is remembered',
      OTHER_SECRET,
      ['Update'],
      'hub (adopted) {"credentialArn":"arn:first"}',
    ],
  ])('%s', async (_, wanted, changed, id) => {
    const registry = new Registry(HUB);
    const { answer, calls } = await registry.ask('Create', wanted);
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
    expect(changes(calls)).toEqual(changed);
    expect(registry.state).toEqual([`hub registry-1.docker.io ROOT ${wanted.CredentialArn}`]);
  });

  test.each([['hub (adopted)'], ['hub (adopted) {"credentialArn":"arn:before"}']])(
    'is changed in place from then on, and keeps its id %s',
    async (id) => {
      const registry = new Registry(HUB);
      for (const wanted of [OTHER_SECRET, TEAM]) {
        const { answer } = await registry.ask('Update', wanted, id);
        expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
      }
      expect(registry.state).toEqual(['hub registry-1.docker.io team arn:first']);
    },
  );

  test.each([
    ['secret', HUB, OTHER_SECRET],
    ['role', ECR, { ...ECR, CustomRoleArn: 'arn:other' }],
  ])('gets its %s back with the rollback', async (_, before, wanted) => {
    const registry = new Registry(before);
    const { state } = registry;
    const { answer } = await registry.ask('Create', wanted);
    expect(registry.state).not.toEqual(state);
    registry.stackStatus = 'ROLLBACK_IN_PROGRESS';
    const undone = await registry.ask('Delete', wanted, answer.PhysicalResourceId);
    expect(undone.answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: answer.PhysicalResourceId });
    expect(registry.state).toEqual(state);
  });

  test('keeps the secret of the app where the function may not use the one before, and rolls back', async () => {
    const registry = new Registry(OTHER_SECRET);
    registry.stackStatus = 'ROLLBACK_IN_PROGRESS';
    registry.refusals.push(['UpdatePullThroughCacheRule', exception('UnableToAccessSecretException')]);
    const { answer, seconds } = await registry.ask(
      'Delete',
      OTHER_SECRET,
      'hub (adopted) {"credentialArn":"arn:first"}',
    );
    expect(answer.Status).toBe('SUCCESS');
    expect(seconds).toBeLessThan(2);
    expect(registry.state).toEqual(['hub registry-1.docker.io ROOT arn:second']);
  });

  test('with a secret whose name makes the id too long is not remembered', async () => {
    const registry = new Registry({ ...HUB, CredentialArn: `arn:${'x'.repeat(1024)}` });
    expect((await registry.ask('Create', HUB)).answer.PhysicalResourceId).toBe('hub (adopted)');
  });

  test.each([
    ['another registry', { ...HUB, UpstreamRegistryUrl: 'quay.io' }, 'a rule for quay.io, and'],
    [
      'another upstream prefix',
      TEAM,
      'a rule for registry-1.docker.io/team, and this one is for registry-1.docker.io;',
    ],
  ])('for %s ends the deployment, and outlives its rollback', async (_, before, said) => {
    const registry = new Registry(before);
    const state = registry.state;
    const { answer, calls } = await registry.ask('Create', HUB);
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'never made' });
    expect(answer.Reason).toContain('the prefix hub is taken by ');
    expect(answer.Reason).toContain(said);
    expect(answer.Reason).toContain('to fix: give the rule another ecrRepositoryPrefix');
    expect(changes(calls)).toEqual([]);
    const undone = await registry.ask('Delete', HUB, 'never made');
    expect([undone.answer.Status, undone.calls]).toEqual(['SUCCESS', []]);
    expect(registry.state).toEqual(state);
  });

  test('of a prefix to which a rule of the stack moves ends the deployment too', async () => {
    const registry = new Registry({ ...HUB, EcrRepositoryPrefix: 'docker-hub', UpstreamRegistryUrl: 'quay.io' });
    const { answer } = await registry.ask('Update', { ...HUB, EcrRepositoryPrefix: 'docker-hub' }, 'hub');
    // The id stays that of the rule that the stack has.
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'hub' });
  });
});

describe('a deletion', () => {
  test.each([['hub'], ['hub (adopted)'], ['hub (adopted) {"credentialArn":"arn:before"}']])(
    'deletes %s',
    async (id) => {
      const registry = new Registry(HUB);
      const { answer } = await registry.ask('Delete', HUB, id);
      expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: id });
      expect(registry.state).toEqual([]);
    },
  );

  test.each([['ROLLBACK_IN_PROGRESS'], ['UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS']])(
    'that is a rollback, %s, leaves what was there before',
    async (status) => {
      const registry = new Registry(HUB, { ...HUB, EcrRepositoryPrefix: 'made' });
      registry.stackStatus = status;
      await registry.ask('Delete', HUB, 'hub (adopted)');
      await registry.ask('Delete', { ...HUB, EcrRepositoryPrefix: 'made' }, 'made');
      expect([...registry.rules.keys()]).toEqual(['hub']);
    },
  );

  test('leaves what was there before where nobody says whether it is a rollback', async () => {
    const registry = new Registry(HUB);
    registry.stackStatus = exception('AccessDenied');
    const { answer } = await registry.ask('Delete', HUB, 'hub (adopted)');
    expect([answer.Status, registry.state.length]).toEqual(['SUCCESS', 1]);
  });

  test('leaves a rule that somebody made for another upstream since', async () => {
    const registry = new Registry(TEAM);
    const { answer, calls } = await registry.ask('Delete', HUB, 'hub');
    expect([answer.Status, changes(calls)]).toEqual(['SUCCESS', []]);
  });

  test('of what is not there succeeds', async () => {
    const gone = await new Registry().ask('Delete', HUB, 'hub');
    expect([gone.answer.Status, changes(gone.calls)]).toEqual(['SUCCESS', []]);
    const registry = new Registry(HUB);
    registry.refusals.push(['DeletePullThroughCacheRule', exception('PullThroughCacheRuleNotFoundException')]);
    expect((await registry.ask('Delete', HUB, 'hub')).answer.Status).toBe('SUCCESS');
  });

  test('of what never answered, which has an id of CloudFormation, asks for nothing', async () => {
    const { answer, calls } = await new Registry(HUB).ask('Delete', HUB, 'Stack-PullThroughCacheRule-1ABCDEFGHIJKL');
    expect([answer.Status, calls]).toEqual(['SUCCESS', []]);
  });
});

describe('an answer of ECR that is lost', () => {
  test('is no failure: the rule is the one that was made', async () => {
    const registry = new Registry();
    registry.losses.push('CreatePullThroughCacheRule');
    const { answer } = await registry.ask('Create', HUB);
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'hub' });
    expect(registry.state).toEqual(['hub registry-1.docker.io ROOT arn:first']);
  });

  test('is no failure of a replacement either', async () => {
    const registry = new Registry(HUB);
    registry.losses.push('CreatePullThroughCacheRule');
    expect((await registry.ask('Update', TEAM, 'hub')).answer.Status).toBe('SUCCESS');
    expect(registry.state).toEqual(['hub registry-1.docker.io team arn:first']);
  });

  test('takes no rule of somebody else for the own', async () => {
    const registry = new Registry();
    registry.refusals.push(['CreatePullThroughCacheRule', exception('TimeoutError')]);
    registry.beforeRefusal = () => registry.make(OTHER_SECRET);
    const { answer } = await registry.ask('Create', HUB);
    expect(answer.Reason).toContain('PullThroughCacheRuleAlreadyExistsException');
  });
});

describe('a request that Lambda runs again', () => {
  test('finds the rule that it made, which is no rule of somebody else', async () => {
    const registry = new Registry();
    const { answer, calls } = await invoke(code, request('Create', HUB), registry.service, 2);
    expect(answer).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'hub' });
    expect(changes(calls)).toEqual(['Create']);
  });
});

describe('what ECR refuses', () => {
  const refuse = async (name: string, times: number, properties: object = HUB) => {
    const registry = new Registry();
    registry.refusals.push(
      ...Array.from({ length: times }, (): [string, Error] => ['CreatePullThroughCacheRule', exception(name)]),
    );
    return registry.ask('Create', properties);
  };

  test.each([
    ['SecretNotFoundException', 'make the secret arn:first in the account and region of the rule'],
    ['UnableToAccessSecretException', 'give the secret arn:first a value'],
    ['AccessDeniedException', 'no policy of the organization or registry denies'],
  ])('%s may pass within a minute, and says then what to do', async (name, advice) => {
    const { answer, seconds } = await refuse(name, 50);
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'never made' });
    expect(answer.Reason).toContain(
      'the rule with the prefix hub for registry-1.docker.io cannot be created: ' +
        `ECR says ${name}: ${name} of the test; to fix: `,
    );
    expect(answer.Reason).toContain(advice);
    expect(seconds).toBeGreaterThan(59);
    expect(seconds).toBeLessThan(90);
    expect((await refuse(name, 3)).answer.Status).toBe('SUCCESS');
  });

  test.each([
    ['UnableToDecryptSecretValueException', 'encrypt the secret arn:first with the default key'],
    ['UnsupportedUpstreamRegistryException', 'check that ECR supports the upstream registry'],
    ['LimitExceededException', 'delete a rule that nobody needs'],
    ['InvalidParameterException', 'check what the message names'],
    ['PullThroughCacheRuleAlreadyExistsException', 'deploy again'],
  ])('%s ends the deployment at once', async (name, advice) => {
    const { answer, seconds } = await refuse(name, 1);
    expect(answer.Reason).toContain(name);
    expect(answer.Reason).toContain(advice);
    expect(seconds).toBeLessThan(2);
  });

  test('of a role may pass, for ECR does not say that it cannot take it on yet', async () => {
    expect((await refuse('InvalidParameterException', 3, ECR)).answer.Status).toBe('SUCCESS');
    const { answer } = await refuse('ValidationException', 50, ECR);
    expect(answer.Reason).toContain('that the role arn:role trusts pullthroughcache.ecr.amazonaws.com');
  });

  test.each([['ThrottlingException'], ['ServerException']])('%s that passes fails nothing', async (name) => {
    const { answer, seconds } = await refuse(name, 10);
    expect(answer.Status).toBe('SUCCESS');
    expect(seconds).toBeGreaterThan(60);
  });
});
