import { Annotations, App, Aws, CfnParameter, Stack, Stage } from 'aws-cdk-lib';
import { AccountPrincipal, IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import {
  PullThroughCache,
  PullThroughCacheRule,
  RegistryPolicy,
  RepositoryCreationTemplate,
  RepositoryTemplateUse,
  UpstreamCredentials,
  UpstreamRegistry,
} from '../../src';
import {
  ack,
  ACCOUNT,
  HOME,
  homeStack,
  makeRule,
  openStack,
  OTHER_ACCOUNT,
  REGION,
  useCredentials,
  warningsOf,
} from '../support/util';

describe('a template that no rule covers', () => {
  const WARNING = ack('RepositoryCreationTemplate.noRule');
  const makeTemplate = (stack: Stack, prefix: string, appliedFor?: RepositoryTemplateUse[]) =>
    new RepositoryCreationTemplate(stack, 'Template', { prefix, appliedFor });
  const refer = (stack: Stack, ecrRepositoryPrefix: string, place = {}) =>
    PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Existing', {
      ecrRepositoryPrefix,
      upstreamRegistryUrl: 'quay.io',
      ...place,
    });

  test.each<[string, (stack: Stack) => void]>([
    ['beside the rule', (stack) => makeRule(stack, 'Rule')],
    ['that begins like the rule', (stack) => makeRule(stack, 'Rule', { ecrRepositoryPrefix: 'tea' })],
    ['beside a rule that exists', (stack) => refer(stack, 'quay')],
    [
      'of a rule in another region',
      (stack) => {
        makeRule(stack, 'Rule');
        makeRule(new Stack(stack.node.root as App, 'There', { env: { ...HOME, region: 'us-east-1' } }), 'Rule', {
          ecrRepositoryPrefix: 'team',
        });
      },
    ],
    [
      'of a rule that exists in another account',
      (stack) => {
        makeRule(stack, 'Rule');
        refer(stack, 'team', { account: OTHER_ACCOUNT });
      },
    ],
  ])('is a warning: %s', (_, make) => {
    const stack = homeStack();
    makeTemplate(stack, 'team');
    make(stack);
    const [warning] = warningsOf(stack);
    expect(warning).toContain('no pull through cache rule of this app has repositories below the prefix "team"');
    expect(warning).toContain('give the template the prefix of a rule, or one above or below it');
    expect(warning).toContain(WARNING);
  });

  test.each<[string, string, (stack: Stack) => void]>([
    ['no rule in the app', 'team', () => {}],
    ['the prefix of a rule', 'team', (stack) => makeRule(stack, 'Rule', { ecrRepositoryPrefix: 'team' })],
    [
      'a prefix below a rule',
      'team/quay/prometheus',
      (stack) => makeRule(stack, 'Rule', { ecrRepositoryPrefix: 'team' }),
    ],
    ['a prefix above a rule', 'team', (stack) => makeRule(stack, 'Rule', { ecrRepositoryPrefix: 'team/a/b' })],
    ['a rule for ROOT', 'team', (stack) => makeRule(stack, 'Rule', { ecrRepositoryPrefix: PullThroughCacheRule.ROOT })],
    ['a template for ROOT', RepositoryCreationTemplate.ROOT, (stack) => makeRule(stack, 'Rule')],
    [
      'a rule that exists',
      'team',
      (stack) => {
        makeRule(stack, 'Rule');
        refer(stack, 'team');
      },
    ],
    [
      'a rule of another stack',
      'team',
      (stack) => {
        makeRule(stack, 'Rule');
        makeRule(homeStack(stack.node.root as App, 'Other'), 'Rule', { ecrRepositoryPrefix: 'team' });
      },
    ],
    [
      'a rule whose prefix is a token',
      'team',
      (stack) => {
        makeRule(stack, 'Rule');
        makeRule(stack, 'Other', { ecrRepositoryPrefix: new CfnParameter(stack, 'Prefix').valueAsString });
      },
    ],
  ])('is none: %s', (_, prefix, make) => {
    const stack = homeStack();
    makeTemplate(stack, prefix);
    make(stack);
    expect(warningsOf(stack)).toEqual([]);
  });

  test('is none for templates of replication and pushes, and where the rule may be of the same place', () => {
    const stack = homeStack();
    makeRule(stack, 'Rule');
    makeTemplate(stack, 'team', [RepositoryTemplateUse.CREATE_ON_PUSH, RepositoryTemplateUse.REPLICATION]);
    expect(warningsOf(stack)).toEqual([]);

    const app = new App();
    const one = openStack(app, 'One');
    makeRule(one, 'Rule');
    makeTemplate(one, 'team');
    makeRule(openStack(app, 'Other'), 'Rule', { ecrRepositoryPrefix: 'team' });
    expect(warningsOf(one)).toEqual([]);
  });
});

