import { CfnOutput } from 'aws-cdk-lib';
import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { IPullThroughCache } from './i-pull-through-cache';
import { ImportedCache, PullThroughCacheAttributes } from './imported-cache';
import { PullThroughCacheBase } from './pull-through-cache-base';
import { fail, mayHoldSecret, Problem, throwIfAny } from '../core/errors';
import { normalizePrefix, ROOT } from '../core/repository-prefix';
import type { VerifyCredentialsOptions, WatchCredentialsOptions } from '../credentials/credentials-options';
import type { CredentialsWatch } from '../credentials/credentials-watch';
import { registryHost } from '../image/registry-host';
import type { IPullThroughCacheRule } from '../rule/i-pull-through-cache-rule';
import { PullThroughCacheRule } from '../rule/pull-through-cache-rule';
import type { PullThroughCacheRuleProps } from '../rule/pull-through-cache-rule-props';
import type { RepositoryCreationTemplateOptions } from '../template/template-options';
import { familiarHost } from '../upstream/catalogue';
import { UpstreamRegistry } from '../upstream/upstream-registry';

type Verification = typeof import('../credentials/verify-credentials');
type Watching = typeof import('../credentials/credentials-watch');

/**
 * Properties of a cache.
 */
export interface PullThroughCacheProps {
  /**
   * The registries to cache, each with a rule that has the prefix which the console proposes.
   *
   * @default - those that need no credentials, Amazon ECR Public, Kubernetes and Quay; none with `rules` or
   *   `existingRules`
   */
  readonly upstreams?: UpstreamRegistry[];

  /**
   * Rules with a prefix, an upstream prefix or repositories of their own; also several for one registry. What a rule
   * says of its `repositories` replaces that of the cache property by property.
   *
   * @default - none
   */
  readonly rules?: PullThroughCacheRuleProps[];

  /**
   * Settings for the repositories that the rules of `upstreams` and `rules` create.
   *
   * @default - no templates: every image is kept forever, with mutable tags, encrypted with AES256
   */
  readonly repositories?: RepositoryCreationTemplateOptions;

  /**
   * Has a small function of the stack keep the rules of `upstreams` and `rules`, and give them other secrets or roles
   * when the app does; see `changeInPlace` of a rule. What a rule says of it goes before this.
   *
   * @default false - the rules are CloudFormation's
   */
  readonly changeInPlace?: boolean;

  /**
   * Rules that exist, or that are made elsewhere, as members of the cache. Their upstreams must be known.
   *
   * @default - none
   */
  readonly existingRules?: IPullThroughCacheRule[];

  /**
   * Who may pull from other accounts through the rules of `upstreams` and `rules`.
   *
   * @default - nobody
   */
  readonly allowPullFrom?: IPrincipal[];

  /**
   * Makes an output of the stack that tells people what to pull for which registry.
   *
   * @default false
   */
  readonly outputPrefixes?: boolean;
}

/**
 * All upstream registries of an account and region together: rules, templates, permissions, and the redirection of
 * images that others declared.
 *
 * Throws what its rules throw.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
 * @example
 * const cache = new PullThroughCache(this, 'Cache', {
 *   upstreams: [UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')), UpstreamRegistry.quay()],
 * });
 * cache.redirect(this);
 */
export class PullThroughCache extends PullThroughCacheBase {
  /**
   * Refers to a cache that exists, perhaps in another account or region: names its images, grants their pulls, and
   * redirects what this app declares.
   *
   * Throws if no rule is given, if a prefix breaks the rules of ECR, or ECR does not support an upstream registry.
   *
   * @param scope the parent
   * @param id the id
   * @param attributes what is known of the cache
   */
  public static fromPullThroughCacheAttributes(
    scope: Construct,
    id: string,
    attributes: PullThroughCacheAttributes,
  ): IPullThroughCache {
    return new ImportedCache(scope, id, attributes);
  }

  protected readonly members: IPullThroughCacheRule[];
  private readonly created: PullThroughCacheRule[];

  constructor(scope: Construct, id: string, props: PullThroughCacheProps = {}) {
    super(scope, id);
    const { existingRules = [] } = props;
    const wanted: PullThroughCacheRuleProps[] = [
      ...upstreamsOf(props).map((upstream) => ({ upstream })),
      ...(props.rules ?? []),
    ];
    throwIfAny(
      [...emptyProblems(wanted, existingRules), ...prefixProblems(wanted), ...unknownUpstreamProblems(existingRules)],
      this.node.path,
    );
    this.created = wanted.map((rule) => {
      const { upstream } = rule;
      const ecrRepositoryPrefix = prefixOf(rule);
      const repositories =
        props.repositories || rule.repositories ? { ...props.repositories, ...rule.repositories } : undefined;
      const changeInPlace = rule.changeInPlace ?? props.changeInPlace;
      const ruleProps = { ...rule, ecrRepositoryPrefix, repositories, changeInPlace };
      return new PullThroughCacheRule(this, idOf(ecrRepositoryPrefix, upstream), ruleProps);
    });
    this.members = [...this.created, ...existingRules];
    props.allowPullFrom?.forEach((principal) => this.allowPullFrom(principal));
    if (props.outputPrefixes) {
      this.makeOutput();
    }
  }

