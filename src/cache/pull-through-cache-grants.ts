import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { PullThroughCache } from './pull-through-cache';
import { refuse } from '../core/errors';
import { valueProblems, withMethod } from '../core/shapes';

const CACHE = withMethod('a PullThroughCache', 'redirection');

/**
 * Who may pull through all rules of a cache. Each grant is that of `PullThroughCacheRuleGrants`, for each rule.
 */
export class PullThroughCacheGrants {
  /**
   * The grants of a cache.
   *
   * @param cache the cache
   */
  public static fromPullThroughCache(cache: PullThroughCache): PullThroughCacheGrants {
    refuse(valueProblems('cache', cache, CACHE));
    return new PullThroughCacheGrants(cache);
  }

  private constructor(private readonly cache: PullThroughCache) {}

  /**
   * Allows to pull every image of the cache, first pulls included.
   *
   * @param grantee who pulls
   */
  public pull(grantee: IGrantable): Grant {
    return this.cache.rules.map((rule) => rule.grants.pull(grantee)).reduce((all, grant) => all.combine(grant));
  }

  /**
   * Allows to pull one image, whatever its tag, first pull included.
   *
   * @param grantee who pulls
   * @param reference the image, as for `image()` of the cache
   */
  public pullImage(grantee: IGrantable, reference: string): Grant {
    return this.cache.image(reference).repository.grantPull(grantee);
  }

  /**
   * Allows to pull the images that are cached already, and no new ones.
   *
   * @param grantee who pulls
   */
  public pullCached(grantee: IGrantable): Grant {
    return this.cache.rules.map((rule) => rule.grants.pullCached(grantee)).reduce((all, grant) => all.combine(grant));
  }
}
