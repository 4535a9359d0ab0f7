import { App, Aspects, CfnElement, CfnResource, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { RepositoryEncryption } from 'aws-cdk-lib/aws-ecr';
import {
  AccountPrincipal,
  AnyPrincipal,
  ArnPrincipal,
  IPrincipal,
  OrganizationPrincipal,
  PolicyStatement,
  Role,
  ServicePrincipal,
  StarPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  OrganizationalUnitPrincipal,
  PullThroughCacheRule,
  RegistryPolicy,
  RepositoryCreationTemplate,
  RepositoryLifecycleRule,
  RepositoryTemplateUse,
  UpstreamCredentials,
  UpstreamRegistry,
} from '../../src';
import {
  CONSUMER,
  messageOf,
  openStack,
  OWNER,
  propertiesOf,
  REGION,
  REGISTRY_POLICY,
  resourcesOf,
  ROLE,
  RULE,
  stackIn,
  statementsOf,
  STRANGER,
  TEMPLATE,
} from '../support/policies';
import { Deployment, NamedPolicy, Principal, resolve } from '../support/simulate';

const ORGANIZATION = 'o-a1b2c3d4e5';
const ROOT_PATH = `${ORGANIZATION}/r-ab12/`;
const UNIT = `${ROOT_PATH}ou-ab12-11111111/`;
const consumer = () => new AccountPrincipal(CONSUMER);

const FROM_REGISTRY = ['ecr:BatchGetImage', 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];
const FROM_REPOSITORY = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:GetDownloadUrlForLayer',
];
const repository = (path: string) => `arn:aws:ecr:${REGION}:${OWNER}:repository/${path}`;

function quayRule(
  stack: Stack,
  props: Partial<ConstructorParameters<typeof PullThroughCacheRule>[2]> = {},
): PullThroughCacheRule {
  return new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay(), ...props });
}

/** The statements of each template of a stack, by its prefix. */
function repositoryPolicies(stack: Stack): Record<string, ReturnType<typeof statementsOf>> {
  return Object.fromEntries(
    Object.values(resourcesOf(stack, TEMPLATE)).map(({ Properties }) => [
      Properties.Prefix,
      Properties.RepositoryPolicy === undefined ? [] : statementsOf(Properties.RepositoryPolicy),
    ]),
  );
}

const registryStatements = (stack: Stack) => statementsOf(propertiesOf(stack, REGISTRY_POLICY).PolicyText);

