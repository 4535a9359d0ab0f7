import { Duration, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { ImageTagMutabilityExclusionFilter, RepositoryEncryption, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import {
  AccountPrincipal,
  AnyPrincipal,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import {
  PullThroughCacheRule,
  RepositoryCreationTemplateProps,
  RepositoryLifecycleRule,
  RepositoryTemplateUse,
} from 'cdk-ecr-pull-through-cache';
import { ACCOUNT, another, Mistake, OTHER_ACCOUNT, REGION, Topic } from './mistake';
import * as ours from './ours';
import * as plain from './plain';

const TEMPLATE = 'AWS::ECR::RepositoryCreationTemplate';
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/11112222-3333-4444-5555-666677778888`;
const TAG = [{ key: 'team', value: 'platform' }];

type PlainProps = Parameters<typeof plain.template>[1];

/** One template, by both. */
const oneTemplate = (
  mistake: string,
  props: PlainProps,
  ourProps: (stack: Stack) => Partial<RepositoryCreationTemplateProps>,
): Mistake => ({
  mistake,
  plain: (stack) => plain.template(stack, props),
  ours: (stack) => ours.template(stack, ourProps(stack)),
});

const filters = (count: number) => Array.from({ length: count }, (_, index) => `v${index}*`);
const plainFilters = (count: number) =>
  filters(count).map((value) => ({
    imageTagMutabilityExclusionFilterType: 'WILDCARD',
    imageTagMutabilityExclusionFilterValue: value,
  }));
const ourFilters = (count: number) => filters(count).map((value) => ImageTagMutabilityExclusionFilter.wildcard(value));

const tags = (count: number) => Array.from({ length: count }, (_, index) => `tag-${index}`);

/** A lifecycle policy of one rule, as text. */
const lifecycle = (selection: object, action: object = { type: 'expire' }) =>
  JSON.stringify({ rules: [{ rulePriority: 1, selection: { tagStatus: 'any', ...selection }, action }] });
const OLD = { countType: 'sinceImagePushed', countUnit: 'days', countNumber: 30 };

/** A role of the app, for tags. */
const withRole = (mistake: string, role: (stack: Stack) => Role): Mistake => ({
  mistake,
  plain: (stack) => plain.template(stack, { resourceTags: TAG, customRoleArn: role(stack).roleArn }),
  ours: (stack) => ours.template(stack, { resourceTags: { team: 'platform' }, role: role(stack) }),
});

const roleOf = (stack: Stack, service: string, actions: string[], path?: string) =>
  new Role(stack, 'Role', {
    assumedBy: new ServicePrincipal(service),
    path,
    inlinePolicies:
      actions.length === 0
        ? {}
        : { Cache: new PolicyDocument({ statements: [new PolicyStatement({ actions, resources: ['*'] })] }) },
  });
const ACTIONS = ['ecr:CreateRepository', 'ecr:ReplicateImage', 'ecr:TagResource'];

const existingRole = (mistake: string, arn: string): Mistake => ({
  mistake,
  plain: (stack) => plain.template(stack, { resourceTags: TAG, customRoleArn: arn }),
  ours: (stack) =>
    ours.template(stack, { resourceTags: { team: 'platform' }, role: Role.fromRoleArn(stack, 'Role', arn) }),
});

/** Statements for many accounts, which do not merge: each has its own action. */
const manyStatements = Array.from({ length: 120 }, (_, index) => ({
  account: String(100000000000 + index),
  action: `ecr:${'GetDownloadUrlForLayer'.repeat(2)}${index}`,
}));

/** A template with this policy for each repository. */
const withPolicy = (mistake: string, statement: () => PolicyStatement): Mistake => ({
  mistake,
  plain: (stack) =>
    plain.template(stack, {
      repositoryPolicy: JSON.stringify({ Version: '2012-10-17', Statement: [statement().toStatementJson()] }),
    }),
  ours: (stack) => ours.template(stack, { repositoryPolicy: [statement()] }),
});

export const TEMPLATES: Topic = {
  title: 'Repository creation templates',
  file: 'templates.ts',
  mistakes: [
    oneTemplate('a prefix in upper case', { prefix: 'Quay' }, () => ({ prefix: 'Quay' })),
    oneTemplate('a prefix with a slash at its beginning', { prefix: '/quay' }, () => ({ prefix: '/quay' })),
    oneTemplate('an empty prefix', { prefix: '' }, () => ({ prefix: '' })),
    oneTemplate('a prefix of 257 characters', { prefix: 'q'.repeat(257) }, () => ({ prefix: 'q'.repeat(257) })),
    oneTemplate('applied for nothing', { appliedFor: [] }, () => ({ appliedFor: [] })),
    {
      mistake: 'applied for something that does not exist',
      plain: (stack) => plain.template(stack, { appliedFor: ['PULL_THROUGH'] }),
      untyped: "new RepositoryCreationTemplate(stack, 'Template', { prefix: 'quay', appliedFor: ['PULL_THROUGH'] })",
      typed:
        "new RepositoryCreationTemplate(stack, 'Template', { prefix: 'quay', " +
        'appliedFor: [RepositoryTemplateUse.PULL_THROUGH_CACHE] })',
    },
    oneTemplate('a description of 257 characters', { description: 'd'.repeat(257) }, () => ({
      description: 'd'.repeat(257),
    })),
    {
      mistake: 'two templates with one prefix, in one stack',
      plain: (stack) => ['One', 'Other'].forEach((id) => plain.template(stack, {}, id)),
      ours: (stack) => ['One', 'Other'].forEach((id) => ours.template(stack, {}, id)),
    },
    {
      mistake: 'two templates with one prefix, in two stacks of one account and region',
      plain: (stack, app) => [stack, another(app, 'Second')].forEach((place) => plain.template(place)),
      ours: (stack, app) => [stack, another(app, 'Second')].forEach((place) => ours.template(place)),
    },
    {
      mistake: 'a template whose prefix is `a/`, beside `a`',
      plain: (stack) =>
        ['quay', 'quay/'].forEach((prefix) => plain.template(stack, { prefix }, prefix.replace('/', 's'))),
      ours: (stack) =>
        ['quay', 'quay/'].forEach((prefix) => ours.template(stack, { prefix }, prefix.replace('/', 's'))),
    },
    {
      mistake: 'a prefix that no rule covers',
      plain: (stack) => {
        plain.quayRule(stack, { ecrRepositoryPrefix: 'quay' });
        plain.template(stack, { prefix: 'quay-io' });
      },
      ours: (stack) => {
        ours.rule(stack);
        ours.template(stack, { prefix: 'quay-io' });
      },
    },
    oneTemplate('immutable tags, which are never refreshed', { imageTagMutability: 'IMMUTABLE' }, () => ({
      imageTagMutability: TagMutability.IMMUTABLE,
    })),
    oneTemplate(
      'exclusion filters with `MUTABLE`',
      { imageTagMutability: 'MUTABLE', imageTagMutabilityExclusionFilters: plainFilters(1) },
      () => ({ imageTagMutability: TagMutability.MUTABLE, imageTagMutabilityExclusionFilters: ourFilters(1) }),
    ),
    oneTemplate('exclusion filters alone', { imageTagMutabilityExclusionFilters: plainFilters(1) }, () => ({
      imageTagMutabilityExclusionFilters: ourFilters(1),
    })),
    oneTemplate('`MUTABLE_WITH_EXCLUSION` without filters', { imageTagMutability: 'MUTABLE_WITH_EXCLUSION' }, () => ({
      imageTagMutability: TagMutability.MUTABLE_WITH_EXCLUSION,
    })),
    oneTemplate(
      '`MUTABLE_WITH_EXCLUSION` with six filters',
      { imageTagMutability: 'MUTABLE_WITH_EXCLUSION', imageTagMutabilityExclusionFilters: plainFilters(6) },
      () => ({
        imageTagMutability: TagMutability.MUTABLE_WITH_EXCLUSION,
        imageTagMutabilityExclusionFilters: ourFilters(6),
      }),
    ),
    {
      mistake: 'tags without a role',
      plain: (stack) => plain.template(stack, { resourceTags: TAG }),
      instead: (stack) => ours.template(stack, { resourceTags: { team: 'platform' } }),
      gives: 'the role is made',
      check: (template) => template.hasResourceProperties(TEMPLATE, { CustomRoleArn: Match.anyValue() }),
    },
    {
      mistake: 'KMS without a role',
      plain: (stack) => plain.template(stack, { encryptionConfiguration: { encryptionType: 'KMS', kmsKey: KEY } }),
      instead: (stack) => ours.template(stack, { encryptionKey: new Key(stack, 'Key') }),
      gives: 'the role is made, and may use the key',
      check: (template) => {
        template.hasResourceProperties(TEMPLATE, { CustomRoleArn: Match.anyValue() });
        template.hasResourceProperties('AWS::IAM::Policy', {
          PolicyDocument: {
            Statement: [Match.objectLike({ Action: ['kms:CreateGrant', 'kms:DescribeKey', 'kms:RetireGrant'] })],
          },
        });
      },
    },
    existingRole('a role with a path', `arn:aws:iam::${ACCOUNT}:role/platform/cache`),
    withRole('a role of the app with a path', (stack) => roleOf(stack, 'ecr.amazonaws.com', ACTIONS, '/platform/')),
    existingRole('a role of another account', `arn:aws:iam::${OTHER_ACCOUNT}:role/cache`),
    withRole('a role that trusts `pullthroughcache.ecr.amazonaws.com`', (stack) =>
      roleOf(stack, 'pullthroughcache.ecr.amazonaws.com', ACTIONS),
    ),
    withRole('a role without permissions', (stack) => roleOf(stack, 'ecr.amazonaws.com', [])),
    withRole('a role that may not set tags', (stack) =>
      roleOf(
        stack,
        'ecr.amazonaws.com',
        ACTIONS.filter((action) => action !== 'ecr:TagResource'),
      ),
    ),
    {
      mistake: 'a role that may not use the key',
      plain: (stack) =>
        plain.template(stack, {
          encryptionConfiguration: { encryptionType: 'KMS', kmsKey: KEY },
          customRoleArn: roleOf(stack, 'ecr.amazonaws.com', ACTIONS).roleArn,
        }),
      ours: (stack) =>
        ours.template(stack, {
          encryptionKey: Key.fromKeyArn(stack, 'Key', KEY),
          role: roleOf(stack, 'ecr.amazonaws.com', ACTIONS),
        }),
    },
    oneTemplate(
      'an alias for the key',
      {
        encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/cache' },
        customRoleArn: `arn:aws:iam::${ACCOUNT}:role/cache`,
      },
      (stack) => ({ encryptionKey: Alias.fromAliasName(stack, 'Alias', 'alias/cache') }),
    ),
    oneTemplate(
      'a key with AES256',
      { encryptionConfiguration: { encryptionType: 'AES256', kmsKey: KEY } },
      (stack) => ({ encryption: RepositoryEncryption.AES_256, encryptionKey: Key.fromKeyArn(stack, 'Key', KEY) }),
    ),
    oneTemplate(
      '`KMS_DSSE` outside GovCloud',
      { encryptionConfiguration: { encryptionType: 'KMS_DSSE' }, customRoleArn: `arn:aws:iam::${ACCOUNT}:role/cache` },
      () => ({ encryption: RepositoryEncryption.KMS_DSSE }),
    ),
    {
      mistake: 'encryption that does not exist',
      plain: (stack) => plain.template(stack, { encryptionConfiguration: { encryptionType: 'AES128' } }),
      untyped: "new RepositoryCreationTemplate(stack, 'Template', { prefix: 'quay', encryption: 'AES128' })",
      typed:
        "new RepositoryCreationTemplate(stack, 'Template', { prefix: 'quay', " +
        'encryption: RepositoryEncryption.AES_256 })',
    },
    oneTemplate(
      '51 tags',
      {
        resourceTags: tags(51).map((key) => ({ key, value: '' })),
        customRoleArn: `arn:aws:iam::${ACCOUNT}:role/cache`,
      },
      () => ({ resourceTags: Object.fromEntries(tags(51).map((key) => [key, ''])) }),
    ),
    oneTemplate(
      'a tag whose key begins with `aws:`',
      { resourceTags: [{ key: 'aws:team', value: '' }], customRoleArn: `arn:aws:iam::${ACCOUNT}:role/cache` },
      () => ({ resourceTags: { 'aws:team': '' } }),
    ),
    oneTemplate(
      'a tag whose value has 257 characters',
      { resourceTags: [{ key: 'team', value: 'v'.repeat(257) }], customRoleArn: `arn:aws:iam::${ACCOUNT}:role/cache` },
      () => ({ resourceTags: { team: 'v'.repeat(257) } }),
    ),
    {
      mistake: 'a lifecycle policy without rules, of less than 100 characters',
      plain: (stack) => plain.template(stack, { lifecyclePolicy: '{"rules":[]}' }),
      instead: (stack) => ours.template(stack, { lifecycleRules: [] }),
      gives: 'the template then has none',
      check: (template) => template.hasResourceProperties(TEMPLATE, { LifecyclePolicy: Match.absent() }),
    },
    {
      mistake: 'a lifecycle policy that is no JSON',
      plain: (stack) =>
        plain.template(stack, {
          lifecyclePolicy:
            'expire what is older than thirty days, whatever its tag may be, ' +
            'and keep nothing else but the newest images',
        }),
      untyped: "new RepositoryCreationTemplate(stack, 'Template', { prefix: 'quay', lifecycleRules: 'expire' })",
      typed:
        "new RepositoryCreationTemplate(stack, 'Template', { prefix: 'quay', " +
        'lifecycleRules: [RepositoryLifecycleRule.keepNewest(3)] })',
    },
    oneTemplate(
      'a lifecycle policy of more than 30,720 characters',
      {
        lifecyclePolicy: JSON.stringify({
          rules: [
            {
              rulePriority: 1,
              description: 'd'.repeat(31000),
              selection: { tagStatus: 'any', ...OLD },
              action: { type: 'expire' },
            },
          ],
        }),
      },
      () => ({
        lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(30), { description: 'd'.repeat(31000) })],
      }),
    ),
    oneTemplate('a lifecycle age of zero days', { lifecyclePolicy: lifecycle({ ...OLD, countNumber: 0 }) }, () => ({
      lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(0))],
    })),
    oneTemplate('a lifecycle age of half a day', { lifecyclePolicy: lifecycle({ ...OLD, countNumber: 0.5 }) }, () => ({
      lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.hours(12))],
    })),
    oneTemplate(
      'a lifecycle count of no images',
      { lifecyclePolicy: lifecycle({ countType: 'imageCountMoreThan', countNumber: 0 }) },
      () => ({ lifecycleRules: [RepositoryLifecycleRule.keepNewest(0)] }),
    ),
    oneTemplate(
      'two lifecycle rules of one priority',
      {
        lifecyclePolicy: JSON.stringify({
          rules: ['untagged', 'any'].map((tagStatus) => ({
            rulePriority: 1,
            selection: { ...OLD, tagStatus },
            action: { type: 'expire' },
          })),
        }),
      },
      () => ({
        lifecycleRules: [TagStatus.UNTAGGED, TagStatus.ANY].map((tagStatus) =>
          RepositoryLifecycleRule.fromLifecycleRule({
            rulePriority: 1,
            tagStatus,
            maxImageAge: Duration.days(30),
          }),
        ),
      }),
    ),
    oneTemplate(
      'a lifecycle rule for all images before one for some',
      {
        lifecyclePolicy: JSON.stringify({
          rules: ['any', 'untagged'].map((tagStatus, index) => ({
            rulePriority: index + 1,
            selection: { ...OLD, tagStatus },
            action: { type: 'expire' },
          })),
        }),
      },
      () => ({
        lifecycleRules: [TagStatus.ANY, TagStatus.UNTAGGED].map((tagStatus, index) =>
          RepositoryLifecycleRule.fromLifecycleRule({
            rulePriority: index + 1,
            tagStatus,
            maxImageAge: Duration.days(30),
          }),
        ),
      }),
    ),
    oneTemplate(
      'a tag pattern with five wildcards',
      { lifecyclePolicy: lifecycle({ ...OLD, tagStatus: 'tagged', tagPatternList: ['*1*2*3*4*'] }) },
      () => ({
        lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(30), { tagPatterns: ['*1*2*3*4*'] })],
      }),
    ),
    {
      mistake: 'an expiry by the last pull, which ECR has for archiving only',
      plain: (stack) =>
        plain.template(stack, { lifecyclePolicy: lifecycle({ ...OLD, countType: 'sinceImagePulled' }) }),
      untyped: 'RepositoryLifecycleRule.expireUnusedFor(Duration.days(30))',
      typed: 'RepositoryLifecycleRule.archiveUnusedAfter(Duration.days(30))',
    },
    oneTemplate(
      'images that are archived, and then not found',
      {
        lifecyclePolicy: lifecycle(
          { ...OLD, countType: 'sinceImagePulled' },
          { type: 'transition', targetStorageClass: 'archive' },
        ),
      },
      () => ({ lifecycleRules: [RepositoryLifecycleRule.archiveUnusedAfter(Duration.days(30))] }),
    ),
    oneTemplate(
      'images that leave the archive before 90 days',
      {
        lifecyclePolicy: lifecycle({ ...OLD, countType: 'sinceImageTransitioned', storageClass: 'archive' }),
      },
      () => ({ lifecycleRules: [RepositoryLifecycleRule.expireArchivedAfter(Duration.days(30))] }),
    ),
    {
      mistake: 'a policy of more than 10,240 characters',
      plain: (stack) =>
        plain.template(stack, {
          repositoryPolicy: JSON.stringify({
            Version: '2012-10-17',
            Statement: manyStatements.map(({ account, action }) => ({
              Effect: 'Allow',
              Principal: { AWS: account },
              Action: action,
            })),
          }),
        }),
      ours: (stack) =>
        ours.template(stack, {
          repositoryPolicy: manyStatements.map(
            ({ account, action }) =>
              new PolicyStatement({
                principals: [new AccountPrincipal(account)],
                actions: [action],
              }),
          ),
        }),
    },
    withPolicy(
      'a policy for everybody',
      () => new PolicyStatement({ principals: [new AnyPrincipal()], actions: ['ecr:BatchGetImage'] }),
    ),
    withPolicy(
      'a policy for everybody but one',
      () =>
        new PolicyStatement({ notPrincipals: [new AccountPrincipal(OTHER_ACCOUNT)], actions: ['ecr:BatchGetImage'] }),
    ),
    withPolicy(
      'a policy that names resources',
      () =>
        new PolicyStatement({
          principals: [new AccountPrincipal(OTHER_ACCOUNT)],
          actions: ['ecr:BatchGetImage'],
          resources: ['*'],
        }),
    ),
    {
      mistake: 'a policy as an object, where CloudFormation takes text',
      plain: (stack) => plain.template(stack, { repositoryPolicy: { Version: '2012-10-17', Statement: [] } as never }),
      instead: (stack) =>
        ours.template(stack, {
          repositoryPolicy: [
            new PolicyStatement({ principals: [new AccountPrincipal(OTHER_ACCOUNT)], actions: ['ecr:BatchGetImage'] }),
          ],
        }),
      gives: 'the text is rendered',
      check: (template) => template.hasResourceProperties(TEMPLATE, { RepositoryPolicy: Match.anyValue() }),
    },
    {
      mistake: 'a template for `ROOT` with the prefix `root`',
      plain: (stack) => {
        plain.quayRule(stack, { ecrRepositoryPrefix: 'ROOT' });
        plain.template(stack, { prefix: 'root' });
      },
      instead: (stack) => ours.rule(stack, { ecrRepositoryPrefix: PullThroughCacheRule.ROOT, repositories: {} }),
      gives: 'the template takes the prefix of the rule',
      check: (template) => template.hasResourceProperties(TEMPLATE, { Prefix: 'ROOT' }),
    },
    {
      mistake: 'a template for replication alone, for a cache that other accounts use',
      plain: (stack) => {
        plain.quayRule(stack);
        plain.template(stack, { appliedFor: ['REPLICATION'] });
      },
      ours: (stack) => {
        ours.template(stack, { appliedFor: [RepositoryTemplateUse.REPLICATION] });
        ours.rule(stack).allowPullFrom(new AccountPrincipal(OTHER_ACCOUNT));
      },
    },
    {
      mistake: 'a template for repositories that exist already',
      unseen: 'they are in the account',
      plain: (stack) => plain.template(stack),
      ours: (stack) => ours.template(stack),
    },
  ],
};
