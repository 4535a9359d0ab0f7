import { IResource, Resource, ResourceProps, Stack, Stage, Token } from 'aws-cdk-lib';
import {
  CfnPullThroughCacheRule,
  IPullThroughCacheRuleRef,
  IRepository,
  PullThroughCacheRuleReference,
} from 'aws-cdk-lib/aws-ecr';
import type { OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import { IPrincipal, IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { ANY_ACTION, FAILURE, watch } from './cache-events';
import { knowPrefix } from './known-prefixes';
import { PullThroughCacheRuleGrants } from './pull-through-cache-rule-grants';
import { checkPrefixes, checkRegion, checkSiblings, warnOfReference } from './rule-checks';
import { addPullStatement, hasPullStatements } from '../access/cross-account-statements';
import { accountsOfPullers } from '../access/foreign-pullers';
import { CACHED_PULL_ACTIONS, FIRST_PULL_ACTIONS, refuseLambda } from '../access/pull-permissions';
import { RegistryPolicy } from '../access/registry-policy';
import { principalProblems } from '../access/resource-policy';
import { fail, refuse } from '../core/errors';
import { keepLogicalId } from '../core/logical-id';
import { joinPrefix, normalizePrefix, renderRulePrefix, ROOT, stripPrefix } from '../core/repository-prefix';
import {
  ANYTHING,
  checkedScope,
  FLAG,
  memberProblems,
  OBJECT,
  Shape,
  Shapes,
  TEXT,
  valueProblems,
} from '../core/shapes';
import { warn } from '../core/warnings';
import { differ, Environment } from '../environment/environment';
import { cacheRepository } from '../image/cache-path';
import { CachedImage, CachedImageOptions } from '../image/cached-image';
import { CachedRepository } from '../image/cached-repository';
import { imageOptionProblems } from '../image/image-options';
import { ImageReference } from '../image/image-reference';
import {
  RepositoryCreationTemplate,
  RepositoryCreationTemplateOptions,
  RepositoryTemplateUse,
} from '../template/repository-creation-template';
import { canonicalHost, parseEcrHost } from '../upstream/catalogue';
import { upstreamHostProblems } from '../upstream/upstream-host';
import type { UpstreamRegistry } from '../upstream/upstream-registry';

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
   * The host of the upstream registry, such as `registry-1.docker.io`; nothing for a rule that was referred to by its prefix alone.
   */
  readonly upstreamRegistryUrl?: string;

  /**
   * The part of the upstream registry that is cached; `ROOT` for all of it.
   */
  readonly upstreamRepositoryPrefix: string;

  /** Who may pull through this rule. */
  readonly grants: PullThroughCacheRuleGrants;

  /**
   * An image of the upstream registry as it is pulled through this rule.
   *
   * Throws if the image is of another registry, lies outside `upstreamRepositoryPrefix`, or would need a
   * repository name of more than 256 characters. A missing tag, which means `latest`, and a digest, which may
   * fail until the image is cached, are warnings.
   *
   * @param reference `nginx:1.27` (an image of this upstream), `docker.io/library/nginx:1.27` (in full), or the cached URI itself
   * @param options how to name the image
   */
  image(reference: string, options?: CachedImageOptions): CachedImage;

  /**
   * The same as `image`, for a reference of which parts are CDK tokens.
   *
   * @param reference the image
   * @param options how to name the image
   */
  imageFromReference(reference: ImageReference, options?: CachedImageOptions): CachedImage;

  /**
   * An EventBridge rule for whatever the cache does with images of this rule.
   *
   * @param id the id of the EventBridge rule
   * @param options its target, and what else of EventBridge
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
   */
  onCacheAction(id: string, options?: OnEventOptions): Rule;

  /**
   * An EventBridge rule for pulls through this rule that fail, as they do when an access token has expired.
   *
   * @param id the id of the EventBridge rule
   * @param options its target, and what else of EventBridge
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
   */
  onCacheFailure(id: string, options?: OnEventOptions): Rule;
}

const REFERENCE: Shape = {
  name: 'an ImageReference',
  fits: (reference) => [reference?.host, reference?.repository, reference?.suffix].every(TEXT.fits),
};

/**
 * What rules of this app and rules that exist have in common.
 *
 * @internal
 */
export abstract class PullThroughCacheRuleBase extends Resource implements IPullThroughCacheRule {
  public abstract readonly ecrRepositoryPrefix: string;
  public abstract readonly upstreamRegistryUrl?: string;
  public abstract readonly upstreamRepositoryPrefix: string;
  public readonly grants: PullThroughCacheRuleGrants;
  private readonly repositories = new Map<string, CachedRepository>();
  private host?: string;

  constructor(scope: Construct, id: string, props?: ResourceProps) {
    super(checkedScope(scope, id), id, props);
    this.grants = PullThroughCacheRuleGrants.fromPullThroughCacheRule(this);
  }

  public get pullThroughCacheRuleRef(): PullThroughCacheRuleReference {
    return { ecrRepositoryPrefix: renderRulePrefix(this.ecrRepositoryPrefix) };
  }

  public image(reference: string, options: CachedImageOptions = {}): CachedImage {
    return (
      this._cached(reference, options) ??
      this.imageFromReference(ImageReference.parse(reference, this.knownUpstream()), options)
    );
  }

  public imageFromReference(reference: ImageReference, options: CachedImageOptions = {}): CachedImage {
    refuse(valueProblems('reference', reference, REFERENCE), this.node.path);
    const { name, problems } = this.locate(reference);
    refuse(problems, this.node.path);
    warnOfReference(this, reference);
    return this.cachedImage(name, reference, options);
  }

  /**
   * The image behind a URI of this cache; nothing for any other reference.
   *
   * @internal
   */
  public _cached(reference: string, options: CachedImageOptions = {}): CachedImage | undefined {
    const uri = this.parseCachedUri(reference);
    if (uri === undefined) {
      return undefined;
    }
    refuse(imageOptionProblems(options), this.node.path);
    const named = { dualStack: options.dualStack ?? uri.dualStack };
    if (this.upstreamRegistryUrl === undefined || Token.isUnresolved(this.upstreamRepositoryPrefix)) {
      const image = ImageReference._below(uri.host, uri.path);
      warnOfReference(this, image);
      return this.cachedImage(joinPrefix(this.ecrRepositoryPrefix, image.repository), image, named);
    }
    // By its upstream name, so that a URI is held to the same rules as that, and is not without its library/.
    return this.imageFromReference(
      ImageReference._below(this.upstreamRegistryUrl, joinPrefix(this.upstreamRepositoryPrefix, uri.path)),
      named,
    );
  }

  /**
   * The same as `imageFromReference` for an image that this rule caches, without a word about its tag.
   *
   * @internal
   */
  public _tryImage(reference: ImageReference, options: CachedImageOptions = {}): CachedImage | undefined {
    const { name, problems } = this.locate(reference);
    return problems.length === 0 ? this.cachedImage(name, reference, options) : undefined;
  }

  /**
   * One construct for each repository and host: its tags and digests share it.
   *
   * @internal
   */
  public _repository(repositoryName: string, registryUri: string): IRepository {
    const key = `${registryUri}/${repositoryName}`;
    const repository = this.repositories.get(key) ?? this.newCachedRepository(repositoryName, registryUri);
    this.repositories.set(key, repository);
    return repository;
  }

  public onCacheAction(id: string, options: OnEventOptions = {}): Rule {
    return watch(this, id, [this], ANY_ACTION, options);
  }

  public onCacheFailure(id: string, options: OnEventOptions = {}): Rule {
    return watch(this, id, [this], FAILURE, options);
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
          what: 'the upstream of this rule is not known, so neither are the names of its images',
          fix: 'refer to the rule with PullThroughCacheRule.fromPullThroughCacheRuleAttributes and its upstreamRegistryUrl',
        },
        this.node.path,
      )
    );
  }

  private cachedImage(repositoryName: string, reference: ImageReference, options: CachedImageOptions): CachedImage {
    refuse(imageOptionProblems(options), this.node.path);
    const registryUri = options.dualStack ? this.dualStackRegistryUri() : this.registryUri();
    return CachedImage._of({ reference, registryUri, repositoryName, rule: this });
  }

  private newCachedRepository(repositoryName: string, registryUri: string): CachedRepository {
    const { account, region } = this.env;
    const hostKind = registryUri === this.registryUri() ? 'Repository' : 'DualStackRepository';
    // A slash would be a step in the construct's path; no repository has a colon.
    const id = `${hostKind}:${Token.isUnresolved(repositoryName) ? this.node.children.length : repositoryName.replace(/\//g, ':')}`;
    return new CachedRepository(this, id, {
      repositoryName,
      repositoryArn: Stack.of(this).formatArn({
        service: 'ecr',
        account,
        region,
        resource: 'repository',
        resourceName: repositoryName,
      }),
      registryUri,
    });
  }

  private registryUri(): string {
    this.host = this.host ?? `${this.env.account}.dkr.ecr.${this.env.region}.${Stack.of(this).urlSuffix}`;
    return this.host;
  }

  private dualStackRegistryUri(): string {
    return `${this.env.account}.dkr-ecr.${this.env.region}.on.aws`;
  }

  /** The parts of a URI of this cache, the prefix left out; nothing for any other reference. */
  private parseCachedUri(reference: string): { host: string; path: string; dualStack: boolean } | undefined {
    const slash = typeof reference === 'string' ? reference.indexOf('/') : -1;
    if (slash === -1) {
      return undefined;
    }
    const host = reference.slice(0, slash);
    const path = this.isOwnHost(host) ? stripPrefix(this.ecrRepositoryPrefix, reference.slice(slash + 1)) : undefined;
    return path === undefined ? undefined : { host, path, dualStack: host.includes('.dkr-ecr.') };
  }

  private isOwnHost(host: string): boolean {
    if (host === this.registryUri() || host === this.dualStackRegistryUri()) {
      return true;
    }
    const ecr = parseEcrHost(host);
    return (
      ecr !== undefined &&
      !differ(ecr.account, this.env.account) &&
      !differ(ecr.region, this.env.region) &&
      canonicalHost(host) !== this.upstreamRegistryUrl
    );
  }
}

