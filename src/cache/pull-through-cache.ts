import { Aspects, CfnOutput, Stage } from 'aws-cdk-lib';
import type { OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct, IConstruct } from 'constructs';
import { PullThroughCacheGrants } from './pull-through-cache-grants';
import { watchServices } from '../access/ecs-service-dependencies';
import { PRINCIPAL } from '../access/resource-policy';
import { fail, Problem, refuse } from '../core/errors';
import { ROOT } from '../core/repository-prefix';
import {
  checkedScope,
  CONSTRUCT,
  FLAG,
  listOf,
  mapOf,
  memberProblems,
  OBJECT,
  Shapes,
  TEXT,
  valueProblems,
  withMethod,
} from '../core/shapes';
import { holdsToken } from '../core/tokens';
import type { CachedImage, CachedImageOptions } from '../image/cached-image';
import { ImageReference } from '../image/image-reference';
import { Redirection, RedirectOptions } from '../redirect/redirection';
import { ANY_ACTION, FAILURE, watch } from '../rule/cache-events';
import { IPullThroughCacheRule, PullThroughCacheRule, PullThroughCacheRuleBase } from '../rule/pull-through-cache-rule';
import { warnOfReference } from '../rule/rule-checks';
import type { RepositoryCreationTemplateOptions } from '../template/repository-creation-template';
import { canonicalHost, familiarHost } from '../upstream/catalogue';
import { UpstreamRegistry } from '../upstream/upstream-registry';

/**
 * Properties of a cache.
 */
export interface PullThroughCacheProps {
  /**
   * The registries to cache, each with a rule of its own.
   *
   * @default - those that need no credentials: Amazon ECR Public, Kubernetes and Quay
   */
  readonly upstreams?: UpstreamRegistry[];

  /**
   * The prefixes of the rules, by the host of the registry as people write it: `{ 'docker.io': 'hub' }`.
   *
   * @default - those that the console proposes, such as `docker-hub`
   */
  readonly ecrRepositoryPrefixes?: { [host: string]: string };

  /**
   * How the repositories are that pulls create, for all registries.
   *
   * @default - no templates: every image is kept for ever, with mutable tags, encrypted with AES256
   */
  readonly repositories?: RepositoryCreationTemplateOptions;

  /**
   * The same for single registries, by their host. What is given here replaces `repositories` property by property.
   *
   * @default - none
   */
  readonly repositoriesByHost?: { [host: string]: RepositoryCreationTemplateOptions };

  /**
   * Rules that exist, or that are made elsewhere, as members of the cache.
   *
   * @default - none
   */
  readonly existingRules?: IPullThroughCacheRule[];

  /**
   * Who may pull from other accounts through the rules of `upstreams`.
   *
   * @default - nobody
   */
  readonly allowPullFrom?: IPrincipal[];

  /**
   * Whether an output of the stack tells people what to pull for which registry.
   *
   * @default false
   */
  readonly outputPrefixes?: boolean;
}

const PROPS: Shapes<PullThroughCacheProps> = {
  upstreams: listOf(withMethod('an UpstreamRegistry', '_bind')),
  ecrRepositoryPrefixes: mapOf(TEXT),
  repositories: OBJECT,
  repositoriesByHost: mapOf(OBJECT),
  existingRules: listOf(withMethod('an IPullThroughCacheRule', '_tryImage')),
  allowPullFrom: listOf(PRINCIPAL),
  outputPrefixes: FLAG,
};

/**
 * All upstream registries of an account and region together: rules, templates, permissions, and the
 * redirection of images that others declared.
 *
 * Throws what its rules throw, and if a host in its properties is not one of its upstreams.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
 */
export class PullThroughCache extends Construct {
  /** Who may pull through the rules. */
  public readonly grants: PullThroughCacheGrants;

  private readonly members: IPullThroughCacheRule[];
  private readonly byHost = new Map<string, PullThroughCacheRuleBase[]>();

