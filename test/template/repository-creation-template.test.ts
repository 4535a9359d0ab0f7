import * as core from 'aws-cdk-lib';
import { Annotations as Acknowledge, App, CfnParameter, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { ImageTagMutabilityExclusionFilter, RepositoryEncryption, TagMutability } from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import {
  AccountPrincipal,
  AnyPrincipal,
  ArnPrincipal,
  Effect,
  OrganizationPrincipal,
  PolicyStatement,
  Role,
  ServicePrincipal,
  StarPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Alias, IKey, Key } from 'aws-cdk-lib/aws-kms';
import * as fc from 'fast-check';
import * as library from '../../src';
import {
  PullThroughCacheRule,
  RepositoryCreationTemplate,
  RepositoryCreationTemplateOptions,
  RepositoryLifecycleRule,
  RepositoryTemplateUse,
  UpstreamRegistry,
} from '../../src';
import {
  CONSUMER,
  messageOf,
  openStack,
  OWNER,
  propertiesOf,
  REGION,
  resourcesOf,
  ROLE,
  RULE,
  stackIn,
  statementsOf,
  synthMessage,
  TEMPLATE,
} from '../support/policies';
import { runs } from '../support/runs';
import { templateOptions, templatePrefixes } from '../support/template-options';

const WILDCARD = ImageTagMutabilityExclusionFilter.wildcard;
const { PULL_THROUGH_CACHE, REPLICATION, CREATE_ON_PUSH } = RepositoryTemplateUse;

function makeTemplate(
  stack: Stack,
  options: RepositoryCreationTemplateOptions = {},
  prefix = 'quay',
): RepositoryCreationTemplate {
  return new RepositoryCreationTemplate(stack, 'Template', { prefix, ...options });
}

function rendered(options: RepositoryCreationTemplateOptions = {}, prefix?: string): Record<string, any> {
  const stack = stackIn();
  makeTemplate(stack, options, prefix);
  return propertiesOf(stack, TEMPLATE);
}

const letConsumerPull = () =>
  new PolicyStatement({ principals: [new AccountPrincipal(CONSUMER)], actions: ['ecr:BatchGetImage'] });
const CONSUMER_MAY_PULL = {
  Action: 'ecr:BatchGetImage',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${CONSUMER}:root` },
};

describe('properties', () => {
  test('a template of a prefix alone says nothing else', () => {
    expect(rendered()).toEqual({ Prefix: 'quay', AppliedFor: ['PULL_THROUGH_CACHE'] });
  });

  test.each<[string, RepositoryCreationTemplateOptions, object]>([
    ['appliedFor', { appliedFor: [REPLICATION, CREATE_ON_PUSH] }, { AppliedFor: ['REPLICATION', 'CREATE_ON_PUSH'] }],
    ['description', { description: 'what pulls create' }, { Description: 'what pulls create' }],
    ['the longest description', { description: 'x'.repeat(256) }, { Description: 'x'.repeat(256) }],
    ['MUTABLE', { imageTagMutability: TagMutability.MUTABLE }, { ImageTagMutability: 'MUTABLE' }],
    ['IMMUTABLE', { imageTagMutability: TagMutability.IMMUTABLE }, { ImageTagMutability: 'IMMUTABLE' }],
    [
      'one exclusion',
      {
        imageTagMutability: TagMutability.IMMUTABLE_WITH_EXCLUSION,
        imageTagMutabilityExclusionFilters: [WILDCARD('latest*')],
      },
      {
        ImageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        ImageTagMutabilityExclusionFilters: [
          { ImageTagMutabilityExclusionFilterType: 'WILDCARD', ImageTagMutabilityExclusionFilterValue: 'latest*' },
        ],
      },
    ],
    [
      'five exclusions',
      {
        imageTagMutability: TagMutability.MUTABLE_WITH_EXCLUSION,
        imageTagMutabilityExclusionFilters: ['a', 'b', 'c', 'd', 'e'].map((tag) => WILDCARD(tag)),
      },
      {
        ImageTagMutability: 'MUTABLE_WITH_EXCLUSION',
        ImageTagMutabilityExclusionFilters: ['a', 'b', 'c', 'd', 'e'].map((tag) => ({
          ImageTagMutabilityExclusionFilterType: 'WILDCARD',
          ImageTagMutabilityExclusionFilterValue: tag,
        })),
      },
    ],
    [
      'AES_256',
      { encryption: RepositoryEncryption.AES_256 },
      { EncryptionConfiguration: { EncryptionType: 'AES256' } },
    ],
    ['KMS', { encryption: RepositoryEncryption.KMS }, { EncryptionConfiguration: { EncryptionType: 'KMS' } }],
    [
      'KMS_DSSE',
      { encryption: RepositoryEncryption.KMS_DSSE },
      { EncryptionConfiguration: { EncryptionType: 'KMS_DSSE' } },
    ],
    [
      'resourceTags',
      { resourceTags: { team: 'web', empty: '' } },
      {
        ResourceTags: [
          { Key: 'team', Value: 'web' },
          { Key: 'empty', Value: '' },
        ],
      },
    ],
  ])('%s', (_, options, expected) => {
    expect(rendered(options)).toMatchObject({ Prefix: 'quay', ...expected });
  });

  test.each([
    ['quay', 'quay'],
    ['quay/', 'quay'],
    ['a', 'a'],
    ['team-a/quay', 'team-a/quay'],
    ['a__b--c.d/e', 'a__b--c.d/e'],
    ['x'.repeat(256), 'x'.repeat(256)],
    [RepositoryCreationTemplate.ROOT, 'ROOT'],
    ['root', 'root'],
  ])('prefix %s', (prefix, expected) => {
    expect(rendered({}, prefix).Prefix).toBe(expected);
  });

  test('lifecycleRules are a JSON string', () => {
    const { LifecyclePolicy } = rendered({ lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(14))] });
    expect(LifecyclePolicy).toBe(
      JSON.stringify({
        rules: [
          {
            selection: { tagStatus: 'any', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
            action: { type: 'expire' },
            rulePriority: 1,
          },
        ],
      }),
    );
  });

  test('repositoryPolicy is a JSON string, to which statements can be added', () => {
    const stack = stackIn();
    const template = makeTemplate(stack, { repositoryPolicy: [letConsumerPull()] });
    template.addToRepositoryPolicy(
      new PolicyStatement({
        principals: [new OrganizationPrincipal('o-a1b2c3d4e5')],
        actions: ['ecr:GetDownloadUrlForLayer'],
      }),
    );
    const policy = propertiesOf(stack, TEMPLATE).RepositoryPolicy;
    expect(typeof policy).toBe('string');
    expect(statementsOf(policy)).toEqual([
      CONSUMER_MAY_PULL,
      {
        Action: 'ecr:GetDownloadUrlForLayer',
        Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
        Effect: 'Allow',
        Principal: { AWS: '*' },
      },
    ]);
  });

  test('repository statements that differ in one element are one', () => {
    const stack = stackIn();
    makeTemplate(stack, {
      repositoryPolicy: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'].map(
        (action) => new PolicyStatement({ principals: [new AccountPrincipal(CONSUMER)], actions: [action] }),
      ),
    });
    expect(statementsOf(propertiesOf(stack, TEMPLATE).RepositoryPolicy)).toEqual([
      { ...CONSUMER_MAY_PULL, Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] },
    ]);
  });

  test('a rule makes a template of its own prefix, and comes after it', () => {
    const stack = stackIn();
    const rule = new PullThroughCacheRule(stack, 'Rule', {
      upstream: UpstreamRegistry.quay(),
      ecrRepositoryPrefix: 'team/quay',
      repositories: { description: 'team' },
    });
    expect(propertiesOf(stack, TEMPLATE)).toEqual({
      Prefix: 'team/quay',
      AppliedFor: ['PULL_THROUGH_CACHE'],
      Description: 'team',
    });
    const [templateId] = Object.keys(resourcesOf(stack, TEMPLATE));
    expect(Object.values(resourcesOf(stack, RULE))[0].DependsOn).toEqual([templateId]);
    expect(rule.repositoryCreationTemplate?.prefix).toBe('team/quay');
  });

  test('a rule without repositories has no template', () => {
    const stack = stackIn();
    const rule = new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay() });
    Template.fromStack(stack).resourceCountIs(TEMPLATE, 0);
    expect(rule.repositoryCreationTemplate).toBeUndefined();
  });
});

describe('refusals', () => {
  const tags = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'value']));
  const filters = (count: number) => Array.from({ length: count }, (_, index) => WILDCARD(`v${index}`));

  test.each<[string, RepositoryCreationTemplateOptions, string]>([
    [
      'a description of 257 characters',
      { description: 'x'.repeat(257) },
      'the description has 257 characters; allowed: at most 256; to fix: shorten it',
    ],
    [
      'appliedFor nothing',
      { appliedFor: [] },
      'appliedFor is empty; allowed: at least one RepositoryTemplateUse; to fix: ',
    ],
    [
      'filters with MUTABLE',
      { imageTagMutability: TagMutability.MUTABLE, imageTagMutabilityExclusionFilters: filters(1) },
      'exclude from nothing; got "MUTABLE"; allowed: with MUTABLE_WITH_EXCLUSION or IMMUTABLE_WITH_EXCLUSION; to fix: ',
    ],
    [
      'filters without mutability',
      { imageTagMutabilityExclusionFilters: filters(1) },
      'exclude from nothing; none given; allowed: with MUTABLE_WITH_EXCLUSION',
    ],
    [
      'MUTABLE_WITH_EXCLUSION without filters',
      { imageTagMutability: TagMutability.MUTABLE_WITH_EXCLUSION },
      'MUTABLE_WITH_EXCLUSION has 0 filters; allowed: 1 to 5 imageTagMutabilityExclusionFilters; to fix: ',
    ],
    [
      'IMMUTABLE_WITH_EXCLUSION with no filters',
      { imageTagMutability: TagMutability.IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [] },
      'IMMUTABLE_WITH_EXCLUSION has 0 filters; allowed: 1 to 5',
    ],
    [
      'six filters',
      { imageTagMutability: TagMutability.MUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: filters(6) },
      'MUTABLE_WITH_EXCLUSION has 6 filters; allowed: 1 to 5',
    ],
    ['51 tags', { resourceTags: tags(51) }, '51 resource tags; allowed: at most 50; to fix: leave some out'],
    [
      'a tag without a key',
      { resourceTags: { '': 'v' } },
      'not a resource tag; got ": v"; allowed: a key of 1 to 128 characters',
    ],
    ['a tag key of 129 characters', { resourceTags: { ['k'.repeat(129)]: 'v' } }, 'not a resource tag; got "kkk'],
    [
      'a tag key of AWS',
      { resourceTags: { 'aws:cloudformation:stack-name': 'v' } },
      'not a resource tag; got "aws:cloudformation:stack-name: v"; allowed: ',
    ],
    ['a tag key of AWS in upper case', { resourceTags: { 'AWS:x': 'v' } }, 'does not begin with "aws:"'],
    [
      'a tag value of 257 characters',
      { resourceTags: { k: 'v'.repeat(257) } },
      'a value of up to 256; to fix: rename or shorten it',
    ],
  ])('fails for %s', (_, options, expected) => {
    const message = messageOf(() => makeTemplate(stackIn(), options));
    expect(message).toContain(expected);
    expect(message).toContain('allowed: ');
    expect(message).toContain('to fix: ');
    expect(message).toContain('[at Stack/Template]');
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['an empty prefix', ''],
    ['upper case', 'Quay'],
    ['a slash in front', '/quay'],
    ['two slashes', 'a//b'],
    ['two dots', 'a..b'],
    ['three underscores', 'a___b'],
    ['a hyphen at the end', 'a-'],
    ['257 characters', 'x'.repeat(257)],
  ])('fails for the prefix %s', (_, prefix) => {
    for (const misuse of [
      () => new RepositoryCreationTemplate(stackIn(), 'Template', { prefix: prefix as string }),
      () => RepositoryCreationTemplate.fromPrefix(stackIn(), 'Template', prefix as string),
    ]) {
      const message = messageOf(misuse);
      expect(message).toMatch(/prefix (is not a repository prefix|has \d+ characters); (got |none given)/);
      expect(message).toContain('1 to 256 characters');
      expect(message).toContain('to fix: ');
      expect(message).toContain('[at Stack/Template]');
    }
  });

  test('the limits themselves are accepted', () => {
    expect(rendered({ resourceTags: tags(50) }).ResourceTags).toHaveLength(50);
    expect(rendered({ resourceTags: { ['k'.repeat(128)]: 'v'.repeat(256) } }).ResourceTags).toEqual([
      { Key: 'k'.repeat(128), Value: 'v'.repeat(256) },
    ]);
  });

  test('all problems are told at once', () => {
    const message = messageOf(() =>
      makeTemplate(stackIn(), { description: 'x'.repeat(257), appliedFor: [], resourceTags: tags(51) }),
    );
    expect(message.split('\n')).toHaveLength(3);
  });

  test.each<[string, () => PolicyStatement]>([
    ['everybody', () => new PolicyStatement({ principals: [new AnyPrincipal()], actions: ['ecr:BatchGetImage'] })],
    ['a star', () => new PolicyStatement({ principals: [new StarPrincipal()], actions: ['ecr:BatchGetImage'] })],
    [
      'a star as an ARN',
      () => new PolicyStatement({ principals: [new ArnPrincipal('*')], actions: ['ecr:BatchGetImage'] }),
    ],
    [
      'everybody from JSON',
      () => PolicyStatement.fromJson({ Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }),
    ],
    [
      'everybody among others',
      () =>
        new PolicyStatement({
          principals: [new AccountPrincipal(CONSUMER), new AnyPrincipal()],
          actions: ['ecr:BatchGetImage'],
        }),
    ],
  ])('fails for a repository policy that allows %s', (_, statement) => {
    for (const misuse of [
      () => makeTemplate(stackIn(), { repositoryPolicy: [statement()] }),
      () => makeTemplate(stackIn()).addToRepositoryPolicy(statement()),
    ]) {
      const message = messageOf(misuse);
      expect(message).toContain(
        'this principal is everybody, in every account: public access is rejected; got "*"; allowed: accounts, ' +
          'services, or everybody on a condition; to fix: ',
      );
      expect(message).toContain('[at Stack/Template]');
    }
  });

  test('everybody may be allowed on a condition, and denied without one', () => {
    const { RepositoryPolicy } = rendered({
      repositoryPolicy: [
        new PolicyStatement({
          principals: [new AnyPrincipal()],
          actions: ['ecr:BatchGetImage'],
          conditions: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
        }),
        new PolicyStatement({
          principals: [new AnyPrincipal()],
          actions: ['ecr:DeleteRepository'],
          effect: Effect.DENY,
        }),
      ],
    });
    expect(statementsOf(RepositoryPolicy).map(({ Effect: effect, Principal }) => [effect, Principal])).toEqual([
      ['Allow', { AWS: '*' }],
      ['Deny', { AWS: '*' }],
    ]);
  });

  test('fails for a repository policy with resources', () => {
    const message = messageOf(() =>
      makeTemplate(stackIn(), {
        repositoryPolicy: [
          new PolicyStatement({
            principals: [new AccountPrincipal(CONSUMER)],
            actions: ['ecr:BatchGetImage'],
            resources: ['*'],
          }),
        ],
      }),
    );
    expect(message).toContain('a statement of a repository policy names resources; got "*"; allowed: none; to fix: ');
    expect(message).toContain('[at Stack/Template]');
  });

  describe('the length of the repository policy', () => {
    const ofLength = (length: number) => {
      const statement = (sid: string) =>
        PolicyStatement.fromJson({
          Sid: sid,
          Effect: 'Allow',
          Principal: { AWS: CONSUMER },
          Action: 'ecr:BatchGetImage',
        });
      const stack = stackIn();
      makeTemplate(stack, { repositoryPolicy: [statement('x')] });
      const empty = propertiesOf(stack, TEMPLATE).RepositoryPolicy.length - 1;
      return statement('x'.repeat(length - empty));
    };

    test('10,240 characters are accepted', () => {
      expect(rendered({ repositoryPolicy: [ofLength(10240)] }).RepositoryPolicy).toHaveLength(10240);
    });

    test('fails for 10,241 characters, also when they were added later', () => {
      const stack = stackIn();
      makeTemplate(stack).addToRepositoryPolicy(ofLength(10241));
      const message = synthMessage(stack);
      expect(message).toContain(
        'the repository policy of the template has 10241 characters; allowed: at most 10240; to fix: ',
      );
      expect(message).toContain('[at Stack/Template]');
    });
  });

  test('fails once for an incomplete statement where the policy of the resource was taken away before', () => {
    const stack = stackIn();
    const template = makeTemplate(stack, { repositoryPolicy: [letConsumerPull()] });
    (template.node.defaultChild as ecr.CfnRepositoryCreationTemplate).repositoryPolicy = undefined;
    template.addToRepositoryPolicy(new PolicyStatement({ actions: ['ecr:BatchGetImage'] }));
    expect(synthMessage(stack).match(/has no principals/g)).toHaveLength(1);
  });

  test('fails for an incomplete statement that is added once the resource has a policy of its own', () => {
    const stack = stackIn();
    const template = makeTemplate(stack);
    (template.node.defaultChild as ecr.CfnRepositoryCreationTemplate).repositoryPolicy = '{}';
    template.addToRepositoryPolicy(new PolicyStatement({ actions: ['ecr:BatchGetImage'] }));
    expect(synthMessage(stack)).toContain('a statement of the policy has no principals');
  });

  describe('the same prefix twice', () => {
    const twice = (one: Stack, other: Stack, prefix = 'quay', otherPrefix = 'quay') => {
      new RepositoryCreationTemplate(one, 'One', { prefix });
      new RepositoryCreationTemplate(other, 'Other', { prefix: otherPrefix });
    };

    test.each<[string, (app: App) => void]>([
      [
        'in one stack',
        (app) => {
          const stack = stackIn(app);
          twice(stack, stack);
        },
      ],
      ['in two stacks of one environment', (app) => twice(stackIn(app), stackIn(app, 'Second'))],
      [
        'in a nested stack',
        (app) => {
          const stack = stackIn(app);
          twice(stack, new NestedStack(stack, 'Nested'));
        },
      ],
      [
        'with a slash at its end',
        (app) => {
          const stack = stackIn(app);
          twice(stack, stack, 'quay', 'quay/');
        },
      ],
      [
        'for ROOT',
        (app) => {
          const stack = stackIn(app);
          twice(stack, stack, 'ROOT', 'ROOT');
        },
      ],
      [
        'by a rule and by hand',
        (app) => {
          new RepositoryCreationTemplate(stackIn(app), 'One', { prefix: 'quay' });
          new PullThroughCacheRule(stackIn(app, 'Second'), 'Rule', {
            upstream: UpstreamRegistry.quay(),
            repositories: {},
          });
        },
      ],
    ])('fails %s', (_, misuse) => {
      const message = messageOf(() => misuse(new App()));
      expect(message).toContain(
        'the template Stack/One has this prefix in the same account and region, where it can be used once',
      );
      expect(message).toMatch(
        /; got "(quay|ROOT)"; allowed: a prefix that no other template has.*; to fix: use one template for both/,
      );
      expect(message).toMatch(/\[at .+\]/);
    });

    test.each<[string, (app: App) => void]>([
      [
        'in another region',
        (app) => twice(stackIn(app), stackIn(app, 'Second', { account: OWNER, region: 'us-east-1' })),
      ],
      [
        'in another account',
        (app) => twice(stackIn(app), stackIn(app, 'Second', { account: CONSUMER, region: REGION })),
      ],
      ['in two stacks that leave their environment open', (app) => twice(openStack(app), openStack(app, 'Second'))],
      [
        'one below the other',
        (app) => {
          const stack = stackIn(app);
          twice(stack, stack, 'quay', 'quay/team');
        },
      ],
      [
        'as root and as ROOT',
        (app) => {
          const stack = stackIn(app);
          twice(stack, stack, 'root', 'ROOT');
        },
      ],
    ])('is accepted %s', (_, use) => {
      expect(() => use(new App())).not.toThrow();
    });
  });
});

describe('the role', () => {
  const CREATE = {
    Action: ['ecr:CreateRepository', 'ecr:ReplicateImage', 'ecr:TagResource'],
    Effect: 'Allow',
    Resource: `arn:aws:ecr:${REGION}:${OWNER}:repository/quay/*`,
  };
  const KEY_ACTIONS = ['kms:CreateGrant', 'kms:DescribeKey', 'kms:RetireGrant'];
  const AWS_KEY = {
    Action: KEY_ACTIONS,
    Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/aws/ecr' } },
    Effect: 'Allow',
    Resource: `arn:aws:kms:${REGION}:${OWNER}:key/*`,
  };
  const IMPORTED_ARN = `arn:aws:kms:${REGION}:${OWNER}:key/11111111-2222-3333-4444-555555555555`;
  const useKey = (arn: string) => ({ Action: KEY_ACTIONS, Effect: 'Allow', Resource: arn });
  const importedKey = (stack: Stack) => Key.fromKeyArn(stack, 'Imported', IMPORTED_ARN);

  /** All that the role may do, in whichever policy it stands. */
  const permissions = (stack: Stack) =>
    [
      ...Object.values(resourcesOf(stack, ROLE)).flatMap(({ Properties }) => Properties.Policies ?? []),
      ...Object.values(resourcesOf(stack, 'AWS::IAM::Policy')).map(({ Properties }) => Properties),
    ].flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument));

  test.each<[string, (stack: Stack) => RepositoryCreationTemplateOptions, object[]]>([
    ['tags', () => ({ resourceTags: { team: 'web' } }), [CREATE]],
    ['KMS with the key of ECR', () => ({ encryption: RepositoryEncryption.KMS }), [CREATE, AWS_KEY]],
    ['KMS_DSSE with the key of ECR', () => ({ encryption: RepositoryEncryption.KMS_DSSE }), [CREATE, AWS_KEY]],
    ['a key that exists', (stack) => ({ encryptionKey: importedKey(stack) }), [CREATE, useKey(IMPORTED_ARN)]],
    [
      'KMS with a key that exists',
      (stack) => ({ encryption: RepositoryEncryption.KMS, encryptionKey: importedKey(stack) }),
      [CREATE, useKey(IMPORTED_ARN)],
    ],
    [
      'tags and the key of ECR',
      () => ({ resourceTags: { team: 'web' }, encryption: RepositoryEncryption.KMS }),
      [CREATE, AWS_KEY],
    ],
    [
      'tags and a key that exists',
      (stack) => ({ resourceTags: { team: 'web' }, encryptionKey: importedKey(stack) }),
      [CREATE, useKey(IMPORTED_ARN)],
    ],
  ])('is made for %s, with no more than that needs', (_, options, statements) => {
    const stack = stackIn();
    const template = makeTemplate(stack, options(stack));
    const role = propertiesOf(stack, ROLE);
    expect(role.AssumeRolePolicyDocument.Statement).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'ecr.amazonaws.com' } },
    ]);
    expect(role).not.toHaveProperty('Path');
    expect(role).not.toHaveProperty('ManagedPolicyArns');
    expect(permissions(stack)).toEqual(statements);
    const [roleId] = Object.keys(resourcesOf(stack, ROLE));
    const [resource] = Object.values(resourcesOf(stack, TEMPLATE));
    expect(resource.Properties.CustomRoleArn).toBe(`<${roleId}.Arn>`);
    // The role's policies too: ECR uses them for the first repository.
    expect(resource.DependsOn?.sort()).toEqual([...Object.keys(resourcesOf(stack, 'AWS::IAM::Policy')), roleId].sort());
    expect(template.role).toBeDefined();
  });

  test.each<[string, boolean]>([
    ['a key of this app', false],
    ['a key of this app, and tags', true],
  ])('is made for %s', (_, withTags) => {
    const stack = stackIn();
    const encryptionKey = new Key(stack, 'Key');
    makeTemplate(stack, { encryptionKey, ...(withTags ? { resourceTags: { team: 'web' } } : {}) });
    const [keyId] = Object.keys(resourcesOf(stack, 'AWS::KMS::Key'));
    expect(permissions(stack)).toEqual([CREATE, useKey(`<${keyId}.Arn>`)]);
    expect(propertiesOf(stack, TEMPLATE).EncryptionConfiguration).toEqual({
      EncryptionType: 'KMS',
      KmsKey: `<${keyId}.Arn>`,
    });
  });

  test('a key of another stack is used, too', () => {
    const app = new App();
    const keys = stackIn(app, 'Keys');
    const stack = stackIn(app);
    makeTemplate(stack, { encryptionKey: new Key(keys, 'Key') });
    expect(permissions(stack).map(({ Action }) => Action)).toEqual([CREATE.Action, KEY_ACTIONS]);
  });

  test.each<[string, RepositoryCreationTemplateOptions]>([
    [
      'neither tags nor KMS',
      {
        description: 'x',
        imageTagMutability: TagMutability.MUTABLE,
        lifecycleRules: [RepositoryLifecycleRule.keepNewest(3)],
      },
    ],
    ['AES_256', { encryption: RepositoryEncryption.AES_256 }],
    ['no tags', { resourceTags: {} }],
    ['a policy', { repositoryPolicy: [letConsumerPull()] }],
  ])('is not made for %s', (_, options) => {
    const stack = stackIn();
    const template = makeTemplate(stack, options);
    Template.fromStack(stack).resourceCountIs(ROLE, 0);
    expect(template.role).toBeUndefined();
    const properties = propertiesOf(stack, TEMPLATE);
    expect(properties).not.toHaveProperty('CustomRoleArn');
    expect(properties).not.toHaveProperty('ResourceTags');
  });

  test('may do its work in every repository for ROOT', () => {
    const stack = stackIn();
    makeTemplate(stack, { resourceTags: { team: 'web' } }, 'ROOT');
    expect(permissions(stack)).toEqual([{ ...CREATE, Resource: `arn:aws:ecr:${REGION}:${OWNER}:repository/*` }]);
  });

  test('the full ARN of the key is rendered', () => {
    const stack = stackIn();
    makeTemplate(stack, { encryptionKey: importedKey(stack) });
    expect(propertiesOf(stack, TEMPLATE).EncryptionConfiguration).toEqual({
      EncryptionType: 'KMS',
      KmsKey: IMPORTED_ARN,
    });
  });

  test.each<[string, (stack: Stack) => IKey]>([
    ['by name', (stack) => Alias.fromAliasName(stack, 'Alias', 'alias/images')],
    [
      'by attributes',
      (stack) =>
        Alias.fromAliasAttributes(stack, 'Alias', { aliasName: 'alias/images', aliasTargetKey: new Key(stack, 'Key') }),
    ],
    ['of this app', (stack) => new Key(stack, 'Key').addAlias('images')],
  ])('fails for an alias as the key, %s', (_, key) => {
    const stack = stackIn();
    const message = messageOf(() => makeTemplate(stack, { encryptionKey: key(stack) }));
    expect(message).toContain('encryptionKey is an alias; allowed: a key, which is rendered by its full ARN; to fix: ');
    expect(message).toContain('[at Stack/Template]');
  });

  test('fails for a key with AES_256', () => {
    const stack = stackIn();
    const message = messageOf(() =>
      makeTemplate(stack, { encryption: RepositoryEncryption.AES_256, encryptionKey: importedKey(stack) }),
    );
    expect(message).toContain(
      'AES_256 encryption uses no key; got "AES256"; allowed: KMS with an encryptionKey; to fix: ',
    );
  });

  const trustsEcr = () => new ServicePrincipal('ecr.amazonaws.com');

  test.each<[string, (stack: Stack) => Role | ReturnType<typeof Role.fromRoleArn>, string]>([
    ['of this app', (stack) => new Role(stack, 'Own', { assumedBy: trustsEcr() }), '<Own30425842.Arn>'],
    [
      'of this app with the root path',
      (stack) => new Role(stack, 'Own', { assumedBy: trustsEcr(), path: '/' }),
      '<Own30425842.Arn>',
    ],
    [
      'of this app with a path that is a token',
      (stack) =>
        new Role(stack, 'Own', { assumedBy: trustsEcr(), path: new CfnParameter(stack, 'Path').valueAsString }),
      '<Own30425842.Arn>',
    ],
    [
      'by its ARN',
      (stack) => Role.fromRoleArn(stack, 'Own', `arn:aws:iam::${OWNER}:role/templates`),
      `arn:aws:iam::${OWNER}:role/templates`,
    ],
    ['by its name', (stack) => Role.fromRoleName(stack, 'Own', 'templates'), `arn:aws:iam::${OWNER}:role/templates`],
    [
      'by an ARN that is a token',
      (stack) => Role.fromRoleArn(stack, 'Own', new CfnParameter(stack, 'Arn').valueAsString),
      '<Arn>',
    ],
  ])('that is passed, %s, is used and none is made', (_, role, arn) => {
    const stack = stackIn();
    const own = role(stack);
    const template = makeTemplate(stack, { role: own, resourceTags: { team: 'web' } });
    expect(propertiesOf(stack, TEMPLATE).CustomRoleArn).toBe(arn);
    expect(template.role).toBe(own);
    expect(Object.keys(resourcesOf(stack, ROLE))).toHaveLength(arn.startsWith('<Own') ? 1 : 0);
  });

  test.each<[string, (stack: Stack) => Role | ReturnType<typeof Role.fromRoleArn>, string]>([
    ['with a path, of this app', (stack) => new Role(stack, 'Own', { assumedBy: trustsEcr(), path: '/ecr/' }), '/ecr/'],
    [
      'with a path, of this app and read only',
      (stack) => new Role(stack, 'Own', { assumedBy: trustsEcr(), path: '/ecr/' }).withoutPolicyUpdates() as Role,
      '/ecr/',
    ],
    [
      'with a path, by its ARN',
      (stack) => Role.fromRoleArn(stack, 'Own', `arn:aws:iam::${OWNER}:role/ecr/templates`),
      'ecr/templates',
    ],
    ['with a path, by its name', (stack) => Role.fromRoleName(stack, 'Own', 'ecr/templates'), 'ecr/templates'],
  ])('fails %s', (_, role, given) => {
    const stack = stackIn();
    const message = messageOf(() => makeTemplate(stack, { role: role(stack) }));
    expect(message).toContain(
      `ECR does not take a role with an IAM path here; got "${given}"; allowed: a role without a path; to fix: `,
    );
    expect(message).toContain('[at Stack/Template]');
  });

  test('fails for a role of another account', () => {
    const stack = stackIn();
    const message = messageOf(() =>
      makeTemplate(stack, { role: Role.fromRoleArn(stack, 'Other', `arn:aws:iam::${CONSUMER}:role/templates`) }),
    );
    expect(message).toContain(
      `the role is of another account than the template; got "${CONSUMER}"; allowed: ${OWNER}; to fix: `,
    );
    expect(message).toContain('[at Stack/Template]');
  });

  test('passes where the account of the template is not known', () => {
    const stack = openStack();
    expect(() =>
      makeTemplate(stack, { role: Role.fromRoleArn(stack, 'Other', `arn:aws:iam::${CONSUMER}:role/templates`) }),
    ).not.toThrow();
  });
});

