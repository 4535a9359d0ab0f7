import { App, CfnParameter, CfnResource, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { CfnRegistryPolicy } from 'aws-cdk-lib/aws-ecr';
import {
  AccountPrincipal,
  AnyPrincipal,
  ArnPrincipal,
  Effect,
  IPrincipal,
  OrganizationPrincipal,
  PolicyStatement,
  ServicePrincipal,
  StarPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { OrganizationalUnitPrincipal, RegistryPolicy } from '../../src';
import {
  CONSUMER,
  deployed,
  messageOf,
  openStack,
  OWNER,
  propertiesOf,
  REGION,
  REGISTRY_POLICY,
  stackIn,
  Statement,
  statementsOf,
  STRANGER,
  synthMessage,
} from '../support/policies';

const UNIT = 'o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/';
const root = (account: string) => ({ AWS: `arn:aws:iam::${account}:root` });
const below = (prefix: string, account = OWNER, region = REGION) =>
  `arn:aws:ecr:${region}:${account}:repository/${prefix}*`;

function allow(
  action: string,
  resource = below('quay/'),
  principal: IPrincipal = new AccountPrincipal(CONSUMER),
): PolicyStatement {
  return new PolicyStatement({ principals: [principal], actions: [action], resources: [resource] });
}

const statementsIn = (stack: Stack): Statement[] => statementsOf(propertiesOf(stack, REGISTRY_POLICY).PolicyText);
const countIn = (stack: Stack) => Object.keys(Template.fromStack(stack).findResources(REGISTRY_POLICY)).length;

describe('one for each environment', () => {
  test('two stacks of one environment that both add statements have one', () => {
    const app = new App();
    const [one, other] = [stackIn(app, 'One'), stackIn(app, 'Other')];
    RegistryPolicy.of(one).addStatement(allow('ecr:CreateRepository'));
    RegistryPolicy.of(other).addStatement(allow('ecr:ReplicateImage', below('team/'), new AccountPrincipal(STRANGER)));
    expect([countIn(one), countIn(other)]).toEqual([1, 0]);
    expect(statementsIn(one).map(({ Action, Principal, Resource }) => [Action, Principal, Resource])).toEqual([
      ['ecr:CreateRepository', root(CONSUMER), below('quay/')],
      ['ecr:ReplicateImage', root(STRANGER), below('team/')],
    ]);
  });

  test('stacks of two stages of one environment have one', () => {
    const app = new App();
    const [one, other] = ['A', 'B'].map((id) => stackIn(new Stage(app, id)));
    expect(RegistryPolicy.of(one)).toBe(RegistryPolicy.of(other));
  });

  test.each([
    ['regions', OWNER, 'us-east-1'],
    ['accounts', CONSUMER, REGION],
  ])('two %s have two', (_, account, region) => {
    const app = new App();
    const [one, other] = [stackIn(app, 'One'), stackIn(app, 'Other', { account, region })];
    [one, other].forEach((stack) => RegistryPolicy.of(stack).addStatement(allow('ecr:CreateRepository', '*')));
    expect([countIn(one), countIn(other)]).toEqual([1, 1]);
  });

  test('every scope of a stack, nested ones included, gets the same', () => {
    const stack = stackIn();
    const nested = new NestedStack(stack, 'Nested');
    expect(RegistryPolicy.of(nested)).toBe(RegistryPolicy.of(stack));
    expect(RegistryPolicy.of(stack)).toBe(RegistryPolicy.of(nested));
  });

  test('two apps know nothing of each other', () => {
    expect(RegistryPolicy.of(stackIn())).not.toBe(RegistryPolicy.of(stackIn()));
  });

  test('it has the same logical id wherever it stands', () => {
    const [asked, made] = [stackIn(), stackIn()];
    RegistryPolicy.of(asked).addStatement(allow('ecr:CreateRepository'));
    new RegistryPolicy(made, 'Mine').addStatement(allow('ecr:CreateRepository'));
    for (const stack of [asked, made]) {
      expect(Object.keys(Template.fromStack(stack).findResources(REGISTRY_POLICY))).toEqual(['EcrRegistryPolicy']);
    }
  });

  test('without a statement there is none', () => {
    const stack = stackIn();
    RegistryPolicy.of(stack);
    new CfnResource(stack, 'Other', { type: 'AWS::CloudFormation::WaitConditionHandle' });
    expect(countIn(stack)).toBe(0);
  });
});

describe('stacks that leave their environment open', () => {
  test('have one each, and are told that the two collide in one place', () => {
    const app = new App();
    const [one, other] = [openStack(app, 'One'), openStack(app, 'Other')];
    RegistryPolicy.of(one).addStatement(allow('ecr:CreateRepository'));
    RegistryPolicy.of(other).addStatement(allow('ecr:ReplicateImage'));
    expect([countIn(one), countIn(other)]).toEqual([1, 1]);
    expect(statementsIn(one).map(({ Action }) => Action)).toEqual(['ecr:CreateRepository']);
    expect(statementsIn(other).map(({ Action }) => Action)).toEqual(['ecr:ReplicateImage']);
    Annotations.fromStack(other).hasWarning(
      '*',
      Match.stringLikeRegexp(
        'One/EcrRegistryPolicy is the registry policy of another stack .*RegistryPolicy.possibleDuplicate',
      ),
    );
    Annotations.fromStack(one).hasNoWarning('*', Match.anyValue());
  });

  test('may have one each, and then use their own', () => {
    const app = new App();
    const [one, other] = [openStack(app, 'One'), openStack(app, 'Other')];
    const policies = [new RegistryPolicy(one, 'Policy'), new RegistryPolicy(other, 'Policy')];
    expect([RegistryPolicy.of(one), RegistryPolicy.of(other)]).toEqual(policies);
    RegistryPolicy.of(other).addStatement(allow('ecr:CreateRepository'));
    expect([countIn(one), countIn(other)]).toEqual([0, 1]);
  });

  test('share none with a stack of a known environment', () => {
    const app = new App();
    expect(RegistryPolicy.of(openStack(app, 'Open'))).not.toBe(RegistryPolicy.of(stackIn(app)));
  });

  test('share none with those of another stage', () => {
    const app = new App();
    const [one, other] = ['A', 'B'].map((id) => openStack(new Stage(app, id)));
    expect(RegistryPolicy.of(one)).not.toBe(RegistryPolicy.of(other));
  });

  test('render pseudo parameters', () => {
    const stack = openStack();
    RegistryPolicy.of(stack).allowCachingBy(new AccountPrincipal(CONSUMER));
    const { PolicyText } = Template.fromStack(stack).findResources(REGISTRY_POLICY).EcrRegistryPolicy.Properties;
    expect(PolicyText.Statement[0].Resource).toEqual({
      'Fn::Join': [
        '',
        [
          'arn:',
          { Ref: 'AWS::Partition' },
          ':ecr:',
          { Ref: 'AWS::Region' },
          ':',
          { Ref: 'AWS::AccountId' },
          ':repository/*',
        ],
      ],
    });
  });
});

describe('statements', () => {
  const ACCOUNTS = (...accounts: string[]) => ({ AWS: accounts.map((account) => root(account).AWS) });

  test.each<[string, PolicyStatement[], Partial<Statement>[]]>([
    [
      'the same twice is one',
      [allow('ecr:CreateRepository'), allow('ecr:CreateRepository')],
      [{ Action: 'ecr:CreateRepository' }],
    ],
    [
      'two actions are one statement',
      [allow('ecr:CreateRepository'), allow('ecr:BatchGetImage')],
      [{ Action: ['ecr:BatchGetImage', 'ecr:CreateRepository'] }],
    ],
    [
      'two resources are one statement',
      [allow('ecr:CreateRepository', below('a/')), allow('ecr:CreateRepository', below('b/'))],
      [{ Resource: [below('a/'), below('b/')] }],
    ],
    [
      'two accounts are one statement',
      [CONSUMER, STRANGER].map((account) => allow('ecr:CreateRepository', '*', new AccountPrincipal(account))),
      [{ Principal: ACCOUNTS(CONSUMER, STRANGER) }],
    ],
    [
      'what differs in two elements stays two',
      [allow('ecr:CreateRepository', below('a/')), allow('ecr:BatchGetImage', below('b/'))],
      [
        { Action: 'ecr:CreateRepository', Resource: below('a/') },
        { Action: 'ecr:BatchGetImage', Resource: below('b/') },
      ],
    ],
    [
      'two organizations stay two',
      ['o-a1b2c3d4e5', 'o-f6g7h8i9j0'].map((id) => allow('ecr:CreateRepository', '*', new OrganizationPrincipal(id))),
      [
        { Principal: { AWS: '*' }, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } } },
        { Principal: { AWS: '*' }, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-f6g7h8i9j0' } } },
      ],
    ],
    [
      'a service',
      [allow('ecr:CreateRepository', '*', new ServicePrincipal('omics.amazonaws.com'))],
      [{ Principal: { Service: 'omics.amazonaws.com' } }],
    ],
    [
      'an organizational unit',
      [allow('ecr:CreateRepository', '*', new OrganizationalUnitPrincipal(UNIT))],
      [{ Principal: { AWS: '*' }, Condition: { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': [`${UNIT}*`] } } }],
    ],
  ])('%s', (_, statements, expected) => {
    const stack = stackIn();
    statements.forEach((statement) => RegistryPolicy.of(stack).addStatement(statement));
    const rendered = statementsIn(stack);
    expect(rendered).toHaveLength(expected.length);
    expect(rendered).toMatchObject(expected);
  });

  test('twenty accounts that many rules allow need one statement', () => {
    const stack = stackIn();
    for (const prefix of ['a/', 'b/', 'c/', 'd/']) {
      for (let account = 0; account < 20; account++) {
        RegistryPolicy.of(stack).addStatement(
          allow('ecr:CreateRepository', below(prefix), new AccountPrincipal(`1111222233${10 + account}`)),
        );
      }
    }
    expect(statementsIn(stack)).toHaveLength(1);
    expect(statementsIn(stack)[0].Principal.AWS).toHaveLength(20);
  });

  test('tokens pass', () => {
    const stack = stackIn();
    const account = new CfnParameter(stack, 'Account').valueAsString;
    RegistryPolicy.of(stack).addStatement(allow('ecr:CreateRepository', '*', new AccountPrincipal(account)));
    expect(statementsIn(stack)[0].Principal).toEqual(root('<Account>'));
  });

  test.each<[string, () => PolicyStatement]>([
    ['everybody', () => allow('ecr:CreateRepository', '*', new AnyPrincipal())],
    ['a star', () => allow('ecr:CreateRepository', '*', new StarPrincipal())],
    [
      'everybody from JSON',
      () => PolicyStatement.fromJson({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'ecr:*', Resource: '*' }),
    ],
  ])('fails for %s without a condition', (_, statement) => {
    const message = messageOf(() => RegistryPolicy.of(stackIn()).addStatement(statement()));
    expect(message).toContain(
      'this principal is everybody, in every account: public access is rejected; got "*"; allowed: accounts, ' +
        'services, or everybody on a condition; to fix: ',
    );
    expect(message).toContain('[at Stack/EcrRegistryPolicy]');
  });

  test.each<[string, string, IPrincipal]>([
    ['an id with hyphens', '4444-5555-6666', new AccountPrincipal('4444-5555-6666')],
    ['an id that is too short', '44445555666', new AccountPrincipal('44445555666')],
    ['a role of no account', 'production', new ArnPrincipal('arn:aws:iam::production:role/Deploy')],
  ])('fails for %s', (_, id, principal) => {
    const message = messageOf(() =>
      RegistryPolicy.of(stackIn()).addStatement(allow('ecr:CreateRepository', '*', principal)),
    );
    expect(message).toContain(`the account of the principal is not an account id; got "${id}"; allowed: 12 digits`);
  });

  test('fails for everybody but a few', () => {
    const message = messageOf(() =>
      RegistryPolicy.of(stackIn()).addStatement(
        new PolicyStatement({
          notPrincipals: [new AccountPrincipal(STRANGER)],
          actions: ['ecr:CreateRepository'],
          resources: ['*'],
        }),
      ),
    );
    expect(message).toContain(
      'this statement allows everybody but a few; got "NotPrincipal"; allowed: principals; to fix: ',
    );
  });

  test('everybody on a condition passes, and so does a denial', () => {
    const stack = stackIn();
    const policy = RegistryPolicy.of(stack);
    const everybody = { principals: [new AnyPrincipal()], resources: ['*'] };
    policy.addStatement(
      new PolicyStatement({
        ...everybody,
        actions: ['ecr:CreateRepository'],
        conditions: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
      }),
    );
    policy.addStatement(new PolicyStatement({ ...everybody, actions: ['ecr:DeleteRepository'], effect: Effect.DENY }));
    expect(statementsIn(stack)).toHaveLength(2);
  });
});

describe('the limit of 10,240 characters', () => {
  /** A statement that makes the policy exactly so long. */
  function ofLength(length: number): PolicyStatement {
    const statement = (sid: string) =>
      PolicyStatement.fromJson({
        Sid: sid,
        Effect: 'Allow',
        Principal: { AWS: CONSUMER },
        Action: 'ecr:CreateRepository',
        Resource: '*',
      });
    const stack = stackIn();
    RegistryPolicy.of(stack).addStatement(statement('x'));
    return statement('x'.repeat(length - JSON.stringify(propertiesOf(stack, REGISTRY_POLICY).PolicyText).length + 1));
  }

  test.each([
    ['resource', false],
    ['output', true],
  ])('is accepted and refused one above, as %s', (_, managedElsewhere) => {
    const accepted = stackIn();
    new RegistryPolicy(accepted, 'Policy', { managedElsewhere }).addStatement(ofLength(10240));
    expect(() => Template.fromStack(accepted)).not.toThrow();

    const refused = stackIn();
    new RegistryPolicy(refused, 'Policy', { managedElsewhere }).addStatement(ofLength(10241));
    const message = synthMessage(refused);
    expect(message).toContain(
      'the registry policy has 10241 characters; allowed: at most 10240; to fix: allow organizations instead of ' +
        'accounts',
    );
    expect(message).toContain('[at Stack/Policy]');
  });

  test('counts what several stacks added', () => {
    const app = new App();
    const [one, other] = [stackIn(app, 'One'), stackIn(app, 'Other')];
    const statement = (sid: string) =>
      PolicyStatement.fromJson({
        Sid: sid.repeat(5200),
        Effect: 'Allow',
        Principal: { AWS: CONSUMER },
        Action: 'ecr:CreateRepository',
        Resource: '*',
      });
    RegistryPolicy.of(one).addStatement(statement('a'));
    RegistryPolicy.of(other).addStatement(statement('b'));
    expect(synthMessage(other)).toMatch(/the registry policy has 10\d{3} characters; allowed: at most 10240/);
  });
});

describe('a policy that others make', () => {
  const foreign = (stack: Stack, id = 'Foreign') =>
    new CfnRegistryPolicy(stack, id, { policyText: { Version: '2012-10-17', Statement: [] } });
  const ours = (stack: Stack) => RegistryPolicy.of(stack).addStatement(allow('ecr:CreateRepository'));

  test.each<[string, string, (app: App) => Stack]>([
    [
      'in the same stack',
      'Stack/Foreign',
      (app) => {
        const stack = stackIn(app);
        ours(stack);
        foreign(stack);
        return stack;
      },
    ],
    [
      'in the same stack, made before',
      'Stack/Foreign',
      (app) => {
        const stack = stackIn(app);
        foreign(stack);
        ours(stack);
        return stack;
      },
    ],
    [
      'in another stack of the environment',
      'Other/Foreign',
      (app) => {
        const stack = stackIn(app);
        ours(stack);
        foreign(stackIn(app, 'Other'));
        return stack;
      },
    ],
    [
      'in a nested stack',
      'Stack/Nested/Foreign',
      (app) => {
        const stack = stackIn(app);
        ours(stack);
        foreign(new NestedStack(stack, 'Nested'));
        return stack;
      },
    ],
    [
      'in a stack that leaves its environment open',
      'Stack/Foreign',
      (app) => {
        const stack = openStack(app);
        ours(stack);
        foreign(stack);
        return stack;
      },
    ],
    [
      'as a bare resource',
      'Stack/Foreign',
      (app) => {
        const stack = stackIn(app);
        ours(stack);
        new CfnResource(stack, 'Foreign', { type: REGISTRY_POLICY, properties: { PolicyText: {} } });
        return stack;
      },
    ],
  ])('fails %s, by its name', (_, path, misuse) => {
    const message = synthMessage(misuse(new App()));
    expect(message).toContain(
      `${path} is another policy of the registry of the same account and region, and the one deployed ` +
        `last replaces the other; to fix: `,
    );
    expect(message).toContain('[at Stack/EcrRegistryPolicy]');
  });

  test.each<[string, (app: App) => Stack]>([
    [
      'in another region',
      (app) => {
        const stack = stackIn(app);
        ours(stack);
        foreign(stackIn(app, 'Other', { account: OWNER, region: 'us-east-1' }));
        return stack;
      },
    ],
    [
      'in another account',
      (app) => {
        const stack = stackIn(app);
        ours(stack);
        foreign(stackIn(app, 'Other', { account: CONSUMER, region: REGION }));
        return stack;
      },
    ],
    [
      'where there is none of ours',
      (app) => {
        const stack = stackIn(app);
        foreign(stack);
        return stack;
      },
    ],
    [
      'where ours is managed elsewhere',
      (app) => {
        const stack = stackIn(app);
        new RegistryPolicy(stack, 'Policy', { managedElsewhere: true }).addStatement(allow('ecr:CreateRepository'));
        foreign(stack);
        return stack;
      },
    ],
  ])('is accepted %s', (_, use) => {
    const stack = use(new App());
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});

describe('new RegistryPolicy', () => {
  test('made first is the one that all get', () => {
    const app = new App();
    const [owner, other] = [stackIn(app, 'Owner'), stackIn(app, 'Other')];
    const policy = new RegistryPolicy(owner, 'Policy');
    expect(RegistryPolicy.of(other)).toBe(policy);
    RegistryPolicy.of(other).addStatement(allow('ecr:CreateRepository'));
    expect([countIn(owner), countIn(other)]).toEqual([1, 0]);
  });

  test.each<[string, string, (app: App) => unknown]>([
    [
      'after another',
      'Stack/One',
      (app) => {
        const stack = stackIn(app);
        new RegistryPolicy(stack, 'One');
        new RegistryPolicy(stack, 'Two');
      },
    ],
    [
      'after another, in another stack',
      'Stack/One',
      (app) => {
        new RegistryPolicy(stackIn(app), 'One');
        new RegistryPolicy(stackIn(app, 'Other'), 'Two');
      },
    ],
    [
      'after somebody asked for one',
      'Stack/EcrRegistryPolicy',
      (app) => {
        const stack = stackIn(app);
        RegistryPolicy.of(stack);
        new RegistryPolicy(stack, 'Two');
      },
    ],
  ])('fails %s', (_, rival, misuse) => {
    const message = messageOf(() => misuse(new App()));
    expect(message).toContain(
      `the registry policy ${rival} is of the same account and region, which has one; to fix: make the policy before`,
    );
    expect(message).toMatch(/\[at (Stack|Other)\/Two\]/);
  });
});

describe('managed elsewhere', () => {
  test('gives the statements as an output and makes no resource', () => {
    const stack = stackIn();
    new RegistryPolicy(stack, 'Policy', { managedElsewhere: true });
    RegistryPolicy.of(stack).addStatement(allow('ecr:CreateRepository'));
    RegistryPolicy.of(stack).addStatement(allow('ecr:BatchGetImage'));
    const template = Template.fromStack(stack).toJSON();
    expect(template.Resources).toBeUndefined();
    const outputs: any[] = Object.values(template.Outputs);
    expect(outputs).toHaveLength(1);
    expect(outputs[0].Description).toContain('managed elsewhere');
    expect(statementsOf(deployed(outputs[0].Value, { account: OWNER, region: REGION }) as string)).toEqual([
      {
        Action: ['ecr:BatchGetImage', 'ecr:CreateRepository'],
        Effect: 'Allow',
        Principal: root(CONSUMER),
        Resource: below('quay/'),
      },
    ]);
  });

  test('gives no output without a statement', () => {
    const stack = stackIn();
    new RegistryPolicy(stack, 'Policy', { managedElsewhere: true });
    expect(Template.fromStack(stack).toJSON().Outputs).toBeUndefined();
  });
});

describe('allowCachingBy', () => {
  const ACTIONS = [
    'ecr:BatchGetImage',
    'ecr:BatchImportUpstreamImage',
    'ecr:GetDownloadUrlForLayer',
    'ecr:GetImageCopyStatus',
  ];

  test.each<[string, string | undefined, string]>([
    ['all repositories', undefined, below('')],
    ['ROOT', 'ROOT', below('')],
    ['a prefix', 'team-a', below('team-a/')],
    ['a prefix with a slash', 'team-a/', below('team-a/')],
    ['a prefix longer than a rule may have', 'a'.repeat(40), below(`${'a'.repeat(40)}/`)],
  ])('allows another account %s', (_, prefix, resource) => {
    const stack = stackIn();
    RegistryPolicy.of(stack).allowCachingBy(new AccountPrincipal(CONSUMER), prefix);
    expect(statementsIn(stack)).toEqual([
      { Action: ACTIONS, Effect: 'Allow', Principal: root(CONSUMER), Resource: resource },
    ]);
  });

  test.each<[string, IPrincipal, string | undefined, string]>([
    ['everybody', new AnyPrincipal(), undefined, 'this principal is everybody'],
    [
      'no principal',
      undefined as unknown as IPrincipal,
      undefined,
      'not a principal; none given; allowed: an IPrincipal',
    ],
    [
      'a prefix that is none',
      new AccountPrincipal(CONSUMER),
      'Team',
      'repositoryPrefix is not a repository prefix; got "Team"; allowed: ',
    ],
  ])('fails for %s', (_, principal, prefix, expected) => {
    const message = messageOf(() => RegistryPolicy.of(stackIn()).allowCachingBy(principal, prefix));
    expect(message).toContain(expected);
    expect(message).toContain('to fix: ');
    expect(message).toContain('[at Stack/EcrRegistryPolicy]');
  });
});

test.each([
  ['principals', { actions: ['ecr:CreateRepository'], resources: ['*'] }],
  ['actions', { principals: [new AccountPrincipal('444455556666')], resources: ['*'] }],
  ['resources', { principals: [new AccountPrincipal('444455556666')], actions: ['ecr:CreateRepository'] }],
])('a statement without %s is an error at synth, as it may be completed until then', (lack, props) => {
  const app = new App();
  RegistryPolicy.of(stackIn(app)).addStatement(new PolicyStatement(props));
  expect(() => app.synth()).toThrow(new RegExp(`a statement of the (registry )?policy (has|names) no ${lack}`));
});