  constructor(scope: Construct, id: string, props: PullThroughCacheProps = {}) {
    super(checkedScope(scope, id), id);
    refuse(memberProblems('props', props, PROPS), this.node.path);
    const upstreams = props.upstreams ?? [
      UpstreamRegistry.ecrPublic(),
      UpstreamRegistry.kubernetes(),
      UpstreamRegistry.quay(),
    ];
    const prefixes = byCanonicalHost(props.ecrRepositoryPrefixes);
    const repositories = byCanonicalHost(props.repositoriesByHost);
    refuse(
      [
        ...upstreamProblems(upstreams, props.existingRules ?? []),
        ...prefixProblems(upstreams, prefixes),
        ...hostProblems('ecrRepositoryPrefixes', prefixes, upstreams),
        ...hostProblems('repositoriesByHost', repositories, upstreams),
        ...unknownUpstreamProblems(props.existingRules ?? []),
      ],
      this.node.path,
    );

    const own = upstreams.map((upstream) => {
      const host = upstream.upstreamRegistryUrl;
      const prefix = prefixes.get(host) ?? upstream.defaultEcrRepositoryPrefix;
      const options =
        props.repositories || repositories.has(host) ? { ...props.repositories, ...repositories.get(host) } : undefined;
      return new PullThroughCacheRule(this, idOf(prefix, upstream), {
        upstream,
        ecrRepositoryPrefix: prefix,
        repositories: options,
      });
    });
    own.forEach((rule) => props.allowPullFrom?.forEach((principal) => rule.allowPullFrom(principal)));
    this.members = [...own, ...(props.existingRules ?? [])];
    this.members.forEach((rule) => this.index(rule as PullThroughCacheRuleBase));
    this.grants = PullThroughCacheGrants.fromPullThroughCache(this);
    if (props.outputPrefixes) {
      this.makeOutput();
    }
  }

  /** The rules of the cache: those that it made, then those that were given. */
  public get rules(): IPullThroughCacheRule[] {
    return [...this.members];
  }

  /**
   * The rule for a registry. Of several, the first.
   *
   * Throws if the cache has none, listing the hosts that it has.
   *
   * @param upstreamRegistryUrl the host of the registry, as people write it: `docker.io` or `registry-1.docker.io`
   */
  public rule(upstreamRegistryUrl: string): IPullThroughCacheRule {
    return this.rulesOf(upstreamRegistryUrl)?.[0] ?? this.refuseHost(upstreamRegistryUrl);
  }

  /**
   * An image as it is pulled through the cache, by the rule of its registry; of several rules, by that with the
   * longest upstream prefix that covers the image.
   *
   * Throws if no rule covers the image, listing the hosts that the cache has, and if the reference is not valid.
   *
   * @param reference the image: `nginx:1.27` (on Docker Hub), `ghcr.io/owner/app:v1`, or the URI of the cached image itself
   * @param options how to name the image
   */
  public image(reference: string, options: CachedImageOptions = {}): CachedImage {
    const cached = this.cachedUri(reference, options);
    if (cached) {
      return cached;
    }
    const parsed = ImageReference.parse(reference);
    // Where no rule covers the image, one that nearly does says why.
    return this.lookUp(parsed, options) ?? this.rule(parsed.host).imageFromReference(parsed, options);
  }

  /**
   * The same as `image`, and nothing for an image that no rule covers.
   *
   * Throws if the reference is not valid.
   *
   * @param reference the image, as for `image`
   * @param options how to name the image
   */
  public tryImage(reference: string, options: CachedImageOptions = {}): CachedImage | undefined {
    const cached = this.cachedUri(reference, options);
    if (cached) {
      return cached;
    }
    const parsed = ImageReference.parse(reference);
    return this.lookUp(parsed, options);
  }