describe('allowPullFrom', () => {
  test.each<[string, () => IPrincipal, object, object | undefined]>([
    ['an account', consumer, { AWS: `arn:aws:iam::${CONSUMER}:root` }, undefined],
    [
      'a role of another account',
      () => new ArnPrincipal(`arn:aws:iam::${CONSUMER}:role/puller`),
      { AWS: `arn:aws:iam::${CONSUMER}:role/puller` },
      undefined,
    ],
    [
      'an organization',
      () => new OrganizationPrincipal(ORGANIZATION),
      { AWS: '*' },
      { StringEquals: { 'aws:PrincipalOrgID': ORGANIZATION } },
    ],
    [
      'an organizational unit',
      () => new OrganizationalUnitPrincipal(UNIT),
      { AWS: '*' },
      { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': [`${UNIT}*`] } },
    ],
    ['HealthOmics', () => new ServicePrincipal('omics.amazonaws.com'), { Service: 'omics.amazonaws.com' }, undefined],
    [
      'everybody on a condition',
      () => new AnyPrincipal().withConditions({ StringEquals: { 'aws:PrincipalOrgID': ORGANIZATION } }),
      { AWS: '*' },
      { StringEquals: { 'aws:PrincipalOrgID': ORGANIZATION } },
    ],
  ])('of %s adds to the registry and to the repositories', (_, principal, rendered, condition) => {
    const stack = stackIn();
    quayRule(stack).allowPullFrom(principal());
    const common = { Effect: 'Allow', Principal: rendered, ...(condition ? { Condition: condition } : {}) };
    expect(registryStatements(stack)).toEqual([{ ...common, Action: FROM_REGISTRY, Resource: repository('quay/*') }]);
    expect(repositoryPolicies(stack)).toEqual({ quay: [{ ...common, Action: FROM_REPOSITORY }] });
  });

  test('makes one template, however many are allowed, and the rule comes after it', () => {
    const stack = stackIn();
    const rule = quayRule(stack);
    expect(rule.repositoryCreationTemplate).toBeUndefined();
    rule.allowPullFrom(consumer());
    rule.allowPullFrom(new AccountPrincipal(STRANGER));
    expect(rule.repositoryCreationTemplate?.prefix).toBe('quay');
    expect(propertiesOf(stack, TEMPLATE)).toMatchObject({ Prefix: 'quay', AppliedFor: ['PULL_THROUGH_CACHE'] });
    const [{ Principal: who }] = repositoryPolicies(stack).quay;
    expect(who.AWS).toEqual([CONSUMER, STRANGER].map((account) => `arn:aws:iam::${account}:root`));
    const [rendered] = Object.values(resourcesOf(stack, RULE));
    expect(rendered.DependsOn).toEqual(Object.keys(resourcesOf(stack, TEMPLATE)));
  });

  test('said twice is said once', () => {
    const stack = stackIn();
    const rule = quayRule(stack);
    rule.allowPullFrom(consumer());
    rule.allowPullFrom(consumer());
    expect(registryStatements(stack)).toHaveLength(1);
    expect(repositoryPolicies(stack).quay).toHaveLength(1);
  });

  test('adds to the template that the rule has, and keeps what that says', () => {
    const stack = stackIn();
    const own = new PolicyStatement({ principals: [new AccountPrincipal(STRANGER)], actions: ['ecr:DescribeImages'] });
    const rule = quayRule(stack, { repositories: { description: 'mine', repositoryPolicy: [own] } });
    rule.allowPullFrom(consumer());
    expect(propertiesOf(stack, TEMPLATE).Description).toBe('mine');
    expect(repositoryPolicies(stack).quay.map(({ Action }) => Action)).toEqual(['ecr:DescribeImages', FROM_REPOSITORY]);
  });

  test('adds to a template that was made by hand, in another stack too', () => {
    const app = new App();
    const [stack, other] = [stackIn(app), stackIn(app, 'Other')];
    const template = new RepositoryCreationTemplate(other, 'Mine', { prefix: 'quay' });
    const rule = quayRule(stack);
    rule.allowPullFrom(consumer());
    expect(rule.repositoryCreationTemplate).toBe(template);
    Template.fromStack(stack).resourceCountIs(TEMPLATE, 0);
    expect(repositoryPolicies(other).quay.map(({ Action }) => Action)).toEqual([FROM_REPOSITORY]);
    expect(stack.dependencies).toEqual([other]);
  });

  test('of ROOT is about every repository', () => {
    const stack = stackIn();
    quayRule(stack, { ecrRepositoryPrefix: 'ROOT' }).allowPullFrom(consumer());
    expect(registryStatements(stack)[0].Resource).toBe(repository('*'));
    expect(repositoryPolicies(stack)).toEqual({ ROOT: [expect.objectContaining({ Action: FROM_REPOSITORY })] });
  });

  test.each([
    ['in the order of their names', ['One', 'Other']],
    ['in another order', ['Other', 'One']],
  ])('of several rules in several stacks has one registry policy: %s', (_, [first, second]) => {
    const app = new App();
    const stacks = new Map(['One', 'Other'].map((id) => [id, stackIn(app, id)]));
    quayRule(stacks.get(first)!).allowPullFrom(consumer());
    quayRule(stacks.get(second)!, { upstream: UpstreamRegistry.ecrPublic() }).allowPullFrom(consumer());
    const [one, other] = [...stacks.values()];
    expect(registryStatements(one)).toEqual([
      {
        Action: FROM_REGISTRY,
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${CONSUMER}:root` },
        Resource: [repository('ecr-public/*'), repository('quay/*')],
      },
    ]);
    Template.fromStack(other).resourceCountIs(REGISTRY_POLICY, 0);
  });

  test('works in a stack that leaves its environment open', () => {
    const stack = openStack();
    quayRule(stack).allowPullFrom(consumer());
    expect(registryStatements(stack)[0].Resource).toBe(repository('quay/*'));
    expect(repositoryPolicies(stack).quay[0].Principal).toEqual({ AWS: `arn:aws:iam::${CONSUMER}:root` });
  });

  test.each<[string, () => IPrincipal, string]>([
    [
      'everybody',
      () => new AnyPrincipal(),
      'this principal is everybody, in every account: public access is rejected; got "*"; allowed: accounts, ' +
        'services, or everybody on a condition; to fix: ',
    ],
    ['a star', () => new StarPrincipal(), 'this principal is everybody'],
    [
      'no principal',
      () => undefined as unknown as IPrincipal,
      'not a principal; none given; allowed: an IPrincipal; to fix: ',
    ],
    [
      'an account id',
      () => CONSUMER as unknown as IPrincipal,
      `not a principal; got "${CONSUMER}"; allowed: an IPrincipal; to fix: `,
    ],
    ['AWS Lambda', () => new ServicePrincipal('lambda.amazonaws.com'), 'AWS Lambda does not pull through the cache'],
    [
      'AWS Lambda on a condition',
      () =>
        new ServicePrincipal('lambda.amazonaws.com').withConditions({
          StringEquals: { 'aws:SourceAccount': CONSUMER },
        }),
      'AWS Lambda does not pull through the cache',
    ],
    [
      'AWS Lambda, with its conditions',
      () => new ServicePrincipal('lambda.amazonaws.com', { conditions: { Bool: { x: 'true' } } }),
      'AWS Lambda does not',
    ],
  ])('fails for %s, and adds nothing', (_, principal, expected) => {
    const stack = stackIn();
    const rule = quayRule(stack);
    const message = messageOf(() => rule.allowPullFrom(principal()));
    expect(message).toContain(expected);
    expect(message).toContain('to fix: ');
    expect(message).toContain('[at Stack/Rule]');
    Template.fromStack(stack).resourceCountIs(REGISTRY_POLICY, 0);
    Template.fromStack(stack).resourceCountIs(TEMPLATE, 0);
  });
});

describe('templates below the prefix of a rule', () => {
  type Step = (stack: Stack) => void;
  const allow: Step = (stack) => (stack.node.findChild('Rule') as PullThroughCacheRule).allowPullFrom(consumer());
  const makeRule: Step = (stack) => {
    quayRule(stack);
  };
  const deeper: Step = (stack) => {
    new RepositoryCreationTemplate(stack, 'Deeper', { prefix: 'quay/library' });
  };

  test.each<[string, Step[]]>([
    ['rule, permission, template', [makeRule, allow, deeper]],
    ['rule, template, permission', [makeRule, deeper, allow]],
    ['template, rule, permission', [deeper, makeRule, allow]],
  ])('say the same: %s', (_, steps) => {
    const stack = stackIn();
    steps.forEach((step) => step(stack));
    const policies = repositoryPolicies(stack);
    expect(Object.keys(policies).sort()).toEqual(['quay', 'quay/library']);
    expect(policies['quay/library']).toEqual(policies.quay);
    expect(policies.quay.map(({ Action }) => Action)).toEqual([FROM_REPOSITORY]);
  });

  test('say the same in another stack, and at any depth', () => {
    const app = new App();
    const [stack, other] = [stackIn(app), stackIn(app, 'Other')];
    new RepositoryCreationTemplate(other, 'Deeper', { prefix: 'quay/team/library' });
    quayRule(stack).allowPullFrom(consumer());
    expect(repositoryPolicies(other)['quay/team/library']).toEqual(repositoryPolicies(stack).quay);
  });

  test('say what the nearest rule says, and templates of other prefixes nothing', () => {
    const stack = stackIn();
    quayRule(stack).allowPullFrom(consumer());
    new PullThroughCacheRule(stack, 'Nearer', { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: 'quay/near' });
    ['quay/near', 'quay/near/library', 'quayside', 'ecr-public'].forEach(
      (prefix, index) => new RepositoryCreationTemplate(stack, `T${index}`, { prefix }),
    );
    const { quay, ...others } = repositoryPolicies(stack);
    expect(quay).toHaveLength(1);
    expect(others).toEqual({ 'quay/near': [], 'quay/near/library': [], quayside: [], 'ecr-public': [] });
  });

  test('say what ROOT says where no other rule serves', () => {
    const stack = stackIn();
    quayRule(stack, { ecrRepositoryPrefix: 'ROOT' }).allowPullFrom(consumer());
    new RepositoryCreationTemplate(stack, 'Deeper', { prefix: 'team' });
    const policies = repositoryPolicies(stack);
    expect(policies.team).toEqual(policies.ROOT);
    expect(policies.team).toHaveLength(1);
  });
});

describe('the half of the other account', () => {
  const imported = (stack: Stack) =>
    PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
      ecrRepositoryPrefix: 'quay',
      upstreamRegistryUrl: 'quay.io',
      account: OWNER,
      region: 'us-east-1',
    });

  test('names the account and region of the owner in every URI and ARN', () => {
    const stack = stackIn(new App(), 'Consumer', { account: CONSUMER, region: REGION });
    const rule = imported(stack);
    const image = rule.image('quay.io/prometheus/node-exporter:v1.8.0');
    expect(image.uri).toBe(`${OWNER}.dkr.ecr.us-east-1.amazonaws.com/quay/prometheus/node-exporter:v1.8.0`);
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    rule.grants.pull(role);
    const [signIn, pull] = statementsOf(propertiesOf(stack, 'AWS::IAM::Policy').PolicyDocument);
    expect(signIn).toEqual({ Action: 'ecr:GetAuthorizationToken', Effect: 'Allow', Resource: '*' });
    expect(pull.Resource).toBe(`arn:aws:ecr:us-east-1:${OWNER}:repository/quay/*`);
  });

  test('makes neither rule, nor template, nor registry policy', () => {
    const stack = stackIn(new App(), 'Consumer', { account: CONSUMER, region: REGION });
    imported(stack).grants.pull(
      new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }),
    );
    for (const type of [RULE, TEMPLATE, REGISTRY_POLICY]) {
      Template.fromStack(stack).resourceCountIs(type, 0);
    }
  });
});

/**
 * ECR evaluates each action against the identity policy of the caller and, of another account, also against
 * the policy of the registry or that of the repository. The repository's exists once the first pull has made it.
 */
describe('a pull from another account, by the three policies together', () => {
  interface Policies {
    readonly identity: NamedPolicy[];
    readonly registry?: any;
    readonly repository?: any;
  }

  const OWNER_SIDE: Deployment = { account: OWNER, region: REGION };
  const CONSUMER_SIDE: Deployment = { account: CONSUMER, region: REGION };
  const IMAGE = 'prometheus/node-exporter';
  const SIGN_IN = 'ecr:GetAuthorizationToken';
  const CREATES = ['ecr:CreateRepository', 'ecr:BatchImportUpstreamImage'];
  const READS = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'];
  const REFRESHES = ['ecr:BatchImportUpstreamImage', ...READS];

  /** The policies as two deployed stacks have them. */
  function policiesFor(allowed: IPrincipal): { policies: Policies; puller: Principal } {
    const app = new App();
    const owner = stackIn(app, 'Owner');
    const pulls = stackIn(app, 'Consumer', { account: CONSUMER, region: REGION });
    quayRule(owner).allowPullFrom(allowed);
    const role = new Role(pulls, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    PullThroughCacheRule.fromPullThroughCacheRuleAttributes(pulls, 'Rule', {
      ecrRepositoryPrefix: 'quay',
      upstreamRegistryUrl: 'quay.io',
      account: OWNER,
      region: REGION,
    }).grants.pull(role);

    const ownerTemplate = Template.fromStack(owner).toJSON();
    const only = (type: string) =>
      Object.values<any>(ownerTemplate.Resources).find(({ Type }) => Type === type).Properties;
    const puller = Principal.of(
      Template.fromStack(pulls).toJSON(),
      pulls.getLogicalId(role.node.defaultChild as any),
      CONSUMER_SIDE,
    );
    return {
      puller,
      policies: {
        identity: puller.policies,
        registry: resolve(only(REGISTRY_POLICY).PolicyText, ownerTemplate, OWNER_SIDE),
        repository: JSON.parse(resolve(only(TEMPLATE).RepositoryPolicy, ownerTemplate, OWNER_SIDE)),
      },
    };
  }

  interface Pull {
    readonly account?: string;
    readonly path?: string;
    readonly context?: Record<string, string | string[]>;
  }

  /** The actions that are denied of those that a pull takes. */
  async function denied(
    actions: string[],
    { identity, ...ofResource }: Policies,
    { account = CONSUMER, path = `quay/${IMAGE}`, context }: Pull = {},
  ): Promise<string[]> {
    const who = new Principal(`arn:aws:iam::${account}:role/puller`, identity, account);
    const resourcePolicies = Object.values(ofResource).filter((policy) => policy !== undefined);
    const answers = await Promise.all(
      actions.map((action) =>
        action === SIGN_IN
          ? who.may(action, '*', { context })
          : who.may(action, repository(path), { resourceAccount: OWNER, resourcePolicies, context }),
      ),
    );
    return actions.filter((_, index) => answers[index] !== 'Allowed');
  }

  /** The repository does not exist until it is created, and has its policy from then on. */
  async function deniedAtFirstPull(policies: Policies, pull?: Pull): Promise<string[]> {
    return [
      ...(await denied([SIGN_IN, ...CREATES], { ...policies, repository: undefined }, pull)),
      ...(await denied(READS, policies, pull)),
    ];
  }

  const deniedAtLaterPull = (policies: Policies, pull?: Pull) => denied([SIGN_IN, ...REFRESHES], policies, pull);

  test('the first pull and later ones are allowed', async () => {
    const { policies } = policiesFor(consumer());
    expect(await deniedAtFirstPull(policies)).toEqual([]);
    expect(await deniedAtLaterPull(policies)).toEqual([]);
  });

  test('later pulls and refreshes need no more than the policy of the repository', async () => {
    const { policies } = policiesFor(consumer());
    expect(await deniedAtLaterPull({ ...policies, registry: undefined })).toEqual([]);
  });

  test('the role of the stack itself may', async () => {
    const { policies, puller } = policiesFor(consumer());
    expect(puller.arn).toMatch(new RegExp(`^arn:aws:iam::${CONSUMER}:role/Role`));
    expect(
      await puller.may('ecr:CreateRepository', repository(`quay/${IMAGE}`), {
        resourceAccount: OWNER,
        resourcePolicies: [policies.registry],
      }),
    ).toBe('Allowed');
  });

  test.each<[string, Partial<Policies>, string[], string[]]>([
    ['identity', { identity: [] }, [SIGN_IN, ...CREATES, ...READS], [SIGN_IN, ...REFRESHES]],
    ['registry', { registry: undefined }, CREATES, []],
    [
      'repository',
      { repository: undefined },
      ['ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
      ['ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
    ],
  ])('without the %s policy the first pull is denied', async (_, missing, atFirst, later) => {
    const policies = { ...policiesFor(consumer()).policies, ...missing };
    expect(await deniedAtFirstPull(policies)).toEqual(atFirst);
    expect(await deniedAtLaterPull(policies)).toEqual(later);
  });

  test('another account is denied, although its own policies allow everything', async () => {
    const { policies } = policiesFor(consumer());
    const allowAll = [
      {
        name: 'All',
        policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] },
      },
    ];
    expect(await deniedAtFirstPull({ ...policies, identity: allowAll }, { account: STRANGER })).toEqual([
      ...CREATES,
      ...READS,
    ]);
    expect(await deniedAtLaterPull({ ...policies, identity: allowAll }, { account: STRANGER })).toEqual(REFRESHES);
  });

  test('repositories outside the prefix are denied', async () => {
    const { policies } = policiesFor(consumer());
    for (const path of ['quayside/image', 'team/image', 'quay']) {
      expect(await denied([...CREATES, ...READS], { ...policies, repository: undefined }, { path })).toEqual([
        ...CREATES,
        ...READS,
      ]);
    }
  });

  test('nothing else is allowed, not even with all policies together', async () => {
    const { policies } = policiesFor(consumer());
    const others = [
      'ecr:PutImage',
      'ecr:DeleteRepository',
      'ecr:BatchDeleteImage',
      'ecr:SetRepositoryPolicy',
      'ecr:ReplicateImage',
      'ecr:InitiateLayerUpload',
    ];
    const allowAll = [
      {
        name: 'All',
        policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }] },
      },
    ];
    expect(await denied(others, { ...policies, identity: allowAll })).toEqual(others);
  });

  const inOrganization = (id: string) => ({ context: { 'aws:PrincipalOrgID': id } });
  const inUnit = (...paths: string[]) => ({ context: { 'aws:PrincipalOrgPaths': paths } });

  test.each<[string, () => IPrincipal, Pull, boolean]>([
    ['the organization', () => new OrganizationPrincipal(ORGANIZATION), inOrganization(ORGANIZATION), true],
    ['another organization', () => new OrganizationPrincipal(ORGANIZATION), inOrganization('o-f6g7h8i9j0'), false],
    ['no organization', () => new OrganizationPrincipal(ORGANIZATION), {}, false],
    ['the unit', () => new OrganizationalUnitPrincipal(UNIT), inUnit(UNIT), true],
    ['a unit below it', () => new OrganizationalUnitPrincipal(UNIT), inUnit(`${UNIT}ou-ab12-22222222/`), true],
    ['the unit above it', () => new OrganizationalUnitPrincipal(`${UNIT}ou-ab12-22222222/`), inUnit(UNIT), false],
    ['the root of the organization', () => new OrganizationalUnitPrincipal(UNIT), inUnit(ROOT_PATH), false],
    ['another unit', () => new OrganizationalUnitPrincipal(UNIT), inUnit(`${ROOT_PATH}ou-ab12-33333333/`), false],
    [
      'a unit of another organization',
      () => new OrganizationalUnitPrincipal(UNIT),
      inUnit(UNIT.replace(ORGANIZATION, 'o-f6g7h8i9j0')),
      false,
    ],
    ['no unit', () => new OrganizationalUnitPrincipal(UNIT), {}, false],
    ['the role that was named', () => new ArnPrincipal(`arn:aws:iam::${CONSUMER}:role/puller`), {}, true],
    ['a role that was not named', () => new ArnPrincipal(`arn:aws:iam::${CONSUMER}:role/other`), {}, false],
  ])('a role of %s', async (_, principal, pull, isAllowed) => {
    const { policies } = policiesFor(principal());
    expect(await deniedAtFirstPull(policies, pull)).toEqual(isAllowed ? [] : [...CREATES, ...READS]);
    expect(await deniedAtLaterPull(policies, pull)).toEqual(isAllowed ? [] : REFRESHES);
  });
});

describe('the upstream that is ECR in another account', () => {
  test('what allowCachingBy allows is what the role of the rule reads', async () => {
    const app = new App();
    const upstream = stackIn(app, 'Upstream', { account: CONSUMER, region: REGION });
    const cache = stackIn(app, 'Cache');
    RegistryPolicy.of(upstream).allowCachingBy(new AccountPrincipal(OWNER));
    new PullThroughCacheRule(cache, 'Rule', { upstream: UpstreamRegistry.ecr({ account: CONSUMER, region: REGION }) });
    const upstreamTemplate = Template.fromStack(upstream).toJSON();
    const { PolicyText } = upstreamTemplate.Resources.EcrRegistryPolicy.Properties;
    const policy = resolve(PolicyText, upstreamTemplate, { account: CONSUMER, region: REGION });
    const [roleId] = Object.keys(resourcesOf(cache, ROLE));
    const role = Principal.of(Template.fromStack(cache).toJSON(), roleId, { account: OWNER, region: REGION });
    const image = `arn:aws:ecr:${REGION}:${CONSUMER}:repository/team/app`;
    const reads = [
      'ecr:BatchGetImage',
      'ecr:BatchImportUpstreamImage',
      'ecr:GetDownloadUrlForLayer',
      'ecr:GetImageCopyStatus',
    ];
    for (const action of reads) {
      expect([
        action,
        await role.may(action, image, { resourceAccount: CONSUMER, resourcePolicies: [policy] }),
      ]).toEqual([action, 'Allowed']);
      expect([action, await role.may(action, image, { resourceAccount: CONSUMER })]).toEqual([
        action,
        'ImplicitlyDenied',
      ]);
    }
    expect(await role.may('ecr:PutImage', image, { resourceAccount: CONSUMER, resourcePolicies: [policy] })).toBe(
      'ImplicitlyDenied',
    );
  });
});

describe('the whole of it', () => {
  /** Two accounts with all that this library makes. */
  function everything(): { app: App; stacks: Stack[] } {
    const app = new App();
    const [owner, pulls] = [stackIn(app, 'Owner'), stackIn(app, 'Consumer', { account: CONSUMER, region: REGION })];
    const quay = quayRule(owner, {
      repositories: {
        resourceTags: { team: 'web' },
        encryption: RepositoryEncryption.KMS,
        lifecycleRules: [RepositoryLifecycleRule.keepNewest(10)],
      },
    });
    const hub = new PullThroughCacheRule(owner, 'Hub', {
      upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
    });
    new PullThroughCacheRule(owner, 'Ecr', { upstream: UpstreamRegistry.ecr({ account: STRANGER, region: REGION }) });
    new RepositoryCreationTemplate(owner, 'Library', { prefix: 'docker-hub/library' });
    const principals = [
      consumer(),
      new OrganizationPrincipal(ORGANIZATION),
      new OrganizationalUnitPrincipal(UNIT),
      new ServicePrincipal('omics.amazonaws.com'),
    ];
    for (const rule of [quay, hub]) {
      principals.forEach((principal) => rule.allowPullFrom(principal));
    }
    RegistryPolicy.of(owner).allowCachingBy(new AccountPrincipal(STRANGER));
    PullThroughCacheRule.fromPullThroughCacheRuleAttributes(pulls, 'Rule', {
      ecrRepositoryPrefix: 'quay',
      upstreamRegistryUrl: 'quay.io',
      account: OWNER,
    }).grants.pull(new Role(pulls, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }));
    return { app, stacks: [owner, pulls] };
  }

  /** Every statement in a part of a template, those in JSON strings included. */
  function allStatements(part: any): any[] {
    if (typeof part === 'string') {
      return part.startsWith('{"Statement"') ? allStatements(JSON.parse(part)) : [];
    }
    if (typeof part !== 'object' || part === null) {
      return [];
    }
    const own = 'Effect' in part ? [part] : [];
    return [...own, ...Object.values(part).flatMap(allStatements)];
  }

  test('no policy allows everybody without a condition', () => {
    const { stacks } = everything();
    const statements = stacks.flatMap((stack) => {
      const types = new Set(
        stack.node
          .findAll()
          .filter(CfnResource.isCfnResource)
          .map(({ cfnResourceType }) => cfnResourceType),
      );
      return [...types].flatMap((type) => allStatements(resourcesOf(stack, type)));
    });
    const toEverybody = statements.filter(({ Principal: who }) => JSON.stringify(who ?? '').includes('"*"'));
    // Two statements of the registry, two of each of three templates.
    expect(toEverybody).toHaveLength(8);
    expect(
      toEverybody.filter(({ Condition }) => Condition === undefined || Object.keys(Condition).length === 0),
    ).toEqual([]);
    expect(statements.length).toBeGreaterThan(20);
  });

  /** The rules of AwsSolutions that a stack breaks, each with what it is about. */
  function findings(stack: Stack): string[] {
    const annotations = Annotations.fromStack(stack);
    const all = [
      ...annotations.findError('*', Match.stringLikeRegexp('AwsSolutions')),
      ...annotations.findWarning('*', Match.stringLikeRegexp('AwsSolutions')),
    ];
    return all.map(({ id, entry }) => `${id} ${/AwsSolutions-[^ ]*?(?=: )/.exec(String(entry.data))![0]}`).sort();
  }

  const IAM5 = (resource: string) => `AwsSolutions-IAM5[Resource::${resource}]`;
  const arn = (rest: string) => `arn:<AWS::Partition>:${rest}`;

  test('cdk-nag finds wildcards only, each of which has its reason', () => {
    const {
      app,
      stacks: [owner, pulls],
    } = everything();
    Aspects.of(app).add(new AwsSolutionsChecks());
    expect(findings(owner)).toEqual(
      [
        // Organizations and their units are everybody on a condition, at which this check does not look.
        '/Owner/EcrRegistryPolicy/Resource AwsSolutions-ECR1',
        // The repositories that a pull creates have no names yet, but the prefix of their rule.
        `/Owner/Ecr/Role/Resource ${IAM5('*')}`,
        `/Owner/Ecr/Role/Resource ${IAM5(arn(`ecr:${REGION}:${OWNER}:repository/ecr/*`))}`,
        `/Owner/Ecr/Role/Resource ${IAM5(arn(`ecr:${REGION}:${STRANGER}:repository/*`))}`,
        `/Owner/Rule/Template/Role/Resource ${IAM5(arn(`ecr:${REGION}:${OWNER}:repository/quay/*`))}`,
        // The key of ECR itself is known by its alias only, which is a condition.
        `/Owner/Rule/Template/Role/Resource ${IAM5(arn(`kms:${REGION}:${OWNER}:key/*`))}`,
      ].sort(),
    );
    expect(findings(pulls)).toEqual([
      // ecr:GetAuthorizationToken has no resource-level permissions.
      `/Consumer/Role/DefaultPolicy/Resource ${IAM5('*')}`,
      `/Consumer/Role/DefaultPolicy/Resource ${IAM5(arn(`ecr:${REGION}:${OWNER}:repository/quay/*`))}`,
    ]);
  });

  test('cdk-nag finds nothing where accounts and services pull, and no role is needed', () => {
    const app = new App();
    const stack = stackIn(app);
    const rule = quayRule(stack, { repositories: { lifecycleRules: [RepositoryLifecycleRule.keepNewest(10)] } });
    [consumer(), new ServicePrincipal('omics.amazonaws.com')].forEach((principal) => rule.allowPullFrom(principal));
    RegistryPolicy.of(stack).allowCachingBy(new AccountPrincipal(STRANGER));
    Aspects.of(app).add(new AwsSolutionsChecks());
    expect(findings(stack)).toEqual([]);
  });
});

describe('a template made by hand for the prefix of a rule', () => {
  test('comes before the rule, and has the statements', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: OWNER, region: REGION } });
    const template = new RepositoryCreationTemplate(stack, 'Template', { prefix: 'quay' });
    const rule = new PullThroughCacheRule(stack, 'Quay', { upstream: UpstreamRegistry.quay() });
    rule.allowPullFrom(new AccountPrincipal(CONSUMER));

    expect(rule.repositoryCreationTemplate).toBe(template);
    const result = Template.fromStack(stack);
    result.resourceCountIs('AWS::ECR::RepositoryCreationTemplate', 1);
    result.hasResource('AWS::ECR::PullThroughCacheRule', {
      DependsOn: [stack.resolve((template.node.defaultChild as CfnElement).logicalId)],
    });
  });

  test('is refused where it says nothing of repositories that pulls create', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: OWNER, region: REGION } });
    new RepositoryCreationTemplate(stack, 'Template', {
      prefix: 'quay',
      appliedFor: [RepositoryTemplateUse.REPLICATION],
    });
    const rule = new PullThroughCacheRule(stack, 'Quay', { upstream: UpstreamRegistry.quay() });

    expect(() => rule.allowPullFrom(new AccountPrincipal(CONSUMER))).toThrow(
      /Stack\/Template.*add RepositoryTemplateUse\.PULL_THROUGH_CACHE to its appliedFor.*\[at Stack\/Quay\]/s,
    );
  });
});

test.each<[string, boolean]>([
  ['waits for the template', false],
  ['does not wait for it where the template needs a key of its own stack, and says so', true],
])('a rule whose template stands in another stack %s', (_, keyIsThere) => {
  const app = new App();
  const [home, templates] = [stackIn(app, 'Home'), stackIn(app, 'Templates')];
  new RepositoryCreationTemplate(templates, 'Template', {
    prefix: 'quay',
    encryptionKey: new Key(keyIsThere ? home : templates, 'Key'),
  });
  quayRule(home).allowPullFrom(consumer());
  expect(() => app.synth()).not.toThrow();
  expect(home.dependencies).toEqual(keyIsThere ? [] : [templates]);
  const warning = Match.stringLikeRegexp('PullThroughCacheRule.templateOrder');
  expect(Annotations.fromStack(home).findWarning('*', warning)).toHaveLength(keyIsThere ? 1 : 0);
});
