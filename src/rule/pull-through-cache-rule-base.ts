import { Resource, Stack, Token } from 'aws-cdk-lib';
import type { IRepository, PullThroughCacheRuleReference } from 'aws-cdk-lib/aws-ecr';
import type { OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { CachedUri, parseCachedUri } from './cached-uri';
import type { IPullThroughCacheRule } from './i-pull-through-cache-rule';
import { PullThroughCacheRuleGrants } from './pull-through-cache-rule-grants';
import { warnOfReference } from './rule-checks';
import { ANY_ACTION, FAILURE, watch } from './rule-events';
import { allowPull } from '../access/ecs-service-dependencies';
import { CACHED_PULL_ACTIONS, FIRST_PULL_ACTIONS } from '../access/pull-permissions';
import { fail, throwIfAny } from '../core/errors';
import { joinPrefix, renderRulePrefix } from '../core/repository-prefix';
import { cacheRepository } from '../image/cache-path';
import { CachedImage, CachedImageOptions } from '../image/cached-image';
import { CachedRepository } from '../image/cached-repository';
import { ImageReference } from '../image/image-reference';
import { dualStackRegistryHost, registryHost } from '../image/registry-host';
import type { PrefetchOptions } from '../prefetch/prefetch-options';
import type { PrefetchedImage } from '../prefetch/prefetched-image';
import type { RepositoryCreationTemplate } from '../template/repository-creation-template';

/**
 * What rules of this app and rules that exist have in common.
 *
 * @internal
 */
export abstract class PullThroughCacheRuleBase extends Resource implements IPullThroughCacheRule {
  public abstract readonly ecrRepositoryPrefix: string;
  public abstract readonly upstreamRegistryUrl?: string;
  public abstract readonly upstreamRepositoryPrefix: string;
  public abstract readonly credentialsSecret?: ISecret;
  public abstract readonly repositoryCreationTemplate?: RepositoryCreationTemplate;

  private readonly repositories = new Map<string, CachedRepository>();
  private ruleGrants?: PullThroughCacheRuleGrants;
  private host?: string;
  /** What the ARNs of all repositories begin with. */
  private arnOfNoName?: string;

  public abstract allowPullFrom(principal: IPrincipal): void;

  public get grants(): PullThroughCacheRuleGrants {
    this.ruleGrants ??= PullThroughCacheRuleGrants.fromPullThroughCacheRule(this);
    return this.ruleGrants;
  }

  public get pullThroughCacheRuleRef(): PullThroughCacheRuleReference {
    return { ecrRepositoryPrefix: renderRulePrefix(this.ecrRepositoryPrefix) };
  }

  public image(reference: string, options: CachedImageOptions = {}): CachedImage {
    const uri = parseCachedUri(this, reference);
    return uri
      ? this.cached(uri, options)
      : this.imageFromReference(ImageReference.parse(reference, this.knownUpstream()), options);
  }

  public imageFromReference(reference: ImageReference, options: CachedImageOptions = {}): CachedImage {
    const { name, problems } = this.locate(reference);
    throwIfAny(problems, this.node.path);
    warnOfReference(this, reference);
    return this.cachedImage(name, reference, options);
  }

  public prefetch(reference: string, options: PrefetchOptions = {}): PrefetchedImage {
    // Loaded here and not above, for those who never prefetch.
    const { prefetchImage }: typeof import('../prefetch/prefetch') = require('../prefetch/prefetch');
    return prefetchImage(this, reference, options);
  }

  public onCacheAction(id: string, options: OnEventOptions = {}): Rule {
    return watch(this, id, [this], ANY_ACTION, options);
  }

  public onCacheFailure(id: string, options: OnEventOptions = {}): Rule {
    return watch(this, id, [this], FAILURE, options);
  }

  /**
   * Names an image that this rule caches, without tag warnings; nothing for any other image.
   *
   * @internal
   */
  public _tryImage(reference: ImageReference, options: CachedImageOptions = {}): CachedImage | undefined {
    const { name, problems } = this.locate(reference);
    return problems.length === 0 ? this.cachedImage(name, reference, options) : undefined;
  }

  /**
   * Gives one construct for each repository and host: its tags and digests share it.
   *
   * @internal
   */
  public _repository(repositoryName: string, registryUri: string): IRepository {
    const key = `${registryUri}/${repositoryName}`;
    const repository = this.repositories.get(key) ?? this.newCachedRepository(repositoryName, registryUri);
    this.repositories.set(key, repository);
    return repository;
  }

  /**
   * Allows the first pull of an image.
   *
   * @internal
   */
  public _allowPull(repositoryName: string, grantee: IGrantable): Grant {
    const actions = [...CACHED_PULL_ACTIONS, ...FIRST_PULL_ACTIONS];
    return allowPull(this, grantee, actions, this.repositoryArn(repositoryName));
  }

  private cached({ host, path, dualStack }: CachedUri, options: CachedImageOptions): CachedImage {
    const named = { dualStack: options.dualStack ?? dualStack };
    if (this.upstreamRegistryUrl === undefined || Token.isUnresolved(this.upstreamRepositoryPrefix)) {
      const image = ImageReference._below(host, path);
      warnOfReference(this, image);
      return this.cachedImage(joinPrefix(this.ecrRepositoryPrefix, image.repository), image, named);
    }
    // By its upstream name, so that a URI is held to the same rules as that, and is not without its library/.
    const upstreamPath = joinPrefix(this.upstreamRepositoryPrefix, path);
    return this.imageFromReference(ImageReference._below(this.upstreamRegistryUrl, upstreamPath), named);
  }

  private locate(reference: ImageReference): ReturnType<typeof cacheRepository> {
    return cacheRepository(
      {
        ecrRepositoryPrefix: this.ecrRepositoryPrefix,
        upstreamRegistryUrl: this.knownUpstream(),
        upstreamRepositoryPrefix: this.upstreamRepositoryPrefix,
      },
      reference,
    );
  }

  private knownUpstream(): string {
    return (
      this.upstreamRegistryUrl ??
      fail(
        {
          id: 'PullThroughCacheRule.unknownUpstream',
          what: 'the upstream of this rule is not known, so neither are the names of its images',
          fix:
            'refer to the rule with PullThroughCacheRule.fromPullThroughCacheRuleAttributes and its ' +
            'upstreamRegistryUrl',
        },
        this.node.path,
      )
    );
  }

  private cachedImage(repositoryName: string, reference: ImageReference, options: CachedImageOptions): CachedImage {
    const registryUri = options.dualStack ? dualStackRegistryHost(this.env) : this.registryHost();
    return CachedImage._of({ reference, registryUri, repositoryName, rule: this });
  }

  private repositoryArn(repositoryName: string): string {
    const { account, region } = this.env;
    const parts = { service: 'ecr', account, region, resource: 'repository', resourceName: '' };
    this.arnOfNoName ??= Stack.of(this).formatArn(parts);
    return this.arnOfNoName + repositoryName;
  }

  private newCachedRepository(repositoryName: string, registryUri: string): CachedRepository {
    const hostKind = registryUri === this.registryHost() ? 'Repository' : 'DualStackRepository';
    // A slash would be a step in the construct's path; no repository has a colon.
    const name = Token.isUnresolved(repositoryName) ? this.node.children.length : repositoryName.replace(/\//g, ':');
    return new CachedRepository(this, `${hostKind}:${name}`, {
      repositoryName,
      repositoryArn: this.repositoryArn(repositoryName),
      registryUri,
    });
  }

  private registryHost(): string {
    this.host ??= registryHost(this, this.env);
    return this.host;
  }
}
