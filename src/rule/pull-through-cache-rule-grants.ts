import { Stack } from 'aws-cdk-lib';
import type { IPullThroughCacheRuleRef } from 'aws-cdk-lib/aws-ecr';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { allowPull } from '../access/ecs-service-dependencies';
import { CACHED_PULL_ACTIONS, FIRST_PULL_ACTIONS } from '../access/pull-permissions';
import { fail } from '../core/errors';
import { joinPrefix, normalizePrefix } from '../core/repository-prefix';
import type { CachedImage } from '../image/cached-image';

/**
 * Grants pulls through a rule.
 *
 * Each grant also allows `ecr:GetAuthorizationToken`, which has no resource-level permissions. Throws for a principal
 * that has no identity policy, and for AWS Lambda, which does not pull through the cache.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
 * @example
 * rule.grants.pull(role); // every image of the rule
 * rule.grants.pullImage(role, 'nginx:1.27'); // one repository
 * rule.grants.pullCached(role); // nothing new
 */
export class PullThroughCacheRuleGrants {
  /**
   * Gives the grants of a rule: of one of this library, or of a `CfnPullThroughCacheRule`.
   *
   * @param rule the rule
   */
  public static fromPullThroughCacheRule(rule: IPullThroughCacheRuleRef): PullThroughCacheRuleGrants {
    return new PullThroughCacheRuleGrants(rule);
  }

  private constructor(private readonly rule: IPullThroughCacheRuleRef) {}

  /**
   * Allows to pull every image of the rule, first pulls included.
   *
   * @param grantee who pulls
   */
  public pull(grantee: IGrantable): Grant {
    return this.allowAll(grantee, [...CACHED_PULL_ACTIONS, ...FIRST_PULL_ACTIONS]);
  }

  /**
   * Allows to pull one image, whatever its tag, first pull included.
   *
   * Throws for a `CfnPullThroughCacheRule`, which does not name images: refer to it with
   * `PullThroughCacheRule.fromPullThroughCacheRuleAttributes`.
   *
   * @param grantee who pulls
   * @param reference the image, in any form that `image()` of the rule takes
   */
  public pullImage(grantee: IGrantable, reference: string): Grant {
    if (!namesImages(this.rule)) {
      fail(
        {
          id: 'PullThroughCacheRuleGrants.unnamedImages',
          what: 'this rule does not name images',
          given: reference,
          allowed: 'a PullThroughCacheRule, or another IPullThroughCacheRule',
          fix: 'refer to the rule with PullThroughCacheRule.fromPullThroughCacheRuleAttributes',
        },
        this.rule.node.path,
      );
    }
    return this.rule.image(reference).repository.grantPull(grantee);
  }

  /**
   * Allows to pull the images that are cached already, and no new ones. A tag that is in the cache is not refreshed by
   * such a pull.
   *
   * @param grantee who pulls
   */
  public pullCached(grantee: IGrantable): Grant {
    return this.allowAll(grantee, CACHED_PULL_ACTIONS);
  }

  private allowAll(grantee: IGrantable, actions: string[]): Grant {
    const { account, region } = this.rule.env;
    const arn = Stack.of(this.rule).formatArn({
      service: 'ecr',
      account,
      region,
      resource: 'repository',
      resourceName: joinPrefix(prefixOf(this.rule), '*'),
    });
    return allowPull(this.rule, grantee, actions, arn);
  }
}

/** What names images, as an `IPullThroughCacheRule` does. */
interface ImageSource {
  image(reference: string): CachedImage;
}

function namesImages(rule: IPullThroughCacheRuleRef): rule is IPullThroughCacheRuleRef & ImageSource {
  return 'image' in rule;
}

/** Prefers the property of an L1 or an L2, which may be text: the reference of an L1 is what CloudFormation returns. */
function prefixOf(rule: IPullThroughCacheRuleRef & { readonly ecrRepositoryPrefix?: string }): string {
  return normalizePrefix(rule.ecrRepositoryPrefix ?? rule.pullThroughCacheRuleRef.ecrRepositoryPrefix);
}
