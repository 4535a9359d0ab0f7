import type { DockerImage } from 'aws-cdk-lib';
import type { OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { DockerCredential, EcrDockerCredentialOptions } from 'aws-cdk-lib/pipelines';
import { Construct, IConstruct } from 'constructs';
import type { IPullThroughCache } from './i-pull-through-cache';
import { PullThroughCacheGrants } from './pull-through-cache-grants';
import { RuleIndex } from './rule-index';
import { AdmissionPolicy } from '../admission/admission-policy';
import type { AdmissionPolicyOptions } from '../admission/admission-policy-options';
import { BuildContextsOptions, buildContextsOf } from '../build/build-contexts';
import { bundlingImageOf } from '../build/bundling-image';
import { CachedBuild, CachedBuildOptions } from '../build/cached-build';
import {
  DockerCredentialsFile,
  DockerCredentialsFileProps,
  dockerCredentialsOf,
  signInCommands,
} from '../build/docker-credentials';
import { fail } from '../core/errors';
import { isDummy } from '../core/tokens';
import type { CachedImage, CachedImageOptions } from '../image/cached-image';
import { ImageReference } from '../image/image-reference';
import type { PrefetchOptions } from '../prefetch/prefetch-options';
import type { PrefetchedImage } from '../prefetch/prefetched-image';
import type { RedirectOptions } from '../redirect/redirect-options';
import { Redirection } from '../redirect/redirection';
import type { IPullThroughCacheRule } from '../rule/i-pull-through-cache-rule';
import { ANY_ACTION, FAILURE, watch } from '../rule/rule-events';
import { adviceForNoRule } from '../upstream/catalogue';

/**
 * What caches of this app and caches that exist have in common.
 *
 * @internal
 */
export abstract class PullThroughCacheBase extends Construct implements IPullThroughCache {
  /** The rules of the cache. */
  protected abstract readonly members: IPullThroughCacheRule[];
  private ruleIndex?: RuleIndex;
  private cacheGrants?: PullThroughCacheGrants;

  public abstract allowPullFrom(principal: IPrincipal): void;

  public get rules(): IPullThroughCacheRule[] {
    return [...this.members];
  }

  public get grants(): PullThroughCacheGrants {
    this.cacheGrants ??= PullThroughCacheGrants.fromPullThroughCacheRules(this.rules);
    return this.cacheGrants;
  }

  public rule(upstreamRegistryUrl: string): IPullThroughCacheRule {
    return (
      this.index.ofHost(upstreamRegistryUrl)[0] ??
      fail(
        {
          id: 'PullThroughCache.noRule',
          what: 'the cache has no rule for this registry',
          given: upstreamRegistryUrl,
          allowed: this.index.hosts.join(', '),
          fix: adviceForNoRule(upstreamRegistryUrl),
        },
        this.node.path,
      )
    );
  }

  public image(reference: string, options: CachedImageOptions = {}): CachedImage {
    return (
      this.index.ofUri(reference)?.image(reference, options) ?? this.imageFromReference(this.parse(reference), options)
    );
  }

  public imageFromReference(reference: ImageReference, options: CachedImageOptions = {}): CachedImage {
    // Where no rule covers the image, one that nearly does says why.
    const rule = this.index.covering(reference) ?? this.rule(reference.host);
    return rule.imageFromReference(reference, options);
  }

  public tryImage(reference: string, options: CachedImageOptions = {}): CachedImage | undefined {
    const rule = this.index.ofUri(reference);
    if (rule) {
      return rule.image(reference, options);
    }
    const parsed = this.parse(reference);
    return this.index.covering(parsed)?.imageFromReference(parsed, options);
  }

  public prefetch(reference: string, options: PrefetchOptions = {}): PrefetchedImage {
    return this.ruleFor(reference).prefetch(reference, options);
  }

  public onCacheAction(id: string, options: OnEventOptions = {}): Rule {
    return watch(this, id, this.rules, ANY_ACTION, options);
  }

  public onCacheFailure(id: string, options: OnEventOptions = {}): Rule {
    return watch(this, id, this.rules, FAILURE, options);
  }

  public redirect(scope: IConstruct, options: RedirectOptions = {}): Redirection {
    const redirection = this.redirectionAspect(options);
    redirection._reachInto(scope);
    return redirection;
  }

  public redirectionAspect(options: RedirectOptions = {}): Redirection {
    return Redirection._of(this, options);
  }

  public admissionPolicy(options: AdmissionPolicyOptions = {}): AdmissionPolicy {
    return AdmissionPolicy._of(this, options);
  }

  public dockerBuild(directory: string, options: CachedBuildOptions = {}): CachedBuild {
    return CachedBuild._of(this, directory, options);
  }

  public buildContexts(directory: string, options: BuildContextsOptions = {}): { [name: string]: string } {
    return buildContextsOf(this, directory, options);
  }

  public bundlingImage(reference: string): DockerImage {
    return bundlingImageOf(this, reference);
  }

  public dockerCredentials(options: EcrDockerCredentialOptions = {}): DockerCredential[] {
    return dockerCredentialsOf(this.rules, options);
  }

  public dockerCredentialsFile(id: string, props: DockerCredentialsFileProps): DockerCredentialsFile {
    return DockerCredentialsFile._of(this, id, this.rules, props);
  }

  public get dockerLoginCommands(): string[] {
    return signInCommands(this.rules);
  }

  /**
   * Names an image by the rule that covers it, without tag warnings.
   *
   * @internal
   */
  public _find(reference: ImageReference): CachedImage | undefined {
    return this.index.find(reference);
  }

  /**
   * The registries, or parts of them, that the rules cache.
   *
   * @internal
   */
  public get _upstreams(): string[] {
    return this.index.upstreams;
  }

  /**
   * Finds the image behind a URI of this cache.
   *
   * @internal
   */
  public _findCached(uri: string): CachedImage | undefined {
    return this.index.ofUri(uri)?.image(uri);
  }

  /**
   * Has an image in the cache before what names it is deployed.
   *
   * @internal
   */
  public _prefetch(reference: ImageReference): PrefetchedImage {
    return this.prefetch(reference.toString());
  }

  /** Finds the rule of an image. Where none covers it, one that nearly does says why. */
  private ruleFor(reference: string): IPullThroughCacheRule {
    const ofUri = this.index.ofUri(reference);
    if (ofUri) {
      return ofUri;
    }
    const parsed = this.parse(reference);
    return this.index.covering(parsed) ?? this.rule(parsed.host);
  }

  private get index(): RuleIndex {
    this.ruleIndex ??= new RuleIndex(this.members);
    return this.ruleIndex;
  }

  /** The dummy value of a look-up is an image of any registry, until the CLI has looked it up. */
  private parse(reference: string): ImageReference {
    return isDummy(reference)
      ? ImageReference.fromParts({ host: this.members[0].upstreamRegistryUrl, repository: reference })
      : ImageReference.parse(reference);
  }
}