  public allowPullFrom(principal: IPrincipal): void {
    if (this.created.length === 0) {
      fail(
        {
          id: 'PullThroughCache.notOwned',
          what: 'this cache makes no rule, so it cannot let others pull through one',
          fix: 'call allowPullFrom where the rules are made',
        },
        this.node.path,
      );
    }
    this.created.forEach((rule) => rule.allowPullFrom(principal));
  }

  /**
   * Verifies the credentials of all rules that this app makes with a secret or a role, as `verifyCredentials` of a
   * rule does.
   *
   * Throws if there is no such rule, and if it was called before.
   *
   * @param options when to verify again
   */
  public verifyCredentials(options: VerifyCredentialsOptions = {}): void {
    // Loaded here and not above, for those who verify nothing.
    const { verifyAll }: Verification = require('../credentials/verify-credentials');
    verifyAll(this, this.members, options);
  }

  /**
   * Watches the credentials of all rules that this app makes with a secret or a role: looks regularly whether ECR can
   * sign in to their upstream registries, and gives metrics, an alarm and an event, before somebody's pull fails.
   *
   * Throws if there is no such rule, if one is of another account or region, and if it was called before.
   *
   * @param options when to look
   */
  public watchCredentials(options: WatchCredentialsOptions = {}): CredentialsWatch {
    // Loaded here and not above, for those who watch nothing.
    const { CredentialsWatch: Watch }: Watching = require('../credentials/credentials-watch');
    return Watch._of(this, this.members, options);
  }

  private makeOutput(): void {
    const lines = this.members.map((rule) => {
      const upstream = [
        familiarHost(rule.upstreamRegistryUrl!),
        ...(rule.upstreamRepositoryPrefix === ROOT ? [] : [rule.upstreamRepositoryPrefix]),
      ].join('/');
      const prefix = rule.ecrRepositoryPrefix === ROOT ? '' : `/${rule.ecrRepositoryPrefix}`;
      return `${upstream} -> ${registryHost(rule, rule.env)}${prefix}`;
    });
    new CfnOutput(this, 'Prefixes', {
      description: 'What to pull through the cache, for which registry',
      value: lines.join('\n'),
    });
  }
}

function upstreamsOf({ upstreams, rules, existingRules }: PullThroughCacheProps): UpstreamRegistry[] {
  const none = rules === undefined && existingRules === undefined;
  return (
    upstreams ?? (none ? [UpstreamRegistry.ecrPublic(), UpstreamRegistry.kubernetes(), UpstreamRegistry.quay()] : [])
  );
}

function prefixOf({ upstream, ecrRepositoryPrefix }: PullThroughCacheRuleProps): string {
  return ecrRepositoryPrefix ?? upstream?.defaultEcrRepositoryPrefix;
}

/** What can be an id, and so stand in messages: no token, and nothing that was pasted by mistake. */
const PLAIN_NAME = /^[\w./-]{1,256}$/;

/** Gives the id of a rule: its prefix, but for its slashes, which would be steps in the construct's path. */
function idOf(prefix: string, upstream: UpstreamRegistry): string {
  const names = [prefix, upstream?.upstreamRegistryUrl, upstream?.defaultEcrRepositoryPrefix, 'Rule'];
  return names.find((name) => PLAIN_NAME.test(name) && !mayHoldSecret(name))!.replace(/\//g, ':');
}

function emptyProblems(wanted: PullThroughCacheRuleProps[], existingRules: IPullThroughCacheRule[]): Problem[] {
  return wanted.length + existingRules.length > 0
    ? []
    : [
        {
          id: 'PullThroughCache.empty',
          what: 'the cache has no upstreams',
          allowed: 'at least one',
          fix: 'leave out upstreams for those that need no credentials, or give some',
        },
      ];
}

/** Two registries of one kind have one default. */
function prefixProblems(wanted: PullThroughCacheRuleProps[]): Problem[] {
  const hosts = new Map<string, string>();
  return wanted.flatMap((rule) => {
    const prefix = normalizePrefix(String(prefixOf(rule)));
    const host = String(rule.upstream?.upstreamRegistryUrl);
    const other = hosts.get(prefix);
    hosts.set(prefix, host);
    return other === undefined
      ? []
      : [
          {
            id: 'PullThroughCache.samePrefix',
            what:
              other === host
                ? `the upstream ${host} is given twice with one prefix`
                : `two upstreams have one prefix: ${other} and ${host}`,
            given: prefix,
            fix: 'give one of them in rules, with another ecrRepositoryPrefix',
          },
        ];
  });
}

function unknownUpstreamProblems(rules: IPullThroughCacheRule[]): Problem[] {
  return rules
    .filter((rule) => rule.upstreamRegistryUrl === undefined)
    .map((rule) => ({
      id: 'PullThroughCacheRule.unknownUpstream',
      what: `the upstream of the rule ${rule.node.path} is not known`,
      fix: 'refer to it with PullThroughCacheRule.fromPullThroughCacheRuleAttributes and its upstreamRegistryUrl',
    }));
}
