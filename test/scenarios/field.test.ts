import { App, CfnParameter, CfnResource, Duration, Fn, SecretValue, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LifecycleRule, TagStatus } from 'aws-cdk-lib/aws-ecr';
import { CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { AccountPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import {
  PullThroughCache,
  PullThroughCacheError,
  PullThroughCacheRule,
  RegistryPolicy,
  RepositoryLifecycleRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from '../../src';
import { errorOf, HOME, homeStack, openStack, useCredentials, warningsOf } from '../support/util';

/* What went wrong in set-ups of others, off the beaten path. */

const quay = (stack: Stack, id = 'Rule', ecrRepositoryPrefix?: string) =>
  new PullThroughCacheRule(stack, id, { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix });

describe('the order in which constructs are written', () => {
  const parts: ((stack: Stack, shared: UpstreamCredentials) => void)[] = [
    (stack) => quay(stack, 'Quay').allowPullFrom(new AccountPrincipal('444455556666')),
    (stack, shared) => useCredentials(stack, shared, 'one'),
    (stack, shared) => useCredentials(stack, shared, 'two'),
    (stack) => void new PullThroughCache(stack, 'Cache', { upstreams: [UpstreamRegistry.kubernetes()] }),
  ];

  test('changes nothing of the resources', () => {
    const resources = (ordered: typeof parts) => {
      const stack = homeStack();
      const shared = UpstreamCredentials.placeholder({ secretName: 'shared' });
      ordered.forEach((part) => part(stack, shared));
      return Template.fromStack(stack).toJSON().Resources;
    };
    expect(resources([...parts].reverse())).toEqual(resources(parts));
  });
});

describe('a rule for ROOT', () => {
  test('that lets others in says that it opens every repository of the registry', () => {
    const stack = homeStack();
    quay(stack, 'Root', PullThroughCacheRule.ROOT).allowPullFrom(new AccountPrincipal('444455556666'));
    expect(warningsOf(stack).join()).toContain('PullThroughCacheRule.openRegistry');
  });

  test('and one with a prefix says nothing', () => {
    const stack = homeStack();
    quay(stack).allowPullFrom(new AccountPrincipal('444455556666'));
    expect(warningsOf(stack)).toEqual([]);
  });
});

describe('lifecycle policies that ECR refuses', () => {
  const { expireAfter, keepNewest, removeUnusedAfter, fromLifecycleRule } = RepositoryLifecycleRule;
  const policy =
    (...lifecycleRules: RepositoryLifecycleRule[]) =>
    () =>
      new PullThroughCacheRule(homeStack(), 'Rule', {
        upstream: UpstreamRegistry.quay(),
        repositories: { lifecycleRules },
      });
  const untagged: LifecycleRule = { maxImageCount: 1, tagStatus: TagStatus.UNTAGGED };

  test.each<[string, () => unknown, string]>([
    [
      'two rules for all images',
      policy(keepNewest(1), expireAfter(Duration.days(1))),
      '2 lifecycle rules select all images',
    ],
    [
      'two for untagged images',
      policy(fromLifecycleRule(untagged), fromLifecycleRule(untagged)),
      'select untagged images',
    ],
    [
      'a pattern twice',
      policy(keepNewest(1, { tagPatterns: ['v*'] }), keepNewest(2, { tagPatterns: ['a', 'v*'] })),
      'select the tag pattern "v*"',
    ],
    [
      'a prefix twice',
      policy(...[1, 2].map((maxImageCount) => fromLifecycleRule({ maxImageCount, tagPrefixList: ['v'] }))),
      'select the tag prefix "v"',
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });

  test('but not rules for different storage classes', () => {
    expect(policy(...removeUnusedAfter(Duration.days(30)))).not.toThrow();
  });
});

describe('access tokens', () => {
  const use = (accessToken: SecretValue, stack = homeStack()) => {
    useCredentials(stack, UpstreamCredentials.newSecret({ username: 'me', accessToken }));
    return warningsOf(stack).join();
  };
  const vault = SecretValue.secretsManager('vault').unsafeUnwrap();

  test.each([
    ['alone', () => SecretValue.ssmSecure('token')],
    ['in a text', () => SecretValue.unsafePlainText(`x${SecretValue.ssmSecure('token').unsafeUnwrap()}`)],
    [
      'beside a token',
      () => SecretValue.unsafePlainText(Fn.join('', [vault, SecretValue.ssmSecure('t').unsafeUnwrap()])),
    ],
  ])('of a secure parameter are refused: %s', (_, token) => {
    expect(() => use(token())).toThrow('CloudFormation does not resolve SecretValue.ssmSecure in a secret');
  });

  test.each([
    ['plain text', () => SecretValue.unsafePlainText('hunter2'), true],
    ['plain text beside a token', () => SecretValue.unsafePlainText(`hunter2${vault}`), true],
    ['a look-up', () => SecretValue.secretsManager('vault'), false],
    ['two look-ups', () => SecretValue.unsafePlainText(vault + vault), false],
  ])('of %s', (_, token, warns) => {
    const warnings = use(token());
    expect(warnings.includes('UpstreamCredentials.plainTextToken')).toBe(warns);
    expect(warnings).not.toContain('hunter2');
  });

  test('of a secret whose name is a function', () => {
    const stack = homeStack();
    const secret = Secret.fromSecretNameV2(stack, 'Vault', new CfnParameter(stack, 'Name').valueAsString);
    expect(use(secret.secretValue, stack)).toBe('');
  });
});

describe('the dummy of a look-up that is still to be made', () => {
  const dummy = (stack: Stack) => StringParameter.valueFromLookup(stack, '/some/name');

  test.each<[string, (stack: Stack) => unknown]>([
    ['a prefix', (stack) => quay(stack, 'Rule', dummy(stack))],
    ['the name of a secret', (stack) => useCredentials(stack, UpstreamCredentials.fromSecretName(dummy(stack)))],
    ['the ARN of a secret', (stack) => useCredentials(stack, UpstreamCredentials.fromSecretCompleteArn(dummy(stack)))],
    ['an image of a rule', (stack) => quay(stack).image(dummy(stack)).uri],
    ['an image of a cache', (stack) => new PullThroughCache(stack, 'Cache').image(dummy(stack)).uri],
    ['a tag', (stack) => quay(stack).image(`org/app:${dummy(stack)}`).uri],
    ['the name of an Azure registry', (stack) => azure(stack, dummy(stack))],
  ])('passes as %s', (_, make) => {
    const stack = homeStack();
    expect(() => make(stack)).not.toThrow();
  });

  function azure(stack: Stack, name: string): void {
    const upstream = UpstreamRegistry.azure(name, UpstreamCredentials.fromSecretName('azure'));
    new PullThroughCacheRule(stack, 'Rule', { upstream });
  }
});

test('a user name that is a token is escaped for the shell and JSON when it is known', () => {
  const stack = openStack();
  const username = new CfnParameter(stack, 'User').valueAsString;
  useCredentials(stack, UpstreamCredentials.placeholder({ username }));
  const [{ Value }] = Object.values(Template.fromStack(stack).findOutputs('*'));
  const escape = (text: unknown, character: string, by: string) => ({
    'Fn::Join': [by, { 'Fn::Split': [character, text] }],
  });
  const json = escape(escape({ Ref: 'User' }, '\\', '\\\\'), '"', '\\"');
  expect(JSON.stringify(Value)).toContain(JSON.stringify(json).slice(1, -1));
  expect(JSON.stringify(Value)).toContain(JSON.stringify("'\\''"));
});

test('one app may have an environment that is open, and one that is known', () => {
  const app = new App();
  [homeStack(app, 'Home'), openStack(app, 'Open')].forEach((stack) => quay(stack));
  expect(() => app.synth()).not.toThrow();
});

describe('what an attack on it found:', () => {
  const others = () => new AccountPrincipal('444455556666');

  test('a stage that was synthesized already cannot take statements of another', () => {
    const app = new App();
    const stages = ['Dev', 'Production'].map((id) => new Stage(app, id, { env: HOME }));
    const [dev, production] = stages.map((stage) => new Stack(stage, 'Stack'));
    quay(dev, 'Rule', 'dev').allowPullFrom(others());
    stages[0].synth();
    expect(() => quay(production, 'Rule', 'production').allowPullFrom(others())).toThrow(
      /make all stages before the first of them is added to a pipeline/,
    );
  });

  test('what waits for the registry policy waits wherever it stands', () => {
    const app = new App();
    const [a, b] = ['A', 'B'].map((id) => homeStack(app, id));
    const policy = RegistryPolicy.of(b);
    quay(b, 'Rule', 'one').allowPullFrom(others());
    const waiting = new CfnResource(b, 'Waiting', { type: 'AWS::CloudFormation::WaitConditionHandle' });
    waiting.node.addDependency(policy);
    quay(a, 'Rule', 'other').allowPullFrom(others());
    app.synth();
    expect(b.dependencies).toEqual([a]);
  });

  test.each([
    ['a password in a template prefix', 'https://me:hunter2secret@registry.example.com'],
    ['a token as a prefix', 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'],
  ])('no message has %s', (_, secret) => {
    const failing = [
      () => quay(homeStack(), 'Rule', secret),
      () => RegistryPolicy.of(homeStack()).allowCachingBy(others(), secret),
      () => quay(homeStack()).image(`quay.io/a/b:${secret}/x`),
      () =>
        PullThroughCache.fromPullThroughCacheAttributes(homeStack(), 'Cache', {
          rules: [{ upstreamRegistryUrl: 'gcr.io', ecrRepositoryPrefix: secret }],
        }),
    ];
    // A token may be the prefix of a template, which has no upper case letters and is long enough.
    const errors = failing.map(errorOf).filter((error) => error !== undefined);
    expect(errors.length).toBeGreaterThanOrEqual(3);
    for (const error of errors) {
      expect(error).toBeInstanceOf(PullThroughCacheError);
      expect((error as Error).message).not.toMatch(/hunter2|abcdefghij/);
    }
  });

  test('credentials that are empty are none', () => {
    const stack = homeStack();
    const task = new CfnTaskDefinition(stack, 'Task', {
      executionRoleArn: new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }).roleArn,
      containerDefinitions: [{ name: 'web', image: 'quay.io/a/b:1' }],
    });
    task.addPropertyOverride('ContainerDefinitions.0.RepositoryCredentials', { Ref: 'AWS::NoValue' });
    new PullThroughCache(stack, 'Cache').redirect(stack);
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).toContain('amazonaws.com/quay/a/b:1');
  });
});
