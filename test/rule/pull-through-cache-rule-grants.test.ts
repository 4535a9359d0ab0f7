import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnPullThroughCacheRule } from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { PullThroughCacheRule, PullThroughCacheRuleGrants, UpstreamRegistry } from '../../src';
import { ACCOUNT, REGION } from '../support/references';
import { resolve } from '../support/simulate';

const ENV = { account: ACCOUNT, region: REGION };
const CACHED = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const FIRST = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:CreateRepository',
  'ecr:GetDownloadUrlForLayer',
];
const SIGN_IN = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };
const arn = (name: string, place = `${REGION}:${ACCOUNT}`) => `arn:aws:ecr:${place}:repository/${name}`;

function setUp(ecrRepositoryPrefix?: string) {
  const stack = new Stack(new App(), 'Stack', { env: ENV });
  const rule = new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix });
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
  return { stack, rule, role };
}

/** All statements of a stack's policies, as they are deployed. */
function statements(stack: Stack): any[] {
  const template = Template.fromStack(stack).toJSON();
  return Object.values<any>(template.Resources ?? {})
    .filter(({ Type }) => Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::ManagedPolicy')
    .flatMap(({ Properties }) => resolve(Properties.PolicyDocument.Statement, template, ENV));
}

describe('exact statements', () => {
  type Grant = (rule: PullThroughCacheRule, role: iam.IRole) => iam.Grant;

  test.each<[what: string, prefix: string | undefined, grant: Grant, actions: string[], resource: string]>([
    ['pull', undefined, (rule, role) => rule.grants.pull(role), FIRST, arn('quay/*')],
    ['pull', 'team/a', (rule, role) => rule.grants.pull(role), FIRST, arn('team/a/*')],
    ['pull', 'ROOT', (rule, role) => rule.grants.pull(role), FIRST, arn('*')],
    ['pullCached', undefined, (rule, role) => rule.grants.pullCached(role), CACHED, arn('quay/*')],
    ['pullCached', 'ROOT', (rule, role) => rule.grants.pullCached(role), CACHED, arn('*')],
    ['pullImage', undefined, (rule, role) => rule.grants.pullImage(role, 'org/app:1'), FIRST, arn('quay/org/app')],
    [
      'pullImage of a full reference',
      undefined,
      (rule, role) => rule.grants.pullImage(role, 'quay.io/org/app:1'),
      FIRST,
      arn('quay/org/app'),
    ],
    [
      'pullImage of a URI',
      undefined,
      (rule, role) => rule.grants.pullImage(role, `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/quay/org/app:1`),
      FIRST,
      arn('quay/org/app'),
    ],
    ['pullImage', 'ROOT', (rule, role) => rule.grants.pullImage(role, 'org/app:1'), FIRST, arn('org/app')],
    [
      "the repository's grantPull",
      undefined,
      (rule, role) => rule.image('org/app:1').repository.grantPull(role),
      FIRST,
      arn('quay/org/app'),
    ],
    [
      "a facade of one's own",
      undefined,
      (rule, role) => PullThroughCacheRuleGrants.fromPullThroughCacheRule(rule).pull(role),
      FIRST,
      arn('quay/*'),
    ],
  ])('%s, prefix %s', (_what, prefix, grant, actions, resource) => {
    const { stack, rule, role } = setUp(prefix);
    expect(grant(rule, role).success).toBe(true);
    expect(statements(stack)).toEqual([SIGN_IN, { Effect: 'Allow', Action: actions, Resource: resource }]);
  });

  test('in a stack that names no environment', () => {
    const stack = new Stack();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay() }).grants.pull(role);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          SIGN_IN,
          {
            Effect: 'Allow',
            Action: FIRST,
            Resource: {
              'Fn::Join': [
                '',
                [
                  'arn:',
                  { Ref: 'AWS::Partition' },
                  ':ecr:',
                  { Ref: 'AWS::Region' },
                  ':',
                  { Ref: 'AWS::AccountId' },
                  ':repository/quay/*',
                ],
              ],
            },
          },
        ],
        Version: '2012-10-17',
      },
    });
  });

  test('for a rule of another account and region', () => {
    const { stack, role } = setUp();
    const rule = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Other', {
      ecrRepositoryPrefix: 'hub',
      upstreamRegistryUrl: 'docker.io',
      account: '444455556666',
      region: 'us-east-1',
    });
    rule.grants.pull(role);
    rule.grants.pullImage(role, 'nginx:1');
    expect(statements(stack)).toEqual([
      SIGN_IN,
      { Effect: 'Allow', Action: FIRST, Resource: arn('hub/*', 'us-east-1:444455556666') },
    ]);
  });

  test('for a rule of which only the prefix is known', () => {
    const { stack, role } = setUp();
    PullThroughCacheRule.fromEcrRepositoryPrefix(stack, 'Other', 'some').grants.pull(role);
    expect(statements(stack)).toEqual([SIGN_IN, { Effect: 'Allow', Action: FIRST, Resource: arn('some/*') }]);
  });
});

