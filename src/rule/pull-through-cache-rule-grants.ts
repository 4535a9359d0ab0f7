import { Stack } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IPullThroughCacheRule } from './pull-through-cache-rule';
import { servicesWaitFor } from '../access/ecs-service-dependencies';
import { allow, CACHED_PULL_ACTIONS, FIRST_PULL_ACTIONS } from '../access/pull-permissions';
import { refuse } from '../core/errors';
import { joinPrefix } from '../core/repository-prefix';
import { valueProblems, withMethod } from '../core/shapes';

const RULE = withMethod('an IPullThroughCacheRule', 'imageFromReference');

/**
 * Who may pull through a rule.
 *
 * Each grant also allows `ecr:GetAuthorizationToken`, which knows no resource. Throws for a principal that has
 * no identity policy, and for AWS Lambda, which does not pull through the cache.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
 */
export class PullThroughCacheRuleGrants {
  /**
   * The grants of a rule.
   *
   * @param rule the rule
   */
  public static fromPullThroughCacheRule(rule: IPullThroughCacheRule): PullThroughCacheRuleGrants {
    refuse(valueProblems('rule', rule, RULE));
    return new PullThroughCacheRuleGrants(rule);
  }

  private constructor(private readonly rule: IPullThroughCacheRule) {}

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
   * @param grantee who pulls
   * @param reference the image, in any form that `image()` of the rule takes
   */
  public pullImage(grantee: IGrantable, reference: string): Grant {
    return this.rule.image(reference).repository.grantPull(grantee);
  }

  /**
   * Allows to pull the images that are cached already, and no new ones. A tag that is in the cache is not
   * refreshed by such a pull.
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
      resourceName: joinPrefix(this.rule.ecrRepositoryPrefix, '*'),
    });
    const grant = allow(this.rule, grantee, actions, arn);
    servicesWaitFor(grantee, this.rule);
    return grant;
  }
}