describe('principals of another account', () => {
  const WARNING = ack('PullThroughCacheRule.otherAccount');
  const foreign = (app: App, account = OTHER_ACCOUNT) =>
    new Role(new Stack(app, `Consumer${account}`, { env: { account, region: REGION } }), 'Role', {
      roleName: 'consumer',
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });

  test.each<[string, (rule: PullThroughCacheRule, role: IGrantable) => void]>([
    ['pull', (rule, role) => rule.grants.pull(role)],
    ['pullCached', (rule, role) => rule.grants.pullCached(role)],
    ['pullImage', (rule, role) => rule.grants.pullImage(role, 'org/app:1')],
    ['grantPull of the repository', (rule, role) => rule.image('org/app:1').repository.grantPull(role)],
  ])('are a warning where the registry lets nobody in: %s', (_, grant) => {
    const stack = homeStack();
    grant(makeRule(stack, 'Rule'), foreign(stack.node.root as App));
    expect(warningsOf(stack)).toEqual([
      expect.stringContaining(
        `roles of the account ${OTHER_ACCOUNT} also need the permission of the account of the cache; call ` +
          `allowPullFrom(new AccountPrincipal("${OTHER_ACCOUNT}")) of the rule or cache`,
      ),
    ]);
    expect(warningsOf(stack)[0]).toContain(WARNING);
  });

  test('are one warning of a cache, whatever the number of its rules', () => {
    const stack = homeStack();
    const cache = new PullThroughCache(stack, 'Cache', {
      upstreams: [UpstreamRegistry.quay(), UpstreamRegistry.ecrPublic()],
    });
    cache.grants.pull(foreign(stack.node.root as App));
    expect(warningsOf(stack)).toEqual([expect.stringContaining(WARNING)]);
  });

  test('are one warning for several accounts, which can be acknowledged', () => {
    const stack = homeStack();
    const rule = makeRule(stack, 'Rule');
    [OTHER_ACCOUNT, '777788889999', OTHER_ACCOUNT].forEach((account, index) =>
      rule.grants.pull(Role.fromRoleArn(stack, `Role${index}`, `arn:aws:iam::${account}:role/consumer`)),
    );
    expect(warningsOf(stack)).toEqual([
      expect.stringContaining(`roles of the accounts ${OTHER_ACCOUNT}, 777788889999 also need`),
    ]);

    const quiet = homeStack();
    makeRule(quiet, 'Rule').grants.pull(foreign(quiet.node.root as App));
    Annotations.of(quiet).acknowledgeWarning('cdk-ecr-pull-through-cache:PullThroughCacheRule.otherAccount');
    expect(warningsOf(quiet)).toEqual([]);
  });

  test.each<[string, (stack: Stack, app: App) => void]>([
    [
      'allowPullFrom after the grant',
      (stack, app) => {
        const rule = makeRule(stack, 'Rule');
        rule.grants.pull(foreign(app));
        rule.allowPullFrom(new AccountPrincipal(OTHER_ACCOUNT));
      },
    ],
    [
      'a registry policy that the app writes',
      (stack, app) => {
        makeRule(stack, 'Rule').grants.pull(foreign(app));
        RegistryPolicy.of(stack).allowCachingBy(new AccountPrincipal(OTHER_ACCOUNT));
      },
    ],
    [
      'a registry policy that is managed elsewhere',
      (stack, app) => {
        makeRule(stack, 'Rule').grants.pull(foreign(app));
        new RegistryPolicy(stack, 'Policy', { managedElsewhere: true });
      },
    ],
    [
      'a rule that exists',
      (stack) =>
        PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
          ecrRepositoryPrefix: 'quay',
          upstreamRegistryUrl: 'quay.io',
          account: OTHER_ACCOUNT,
        }).grants.pull(new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') })),
    ],
    [
      'the same account',
      (stack) =>
        makeRule(stack, 'Rule').grants.pull(Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${ACCOUNT}:role/consumer`)),
    ],
    [
      'an account that is a token',
      (stack) =>
        makeRule(stack, 'Rule').grants.pull(
          Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${Aws.ACCOUNT_ID}:role/consumer`),
        ),
    ],
  ])('are none: %s', (_, make) => {
    const stack = homeStack();
    make(stack, stack.node.root as App);
    expect(warningsOf(stack)).toEqual([]);
  });
});