describe('what is said once', () => {
  test('the sign-in, however many grants, rules and images', () => {
    const { stack, rule, role } = setUp();
    const other = new PullThroughCacheRule(stack, 'Other', { upstream: UpstreamRegistry.kubernetes() });
    rule.grants.pull(role);
    rule.grants.pullCached(role);
    other.grants.pull(role);
    other.image('pause:3.10').repository.grantPull(role);
    other.image('pause:3.10', { dualStack: true }).repository.grantPull(role);
    expect(statements(stack).filter(({ Action }) => [Action].flat().includes('ecr:GetAuthorizationToken'))).toEqual([
      SIGN_IN,
    ]);
    expect(statements(stack)).toEqual([
      SIGN_IN,
      { Effect: 'Allow', Action: FIRST, Resource: [arn('quay/*'), arn('kubernetes/*')] },
      { Effect: 'Allow', Action: CACHED, Resource: arn('quay/*') },
    ]);
  });

  test('the sign-in, for each grantee', () => {
    const { stack, rule, role } = setUp();
    const second = new iam.Role(stack, 'Second', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    for (const grantee of [role, second]) {
      rule.grants.pull(grantee);
    }
    for (const policy of Object.values<any>(Template.fromStack(stack).findResources('AWS::IAM::Policy'))) {
      expect(policy.Properties.Roles).toHaveLength(1);
      expect(policy.Properties.PolicyDocument.Statement).toHaveLength(2);
    }
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 2);
  });

  test('the same image twice', () => {
    const { stack, rule, role } = setUp();
    rule.grants.pullImage(role, 'org/app:1');
    rule.grants.pullImage(role, 'quay.io/org/app:2');
    expect(statements(stack)).toEqual([SIGN_IN, { Effect: 'Allow', Action: FIRST, Resource: arn('quay/org/app') }]);
  });
});

test('one image a thousand times takes no more room than once', () => {
  const { stack, rule, role } = setUp();
  for (let tag = 0; tag < 1000; tag++) {
    rule.grants.pullImage(role, `org/app:${tag}`);
  }
  expect(statements(stack)).toEqual([SIGN_IN, { Effect: 'Allow', Action: FIRST, Resource: arn('quay/org/app') }]);
});