describe('warnings', () => {
  const WARNINGS = {
    immutableCache: 'cdk-ecr-pull-through-cache:RepositoryCreationTemplate.immutableCache',
    archivedImages: 'cdk-ecr-pull-through-cache:RepositoryCreationTemplate.archivedImages',
    dsseOutsideGovCloud: 'cdk-ecr-pull-through-cache:RepositoryCreationTemplate.dsseOutsideGovCloud',
  };
  const { IMMUTABLE, IMMUTABLE_WITH_EXCLUSION, MUTABLE } = TagMutability;
  const { archiveUnusedAfter, removeUnusedAfter, expireAfter, expireArchivedAfter } = RepositoryLifecycleRule;
  const age = Duration.days(90);

  const warningsOf = (stack: Stack) =>
    Annotations.fromStack(stack)
      .findWarning('*', Match.anyValue())
      .map(({ entry }) => String(entry.data));

  test.each<[string, keyof typeof WARNINGS, RepositoryCreationTemplateOptions, RegExp]>([
    ['immutable tags', 'immutableCache', { imageTagMutability: IMMUTABLE }, /no longer refreshed.*use MUTABLE/],
    [
      'immutable tags of the cache and of others',
      'immutableCache',
      { imageTagMutability: IMMUTABLE, appliedFor: [REPLICATION, PULL_THROUGH_CACHE] },
      /no longer refreshed/,
    ],
    [
      'images that are archived',
      'archivedImages',
      { lifecycleRules: [archiveUnusedAfter(age)] },
      /"not found".*expireAfter/,
    ],
    [
      'images that are archived and expired',
      'archivedImages',
      { lifecycleRules: removeUnusedAfter(age) },
      /"not found"/,
    ],
    ['KMS_DSSE', 'dsseOutsideGovCloud', { encryption: RepositoryEncryption.KMS_DSSE }, /GovCloud only; use KMS/],
  ])('%s', (_, id, options, text) => {
    const stack = stackIn();
    makeTemplate(stack, options);
    const warnings = warningsOf(stack);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(text);
    expect(warnings[0]).toContain(`[ack: ${WARNINGS[id]}]`);
  });

  test.each<[string, keyof typeof WARNINGS, RepositoryCreationTemplateOptions]>([
    ['immutable tags', 'immutableCache', { imageTagMutability: IMMUTABLE }],
    ['archived images', 'archivedImages', { lifecycleRules: removeUnusedAfter(age) }],
    ['KMS_DSSE', 'dsseOutsideGovCloud', { encryption: RepositoryEncryption.KMS_DSSE }],
  ])('%s can be acknowledged', (_, id, options) => {
    const stack = stackIn();
    const template = makeTemplate(stack, options);
    Acknowledge.of(template).acknowledgeWarning(WARNINGS[id]);
    expect(warningsOf(stack)).toEqual([]);
  });

  test.each<[string, RepositoryCreationTemplateOptions]>([
    ['mutable tags', { imageTagMutability: MUTABLE }],
    [
      'immutable tags with exclusions',
      { imageTagMutability: IMMUTABLE_WITH_EXCLUSION, imageTagMutabilityExclusionFilters: [WILDCARD('latest')] },
    ],
    ['immutable tags of replicas', { imageTagMutability: IMMUTABLE, appliedFor: [REPLICATION] }],
    ['archived replicas', { lifecycleRules: removeUnusedAfter(age), appliedFor: [REPLICATION] }],
    ['images that expire', { lifecycleRules: [expireAfter(age), expireArchivedAfter(age)] }],
    ['KMS', { encryption: RepositoryEncryption.KMS }],
  ])('none for %s', (_, options) => {
    const stack = stackIn();
    makeTemplate(stack, options);
    expect(warningsOf(stack)).toEqual([]);
  });

  test('none for KMS_DSSE in GovCloud', () => {
    const stack = stackIn(new App(), 'Stack', { account: OWNER, region: 'us-gov-west-1' });
    makeTemplate(stack, { encryption: RepositoryEncryption.KMS_DSSE });
    expect(warningsOf(stack)).toEqual([]);
  });
});

