import { Annotations, App, CfnParameter, Lazy, NestedStack, SecretValue, Stack, Stage, Token } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import * as fc from 'fast-check';
import { PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { runs } from '../support/runs';
import {
  ACCOUNT,
  ack,
  errorOf,
  HOME,
  homeStack,
  makeRule,
  onlyResource,
  openStack,
  OTHER_ACCOUNT,
  propertiesOf,
  refusal,
  REGION,
  resourcesOf,
  ROLE,
  RULE,
  SECRET,
  templateWithoutMetadata,
  useCredentials,
  warningsOf,
} from '../support/util';

const crossAccount = UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'us-east-1' });

describe('the properties of a rule', () => {
  test.each([
    ['a prefix', { ecrRepositoryPrefix: 'team-a/quay' }, { EcrRepositoryPrefix: 'team-a/quay' }],
    ['a prefix with a slash at its end', { ecrRepositoryPrefix: 'team-a/' }, { EcrRepositoryPrefix: 'team-a' }],
    [
      'the shortest prefix, which is one only with its slash',
      { ecrRepositoryPrefix: 'a/' },
      { EcrRepositoryPrefix: 'a/' },
    ],
    ['ROOT', { ecrRepositoryPrefix: PullThroughCacheRule.ROOT }, { EcrRepositoryPrefix: 'ROOT' }],
    [
      'ROOT twice',
      { ecrRepositoryPrefix: 'ROOT', upstreamRepositoryPrefix: 'ROOT' },
      { EcrRepositoryPrefix: 'ROOT', UpstreamRepositoryPrefix: 'ROOT' },
    ],
    [
      'an upstream prefix',
      { upstreamRepositoryPrefix: 'prometheus' },
      { EcrRepositoryPrefix: 'quay', UpstreamRepositoryPrefix: 'prometheus' },
    ],
    [
      'an upstream prefix with a slash at its end',
      { upstreamRepositoryPrefix: 'org/team/' },
      { EcrRepositoryPrefix: 'quay', UpstreamRepositoryPrefix: 'org/team' },
    ],
    [
      'the upstream prefix ROOT',
      { upstreamRepositoryPrefix: 'ROOT' },
      { EcrRepositoryPrefix: 'quay', UpstreamRepositoryPrefix: 'ROOT' },
    ],
  ])('%s', (_, props, rendered) => {
    const stack = homeStack();
    makeRule(stack, 'Rule', props);
    expect(onlyResource(stack, RULE).Properties).toEqual({
      UpstreamRegistry: 'quay',
      UpstreamRegistryUrl: 'quay.io',
      ...rendered,
    });
  });

  test('are its attributes too', () => {
    const rule = makeRule(homeStack(), 'Rule', { ecrRepositoryPrefix: 'team-a/', upstreamRepositoryPrefix: 'org/' });
    expect(rule).toMatchObject({
      ecrRepositoryPrefix: 'team-a',
      upstreamRegistryUrl: 'quay.io',
      upstreamRepositoryPrefix: 'org',
    });
    expect(rule.pullThroughCacheRuleRef).toEqual({ ecrRepositoryPrefix: 'team-a' });
    expect(rule.env).toMatchObject({ account: ACCOUNT, region: REGION });
  });

  test('ROOT is the keyword of ECR', () => {
    expect(PullThroughCacheRule.ROOT).toBe('ROOT');
  });

  const SCHEMA = /^([a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\/?|ROOT)$/;
  const anyPrefix = fc.oneof(
    fc.stringMatching(SCHEMA),
    fc.string({ unit: fc.constantFrom('a', '0', '.', '_', '-', '/', 'A'), maxLength: 32 }),
    fc.string(),
  );

  test('accept both prefixes where the schema does, and nowhere else', () => {
    const fits = (prefix: string) => SCHEMA.test(prefix) && prefix.length >= 2 && prefix.length <= 30;
    fc.assert(
      fc.property(anyPrefix, anyPrefix, (ecrRepositoryPrefix, upstreamRepositoryPrefix) => {
        const stack = homeStack();
        const error = errorOf(() => makeRule(stack, 'Rule', { ecrRepositoryPrefix, upstreamRepositoryPrefix }));
        const expected =
          fits(ecrRepositoryPrefix) &&
          fits(upstreamRepositoryPrefix) &&
          (ecrRepositoryPrefix !== 'ROOT' || upstreamRepositoryPrefix === 'ROOT');
        return expected ? error === undefined : (error as Error)?.name === 'PullThroughCacheError';
      }),
      {
        ...runs(1000),
        examples: [
          ['a/', 'b/'],
          ['ROOT', 'ROOT'],
          ['ROOT', 'ab'],
        ],
      },
    );
  });
});

describe('refused', () => {
  const GRAMMAR =
    'allowed: lower case letters and digits, with ".", "_", "__" or "-" between them, in one or more parts ' +
    'separated by "/", or ROOT; 2 to 30 characters';

  test.each([
    ['Docker-Hub', ['is not a repository prefix', 'got "Docker-Hub"', GRAMMAR, 'to fix: write it as "docker-hub"']],
    ['a..b', ['is not a repository prefix', 'got "a..b"', GRAMMAR, 'to fix: write it as "a-b"']],
    ['/quay', ['is not a repository prefix', 'got "/quay"', GRAMMAR, 'to fix: write it as "quay"']],
    [
      '!',
      ['is not a repository prefix', 'got "!"', GRAMMAR, 'to fix: give a name such as "docker-hub" or "team-a/quay"'],
    ],
    ['', ['is not a repository prefix', 'got ""', GRAMMAR, 'to fix: give a name such as']],
    ['a', ['has 1 characters', 'got "a"', GRAMMAR, 'to fix: use at least 2 characters']],
    ['a'.repeat(31), ['has 31 characters', GRAMMAR, 'to fix: shorten it to 30 characters']],
  ])('the prefix %j', (prefix, parts) => {
    for (const name of ['ecrRepositoryPrefix', 'upstreamRepositoryPrefix']) {
      const message = refusal(() => makeRule(homeStack(), 'Rule', { [name]: prefix }));
      for (const part of parts) {
        expect(message).toContain(part);
      }
      expect(message).toContain(`${name} ${parts[0]}`);
      expect(message).toContain('[at Stack/Rule]');
    }
  });

  test('both prefixes at once', () => {
    const message = refusal(() =>
      makeRule(homeStack(), 'Rule', { ecrRepositoryPrefix: 'Quay', upstreamRepositoryPrefix: 'Org' }),
    );
    expect(message).toContain('"Quay"');
    expect(message).toContain('"Org"');
  });

  test('an upstream prefix with ROOT', () => {
    const message = refusal(() =>
      makeRule(homeStack(), 'Rule', { ecrRepositoryPrefix: 'ROOT', upstreamRepositoryPrefix: 'org' }),
    );
    expect(message).toContain('a rule for ROOT cannot have an upstreamRepositoryPrefix');
    expect(message).toContain('got "org"');
    expect(message).toContain('allowed: none, or ROOT');
    expect(message).toContain(
      'to fix: leave out upstreamRepositoryPrefix, or give the rule an ecrRepositoryPrefix of its own',
    );
    expect(message).toContain('[at Stack/Rule]');
  });

  test.each([['cn-north-1'], ['cn-northwest-1']])('the region %s', (region) => {
    const stack = new Stack(new App(), 'Stack', { env: { region } });
    const message = refusal(() => makeRule(stack, 'Rule'));
    expect(message).toContain('ECR pull through cache does not exist in the regions of China');
    expect(message).toContain(`got "${region}"`);
    expect(message).toContain('allowed: every other commercial region');
    expect(message).toContain('to fix: copy the images into repositories of their own there');
    expect(message).toContain('[at Stack/Rule]');
  });

  describe('the same prefix twice in one environment', () => {
    const inOtherStack = (stack: Stack) => homeStack(stack.node.root as App, 'Other');
    const inNestedStack = (stack: Stack) => new NestedStack(stack, 'Nested');
    const inStage = (stack: Stack) => new Stack(new Stage(stack.node.root, 'Stage'), 'Other', { env: HOME });

    test.each<[string, string, string, (stack: Stack) => Stack]>([
      ['in one stack', 'quay', 'quay', (stack) => stack],
      ['in one stack, the second with a slash', 'quay', 'quay/', (stack) => stack],
      ['in one stack, the first with a slash', 'quay/', 'quay', (stack) => stack],
      ['in one stack, the shortest', 'a/', 'a/', (stack) => stack],
      ['in one stack, ROOT', 'ROOT', 'ROOT', (stack) => stack],
      ['in two stacks', 'quay', 'quay', inOtherStack],
      ['in two stacks, with a slash', 'quay', 'quay/', inOtherStack],
      ['in a nested stack', 'quay', 'quay', inNestedStack],
      ['in a stage', 'quay', 'quay', inStage],
    ])('%s', (_, first, second, where) => {
      const stack = homeStack();
      makeRule(stack, 'First', { ecrRepositoryPrefix: first });
      const other = where(stack);
      const message = refusal(() =>
        makeRule(other, 'Second', { upstream: UpstreamRegistry.kubernetes(), ecrRepositoryPrefix: second }),
      );
      expect(message).toContain(
        'the rule Stack/First has this prefix in the same account and region, where it can be used once',
      );
      expect(message).toContain(`got "${first === 'a/' ? 'a' : first.replace('/', '')}"`);
      expect(message).toContain('allowed: a prefix that no other rule has; a slash at its end makes no difference');
      expect(message).toContain('to fix: give one of the two another ecrRepositoryPrefix, or use one rule for both');
      expect(message).toContain(`[at ${other.node.path}/Second]`);
    });

    test.each<[string, (app: App) => [Stack, Stack]]>([
      [
        'from two nested stacks',
        (app) => {
          const stack = homeStack(app);
          return [new NestedStack(stack, 'One'), new NestedStack(stack, 'Two')];
        },
      ],
      [
        'in one stack that leaves its environment open',
        (app) => {
          const stack = openStack(app);
          return [stack, stack];
        },
      ],
      [
        'from the nested stack of one that leaves its environment open',
        (app) => {
          const stack = openStack(app);
          return [new NestedStack(stack, 'Nested'), stack];
        },
      ],
    ])('%s', (_, stacksOf) => {
      const [one, two] = stacksOf(new App());
      makeRule(one, 'First');
      expect(refusal(() => makeRule(two, 'Second'))).toContain('has this prefix in the same account and region');
    });

    test.each([
      ['another region', { account: ACCOUNT, region: 'us-east-1' }],
      ['another account', { account: OTHER_ACCOUNT, region: REGION }],
    ])('but not in %s', (_, env) => {
      const app = new App();
      makeRule(homeStack(app, 'One'), 'Rule');
      const other = new Stack(app, 'Two', { env });
      makeRule(other, 'Rule');
      expect(warningsOf(other)).toEqual([]);
    });

    test('but not in two apps', () => {
      makeRule(homeStack(), 'Rule');
      expect(() => makeRule(homeStack(), 'Rule')).not.toThrow();
    });

    test('but not as the upstream prefix, nor of the same upstream', () => {
      const stack = homeStack();
      makeRule(stack, 'One', { ecrRepositoryPrefix: 'one', upstreamRepositoryPrefix: 'same' });
      makeRule(stack, 'Two', { ecrRepositoryPrefix: 'two', upstreamRepositoryPrefix: 'same' });
      expect(warningsOf(stack)).toEqual([]);
    });
  });

  describe('more than 50 rules in one environment', () => {
    test.each<[string, (app: App) => Stack[]]>([
      ['in one stack', (app) => [homeStack(app)]],
      ['in two stacks', (app) => [homeStack(app, 'One'), homeStack(app, 'Two')]],
      [
        'in a stack and its nested stack',
        (app) => {
          const stack = homeStack(app);
          return [stack, new NestedStack(stack, 'Nested')];
        },
      ],
      ['in a stack that leaves its environment open', (app) => [openStack(app)]],
    ])('%s', (_, stacksOf) => {
      const stacks = stacksOf(new App());
      for (let n = 1; n <= 50; n++) {
        makeRule(stacks[n % stacks.length], `Rule${n}`, { ecrRepositoryPrefix: `prefix-${n}` });
      }
      const message = refusal(() => makeRule(stacks[0], 'Rule51', { ecrRepositoryPrefix: 'prefix-51' }));
      expect(message).toContain('more than 50 rules in one account and region');
      expect(message).toContain('allowed: 50; AWS does not raise this quota');
      expect(message).toContain(
        'to fix: cache a registry once and tell namespaces apart below its prefix, or use another region or account',
      );
      expect(message).toContain(`[at ${stacks[0].node.path}/Rule51]`);
    });

    test('those whose prefix is a token among them', () => {
      const stack = homeStack();
      const prefix = new CfnParameter(stack, 'Prefix').valueAsString;
      for (let n = 1; n <= 50; n++) {
        makeRule(stack, `Rule${n}`, { ecrRepositoryPrefix: `${prefix}-${n}` });
      }
      expect(refusal(() => makeRule(stack, 'Rule51', { ecrRepositoryPrefix: `${prefix}-51` }))).toContain(
        'more than 50 rules',
      );
    });

    test('but not 50 in each of two environments, and a rule that exists does not count', () => {
      const app = new App();
      const stacks = ['eu-west-1', 'us-east-1'].map(
        (region) => new Stack(app, region, { env: { account: ACCOUNT, region } }),
      );
      for (const stack of stacks) {
        for (let n = 1; n <= 50; n++) {
          makeRule(stack, `Rule${n}`, { ecrRepositoryPrefix: `prefix-${n}` });
        }
        PullThroughCacheRule.fromEcrRepositoryPrefix(stack, 'Existing', 'existing');
      }
      expect(stacks.map((stack) => Object.keys(resourcesOf(stack, RULE)).length)).toEqual([50, 50]);
    });
  });
});

describe('warned', () => {
  const prefixes =
    (...all: string[]) =>
    (stack: Stack) =>
      all.forEach((ecrRepositoryPrefix) =>
        makeRule(stack, ecrRepositoryPrefix.replace(/\//g, '-'), { ecrRepositoryPrefix }),
      );
  const inGovCloud = { account: ACCOUNT, region: 'us-gov-west-1' };

  test.each<[string, string, Record<string, string>, (stack: Stack) => void, string[]]>([
    [
      'GovCloud',
      'PullThroughCacheRule.govCloud',
      inGovCloud,
      prefixes('quay'),
      ['us-gov-west-1', 'try one rule before relying on it'],
    ],
    [
      'the literal prefix root',
      'PullThroughCacheRule.literalRootPrefix',
      HOME as any,
      prefixes('root'),
      ['root/<path>', 'PullThroughCacheRule.ROOT'],
    ],
    [
      'the literal prefix root, with a slash',
      'PullThroughCacheRule.literalRootPrefix',
      HOME as any,
      prefixes('root/'),
      ['PullThroughCacheRule.ROOT'],
    ],
    [
      'a prefix below another',
      'PullThroughCacheRule.overlappingPrefixes',
      HOME as any,
      prefixes('ab', 'ab/cd'),
      ['"ab/cd"', 'Stack/ab'],
    ],
    [
      'a prefix above another',
      'PullThroughCacheRule.overlappingPrefixes',
      HOME as any,
      prefixes('ab/cd', 'ab'),
      ['"ab"', 'Stack/ab-cd'],
    ],
    [
      'a prefix far below another',
      'PullThroughCacheRule.overlappingPrefixes',
      HOME as any,
      prefixes('ab/', 'ab/cd/ef/'),
      ['"ab/cd/ef"', 'Stack/ab'],
    ],
    [
      'a prefix far above another',
      'PullThroughCacheRule.overlappingPrefixes',
      HOME as any,
      prefixes('ab/cd/ef', 'ab'),
      ['"ab"', 'Stack/ab-cd-ef'],
    ],
  ])('%s', (_, id, env, make, parts) => {
    for (const acknowledgedFirst of [false, true]) {
      const stack = new Stack(new App(), 'Stack', { env });
      if (acknowledgedFirst) {
        Annotations.of(stack).acknowledgeWarning(`cdk-ecr-pull-through-cache:${id}`);
      }
      make(stack);
      if (!acknowledgedFirst) {
        const [warning, ...others] = warningsOf(stack);
        expect(others).toEqual([]);
        for (const part of parts) {
          expect(warning).toContain(part);
        }
        expect(warning).toContain(ack(id));
        Annotations.of(stack).acknowledgeWarning(`cdk-ecr-pull-through-cache:${id}`);
      }
      expect(warningsOf(stack)).toEqual([]);
    }
  });

  test('overlapping prefixes of two stacks in one environment', () => {
    const app = new App();
    makeRule(homeStack(app, 'One'), 'Rule', { ecrRepositoryPrefix: 'team' });
    const two = homeStack(app, 'Two');
    makeRule(two, 'Rule', { ecrRepositoryPrefix: 'team/quay' });
    expect(warningsOf(two)).toEqual([expect.stringContaining(ack('PullThroughCacheRule.overlappingPrefixes'))]);
  });

  test.each<[string, (app: App) => [Stack, Stack]]>([
    ['two stacks', (app) => [openStack(app, 'One'), openStack(app, 'Two')]],
    [
      'two stacks of one account that leave the region open',
      (app) => [
        new Stack(app, 'One', { env: { account: ACCOUNT } }),
        new Stack(app, 'Two', { env: { account: ACCOUNT } }),
      ],
    ],
    [
      'a stack and the nested stack of another',
      (app) => [openStack(app, 'One'), new NestedStack(openStack(app, 'Two'), 'Nested')],
    ],
  ])('the same prefix where the environment is open: %s', (_, stacksOf) => {
    const [one, two] = stacksOf(new App());
    makeRule(one, 'Rule');
    makeRule(two, 'Rule', { ecrRepositoryPrefix: 'quay/' });
    expect(warningsOf(one)).toEqual([]);
    // The annotations of a nested stack are those of its parent.
    const top = two.nestedStackParent ?? two;
    const [warning, ...others] = warningsOf(top);
    expect(others).toEqual([]);
    expect(warning).toContain('the rule One/Rule has the prefix "quay" too');
    expect(warning).toContain(ack('PullThroughCacheRule.possibleDuplicatePrefix'));
    Annotations.of(two).acknowledgeWarning('cdk-ecr-pull-through-cache:PullThroughCacheRule.possibleDuplicatePrefix');
    expect(warningsOf(top)).toEqual([]);
  });

  test('not of the same prefix in two stages whose environments are open, as of a pipeline', () => {
    const app = new App();
    const stacks = ['Beta', 'Prod'].map((id) => openStack(new Stage(app, id)));
    stacks.forEach((stack) => makeRule(stack, 'Rule'));
    for (const stack of stacks) {
      expect(warningsOf(stack)).toEqual([]);
    }
  });

  test.each([
    [['ROOT', 'quay']],
    [['quay', 'ROOT']],
    [['quay', 'quayside']],
    [['ab/cd', 'ab/ef']],
    [['ab-cd', 'ab']],
    [['rooted', 'root/sub']],
  ])('not of %j', (all) => {
    const stack = homeStack();
    prefixes(...all)(stack);
    expect(warningsOf(stack)).toEqual([]);
  });
});

describe('tokens pass untouched', () => {
  test.each<[string, (stack: Stack) => string, unknown]>([
    ['a parameter', (stack) => new CfnParameter(stack, 'Prefix').valueAsString, { Ref: 'Prefix' }],
    ['a lazy value', () => Lazy.string({ produce: () => 'Not A Prefix' }), 'Not A Prefix'],
    [
      'a string that holds one',
      (stack) => `Team/${new CfnParameter(stack, 'Prefix').valueAsString}/`,
      { 'Fn::Join': ['', ['Team/', { Ref: 'Prefix' }, '/']] },
    ],
  ])('as both prefixes: %s', (_, prefixOf, rendered) => {
    const stack = homeStack();
    const prefix = prefixOf(stack);
    const rule = makeRule(stack, 'Rule', { ecrRepositoryPrefix: prefix, upstreamRepositoryPrefix: prefix });
    const { logicalId, Properties } = onlyResource(stack, RULE);
    expect(Properties).toMatchObject({ EcrRepositoryPrefix: rendered, UpstreamRepositoryPrefix: rendered });
    expect(logicalId).toMatch(/^Rule[0-9A-F]{8}$/);
    expect(Token.isUnresolved(rule.ecrRepositoryPrefix)).toBe(true);
    expect(warningsOf(stack)).toEqual([]);
  });

  test('as one prefix beside a literal one', () => {
    const stack = homeStack();
    const upstreamRepositoryPrefix = new CfnParameter(stack, 'Org').valueAsString;
    makeRule(stack, 'Rule', { upstreamRepositoryPrefix });
    expect(onlyResource(stack, RULE).Properties.UpstreamRepositoryPrefix).toEqual({ Ref: 'Org' });
  });

  test('as the same prefix twice, which could be two', () => {
    const stack = homeStack();
    const token = new CfnParameter(stack, 'Prefix').valueAsString;
    for (const id of ['One', 'Two']) {
      makeRule(stack, id, { ecrRepositoryPrefix: token });
    }
    expect(warningsOf(stack)).toEqual([]);
  });

  test('as account and region of the stack', () => {
    const stack = new Stack(new App(), 'Stack', {
      env: { account: Lazy.string({ produce: () => ACCOUNT }), region: Lazy.string({ produce: () => 'cn-north-1' }) },
    });
    expect(() => makeRule(stack, 'Rule')).not.toThrow();
    expect(warningsOf(stack)).toEqual([]);
  });

  test('as the prefix of a rule with a role of its own', () => {
    const stack = homeStack();
    makeRule(stack, 'Rule', {
      upstream: crossAccount,
      ecrRepositoryPrefix: new CfnParameter(stack, 'Prefix').valueAsString,
    });
    const role = onlyResource(stack, ROLE);
    expect(role.logicalId).toMatch(/^RuleRole/);
    expect(JSON.stringify(role.Properties.Policies)).toContain('{"Ref":"Prefix"},"/*"');
  });
});

describe('moving or renaming the construct', () => {
  const upstreams: [string, () => UpstreamRegistry][] = [
    ['a rule alone', () => UpstreamRegistry.quay()],
    ['a rule with an existing secret', () => UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('token'))],
    [
      'a rule with a new secret',
      () =>
        UpstreamRegistry.dockerHub(
          UpstreamCredentials.newSecret({ username: 'me', accessToken: SecretValue.secretsManager('vault') }),
        ),
    ],
    ['a rule with a placeholder and its output', () => UpstreamRegistry.dockerHub(UpstreamCredentials.placeholder())],
    ['a rule with a role', () => crossAccount],
  ];

  test.each(upstreams)('changes nothing in the template: %s', (_, upstream) => {
    const stacks = [
      (stack: Stack) => makeRule(stack, 'Rule', { upstream: upstream(), upstreamRepositoryPrefix: 'team' }),
      (stack: Stack) => makeRule(stack, 'Renamed', { upstream: upstream(), upstreamRepositoryPrefix: 'team/' }),
      (stack: Stack) =>
        new PullThroughCacheRule(new Construct(new Construct(stack, 'Deep'), 'Deeper'), 'Rule', {
          upstream: upstream(),
          upstreamRepositoryPrefix: 'team',
        }),
    ].map((make) => {
      const stack = homeStack();
      make(stack);
      return templateWithoutMetadata(stack);
    });
    expect(stacks[1]).toEqual(stacks[0]);
    expect(stacks[2]).toEqual(stacks[0]);
  });

  test('changes the logical id of another prefix', () => {
    const stack = homeStack();
    const all = ['ab', 'a-b', 'a_b', 'a__b', 'a.b', 'a/b', 'root', 'ROOT', 'ro/ot'];
    all.forEach((ecrRepositoryPrefix, index) => makeRule(stack, `Rule${index}`, { ecrRepositoryPrefix }));
    expect(
      Object.values(resourcesOf(stack, RULE))
        .map(({ Properties }) => Properties.EcrRepositoryPrefix)
        .sort(),
    ).toEqual([...all].sort());
  });

  test('keeps the logical ids that were deployed', () => {
    const stack = homeStack();
    makeRule(stack, 'Cross', { upstream: crossAccount });
    useCredentials(stack, UpstreamCredentials.placeholder());
    // These are for ever: another id would replace what cannot be replaced.
    const ids = [RULE, ROLE, SECRET].flatMap((type) => Object.keys(resourcesOf(stack, type)));
    expect(ids.sort()).toEqual([
      'PullThroughCacheRoleEcr02915C17',
      'PullThroughCacheRuleDockerHubF08745BB',
      'PullThroughCacheRuleEcr02915C17',
      'PullThroughCacheSecretDockerHubF08745BB',
    ]);
  });

  test('gives the ordinary ids of CDK where that is asked for', () => {
    const stack = homeStack();
    makeRule(stack, 'Mine', { logicalIdFromPrefix: false });
    new PullThroughCacheRule(new Construct(stack, 'Scope'), 'Mine', {
      upstream: UpstreamRegistry.kubernetes(),
      logicalIdFromPrefix: false,
    });
    const rules = Object.entries(resourcesOf(stack, RULE));
    expect(rules.map(([id]) => id)).toEqual([
      expect.stringMatching(/^Mine[0-9A-F]{8}$/),
      expect.stringMatching(/^ScopeMine[0-9A-F]{8}$/),
    ]);
  });

  test.each([[undefined], [true]])('keeps it with logicalIdFromPrefix: %s', (logicalIdFromPrefix) => {
    const stack = homeStack();
    makeRule(stack, 'Mine', { logicalIdFromPrefix });
    expect(onlyResource(stack, RULE).logicalId).toMatch(/^PullThroughCacheRuleQuay[0-9A-F]{8}$/);
  });
});

describe('a rule that exists', () => {
  test('by its prefix', () => {
    const stack = homeStack();
    const rule = PullThroughCacheRule.fromEcrRepositoryPrefix(stack, 'Rule', 'team-a/');
    expect(rule).toMatchObject({
      ecrRepositoryPrefix: 'team-a',
      upstreamRegistryUrl: undefined,
      upstreamRepositoryPrefix: 'ROOT',
    });
    expect(rule.pullThroughCacheRuleRef).toEqual({ ecrRepositoryPrefix: 'team-a' });
    expect(rule.env).toMatchObject({ account: ACCOUNT, region: REGION });
    expect(resourcesOf(stack, RULE)).toEqual({});
  });

  test('by its prefix gives grants, and no images', () => {
    const stack = homeStack();
    const rule = PullThroughCacheRule.fromEcrRepositoryPrefix(stack, 'Rule', 'team-a');
    rule.grants.pull(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
    expect(JSON.stringify(propertiesOf(stack, 'AWS::IAM::Policy'))).toContain(
      `:ecr:${REGION}:${ACCOUNT}:repository/team-a/*`,
    );

    const message = refusal(() => rule.image('org/app:1'));
    expect(message).toContain('the upstream of this rule is not known');
    expect(message).toContain('to fix: refer to the rule with PullThroughCacheRule.fromPullThroughCacheRuleAttributes');
    expect(message).toContain('[at Stack/Rule]');
  });

  test('by its attributes', () => {
    const stack = homeStack();
    const rule = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
      ecrRepositoryPrefix: 'hub',
      upstreamRegistryUrl: 'registry-1.docker.io',
      upstreamRepositoryPrefix: 'team/',
      account: OTHER_ACCOUNT,
      region: 'us-east-1',
    });
    expect(rule).toMatchObject({
      ecrRepositoryPrefix: 'hub',
      upstreamRegistryUrl: 'registry-1.docker.io',
      upstreamRepositoryPrefix: 'team',
    });
    expect(rule.env).toMatchObject({ account: OTHER_ACCOUNT, region: 'us-east-1' });
    expect(rule.image('team/app:1').uri).toBe('444455556666.dkr.ecr.us-east-1.amazonaws.com/hub/app:1');
    expect(resourcesOf(stack, RULE)).toEqual({});
  });

  test.each([['docker.io'], ['index.docker.io'], ['registry-1.docker.io']])(
    'of the upstream %s caches the same images',
    (upstreamRegistryUrl) => {
      const stack = homeStack();
      const rule = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
        ecrRepositoryPrefix: 'hub',
        upstreamRegistryUrl,
      });
      expect(JSON.stringify(stack.resolve(rule.image('nginx:1.27').uri))).toContain('/hub/library/nginx:1.27');
    },
  );

  test('is no sibling of the rules of the app', () => {
    const stack = homeStack();
    PullThroughCacheRule.fromEcrRepositoryPrefix(stack, 'Existing', 'quay');
    makeRule(stack, 'Rule');
    expect(warningsOf(stack)).toEqual([]);
  });

  test.each([
    ['Docker-Hub', undefined, 'ecrRepositoryPrefix is not a repository prefix', 'write it as "docker-hub"'],
    ['a', undefined, 'ecrRepositoryPrefix has 1 characters', 'use at least 2 characters'],
    ['hub', 'Team', 'upstreamRepositoryPrefix is not a repository prefix', 'write it as "team"'],
    ['ROOT', 'team', 'a rule for ROOT cannot have an upstreamRepositoryPrefix', 'leave out upstreamRepositoryPrefix'],
  ])('is refused with the prefixes %s and %s', (ecrRepositoryPrefix, upstreamRepositoryPrefix, what, fix) => {
    const attributes = { ecrRepositoryPrefix, upstreamRepositoryPrefix, upstreamRegistryUrl: 'docker.io' };
    const message = refusal(() =>
      PullThroughCacheRule.fromPullThroughCacheRuleAttributes(homeStack(), 'Rule', attributes),
    );
    expect(message).toContain(what);
    expect(message).toContain(`to fix: ${fix}`);
    expect(message).toContain('[at Stack/Rule]');
  });

  test.each([
    ['https://quay.io', 'the host of a registry has a scheme or a path', 'write "quay.io"'],
    ['quay.io/org', 'the host of a registry has a scheme or a path', 'write "quay.io"'],
    [
      'harbor.example.com',
      'ECR pull through cache does not support this upstream registry',
      'use a registry that ECR supports',
    ],
  ])('is refused with the upstream %s', (upstreamRegistryUrl, what, fix) => {
    const message = refusal(() =>
      PullThroughCacheRule.fromPullThroughCacheRuleAttributes(homeStack(), 'Rule', {
        ecrRepositoryPrefix: 'hub',
        upstreamRegistryUrl,
      }),
    );
    expect(message).toContain(what);
    expect(message).toContain(`got "${upstreamRegistryUrl}"`);
    expect(message).toContain(`to fix: ${fix}`);
    expect(message).toContain('[at Stack/Rule]');
  });

  test('takes tokens', () => {
    const stack = homeStack();
    const prefix = new CfnParameter(stack, 'Prefix').valueAsString;
    expect(
      stack.resolve(PullThroughCacheRule.fromEcrRepositoryPrefix(stack, 'Rule', prefix).ecrRepositoryPrefix),
    ).toEqual({ Ref: 'Prefix' });
  });
});

