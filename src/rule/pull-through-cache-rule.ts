import type { CfnResource } from 'aws-cdk-lib';
import { CfnPullThroughCacheRule, CfnPullThroughCacheRuleProps } from 'aws-cdk-lib/aws-ecr';
import { IPrincipal, IRoleRef, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { IPullThroughCacheRule } from './i-pull-through-cache-rule';
import { ImportedRule, PullThroughCacheRuleAttributes } from './imported-rule';
import { PullThroughCacheRuleBase } from './pull-through-cache-rule-base';
import type { PullThroughCacheRuleProps } from './pull-through-cache-rule-props';
import { checkPrefixes, checkRegion, checkSiblings, inPlaceProblems } from './rule-checks';
import { templateOfPrefix, waitForTemplate } from './rule-template';
import { addCrossAccountStatement } from '../access/cross-account-statements';
import { CACHED_PULL_ACTIONS, FIRST_PULL_ACTIONS, throwForLambda } from '../access/pull-permissions';
import { RegistryPolicy } from '../access/registry-policy';
import { principalProblems } from '../access/resource-policy';
import { fail, throwIfAny } from '../core/errors';
import { keepLogicalId } from '../core/logical-id';
import { joinPrefix, normalizePrefix, renderRulePrefix, ROOT } from '../core/repository-prefix';
import { warn } from '../core/warnings';
import type { VerifyCredentialsOptions } from '../credentials/credentials-options';
import { RepositoryCreationTemplate } from '../template/repository-creation-template';
import type { RepositoryCreationTemplateOptions } from '../template/template-options';

type InPlace = typeof import('./rule-in-place');
type Verification = typeof import('../credentials/verify-credentials');

/**
 * A rule by which ECR caches the images of an upstream registry.
 *
 * All properties of a rule can be set only when it is created: CloudFormation cannot change its
 * credentials, role or upstream prefix in place, and fails with "already exists" when it tries to replace
 * the rule; `changeInPlace` can. Deleting a rule leaves the cached repositories behind.
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
   * Refers to a rule that exists in the account and region of the stack, of which only the prefix is known.
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
    return new ImportedRule(scope, id, { ecrRepositoryPrefix });
  }

  /**
   * Refers to a rule that exists, perhaps in another account or region.
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
    return new ImportedRule(scope, id, attributes);
  }

  public readonly ecrRepositoryPrefix: string;
  public readonly upstreamRegistryUrl?: string;
  public readonly upstreamRepositoryPrefix: string;
  public readonly credentialsSecret?: ISecret;

  /** The role with which the rule reads from an ECR registry of another account, if it needs one. */
  public readonly role?: IRoleRef;

  private readonly resource: CfnResource;
  private template?: RepositoryCreationTemplate;
  private letsOthersPull = false;
  private readonly foreignAccounts = new Set<string>();

  constructor(scope: Construct, id: string, props: PullThroughCacheRuleProps) {
    super(scope, id);
    const upstream = props?.upstream;
    if (typeof upstream?._bind !== 'function') {
      fail(
        {
          id: 'PullThroughCacheRule.upstream',
          what: 'upstream is not an UpstreamRegistry',
          given: upstream,
          allowed: 'what the factories of UpstreamRegistry make',
          fix: 'give one such as UpstreamRegistry.quay()',
        },
        this.node.path,
      );
    }
    const { ecrRepositoryPrefix = upstream.defaultEcrRepositoryPrefix, upstreamRepositoryPrefix } = props;
    checkRegion(this);
    checkPrefixes(this, ecrRepositoryPrefix, upstreamRepositoryPrefix);
    this.ecrRepositoryPrefix = normalizePrefix(ecrRepositoryPrefix);
    this.upstreamRegistryUrl = upstream.upstreamRegistryUrl;
    this.upstreamRepositoryPrefix = normalizePrefix(upstreamRepositoryPrefix ?? ROOT);
    checkSiblings(this, this.ecrRepositoryPrefix);

    const { secret, role } = upstream._bind(this, this.ecrRepositoryPrefix, this.upstreamRepositoryPrefix);
    this.credentialsSecret = secret;
    this.role = role;
    this.resource = this.makeResource(props, {
      ecrRepositoryPrefix: renderRulePrefix(this.ecrRepositoryPrefix),
      upstreamRegistry: upstream.upstreamRegistryName,
      upstreamRegistryUrl: this.upstreamRegistryUrl,
      upstreamRepositoryPrefix:
        upstreamRepositoryPrefix === undefined ? undefined : renderRulePrefix(this.upstreamRepositoryPrefix),
      credentialArn: secret?.secretArn,
      customRoleArn: role?.roleRef.roleArn,
    });
    // ECR tries the role when it creates the rule, so that the role's policy must be there too.
    if (role) {
      this.resource.node.addDependency(role);
    }
    if (props.logicalIdFromPrefix !== false) {
      // CloudFormation changes no resource into one of another type, so that the two kinds have different ids.
      const kind = props.changeInPlace ? 'PullThroughCacheRuleInPlace' : 'PullThroughCacheRule';
      keepLogicalId(this.resource, kind, this.ecrRepositoryPrefix);
    }
    if (props.repositories) {
      this.useTemplate(this.makeTemplate(props.repositories));
    }
  }

  public get repositoryCreationTemplate(): RepositoryCreationTemplate | undefined {
    return this.template;
  }

  public allowPullFrom(principal: IPrincipal): void {
    throwIfAny(principalProblems(principal), this.node.path);
    throwForLambda(this, principal);
    this.letsOthersPull = true;
    this.warnOfRoot();
    const resourceName = joinPrefix(this.ecrRepositoryPrefix, '*');
    RegistryPolicy.of(this).addStatement(
      new PolicyStatement({
        principals: [principal],
        actions: ['ecr:BatchGetImage', ...FIRST_PULL_ACTIONS],
        resources: [this.stack.formatArn({ service: 'ecr', resource: 'repository', resourceName })],
      }),
    );
    this._addRepositoryStatement(
      new PolicyStatement({
        principals: [principal],
        actions: [...CACHED_PULL_ACTIONS, 'ecr:BatchImportUpstreamImage'],
      }),
    );
  }

  /**
   * Verifies, in each deployment that gives the rule another secret, role or upstream, that ECR can sign in to the
   * upstream registry with it; the deployment fails with ECR's reason if not. A secret that is made with a random
   * value, and that nobody has filled in yet, fails nothing: an output of the stack tells of it.
   *
   * The stack gets one small function for all its rules. ECR reads the secret; the function does not.
   *
   * Throws for a rule that has neither secret nor role, and if it was called before.
   *
   * @param options when to verify again
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ValidatePullThroughCacheRule.html
   */
  public verifyCredentials(options: VerifyCredentialsOptions = {}): void {
    // Loaded here and not above, for those who verify nothing.
    const { verifyCredentials }: Verification = require('../credentials/verify-credentials');
    verifyCredentials(this, options);
  }

  /**
   * Adds to the policy of the repositories, by a template that is made unless the rule has one.
   *
   * @internal
   */
  public _addRepositoryStatement(statement: PolicyStatement): void {
    addCrossAccountStatement(this, this.ecrRepositoryPrefix, statement);
    if (this.template === undefined) {
      this.useTemplate(templateOfPrefix(this, this.ecrRepositoryPrefix) ?? this.makeTemplate({}));
    }
  }

  /**
   * Tells of another account, whose principal may pull by a policy of its own.
   *
   * @internal
   */
  public _addForeignAccount(account: string): void {
    if (this.foreignAccounts.size === 0) {
      this.node.addValidation({ validate: () => this.warnOfForeignPullers() });
    }
    this.foreignAccounts.add(account);
  }

  private makeResource(rule: PullThroughCacheRuleProps, props: CfnPullThroughCacheRuleProps): CfnResource {
    if (!rule.changeInPlace) {
      return new CfnPullThroughCacheRule(this, 'Resource', props);
    }
    throwIfAny(inPlaceProblems(rule), this.node.path);
    // Loaded here and not above, for those whose rules are CloudFormation's.
    const { ruleInPlace }: InPlace = require('./rule-in-place');
    return ruleInPlace(this, props);
  }

  private warnOfRoot(): void {
    if (this.ecrRepositoryPrefix === ROOT) {
      warn(
        this,
        'PullThroughCacheRule.openRegistry',
        'a rule for ROOT covers every repository of the registry, so that allowPullFrom lets others into all of ' +
          'them; give the rule an ecrRepositoryPrefix to let them into its own repositories only',
      );
    }
  }

  /** Asked at synth: `allowPullFrom` may come after the grants, and a registry policy may let others in as well. */
  private warnOfForeignPullers(): string[] {
    const accounts = [...this.foreignAccounts];
    if (!this.letsOthersPull && !RegistryPolicy._isMade(this)) {
      const title = accounts.length === 1 ? 'account' : 'accounts';
      // The rules of a cache say it once, of the cache: the same warning of one construct is shown once.
      const scope = this.node.scope!;
      warn(
        'allowPullFrom' in scope ? scope : this,
        'PullThroughCacheRule.otherAccount',
        `roles of the ${title} ${accounts.join(', ')} also need the permission of the account of the cache; call ` +
          `allowPullFrom(new AccountPrincipal("${accounts[0]}")) of the rule or cache`,
      );
    }
    return [];
  }

  private makeTemplate(options: RepositoryCreationTemplateOptions): RepositoryCreationTemplate {
    return new RepositoryCreationTemplate(this, 'Template', { ...options, prefix: this.ecrRepositoryPrefix });
  }

  private useTemplate(template: RepositoryCreationTemplate): void {
    this.template = template;
    waitForTemplate(this, this.resource, template);
  }
}