describe('tokens', () => {
  const stack = stackIn();
  const text = new CfnParameter(stack, 'Text').valueAsString;
  const longText = `${text}${'x'.repeat(300)}`;
  makeTemplate(
    stack,
    {
      description: longText,
      resourceTags: { team: longText, [text]: 'value' },
      encryptionKey: Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${REGION}:${OWNER}:key/${text}`),
      repositoryPolicy: [
        new PolicyStatement({ principals: [new AccountPrincipal(text)], actions: ['ecr:BatchGetImage'] }),
      ],
      lifecycleRules: [RepositoryLifecycleRule.keepNewest(1, { tagPatterns: [text] })],
    },
    text,
  );
  const properties = propertiesOf(stack, TEMPLATE);

  test.each<[string, unknown]>([
    ['Prefix', '<Text>'],
    ['Description', `<Text>${'x'.repeat(300)}`],
    [
      'ResourceTags',
      [
        { Key: 'team', Value: `<Text>${'x'.repeat(300)}` },
        { Key: '<Text>', Value: 'value' },
      ],
    ],
    ['EncryptionConfiguration', { EncryptionType: 'KMS', KmsKey: `arn:aws:kms:${REGION}:${OWNER}:key/<Text>` }],
  ])('pass in %s', (property, value) => {
    expect(properties[property]).toEqual(value);
  });

  test('pass in the repository policy', () => {
    expect(statementsOf(properties.RepositoryPolicy)).toEqual([
      { ...CONSUMER_MAY_PULL, Principal: { AWS: 'arn:aws:iam::<Text>:root' } },
    ]);
  });

  test('pass in the lifecycle', () => {
    expect(JSON.parse(properties.LifecyclePolicy).rules[0].selection.tagPatternList).toEqual(['<Text>']);
  });

  test('scope the role to the prefix', () => {
    const [create] = statementsOf(propertiesOf(stack, ROLE).Policies[0].PolicyDocument);
    expect(create.Resource).toBe(`arn:aws:ecr:${REGION}:${OWNER}:repository/<Text>/*`);
  });

  test('a prefix that is a token leaves the logical id to CDK', () => {
    expect(Object.keys(resourcesOf(stack, TEMPLATE))).toEqual([
      stack.getLogicalId(stack.node.findChild('Template').node.defaultChild as any),
    ]);
    expect(Object.keys(resourcesOf(stack, TEMPLATE))[0]).toMatch(/^Template/);
  });
});

describe('identity', () => {
  test('the logical ids of template and role come from the prefix, wherever the construct stands', () => {
    const ids = ['One', 'Two'].map((id) => {
      const stack = stackIn();
      new RepositoryCreationTemplate(stack, id, { prefix: 'team-a/quay', resourceTags: { team: 'a' } });
      return [...Object.keys(resourcesOf(stack, TEMPLATE)), ...Object.keys(resourcesOf(stack, ROLE))];
    });
    expect(ids[0]).toEqual(ids[1]);
    expect(ids[0]).toEqual([
      expect.stringMatching(/^RepositoryCreationTemplateTeamAQuay/),
      expect.stringMatching(/^RepositoryCreationTemplateRoleTeamAQuay/),
    ]);
  });

  test('prefixes that look alike have logical ids of their own', () => {
    const stack = stackIn();
    ['a-b', 'a_b', 'a/b'].forEach((prefix, index) => new RepositoryCreationTemplate(stack, `T${index}`, { prefix }));
    expect(Object.keys(resourcesOf(stack, TEMPLATE))).toHaveLength(3);
  });

  test('a template that exists is known by its prefix and makes nothing', () => {
    const stack = stackIn();
    const template = RepositoryCreationTemplate.fromPrefix(stack, 'Existing', 'quay/');
    expect(template.prefix).toBe('quay');
    expect(template.repositoryCreationTemplateRef).toEqual({ prefix: 'quay' });
    expect(makeTemplate(stack).repositoryCreationTemplateRef).toEqual({ prefix: 'quay' });
    Template.fromStack(stack).resourceCountIs(TEMPLATE, 1);
  });
});

/** The schema of AWS::ECR::RepositoryCreationTemplate, written down from its documentation. */
const SCHEMA = {
  prefix: /^([a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\/?|ROOT)$/,
  role: /^arn:aws[-a-z0-9]*:iam::[0-9]{12}:role\/[A-Za-z0-9+=,-.@_]*$/,
  key: /^arn:aws[-a-z0-9]*:kms:[a-z0-9-]+:[0-9]{12}:key\/.+$/,
  uses: ['PULL_THROUGH_CACHE', 'REPLICATION', 'CREATE_ON_PUSH'],
  mutabilities: ['MUTABLE', 'IMMUTABLE', 'MUTABLE_WITH_EXCLUSION', 'IMMUTABLE_WITH_EXCLUSION'],
  encryptions: ['AES256', 'KMS', 'KMS_DSSE'],
  properties: [
    'AppliedFor',
    'CustomRoleArn',
    'Description',
    'EncryptionConfiguration',
    'ImageTagMutability',
    'ImageTagMutabilityExclusionFilters',
    'LifecyclePolicy',
    'Prefix',
    'RepositoryPolicy',
    'ResourceTags',
  ],
};

function expectToFollowSchema(properties: Record<string, any>): void {
  expect(SCHEMA.properties).toEqual(expect.arrayContaining(Object.keys(properties)));
  expect(properties.Prefix).toMatch(SCHEMA.prefix);
  expect(properties.Prefix.length).toBeLessThanOrEqual(256);
  expect(properties.AppliedFor.length).toBeGreaterThan(0);
  expect(SCHEMA.uses).toEqual(expect.arrayContaining(properties.AppliedFor));
  expect((properties.Description ?? '').length).toBeLessThanOrEqual(256);

  const mutability = properties.ImageTagMutability;
  expect([undefined, ...SCHEMA.mutabilities]).toContain(mutability);
  const filters = properties.ImageTagMutabilityExclusionFilters;
  expect(filters !== undefined).toBe(mutability?.endsWith('_WITH_EXCLUSION') ?? false);
  if (filters) {
    expect([1, 2, 3, 4, 5]).toContain(filters.length);
  }

  const encryption = properties.EncryptionConfiguration;
  if (encryption) {
    expect(SCHEMA.encryptions).toContain(encryption.EncryptionType);
  }
  if (encryption?.KmsKey) {
    expect(encryption.KmsKey).toMatch(SCHEMA.key);
  }
  const needsRole =
    properties.ResourceTags !== undefined || (encryption !== undefined && encryption.EncryptionType !== 'AES256');
  expect(properties.CustomRoleArn !== undefined).toBe(needsRole);
  if (properties.CustomRoleArn) {
    // What CloudFormation makes of the role of this app: a role without a path.
    const arn = properties.CustomRoleArn.replace(/^<(\w+)\.Arn>$/, `arn:aws:iam::${OWNER}:role/$1`);
    expect(arn).toMatch(SCHEMA.role);
  }

  for (const { Key: key, Value: value } of properties.ResourceTags ?? []) {
    expect(key.length).toBeGreaterThanOrEqual(1);
    expect(key.length).toBeLessThanOrEqual(128);
    expect(value.length).toBeLessThanOrEqual(256);
  }
  expect((properties.ResourceTags ?? []).length).toBeLessThanOrEqual(50);
  if (properties.LifecyclePolicy !== undefined) {
    expect(properties.LifecyclePolicy.length).toBeGreaterThanOrEqual(100);
    expect(properties.LifecyclePolicy.length).toBeLessThanOrEqual(30720);
    expect(JSON.parse(properties.LifecyclePolicy).rules.length).toBeGreaterThan(0);
  }
  if (properties.RepositoryPolicy !== undefined) {
    expect(properties.RepositoryPolicy.length).toBeLessThanOrEqual(10240);
    expect(statementsOf(properties.RepositoryPolicy).length).toBeGreaterThan(0);
  }
}

describe('any set of properties that is accepted follows the schema of CloudFormation', () => {
  const options = templateOptions({ library, core, ecr, iam });
  const prefix = templatePrefixes;

  let accepted = 0;
  test('all properties together', () => {
    fc.assert(
      fc.property(prefix, options, fc.boolean(), (name, given, withKey) => {
        const stack = stackIn();
        const encryptionKey = withKey
          ? Key.fromKeyArn(stack, 'Key', `arn:aws:kms:${REGION}:${OWNER}:key/11111111-2222-3333-4444-555555555555`)
          : undefined;
        let properties: Record<string, any>;
        try {
          makeTemplate(stack, { ...given, encryptionKey }, name);
          properties = propertiesOf(stack, TEMPLATE);
        } catch (error) {
          expect((error as Error).message).toContain('to fix: ');
          return;
        }
        accepted++;
        expectToFollowSchema(properties);
      }),
      runs(1500),
    );
    expect(accepted).toBeGreaterThan(10);
  });

  test('each property alone', () => {
    const one = fc.oneof(
      ...(
        ['appliedFor', 'description', 'encryption', 'resourceTags', 'lifecycleRules', 'repositoryPolicy'] as const
      ).map((name) => options.map((all) => ({ [name]: all[name] }))),
    );
    let alone = 0;
    fc.assert(
      fc.property(prefix, one, (name, given) => {
        const stack = stackIn();
        let properties: Record<string, any>;
        try {
          makeTemplate(stack, given, name);
          properties = propertiesOf(stack, TEMPLATE);
        } catch (error) {
          expect((error as Error).message).toContain('to fix: ');
          return;
        }
        alone++;
        expectToFollowSchema(properties);
      }),
      runs(1000),
    );
    expect(alone).toBeGreaterThan(30);
  });
});
