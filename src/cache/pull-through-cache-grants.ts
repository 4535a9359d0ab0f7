import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { RuleIndex } from './rule-index';
import { fail } from '../core/errors';
import { ImageReference } from '../image/image-reference';
import type { IPullThroughCacheRule } from '../rule/i-pull-through-cache-rule';

/**
 * Grants pulls through several rules. Each grant is that of `PullThroughCacheRuleGrants`, for each rule.
 *
 * @example
 * cache.grants.pull(role); // every image of every rule
 * cache.grants.pullImage(role, 'nginx:1.27'); // one image
 */
export class PullThroughCacheGrants {
  /**
   * Gives the grants of some rules, such as those of a cache.
   *
   * @param rules the rules, whose upstreams are known
   */
  public static fromPullThroughCacheRules(rules: IPullThroughCacheRule[]): PullThroughCacheGrants {
    return new PullThroughCacheGrants(rules);
  }

  private readonly index: RuleIndex;

  private constructor(private readonly rules: IPullThroughCacheRule[]) {
    this.index = new RuleIndex(rules);
  }

  /**
   * Allows to pull every image of the rules, first pulls included.
   *
   * @param grantee who pulls
   */
  public pull(grantee: IGrantable): Grant {
    return this.rules.map((rule) => rule.grants.pull(grantee)).reduce((all, grant) => all.combine(grant));
  }

  /**
   * Allows to pull one image, whatever its tag, first pull included.
   *
   * Throws if no rule covers the image, and if the reference is not valid.
   *
   * @param grantee who pulls
   * @param reference the image: `nginx:1.27` (on Docker Hub), `ghcr.io/owner/app:v1`, or the URI of the cached image
   *   itself
   */
  public pullImage(grantee: IGrantable, reference: string): Grant {
    return this.ruleFor(reference).grants.pullImage(grantee, reference);
  }

  /**
   * Allows to pull the images that are cached already, and no new ones.
   *
   * @param grantee who pulls
   */
  public pullCached(grantee: IGrantable): Grant {
    return this.rules.map((rule) => rule.grants.pullCached(grantee)).reduce((all, grant) => all.combine(grant));
  }

  private ruleFor(reference: string): IPullThroughCacheRule {
    const ofUri = this.index.ofUri(reference);
    if (ofUri) {
      return ofUri;
    }
    const parsed = ImageReference.parse(reference);
    // Where no rule covers the image, one that nearly does says why.
    return (
      this.index.covering(parsed) ??
      this.index.ofHost(parsed.host)[0] ??
      fail({
        id: 'PullThroughCache.noRule',
        what: 'no rule covers this image',
        given: reference,
        allowed: `images of ${this.index.hosts.join(', ')}`,
        fix: 'use a cache with a rule for this registry, or name the registry of the image in full',
      })
    );
  }
}
