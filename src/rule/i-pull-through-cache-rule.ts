import type { IResource } from 'aws-cdk-lib';
import type { IPullThroughCacheRuleRef } from 'aws-cdk-lib/aws-ecr';
import type { OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { PullThroughCacheRuleGrants } from './pull-through-cache-rule-grants';
import type { CachedImage, CachedImageOptions } from '../image/cached-image';
import type { ImageReference } from '../image/image-reference';
import type { PrefetchOptions } from '../prefetch/prefetch-options';
import type { PrefetchedImage } from '../prefetch/prefetched-image';
import type { RepositoryCreationTemplate } from '../template/repository-creation-template';

/**
 * A rule by which ECR caches the images of an upstream registry.
 */
export interface IPullThroughCacheRule extends IResource, IPullThroughCacheRuleRef {
  /**
   * The prefix of the repositories that cache images, without a slash at its end; `ROOT` for none.
   *
   * @attribute
   */
  readonly ecrRepositoryPrefix: string;

  /**
   * The host of the upstream registry, such as `registry-1.docker.io`; not known for a rule that was referred to by
   * its prefix alone.
   */
  readonly upstreamRegistryUrl?: string;

  /**
   * The part of the upstream registry that is cached; `ROOT` for all of it.
   */
  readonly upstreamRepositoryPrefix: string;

  /** The secret with which the rule signs in to the upstream registry, if the app makes the rule and it needs one. */
  readonly credentialsSecret?: ISecret;

  /** The template for the repositories that pulls through this rule create, if the app makes one for the rule. */
  readonly repositoryCreationTemplate?: RepositoryCreationTemplate;

  /** Grants pulls through this rule. */
  readonly grants: PullThroughCacheRuleGrants;

  /**
   * Names an image of the upstream registry as it is pulled through this rule.
   *
   * Throws if the image is of another registry, lies outside `upstreamRepositoryPrefix`, or would need a repository
   * name of more than 256 characters. A missing tag, which means `latest`, and a digest, which may fail until the
   * image is cached, are warnings.
   *
   * @param reference `nginx:1.27` (an image of this upstream), `docker.io/library/nginx:1.27` (in full), or the
   *   cached URI itself
   * @param options how to name the image
   */
  image(reference: string, options?: CachedImageOptions): CachedImage;

  /**
   * Names an image like `image`, from a reference of which parts may be CDK tokens.
   *
   * @param reference the image
   * @param options how to name the image
   */
  imageFromReference(reference: ImageReference, options?: CachedImageOptions): CachedImage;

  /**
   * Has an image in the cache when the stack is deployed, before what depends on it. The stack gets one small function
   * that fetches all its prefetched images; deleting the stack leaves the cache alone.
   *
   * A reference `name:tag@digest` is fetched by its tag, and the deployment fails if the tag has another digest.
   *
   * Throws what `image` throws, for a digest without a tag, and where the stack is of another account or region than
   * the rule. A rule whose secret is still to be filled in is a warning.
   *
   * @param reference the image, as for `image`
   * @param options how long to wait, and when to fetch it again
   */
  prefetch(reference: string, options?: PrefetchOptions): PrefetchedImage;

  /**
   * Lets principals of other accounts, and services of AWS, pull through this rule.
   *
   * Adds what they need to the policy of the registry, and to that of the repositories which pulls create, by a
   * template that is made unless the rule has one. In the other account, `grants` of
   * `fromPullThroughCacheRuleAttributes` give the other half. A registry that was made before 2024-12-23 needs policy
   * scope `V2`; see `RegistryPolicy`.
   *
   * Throws if the principal is everybody without a condition, or AWS Lambda, which does not pull through the cache;
   * and for a rule that this app does not make. For the prefix `ROOT` it lets them into every repository of the
   * registry, which is a warning.
   *
   * @param principal for example `AccountPrincipal`, `OrganizationPrincipal`, `OrganizationalUnitPrincipal`, or
   *   `ServicePrincipal` of `omics.amazonaws.com`
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
   */
  allowPullFrom(principal: IPrincipal): void;

  /**
   * Makes an EventBridge rule for whatever the cache does with images of this rule.
   *
   * @param id the id of the EventBridge rule
   * @param options target and other options of the EventBridge rule
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
   */
  onCacheAction(id: string, options?: OnEventOptions): Rule;

  /**
   * Makes an EventBridge rule for pulls through this rule that fail, as they do when an access token has expired.
   *
   * @param id the id of the EventBridge rule
   * @param options target and other options of the EventBridge rule
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
   */
  onCacheFailure(id: string, options?: OnEventOptions): Rule;
}