describe('1000 images for one role', () => {
  const { stack, rule, role } = setUp();
  const names = Array.from({ length: 1000 }, (_, index) => `organization-${index % 7}/application-${index}`);
  for (const name of names) {
    rule.grants.pullImage(role, `${name}:1`);
  }
  const pulls = statements(stack).filter(({ Action }) => Action !== SIGN_IN.Action);

  test('name each repository once', () => {
    expect(pulls.flatMap(({ Resource }) => Resource).sort()).toEqual(names.map((name) => arn(`quay/${name}`)).sort());
  });

  test('take few statements, none of which is larger than a policy may be', () => {
    // Some 80 characters a repository, 4,000 a statement.
    expect(pulls.length).toBeGreaterThan(1);
    expect(pulls.length).toBeLessThanOrEqual(30);
    for (const statement of pulls) {
      expect(statement.Action).toEqual(FIRST);
      expect(JSON.stringify(statement).length).toBeLessThan(
        6144 - JSON.stringify({ Version: '2012-10-17', Statement: [] }).length,
      );
    }
    expect(statements(stack).filter(({ Action }) => Action === SIGN_IN.Action)).toHaveLength(1);
  });

  test('stand in policies that are as large as IAM allows, once CDK has split them', () => {
    const template = Template.fromStack(stack).toJSON();
    const managed = Object.values<any>(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'));
    expect(managed.length).toBeGreaterThan(0);
    for (const { Properties } of managed) {
      expect(JSON.stringify(resolve(Properties.PolicyDocument, template, ENV)).length).toBeLessThanOrEqual(6144);
    }
    for (const { Properties } of Object.values<any>(Template.fromStack(stack).findResources('AWS::IAM::Policy'))) {
      expect(JSON.stringify(resolve(Properties.PolicyDocument, template, ENV)).length).toBeLessThanOrEqual(10240);
    }
  });
});

describe('what is not granted', () => {
  test.each([
    ['pull', (rule: PullThroughCacheRule, role: iam.IRole) => rule.grants.pull(role)],
    ['pullImage', (rule: PullThroughCacheRule, role: iam.IRole) => rule.grants.pullImage(role, 'org/app:1')],
    ['pullCached', (rule: PullThroughCacheRule, role: iam.IRole) => rule.grants.pullCached(role)],
  ])('%s: no action with a wildcard, and `*` for the sign-in only', (_what, grant) => {
    const { stack, rule, role } = setUp();
    grant(rule, role);
    for (const { Action, Resource } of statements(stack)) {
      expect([Action].flat().filter((action: string) => action.includes('*'))).toEqual([]);
      if (Resource === '*') {
        expect(Action).toBe('ecr:GetAuthorizationToken');
      }
    }
  });

  test('the two actions of a first pull, to who may pull what is cached', () => {
    const { stack, rule, role } = setUp();
    rule.grants.pullCached(role);
    expect(JSON.stringify(statements(stack))).not.toMatch(/BatchImportUpstreamImage|CreateRepository/);
  });

  test('anything at all, to who is granted nothing', () => {
    const { stack, rule } = setUp();
    rule.image('org/app:1').repository; // eslint-disable-line @typescript-eslint/no-unused-expressions
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
  });
});

describe('grants of the repository', () => {
  test.each<[name: string, grant: (repository: any, role: iam.IRole) => iam.Grant, actions: string[]]>([
    ['grantRead', (repository, role) => repository.grantRead(role), ['ecr:DescribeImages', 'ecr:DescribeRepositories']],
    [
      'grant of what pulls',
      (repository, role) => repository.grant(role, 'ecr:BatchGetImage'),
      ['ecr:BatchGetImage', 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'],
    ],
    [
      'grantPush',
      (repository, role) => repository.grantPush(role),
      [
        'ecr:BatchCheckLayerAvailability',
        'ecr:CompleteLayerUpload',
        'ecr:InitiateLayerUpload',
        'ecr:PutImage',
        'ecr:UploadLayerPart',
      ],
    ],
    [
      'grant of what does not pull',
      (repository, role) => repository.grant(role, 'ecr:BatchDeleteImage', 'ecr:ListImages'),
      ['ecr:BatchDeleteImage', 'ecr:ListImages'],
    ],
  ])('%s', (_name, grant, actions) => {
    const { stack, rule, role } = setUp();
    grant(rule.image('org/app:1').repository, role);
    const [statement] = statements(stack).filter(({ Resource }) => Resource !== '*');
    expect({ ...statement, Action: [...statement.Action].sort() }).toEqual({
      Effect: 'Allow',
      Action: actions,
      Resource: arn('quay/org/app'),
    });
  });
});

describe('a condition of a user', () => {
  const conditions = { StringEquals: { 'aws:PrincipalTag/team': 'web' } };

  test('binds the image that it was added to, and none that is granted later', () => {
    const { stack, rule, role } = setUp();
    const grant = rule.grants.pullImage(role, 'org/app:1');
    grant.principalStatement!.addConditions(conditions);
    rule.grants.pullImage(role, 'org/other:1');
    rule.grants.pullImage(role, 'org/app:2');
    const pulls = statements(stack).slice(1);
    expect(pulls.map(({ Resource, Condition }) => [Resource, Condition])).toEqual([
      [arn('quay/org/app'), conditions],
      [[arn('quay/org/other'), arn('quay/org/app')], undefined],
    ]);
  });

  test('is refused where several images share a statement', () => {
    const { rule, role } = setUp();
    const grants = ['app', 'other'].map((name) => rule.grants.pullImage(role, `org/${name}:1`));
    for (const grant of grants) {
      expect(() => grant.principalStatement!.addConditions(conditions)).toThrow(
        /a condition cannot be added to a grant that shares its statement with grants of other images/,
      );
    }
  });
});

describe('an L1 rule', () => {
  test('is granted on by its own prefix', () => {
    const { stack, role } = setUp();
    const resource = new CfnPullThroughCacheRule(stack, 'L1', {
      ecrRepositoryPrefix: 'by-hand',
      upstreamRegistryUrl: 'quay.io',
    });
    const grants = PullThroughCacheRuleGrants.fromPullThroughCacheRule(resource);
    grants.pull(role);
    expect(statements(stack)[1]).toEqual({ Effect: 'Allow', Action: FIRST, Resource: arn('by-hand/*') });
    expect(() => grants.pullImage(role, 'org/app:1')).toThrow(
      /this rule does not name images; .*fromPullThroughCacheRuleAttributes/,
    );
  });
});

describe('grantees', () => {
  test('a user', () => {
    const { stack, rule } = setUp();
    rule.grants.pull(new iam.User(stack, 'User'));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', { Users: [{ Ref: 'User00B015A1' }] });
    expect(statements(stack)).toEqual([SIGN_IN, { Effect: 'Allow', Action: FIRST, Resource: arn('quay/*') }]);
  });

  test('a group', () => {
    const { stack, rule } = setUp();
    rule.grants.pull(new iam.Group(stack, 'Group'));
    expect(statements(stack)).toEqual([SIGN_IN, { Effect: 'Allow', Action: FIRST, Resource: arn('quay/*') }]);
  });

  test('an imported role gets a policy', () => {
    const { stack, rule } = setUp();
    const role = iam.Role.fromRoleArn(stack, 'Imported', `arn:aws:iam::${ACCOUNT}:role/Node`);
    rule.grants.pull(role);
    rule.image('org/app:1').repository.grantPull(role);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', { Roles: ['Node'] });
    expect(statements(stack)).toEqual([SIGN_IN, { Effect: 'Allow', Action: FIRST, Resource: arn('quay/*') }]);
  });

  test("an immutable role is its owner's matter: nothing is added and nothing is wrong", () => {
    const { stack, rule } = setUp();
    for (const role of [
      iam.Role.fromRoleArn(stack, 'Immutable', `arn:aws:iam::${ACCOUNT}:role/Node`, { mutable: false }),
      iam.Role.fromRoleArn(stack, 'Foreign', 'arn:aws:iam::444455556666:role/Node'),
      new iam.Role(stack, 'Own', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') }).withoutPolicyUpdates(),
    ]) {
      rule.grants.pull(role);
      rule.image('org/app:1').repository.grantPull(role);
      rule.image('org/other:1').repository.grantPull(role);
    }
    expect(statements(stack)).toEqual([]);
  });

  test('a construct that has a role', () => {
    const { stack, rule } = setUp();
    const grantee = new lambda.Function(stack, 'Function', {
      runtime: lambda.Runtime.NODEJS_20_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('x'),
    });
    // A function that pulls with a client of its own is no function that is made of the image.
    rule.grants.pull(grantee);
    expect(statements(stack)).toEqual([SIGN_IN, { Effect: 'Allow', Action: FIRST, Resource: arn('quay/*') }]);
  });

  test.each<[what: string, grantee: iam.IGrantable]>([
    ['an account', new iam.AccountPrincipal('444455556666')],
    ['a service', new iam.ServicePrincipal('omics.amazonaws.com')],
    ['an organization', new iam.OrganizationPrincipal('o-1234567890')],
    ['an ARN', new iam.ArnPrincipal('arn:aws:iam::444455556666:role/Node')],
    ['everybody', new iam.AnyPrincipal()],
  ])('%s has no identity policy, and is refused with a remedy', (_what, grantee) => {
    const { rule } = setUp();
    for (const grant of [
      () => rule.grants.pull(grantee),
      () => rule.grants.pullCached(grantee),
      () => rule.grants.pullImage(grantee, 'org/app:1'),
    ]) {
      expect(grant).toThrow(
        /^this principal has no identity policy, so it cannot be given permission to pull; got .*; allowed: a role, a user, or a construct that has one; to fix: grant to the role that pulls; for accounts, organizations and services use allowPullFrom of the rule/,
      );
      expect(grant).toThrow('[at Stack/Rule]');
    }
  });

  test.each([undefined, null, {}, 'arn:aws:iam::111122223333:role/Node'])('%j is no grantee', (grantee) => {
    expect(() => setUp().rule.grants.pull(grantee as any)).toThrow(
      /^not a principal; (got .*|none given); .*to fix: give the role that pulls \[at Stack\/Rule\] \[cdk-ecr-pull-through-cache:PullThroughCacheRuleGrants\.principal\]$/,
    );
  });
});

describe('AWS Lambda is refused, with what to do instead', () => {
  const REFUSAL = new RegExp(
    '^AWS Lambda does not pull through the cache: .*; to fix: make the function of prefetch.*toLambdaCode.*' +
      'DockerImageCode\\.fromImageAsset \\[at Stack/Rule\\] ' +
      '\\[cdk-ecr-pull-through-cache:PullThroughCacheRuleGrants\\.lambda\\]$',
  );

  test.each<[what: string, use: (stack: Stack, rule: PullThroughCacheRule) => void]>([
    [
      'DockerImageFunction',
      (stack, rule) =>
        new lambda.DockerImageFunction(stack, 'Function', {
          code: lambda.DockerImageCode.fromEcr(rule.image('org/app:1').repository, { tagOrDigest: '1' }),
        }),
    ],
    [
      'Function with EcrImageCode',
      (stack, rule) =>
        new lambda.Function(stack, 'Function', {
          code: lambda.Code.fromEcrImage(rule.image('org/app:1').repository),
          handler: lambda.Handler.FROM_IMAGE,
          runtime: lambda.Runtime.FROM_IMAGE,
        }),
    ],
    ['the service principal', (_stack, rule) => rule.grants.pull(new iam.ServicePrincipal('lambda.amazonaws.com'))],
    [
      'the service principal on a condition',
      (_stack, rule) =>
        rule.grants.pullCached(
          new iam.ServicePrincipal('lambda.amazonaws.com').withConditions({
            StringEquals: { 'aws:SourceAccount': ACCOUNT },
          }),
        ),
    ],
  ])('%s', (_what, use) => {
    const { stack, rule } = setUp();
    expect(() => use(stack, rule)).toThrow(REFUSAL);
  });
});