  /**
   * An EventBridge rule for whatever the cache does.
   *
   * @param id the id of the EventBridge rule
   * @param options its target, and what else of EventBridge
   */
  public onCacheAction(id: string, options: OnEventOptions = {}): Rule {
    return watch(this, id, this.members, ANY_ACTION, options);
  }

  /**
   * An EventBridge rule for pulls through the cache that fail, as they do when an access token has expired.
   *
   * @param id the id of the EventBridge rule
   * @param options its target, and what else of EventBridge
   */
  public onCacheFailure(id: string, options: OnEventOptions = {}): Rule {
    return watch(this, id, this.members, FAILURE, options);
  }

  /**
   * Sends every image that is declared below a scope as a plain string, and that a rule covers, through the
   * cache, and lets the roles that pull do so: ECS, Batch, CodeBuild, Kubernetes manifests and Helm charts on
   * EKS, SageMaker. It acts when the app is synthesized, so also on what is added after the call, but for
   * stages: those that are added below the scope later need a call of their own.
   *
   * Left alone, and reported: tokens, images in ECR, images pulled with credentials of their own, AWS Lambda,
   * App Runner, and workloads in another account or region than this construct. Images that name themselves
   * inside a Helm chart and not in its values are not seen.
   *
   * @param scope below which
   * @param options which images
   */
  public redirect(scope: IConstruct, options: RedirectOptions = {}): Redirection {
    refuse(valueProblems('scope', scope, CONSTRUCT), this.node.path);
    const redirection = this.redirection(options);
    // Aspects do not reach into stages.
    for (const place of [scope, ...scope.node.findAll().filter((node) => node !== scope && Stage.isStage(node))]) {
      watchServices(place);
      Aspects.of(place).add(redirection);
    }
    return redirection;
  }

  /**
   * A redirection to apply oneself: with `Aspects.of(scope).add(...)`, or with `scope.with(...)` where
   * aws-cdk-lib has mixins.
   *
   * @param options which images
   */
  public redirection(options: RedirectOptions = {}): Redirection {
    return Redirection._of(this, options);
  }

  /**
   * The image by the rule that covers it, without a word about its tag.
   *
   * @internal
   */
  public _find(reference: ImageReference): CachedImage | undefined {
    return this.covering(reference)?.image;
  }

  private index(rule: PullThroughCacheRuleBase): void {
    const host = canonicalHost(rule.upstreamRegistryUrl!);
    const depth = (other: PullThroughCacheRuleBase) =>
      other.upstreamRepositoryPrefix === ROOT ? 0 : other.upstreamRepositoryPrefix.length;
    const rules = [...(this.byHost.get(host) ?? []), rule].sort((one, other) => depth(other) - depth(one));
    this.byHost.set(host, rules);
  }

  private rulesOf(host: string): PullThroughCacheRuleBase[] | undefined {
    return TEXT.fits(host) ? this.byHost.get(canonicalHost(host)) : undefined;
  }

  private lookUp(reference: ImageReference, options: CachedImageOptions): CachedImage | undefined {
    const found = this.covering(reference, options);
    if (found) {
      warnOfReference(found.rule, reference);
    }
    return found?.image;
  }

  private covering(
    reference: ImageReference,
    options?: CachedImageOptions,
  ): { rule: PullThroughCacheRuleBase; image: CachedImage } | undefined {
    for (const rule of this.rulesOf(reference.host) ?? []) {
      const image = rule._tryImage(reference, options);
      if (image) {
        return { rule, image };
      }
    }
    return undefined;
  }

  /** Only a host with the look of ECR, or one of tokens, can be that of a cached image. */
  private cachedUri(reference: string, options: CachedImageOptions): CachedImage | undefined {
    if (typeof reference !== 'string' || !reference.includes('.dkr')) {
      return undefined;
    }
    for (const rule of this.members) {
      const image = (rule as PullThroughCacheRuleBase)._cached(reference, options);
      if (image) {
        return image;
      }
    }
    return undefined;
  }