describe('what people do in plain JavaScript, or by a cast,', () => {
  test.each<[string, () => unknown, RegExp]>([
    [
      'a host where an UpstreamRegistry belongs',
      () => makeRule(homeStack(), 'Rule', { upstream: 'docker.io' as unknown as UpstreamRegistry }),
      /upstream is not an UpstreamRegistry; got "docker.io"; .*give one such as UpstreamRegistry.quay\(\)/,
    ],
    [
      'no props',
      () => new PullThroughCacheRule(homeStack(), 'Rule', undefined as never),
      /upstream is not an UpstreamRegistry; none given/,
    ],
    [
      'a string where a SecretValue belongs',
      () =>
        useCredentials(
          homeStack(),
          UpstreamCredentials.newSecret({ username: 'me', accessToken: 'hunter2' as unknown as SecretValue }),
        ),
      /accessToken is not a SecretValue; to fix: use SecretValue.secretsManager/,
    ],
    [
      'credentials that are left out',
      () => UpstreamRegistry.dockerHub(undefined as unknown as UpstreamCredentials),
      /Docker Hub needs credentials, also for public images/,
    ],
    [
      'no secret',
      () => useCredentials(homeStack(), UpstreamCredentials.fromSecret(undefined as unknown as Secret)),
      /no secret was given/,
    ],
  ])('%s', (_, misuse, message) => {
    expect(misuse).toThrow(message);
    expect(misuse).not.toThrow(/hunter2/);
  });
});

test('two syntheses give the same template', () => {
  const synth = () => {
    const app = new App();
    const stack = homeStack(app);
    const shared = UpstreamCredentials.placeholder({ secretName: 'shared', username: "o'brien" });
    makeRule(stack, 'Quay', { ecrRepositoryPrefix: 'ROOT' });
    useCredentials(stack, shared, 'one');
    useCredentials(stack, shared, 'two');
    useCredentials(
      stack,
      UpstreamCredentials.newSecret({ username: 'me', accessToken: SecretValue.secretsManager('vault') }),
      'three',
    );
    makeRule(stack, 'Cross', { upstream: crossAccount });
    return JSON.stringify(app.synth().getStackByName('Stack').template);
  };
  const first = synth();
  expect(synth()).toBe(first);
  expect(Object.keys(JSON.parse(first).Resources)).toHaveLength(8);
});
