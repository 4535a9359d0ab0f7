import { Token } from 'aws-cdk-lib';
import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { PullThroughCacheRuleBase } from './pull-through-cache-rule-base';
import { checkPrefixes } from './rule-checks';
import { fail, throwIfAny } from '../core/errors';
import { normalizePrefix, ROOT } from '../core/repository-prefix';
import { surelyElsewhere } from '../environment/environment';
import { registryOf, registryOfPossibleNeighbours } from '../environment/registry';
import { RulePrefixes } from '../environment/rule-prefixes';
import type { RepositoryCreationTemplate } from '../template/repository-creation-template';
import { canonicalHost } from '../upstream/catalogue';
import { upstreamHostProblems } from '../upstream/upstream-host';

/**
 * A rule that exists.
 */
export interface PullThroughCacheRuleAttributes {
  /** The prefix of the rule, or `PullThroughCacheRule.ROOT`. */
  readonly ecrRepositoryPrefix: string;

  /**
   * The host of its upstream registry, such as `registry-1.docker.io`; other names of the registry, such as
   * `docker.io`, do as well.
   */
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

/** What is known of an imported rule: of one that was referred to by its prefix, no upstream. */
type KnownAttributes = Omit<PullThroughCacheRuleAttributes, 'upstreamRegistryUrl'> & { upstreamRegistryUrl?: string };

/** A rule that this app does not make. */
export class ImportedRule extends PullThroughCacheRuleBase {
  public readonly ecrRepositoryPrefix: string;
  public readonly upstreamRegistryUrl?: string;
  public readonly upstreamRepositoryPrefix: string;
  public readonly credentialsSecret?: ISecret;
  public readonly repositoryCreationTemplate?: RepositoryCreationTemplate;

  constructor(scope: Construct, id: string, attributes: KnownAttributes) {
    super(scope, id, { account: attributes.account, region: attributes.region });
    const { ecrRepositoryPrefix, upstreamRepositoryPrefix, upstreamRegistryUrl: url } = attributes;
    checkPrefixes(this, ecrRepositoryPrefix, upstreamRepositoryPrefix);
    throwIfAny(url === undefined ? [] : upstreamHostProblems(url), this.node.path);
    this.ecrRepositoryPrefix = normalizePrefix(ecrRepositoryPrefix);
    this.upstreamRegistryUrl = url === undefined || Token.isUnresolved(url) ? url : canonicalHost(url);
    this.upstreamRepositoryPrefix = normalizePrefix(upstreamRepositoryPrefix ?? ROOT);
    if (!surelyElsewhere(this.env, this.stack)) {
      [registryOf(RulePrefixes, this), registryOfPossibleNeighbours(RulePrefixes, this)].forEach((prefixes) =>
        prefixes.addImported(this.ecrRepositoryPrefix),
      );
    }
  }

  public allowPullFrom(_principal: IPrincipal): void {
    fail(
      {
        id: 'PullThroughCacheRule.notOwned',
        what: 'this app does not make the rule, so it cannot let others pull through it',
        fix:
          'call allowPullFrom in the app that makes the rule; for a rule of the console, add statements with ' +
          'RegistryPolicy.of(scope).addStatement and a RepositoryCreationTemplate with the prefix of the rule',
      },
      this.node.path,
    );
  }
}
