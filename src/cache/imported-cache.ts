import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { PullThroughCacheBase } from './pull-through-cache-base';
import { mayHoldSecret, Problem, throwIfAny } from '../core/errors';
import type { IPullThroughCacheRule } from '../rule/i-pull-through-cache-rule';
import { ImportedRule, PullThroughCacheRuleAttributes } from '../rule/imported-rule';
import { kindOfHost } from '../upstream/catalogue';
import { upstreamHostProblems } from '../upstream/upstream-host';

/**
 * A cache that exists, perhaps in another account or region.
 */
export interface PullThroughCacheAttributes {
  /**
   * The account of the cache: 12 digits.
   *
   * @default - the account of the stack
   */
  readonly account?: string;

  /**
   * The region of the cache.
   *
   * @default - the region of the stack
   */
  readonly region?: string;

  /**
   * The hosts of its registries, such as `docker.io`, whose rules have the prefix that the console proposes.
   *
   * @default - none
   */
  readonly upstreamRegistryUrls?: string[];

  /**
   * Its other rules, with the prefixes that they have. Their account and region are those of the cache unless given.
   *
   * @default - none
   */
  readonly rules?: PullThroughCacheRuleAttributes[];
}

/** A cache that this app does not make. */
export class ImportedCache extends PullThroughCacheBase {
  protected readonly members: IPullThroughCacheRule[];

  constructor(scope: Construct, id: string, attributes: PullThroughCacheAttributes) {
    super(scope, id);
    const { account, region, upstreamRegistryUrls = [], rules = [] } = attributes;
    throwIfAny([...emptyProblems(attributes), ...upstreamRegistryUrls.flatMap(upstreamHostProblems)], this.node.path);
    const byHost = upstreamRegistryUrls.map((upstreamRegistryUrl) => ({
      upstreamRegistryUrl,
      ecrRepositoryPrefix: kindOfHost(upstreamRegistryUrl)!.defaultPrefix,
    }));
    this.members = [...byHost, ...rules].map(
      (rule) => new ImportedRule(this, idOf(rule.ecrRepositoryPrefix), { account, region, ...rule }),
    );
  }

  public allowPullFrom(principal: IPrincipal): void {
    this.members.forEach((rule) => rule.allowPullFrom(principal));
  }
}

/** Slashes would be steps in the construct's path. */
function idOf(prefix: string): string {
  return mayHoldSecret(prefix) ? 'Rule' : prefix.replace(/\//g, ':');
}

function emptyProblems({ upstreamRegistryUrls = [], rules = [] }: PullThroughCacheAttributes): Problem[] {
  return upstreamRegistryUrls.length + rules.length > 0
    ? []
    : [
        {
          id: 'PullThroughCache.empty',
          what: 'the cache has no rules',
          allowed: 'at least one of upstreamRegistryUrls and rules',
          fix: 'give the hosts of its registries, as in upstreamRegistryUrls: ["docker.io", "quay.io"]',
        },
      ];
}