/**
 * A rule that exists.
 */
export interface PullThroughCacheRuleAttributes {
  /** The prefix of the rule, or `PullThroughCacheRule.ROOT`. */
  readonly ecrRepositoryPrefix: string;

  /** The host of its upstream registry, such as `registry-1.docker.io`; other names of the registry, such as `docker.io`, do as well. */
  readonly upstreamRegistryUrl: string;

  /**
   * The part of the upstream registry that it caches.
   *
   * @default - all of it
   */
  readonly upstreamRepositoryPrefix?: string;

  /**
   * The account of the rule: 12 digits.
   *
   * @default - the account of the stack
   */
  readonly account?: string;

  /**
   * The region of the rule.
   *
   * @default - the region of the stack
   */
  readonly region?: string;
}

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
   * CloudFormation cannot change it in a rule that exists.
   *
   * @default ROOT - the whole registry
   */
  readonly upstreamRepositoryPrefix?: string;

  /**
   * How the repositories are that pulls through this rule create: their lifecycle, key, tags and policy.
   * Makes a `RepositoryCreationTemplate` with the rule's own prefix.
   *
   * @default - no template: every image is kept for ever, with mutable tags, encrypted with AES256
   */
  readonly repositories?: RepositoryCreationTemplateOptions;

  /**
   * Whether the rule's logical id comes from its prefix, so that moving or renaming the construct changes
   * nothing in the template. CloudFormation would create the rule under its new logical id before it deletes
   * the old, which fails: the prefix is taken.
   *
   * @default true - also where the prefix is a token: then the id is CDK's
   */
  readonly logicalIdFromPrefix?: boolean;
}

