import { Duration } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import {
  PullThroughCacheRule,
  RepositoryCreationTemplate,
  RepositoryLifecycleRule,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import type { Explanations } from '../explanation';

export const TEMPLATES: Explanations = {
  'RepositoryCreationTemplate.appliedFor': {
    cause: 'A template that is for nothing does nothing, and ECR refuses it.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', { prefix: rule.ecrRepositoryPrefix, appliedFor: [] });
    },
  },
  'RepositoryCreationTemplate.archivedImages': {
    cause: 'An archived image is still in its repository, so that a pull does not fetch it anew.',
    example() {
      new PullThroughCacheRule(this, 'Rule', {
        upstream: UpstreamRegistry.quay(),
        repositories: { lifecycleRules: RepositoryLifecycleRule.removeUnusedAfter(Duration.days(90)) },
      });
    },
  },
  'RepositoryCreationTemplate.description': {
    cause: 'ECR takes descriptions of 256 characters at most.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        description: 'Images of Quay. '.repeat(20),
      });
    },
  },
  'RepositoryCreationTemplate.dsseOutsideGovCloud': {
    cause: 'ECR offers encryption in two layers to its regions of GovCloud.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        encryption: ecr.RepositoryEncryption.KMS_DSSE,
      });
    },
  },
  'RepositoryCreationTemplate.encryptionKey': {
    cause: 'With AES-256 ECR has keys of its own, so that the given key would encrypt nothing.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        encryption: ecr.RepositoryEncryption.AES_256,
        encryptionKey: new kms.Key(this, 'Key'),
      });
    },
  },
  'RepositoryCreationTemplate.exclusionFilterCount': {
    cause: 'A mutability with exclusions needs them: from one to five.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        imageTagMutability: ecr.TagMutability.MUTABLE_WITH_EXCLUSION,
      });
    },
  },
  'RepositoryCreationTemplate.exclusionFilters': {
    cause: 'Filters except tags from a mutability that has exceptions.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        imageTagMutability: ecr.TagMutability.MUTABLE,
        imageTagMutabilityExclusionFilters: [ecr.ImageTagMutabilityExclusionFilter.wildcard('v*')],
      });
    },
  },
  'RepositoryCreationTemplate.immutableCache': {
    cause: 'ECR cannot give an immutable tag to a newer image.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        imageTagMutability: ecr.TagMutability.IMMUTABLE,
      });
    },
  },
  'RepositoryCreationTemplate.keyAlias': {
    cause: 'ECR takes the ARN or the id of a key here.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        encryptionKey: kms.Alias.fromAliasName(this, 'Alias', 'alias/images'),
      });
    },
  },
  'RepositoryCreationTemplate.noRule': {
    cause: 'The prefix of the template is misspelt, or its rule is in another app.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', { prefix: `${rule.ecrRepositoryPrefix}-io` });
    },
  },
  'RepositoryCreationTemplate.policyLength': {
    cause: 'ECR takes a repository policy of 10,240 characters at most.',
    example() {
      const template = new RepositoryCreationTemplate(this, 'Template', { prefix: RepositoryCreationTemplate.ROOT });
      for (let index = 0; index < 100; index += 1) {
        template.addToRepositoryPolicy(
          new iam.PolicyStatement({
            sid: `Team${index}`,
            principals: [new iam.AccountPrincipal('444455556666')],
            actions: ['ecr:BatchGetImage'],
            conditions: { StringEquals: { 'aws:PrincipalTag/team': `team-${index}` } },
          }),
        );
      }
    },
  },
  'RepositoryCreationTemplate.prefixTaken': {
    cause: 'An account and region has one template for each prefix.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'One', { prefix: rule.ecrRepositoryPrefix });
      new RepositoryCreationTemplate(this, 'Two', { prefix: rule.ecrRepositoryPrefix });
    },
  },
  'RepositoryCreationTemplate.resourceTag': {
    cause: 'AWS takes tags of so many characters, and keeps keys that begin with `aws:` for itself.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        resourceTags: { 'aws:team': 'platform' },
      });
    },
  },
  'RepositoryCreationTemplate.resourceTagCount': {
    cause: 'AWS takes 50 tags at most.',
    example({ rule }) {
      const tags = Array.from({ length: 51 }, (_, index) => [`tag-${index}`, 'value']);
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        resourceTags: Object.fromEntries(tags),
      });
    },
  },
  'RepositoryCreationTemplate.roleAccount': {
    cause: 'ECR takes on a role of its own account.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        resourceTags: { team: 'platform' },
        role: iam.Role.fromRoleArn(this, 'Role', 'arn:aws:iam::444455556666:role/templates'),
      });
    },
  },
  'RepositoryCreationTemplate.rolePath': {
    cause: 'The role of a template has its name right after `role/`.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        resourceTags: { team: 'platform' },
        role: iam.Role.fromRoleArn(this, 'Role', 'arn:aws:iam::111122223333:role/platform/templates'),
      });
    },
  },
  'RepositoryCreationTemplate.rolePermissions': {
    cause: 'ECR makes repositories with the role, where the template has tags or a key.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        resourceTags: { team: 'platform' },
        role: new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('ecr.amazonaws.com') }),
      });
    },
  },
  'RepositoryCreationTemplate.roleTrust': {
    cause: 'ECR takes on the role as a service, which the role has to trust.',
    example({ rule }) {
      const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
      role.addToPolicy(new iam.PolicyStatement({ actions: ['ecr:*'], resources: ['*'] }));
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        resourceTags: { team: 'platform' },
        role,
      });
    },
  },
  'RepositoryCreationTemplate.statementResources': {
    cause: 'The policy of a repository is about that repository, and ECR refuses one that names resources.',
    example({ rule }) {
      const template = new RepositoryCreationTemplate(this, 'Template', { prefix: rule.ecrRepositoryPrefix });
      template.addToRepositoryPolicy(
        new iam.PolicyStatement({
          principals: [new iam.AccountPrincipal('444455556666')],
          actions: ['ecr:BatchGetImage'],
          resources: ['*'],
        }),
      );
    },
  },
  'RepositoryLifecycleRule.age': {
    cause: 'ECR counts ages in whole days.',
    example() {
      RepositoryLifecycleRule.expireAfter(Duration.hours(12));
    },
  },
  'RepositoryLifecycleRule.ageOrCount': {
    cause: 'A rule goes by the age of images or by their number.',
    example() {
      RepositoryLifecycleRule.fromLifecycleRule({ description: 'keep it small' });
    },
  },
  'RepositoryLifecycleRule.count': {
    cause: 'A rule keeps one image at least.',
    example() {
      RepositoryLifecycleRule.keepNewest(0);
    },
  },
  'RepositoryLifecycleRule.noPatterns': {
    cause: 'An empty list of patterns selects nothing.',
    example() {
      RepositoryLifecycleRule.keepNewest(10, { tagPatterns: [] });
    },
  },
  'RepositoryLifecycleRule.order': {
    cause: 'ECR asks that a rule for all images has the highest number among the priorities.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        lifecycleRules: [
          RepositoryLifecycleRule.fromLifecycleRule({ rulePriority: 1, maxImageCount: 10 }),
          RepositoryLifecycleRule.fromLifecycleRule({
            rulePriority: 2,
            maxImageCount: 5,
            tagStatus: ecr.TagStatus.UNTAGGED,
          }),
        ],
      });
    },
  },
  'RepositoryLifecycleRule.pattern': {
    cause: 'ECR takes four wildcards in a pattern at most, and the characters of tags.',
    example() {
      RepositoryLifecycleRule.keepNewest(10, { tagPatterns: ['*.*.*.*.*'] });
    },
  },
  'RepositoryLifecycleRule.policyLength': {
    cause: 'ECR takes a lifecycle policy of 30,720 characters at most.',
    example({ rule }) {
      const patterns = Array.from({ length: 300 }, (_, index) => `release-${index}-${'x'.repeat(90)}*`);
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        lifecycleRules: patterns.map((pattern) => RepositoryLifecycleRule.keepNewest(10, { tagPatterns: [pattern] })),
      });
    },
  },
  'RepositoryLifecycleRule.priority': {
    cause: 'ECR orders rules by whole numbers from 1.',
    example() {
      RepositoryLifecycleRule.fromLifecycleRule({ rulePriority: 0, maxImageCount: 10 });
    },
  },
  'RepositoryLifecycleRule.samePriority': {
    cause: 'ECR orders rules by their priorities, of which it takes each once.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        lifecycleRules: [
          RepositoryLifecycleRule.fromLifecycleRule({ rulePriority: 1, maxImageCount: 10, tagPrefixList: ['v'] }),
          RepositoryLifecycleRule.fromLifecycleRule({ rulePriority: 1, maxImageCount: 5, tagPrefixList: ['beta'] }),
        ],
      });
    },
  },
  'RepositoryLifecycleRule.sameSelection': {
    cause: 'ECR takes one rule for all images, one for untagged ones, and each pattern in one rule.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: rule.ecrRepositoryPrefix,
        lifecycleRules: [
          RepositoryLifecycleRule.expireAfter(Duration.days(90)),
          RepositoryLifecycleRule.keepNewest(10),
        ],
      });
    },
  },
  'RepositoryLifecycleRule.tagList': {
    cause: 'A rule for tagged images goes by the beginnings of tags or by patterns, and by one of the two.',
    example() {
      RepositoryLifecycleRule.fromLifecycleRule({ tagStatus: ecr.TagStatus.TAGGED, maxImageCount: 10 });
    },
  },
  'RepositoryLifecycleRule.untaggedByTag': {
    cause: 'An image without a tag has none that a pattern could match.',
    example() {
      RepositoryLifecycleRule.keepNewest(10, { untagged: true, tagPatterns: ['v*'] });
    },
  },
};
