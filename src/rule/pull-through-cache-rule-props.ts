import type { RepositoryCreationTemplateOptions } from '../template/template-options';
import type { UpstreamRegistry } from '../upstream/upstream-registry';

/**
 * Properties of a rule.
 */
export interface PullThroughCacheRuleProps {
  /** The registry to cache. */
  readonly upstream: UpstreamRegistry;

  /**
   * The prefix of the repositories that cache its images: lower case letters and digits, with `.`, `_`, `__`
   * or `-` between them, in parts separated by `/`; 2 to 30 characters. `PullThroughCacheRule.ROOT` caches
   * without a prefix what no other rule covers.
   *
   * An account and region has each prefix once. CloudFormation replaces a rule whose prefix changes; the
   * repositories under the old prefix stay.
   *
   * @default - the prefix that the console proposes for the registry, such as `docker-hub`
   */
  readonly ecrRepositoryPrefix?: string;

  /**
   * The part of the upstream registry to cache, of the same form as `ecrRepositoryPrefix`. It drops out of
   * the path of cached images. Not for a rule with the prefix `ROOT`.
   *
   * CloudFormation cannot change it in a rule that exists, unless with `changeInPlace`.
   *
   * @default ROOT - the whole registry
   */
  readonly upstreamRepositoryPrefix?: string;

  /**
   * Settings for the repositories that this rule creates: their lifecycle, key, tags and policy. Makes a
   * `RepositoryCreationTemplate` with the rule's own prefix.
   *
   * @default - no template: every image is kept forever, with mutable tags, encrypted with AES256
   */
  readonly repositories?: RepositoryCreationTemplateOptions;

  /**
   * Takes the rule's logical id from its prefix, so that moving or renaming the construct changes nothing in the
   * template. CloudFormation would create the rule under its new logical id before it deletes
   * the old, which fails: the prefix is taken.
   *
   * @default true - also where the prefix is a token: then the id is CDK's
   */
  readonly logicalIdFromPrefix?: boolean;

  /**
   * Has a small function of the stack keep the rule, and give it another secret or role when the app does.
   * CloudFormation itself cannot change a rule, and fails with "already exists". Another upstream of the same
   * prefix replaces the rule, which is missing for a moment then.
   *
   * A rule of this prefix and upstream that exists already becomes that of the stack.
   *
   * **If the rule is deployed without this option, do not just add it:** CloudFormation would delete the rule. Retain
   * it first, in a deployment of its own; "Moving a rule" on the page below has the three deployments.
   *
   * Throws with `logicalIdFromPrefix: false`.
   *
   * @see https://github.com/cdk-ecr-pull-through-cache/cdk-ecr-pull-through-cache/blob/main/docs/changing-rules.md
   * @default false - the rule is CloudFormation's `AWS::ECR::PullThroughCacheRule`
   */
  readonly changeInPlace?: boolean;
}