const PROPS: Shapes<PullThroughCacheRuleProps> = {
  upstream: ANYTHING,
  ecrRepositoryPrefix: ANYTHING,
  upstreamRepositoryPrefix: ANYTHING,
  repositories: OBJECT,
  logicalIdFromPrefix: FLAG,
};

/**
 * A rule by which ECR caches the images of an upstream registry.
 *
 * All that a rule consists of can only be set when it is created: CloudFormation cannot change its
 * credentials, role or upstream prefix in place, and fails with "already exists" when it tries to replace
 * the rule. Deleting a rule leaves the cached repositories behind.
 *
 * Throws if a prefix breaks the rules of ECR or is taken in the same account and region, in whichever stack
 * of the app; if the account and region would have more than 50 rules; if the secret or the role cannot be
 * used; and in the regions of China.
 *
 * @resource AWS::ECR::PullThroughCacheRule
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
 * @example
 * const hub = new PullThroughCacheRule(this, 'DockerHub', {
 *   upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
 * });
 * hub.grants.pull(role);
 */
export class PullThroughCacheRule extends PullThroughCacheRuleBase {
  /** The prefix of a rule that caches without one, for every repository that no other rule covers. */
  public static readonly ROOT = ROOT;

  /**
   * A rule that exists in the account and region of the stack, of which only the prefix is known.
   *
   * It gives `grants`. For `image()` its upstream must be known too: use `fromPullThroughCacheRuleAttributes`.
   *
   * @param scope the parent
   * @param id the id
   * @param ecrRepositoryPrefix the prefix of the rule
   */
  public static fromEcrRepositoryPrefix(
    scope: Construct,
    id: string,
    ecrRepositoryPrefix: string,
  ): IPullThroughCacheRule {
    return new ExistingRule(scope, id, { ecrRepositoryPrefix });
  }

