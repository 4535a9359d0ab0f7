import { RepositoryEncryption, TagMutability } from 'aws-cdk-lib/aws-ecr';
import type { IConstruct } from 'constructs';
import { RepositoryCreationTemplateOptions, RepositoryTemplateUse } from './template-options';
import { warn } from '../core/warnings';
import { regionOf } from '../environment/environment';
import { isGovCloud } from '../environment/partition';
import { registryOf, registryOfPossibleNeighbours } from '../environment/registry';
import { RulePrefixes } from '../environment/rule-prefixes';

/** Warns of options that ECR takes and that do not suit a cache. */
export function warnOfOptions(template: IConstruct, options: RepositoryCreationTemplateOptions): void {
  const { appliedFor, imageTagMutability, encryption } = options;
  const caches = appliedFor?.includes(RepositoryTemplateUse.PULL_THROUGH_CACHE) ?? true;
  // Asked first whether there is one: what they are compared with loads all of CDK's repositories.
  if (caches && imageTagMutability && imageTagMutability === TagMutability.IMMUTABLE) {
    warn(
      template,
      'RepositoryCreationTemplate.immutableCache',
      'immutable tags of the cache are no longer refreshed from the upstream: "latest" stays what it was at the ' +
        'first pull; use MUTABLE, or MUTABLE_WITH_EXCLUSION for tags that never move',
    );
  }
  if (caches && options.lifecycleRules?.some((rule) => rule._rendered().action.type === 'transition')) {
    warn(
      template,
      'RepositoryCreationTemplate.archivedImages',
      'archived images fail to pull as "not found" until somebody restores them or, after at least 90 days, they ' +
        'expire; with RepositoryLifecycleRule.expireAfter the next pull fetches them again',
    );
  }
  if (encryption && encryption.value === RepositoryEncryption.KMS_DSSE.value && !isGovCloud(regionOf(template) ?? '')) {
    warn(
      template,
      'RepositoryCreationTemplate.dsseOutsideGovCloud',
      'templates support KMS_DSSE in the regions of GovCloud only; use KMS',
    );
  }
}

/** Warns of a template without a rule. Rules of other apps are not known, so that this is no error. */
export function warnOfNoRule(template: IConstruct, prefix: string): string[] {
  const rules = [registryOf(RulePrefixes, template), registryOfPossibleNeighbours(RulePrefixes, template)];
  if (rules.every((prefixes) => prefixes.haveNoneBelow(prefix))) {
    warn(
      template,
      'RepositoryCreationTemplate.noRule',
      `no pull through cache rule of this app has repositories below the prefix ${JSON.stringify(prefix)}, so that ` +
        'the template acts on none that a pull creates; give the template the prefix of a rule, or one above or ' +
        'below it',
    );
  }
  return [];
}