  private refuseHost(host: string): never {
    fail(
      {
        what: 'the cache has no rule for this registry',
        given: host,
        allowed: [...this.byHost.keys()].map(familiarHost).join(', '),
        fix: 'add the registry to the upstreams of the cache, or name the registry of the image in full',
      },
      this.node.path,
    );
  }

  private makeOutput(): void {
    const lines = this.members.map((rule) => {
      const { account, region } = rule.env;
      const upstream = [
        familiarHost(rule.upstreamRegistryUrl!),
        ...(rule.upstreamRepositoryPrefix === ROOT ? [] : [rule.upstreamRepositoryPrefix]),
      ].join('/');
      const prefix = rule.ecrRepositoryPrefix === ROOT ? '' : `/${rule.ecrRepositoryPrefix}`;
      return `${upstream} -> ${account}.dkr.ecr.${region}.${rule.stack.urlSuffix}${prefix}`;
    });
    new CfnOutput(this, 'Prefixes', {
      description: 'What to pull through the cache, for which registry',
      value: lines.join('\n'),
    });
  }
}

/** What can be an id, and so stand in messages: no token, and nothing that was pasted by mistake. */
const PLAIN_NAME = /^[\w./-]+$/;

/** The id of a rule: its prefix, but for its slashes, which would be steps in the construct's path. */
function idOf(prefix: string, upstream: UpstreamRegistry): string {
  const id =
    [prefix, upstream.upstreamRegistryUrl].find((name) => PLAIN_NAME.test(name)) ?? upstream.defaultEcrRepositoryPrefix;
  return id.replace(/\//g, ':');
}

function byCanonicalHost<T>(table: { [host: string]: T } = {}): Map<string, T> {
  return new Map(Object.entries(table).map(([host, value]) => [canonicalHost(host), value]));
}

function upstreamProblems(upstreams: UpstreamRegistry[], existingRules: IPullThroughCacheRule[]): Problem[] {
  return upstreams.length + existingRules.length > 0
    ? []
    : [
        {
          what: 'the cache has no upstreams',
          allowed: 'at least one',
          fix: 'leave out upstreams for those that need no credentials, or give some',
        },
      ];
}

/** Two registries of one kind have one default. */
function prefixProblems(upstreams: UpstreamRegistry[], prefixes: Map<string, string>): Problem[] {
  const hosts = new Map<string, string>();
  return upstreams.flatMap(({ upstreamRegistryUrl: host, defaultEcrRepositoryPrefix }) => {
    const prefix = prefixes.get(host) ?? defaultEcrRepositoryPrefix;
    const other = hosts.get(prefix);
    hosts.set(prefix, host);
    return other === undefined
      ? []
      : [
          {
            what:
              other === host
                ? `the upstream ${host} is given twice`
                : `two upstreams have one prefix: ${other} and ${host}`,
            given: prefix,
            fix: other === host ? 'give it once' : 'give one of them another in ecrRepositoryPrefixes',
          },
        ];
  });
}

function hostProblems(property: string, table: Map<string, unknown>, upstreams: UpstreamRegistry[]): Problem[] {
  const hosts = upstreams.map((upstream) => upstream.upstreamRegistryUrl);
  return [...table.keys()]
    .filter((host) => !hosts.includes(host) && !hosts.some(holdsToken))
    .map((host) => ({
      what: `${property} names a host that is none of the upstreams`,
      given: host,
      allowed: hosts.join(', '),
      fix: 'add the registry to the upstreams, or mend the host',
    }));
}

function unknownUpstreamProblems(rules: IPullThroughCacheRule[]): Problem[] {
  return rules
    .filter((rule) => rule.upstreamRegistryUrl === undefined)
    .map((rule) => ({
      what: `the upstream of the rule ${rule.node.path} is not known`,
      fix: 'refer to it with PullThroughCacheRule.fromPullThroughCacheRuleAttributes and its upstreamRegistryUrl',
    }));
}