  /**
   * A rule that exists, perhaps in another account or region.
   *
   * Throws if a prefix breaks the rules of ECR, or ECR does not support the upstream registry.
   *
   * @param scope the parent
   * @param id the id
   * @param attributes what is known of the rule
   */
  public static fromPullThroughCacheRuleAttributes(
    scope: Construct,
    id: string,
    attributes: PullThroughCacheRuleAttributes,
  ): IPullThroughCacheRule {
    return new ExistingRule(scope, id, attributes);
  }

  public readonly ecrRepositoryPrefix: string;
  public readonly upstreamRegistryUrl?: string;
  public readonly upstreamRepositoryPrefix: string;

  /** The secret with which the rule signs in to the upstream registry, if it needs one. */
  public readonly credentialsSecret?: ISecret;

  /** The role with which the rule reads from an ECR registry of another account, if it needs one. */
  public readonly role?: IRole;

  private readonly resource: CfnPullThroughCacheRule;
  private template?: RepositoryCreationTemplate;

  constructor(scope: Construct, id: string, props: PullThroughCacheRuleProps) {
    super(scope, id);
    if (typeof props?.upstream?._bind !== 'function') {
      fail(
        {
          what: 'upstream is not an UpstreamRegistry',
          given: props?.upstream,
          allowed: 'what the factories of UpstreamRegistry make',
          fix: 'give one such as UpstreamRegistry.quay()',
        },
        this.node.path,
      );
    }
    refuse(memberProblems('props', props, PROPS), this.node.path);
    const { upstream, ecrRepositoryPrefix = upstream.defaultEcrRepositoryPrefix, upstreamRepositoryPrefix } = props;
    checkRegion(this);
    checkPrefixes(this, ecrRepositoryPrefix, upstreamRepositoryPrefix);
    this.ecrRepositoryPrefix = normalizePrefix(ecrRepositoryPrefix);
    this.upstreamRegistryUrl = upstream.upstreamRegistryUrl;
    this.upstreamRepositoryPrefix = normalizePrefix(upstreamRepositoryPrefix ?? ROOT);
    checkSiblings(this, this.ecrRepositoryPrefix);
    knowPrefix(this, this.ecrRepositoryPrefix);

    const { secret, role } = upstream._bind(this, this.ecrRepositoryPrefix, this.upstreamRepositoryPrefix);
    this.credentialsSecret = secret;
    this.role = role;
    this.resource = new CfnPullThroughCacheRule(this, 'Resource', {
      ecrRepositoryPrefix: renderRulePrefix(this.ecrRepositoryPrefix),
      upstreamRegistry: upstream.upstreamRegistryName,
      upstreamRegistryUrl: this.upstreamRegistryUrl,
      upstreamRepositoryPrefix:
        upstreamRepositoryPrefix === undefined ? undefined : renderRulePrefix(this.upstreamRepositoryPrefix),
      credentialArn: secret?.secretArn,
      customRoleArn: role?.roleArn,
    });
    // ECR tries the role when it creates the rule, so that the role's policy must be there too.
    if (role) {
      this.resource.node.addDependency(role);
    }
    if (props.logicalIdFromPrefix !== false) {
      keepLogicalId(this.resource, 'PullThroughCacheRule', this.ecrRepositoryPrefix);
    }
    if (props.repositories) {
      this.useTemplate(this.makeTemplate(props.repositories));
    }
    this.node.addValidation({ validate: () => this.warnOfPullers() });
  }

  /** The template for the repositories that pulls through this rule create, if it was made by `repositories` or is used by `allowPullFrom`. */
  public get repositoryCreationTemplate(): RepositoryCreationTemplate | undefined {
    return this.template;
  }

  /**
   * Lets principals of other accounts, and services of AWS, pull through this rule.
   *
   * Adds what they need to the policy of the registry, and to that of the repositories which pulls create, by
   * a template that is made unless the rule has one. In the other account, `grants` of
   * `fromPullThroughCacheRuleAttributes` give the other half.
   *
   * Throws if the principal is everybody without a condition, or AWS Lambda, which does not pull through the cache.
   *
   * @param principal for example `AccountPrincipal`, `OrganizationPrincipal`, `OrganizationalUnitPrincipal`, or `ServicePrincipal` of `omics.amazonaws.com`
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
   */
  public allowPullFrom(principal: IPrincipal): void {
    refuse(principalProblems(principal), this.node.path);
    refuseLambda(this, principal);
    RegistryPolicy.of(this).addStatement(
      new PolicyStatement({
        principals: [principal],
        actions: ['ecr:BatchGetImage', ...FIRST_PULL_ACTIONS],
        resources: [
          this.stack.formatArn({
            service: 'ecr',
            resource: 'repository',
            resourceName: joinPrefix(this.ecrRepositoryPrefix, '*'),
          }),
        ],
      }),
    );
    addPullStatement(
      this,
      new PolicyStatement({
        principals: [principal],
        actions: [...CACHED_PULL_ACTIONS, 'ecr:BatchImportUpstreamImage'],
      }),
    );
    if (this.template === undefined) {
      this.useTemplate(this.templateByHand() ?? this.makeTemplate({}));
    }
  }