describe('the registry of a rule as its own upstream', () => {
  const ecr = (stack: Stack, account: string, region: string) =>
    makeRule(stack, 'Rule', { upstream: UpstreamRegistry.ecr({ account, region }) });

  test.each<[string, () => Stack, string, string]>([
    ['by its account and region', homeStack, ACCOUNT, REGION],
    ['wherever it is deployed', openStack, Aws.ACCOUNT_ID, Aws.REGION],
  ])('is a warning: %s', (_, make, account, region) => {
    const stack = make();
    ecr(stack, account, region);
    expect(warningsOf(stack)).toEqual([
      expect.stringContaining(
        'the upstream is the registry of the rule itself, whose images are there already; give the account and ' +
          'region of another registry',
      ),
    ]);
    expect(warningsOf(stack)[0]).toContain(ack('PullThroughCacheRule.ownRegistry'));
  });

  test.each<[string, () => Stack, string, string]>([
    ['another region', homeStack, ACCOUNT, 'us-east-1'],
    ['another account', homeStack, OTHER_ACCOUNT, REGION],
    ['a region that is not known', openStack, Aws.ACCOUNT_ID, REGION],
  ])('is none: %s', (_, make, account, region) => {
    const stack = make();
    ecr(stack, account, region);
    expect(warningsOf(stack)).toEqual([]);
  });
});

describe('a secret of the app that a rule knows by its name alone', () => {
  const WARNING = ack('UpstreamCredentials.secretOfApp');
  const NAME = 'ecr-pullthroughcache/docker-hub';
  const generateSecretString = { secretStringTemplate: '{"username":"ann"}', generateStringKey: 'accessToken' };
  const makeSecret = (stack: Stack, secretName = NAME) =>
    new Secret(stack, 'Secret', { secretName, generateSecretString });
  const byName = (stack: Stack, name = 'docker-hub') => useCredentials(stack, UpstreamCredentials.fromSecretName(name));

  test.each<[string, (stack: Stack, app: App) => void]>([
    [
      'in the same stack, before the rule',
      (stack) => {
        makeSecret(stack);
        byName(stack);
      },
    ],
    [
      'in the same stack, after the rule',
      (stack) => {
        byName(stack);
        makeSecret(stack);
      },
    ],
    [
      'in another stack',
      (stack, app) => {
        byName(stack);
        makeSecret(homeStack(app, 'Other'));
      },
    ],
    [
      'of another rule',
      (stack) => {
        byName(stack);
        useCredentials(stack, UpstreamCredentials.placeholder({ secretName: 'docker-hub' }), 'other');
      },
    ],
  ])('is a warning: %s', (_, make) => {
    const stack = homeStack();
    make(stack, stack.node.root as App);
    expect(warningsOf(stack)).toEqual([
      expect.stringMatching(
        /^the secret .*\/Resource of this app has the name "ecr-pullthroughcache\/docker-hub", .*; use UpstreamCredentials\.fromSecret/,
      ),
    ]);
    expect(warningsOf(stack)[0]).toContain(WARNING);
  });

  test('is a warning in a stage, and where account and region are open', () => {
    const stage = new Stage(new App(), 'Stage');
    const stack = new Stack(stage, 'Stack');
    makeSecret(stack);
    byName(stack);
    stage.synth();
    const notes = stack.node
      .findAll()
      .flatMap(({ node }) => node.metadata)
      .map(({ data }) => String(data));
    expect(notes.filter((note) => note.includes(WARNING))).toHaveLength(1);
  });

  test.each<[string, (stack: Stack, app: App) => void]>([
    [
      'another name',
      (stack) => {
        makeSecret(stack, `${NAME}-2`);
        byName(stack);
      },
    ],
    [
      'another region',
      (stack, app) => {
        makeSecret(new Stack(app, 'There', { env: { ...HOME, region: 'us-east-1' } }));
        byName(stack);
      },
    ],
    [
      'another stage',
      (stack, app) => {
        makeSecret(homeStack(new Stage(app, 'Stage')));
        byName(stack);
      },
    ],
    [
      'a rule that waits',
      (stack) => {
        const secret = makeSecret(stack);
        byName(stack).node.addDependency(secret);
      },
    ],
    [
      'a stack that waits',
      (stack, app) => {
        const other = homeStack(app, 'Other');
        makeSecret(other);
        byName(stack);
        stack.addDependency(other);
      },
    ],
    [
      'a name that is a token',
      (stack) => {
        makeSecret(stack);
        byName(stack, new CfnParameter(stack, 'Name').valueAsString);
      },
    ],
    ['the secret itself', (stack) => useCredentials(stack, UpstreamCredentials.fromSecret(makeSecret(stack)))],
  ])('is none: %s', (_, make) => {
    const stack = homeStack();
    make(stack, stack.node.root as App);
    expect(warningsOf(stack)).toEqual([]);
  });
});