  /** Read when the app is synthesized: `allowPullFrom` may come after the grants. A registry policy of its own may let them in, too. */
  private warnOfPullers(): string[] {
    const accounts = accountsOfPullers(this);
    if (accounts.length > 0 && !hasPullStatements(this) && !RegistryPolicy._isMade(this)) {
      warn(
        this,
        'PullThroughCacheRule.otherAccount',
        `principals of the ${accounts.length === 1 ? 'account' : 'accounts'} ${accounts.join(', ')} may pull by policies of their own, and the account of the rule lets nobody in; ` +
          `call allowPullFrom(new AccountPrincipal("${accounts[0]}"))`,
      );
    }
    return [];
  }

  private makeTemplate(options: RepositoryCreationTemplateOptions): RepositoryCreationTemplate {
    return new RepositoryCreationTemplate(this, 'Template', { ...options, prefix: this.ecrRepositoryPrefix });
  }

  private useTemplate(template: RepositoryCreationTemplate): void {
    this.template = template;
    // A template says nothing of repositories that exist, so it comes before the first pull. CDK refuses
    // dependencies between stages, which are deployed one after the other anyway.
    if (Stage.of(template) === Stage.of(this)) {
      this.resource.node.addDependency(template);
    }
  }

  /** A template that the app made for the very prefix of the rule. */
  private templateByHand(): RepositoryCreationTemplate | undefined {
    const template = Environment.of(this).holder('template', this.ecrRepositoryPrefix) as
      RepositoryCreationTemplate | undefined;
    if (template && !template._appliesTo(RepositoryTemplateUse.PULL_THROUGH_CACHE)) {
      fail(
        {
          what: `the template ${template.node.path} has the prefix of this rule, and says nothing of the repositories that pulls create`,
          allowed: 'a template that is applied for PULL_THROUGH_CACHE',
          fix: 'add RepositoryTemplateUse.PULL_THROUGH_CACHE to its appliedFor',
        },
        this.node.path,
      );
    }
    return template;
  }
}

const ATTRIBUTES: Shapes<PullThroughCacheRuleAttributes> = {
  ecrRepositoryPrefix: ANYTHING,
  upstreamRegistryUrl: ANYTHING,
  upstreamRepositoryPrefix: ANYTHING,
  account: TEXT,
  region: TEXT,
};

/** A rule that this app does not make. */
class ExistingRule extends PullThroughCacheRuleBase {
  public readonly ecrRepositoryPrefix: string;
  public readonly upstreamRegistryUrl?: string;
  public readonly upstreamRepositoryPrefix: string;

  constructor(
    scope: Construct,
    id: string,
    attributes: Omit<PullThroughCacheRuleAttributes, 'upstreamRegistryUrl'> & { upstreamRegistryUrl?: string },
  ) {
    super(scope, id, { account: attributes?.account, region: attributes?.region });
    refuse(memberProblems('attributes', attributes, ATTRIBUTES), this.node.path);
    checkPrefixes(this, attributes?.ecrRepositoryPrefix, attributes?.upstreamRepositoryPrefix);
    refuse(
      attributes.upstreamRegistryUrl === undefined ? [] : upstreamHostProblems(attributes.upstreamRegistryUrl),
      this.node.path,
    );
    this.ecrRepositoryPrefix = normalizePrefix(attributes.ecrRepositoryPrefix);
    if (!differ(this.env.account, this.stack.account) && !differ(this.env.region, this.stack.region)) {
      knowPrefix(this, this.ecrRepositoryPrefix);
    }
    const url = attributes.upstreamRegistryUrl;
    this.upstreamRegistryUrl = url === undefined || Token.isUnresolved(url) ? url : canonicalHost(url);
    this.upstreamRepositoryPrefix = normalizePrefix(attributes.upstreamRepositoryPrefix ?? ROOT);
  }
}
