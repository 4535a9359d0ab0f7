import { Stack } from 'aws-cdk-lib';
import { IRoleRef, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { withoutPassword } from './secret-name';
import { checkRoleAtSynth, roleAccountProblems, trustProblems } from '../access/given-role';
import { Problem, throwIfAny, validationErrors } from '../core/errors';
import { keepLogicalId } from '../core/logical-id';
import { joinPrefix } from '../core/repository-prefix';
import { holdsToken } from '../core/tokens';
import { warn } from '../core/warnings';
import { surelyEqual } from '../environment/environment';
import { isChina } from '../environment/partition';

/**
 * A private ECR registry as an upstream.
 */
export interface EcrUpstreamOptions {
  /** The account that owns the upstream registry: 12 digits. */
  readonly account: string;

  /** The region of the upstream registry, such as `eu-west-1`. */
  readonly region: string;

  /**
   * The role with which ECR reads from another account. It belongs to the account of the rule and trusts
   * `pullthroughcache.ecr.amazonaws.com`: a role of this app that does not is an error at synth, and one that lacks
   * an action that ECR needs is a warning.
   *
   * @default - made when the upstream is, or may be, of another account than the rule; none for the same account
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
   */
  readonly role?: IRoleRef;
}

/** What ECR does with the images of the upstream registry and with their copies. */
const READ_ACTIONS = [
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetImageCopyStatus',
];
/** What ECR does to write the copies. */
const WRITE_ACTIONS = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];
const SIGN_IN_ACTION = 'ecr:GetAuthorizationToken';

/** Who uses the role. */
const SERVICE = 'pullthroughcache.ecr.amazonaws.com';

/**
 * Gives the role for an upstream of another account. Where synth cannot know whether the account is another one,
 * a role is made: it does no harm where it is not needed, and without it the rule would fail where it is.
 */
export function bindRole(
  rule: Construct,
  upstream: EcrUpstreamOptions,
  ecrRepositoryPrefix: string,
  upstreamRepositoryPrefix: string,
): IRoleRef | undefined {
  const stack = Stack.of(rule);
  warnOfOwnRegistry(rule, upstream);
  if (upstream.role) {
    throwIfAny(roleAccountProblems(rule, upstream.role, 'rule', 'PullThroughCacheRule.roleAccount'), rule.node.path);
    checkGivenRole(rule, upstream.role);
    return upstream.role;
  }
  if (surelyEqual(rule, upstream.account, stack.account)) {
    return undefined;
  }

  const repositories = (account: string, region: string, prefix: string) =>
    stack.formatArn({ service: 'ecr', account, region, resource: 'repository', resourceName: joinPrefix(prefix, '*') });
  const upstreamArn = repositories(upstream.account, upstream.region, upstreamRepositoryPrefix);
  const cacheArn = repositories(stack.account, stack.region, ecrRepositoryPrefix);
  const role = new Role(rule, 'Role', {
    assumedBy: new ServicePrincipal(SERVICE),
    // Part of the role and no resource of its own: ECR tries the role when it creates the rule.
    inlinePolicies: {
      PullThroughCache: new PolicyDocument({
        statements: [
          new PolicyStatement({ actions: READ_ACTIONS, resources: [upstreamArn, cacheArn] }),
          new PolicyStatement({ actions: WRITE_ACTIONS, resources: [cacheArn] }),
          // This action has no resource-level permissions.
          new PolicyStatement({ actions: [SIGN_IN_ACTION], resources: ['*'] }),
        ],
      }),
    },
  });
  // A role of another ARN would replace the rule, which CloudFormation cannot do.
  keepLogicalId(role, 'PullThroughCacheRole', ecrRepositoryPrefix);
  return role;
}

/** ECR tries the role when it creates the rule; what is known of one that the app makes is checked at synth. */
function checkGivenRole(rule: Construct, role: IRoleRef): void {
  checkRoleAtSynth(rule, (policies) => {
    const missing = policies.missingActions(role, [...READ_ACTIONS, ...WRITE_ACTIONS, SIGN_IN_ACTION]);
    if (missing.length > 0) {
      warn(
        rule,
        'PullThroughCacheRule.rolePermissions',
        `no policy of the role ${role.node.path} allows ${missing.join(', ')}, with which ECR reads the upstream and ` +
          'writes the copies; allow these actions, or leave the role out to have one made',
      );
    }
    return validationErrors(trustProblems(role, SERVICE, 'PullThroughCacheRule.roleTrust'), rule.node.path);
  });
}

/**
 * The guides of AWS describe upstreams of other regions and accounts, and do not say what a registry does with itself.
 */
function warnOfOwnRegistry(rule: Construct, { account, region }: EcrUpstreamOptions): void {
  const stack = Stack.of(rule);
  if (surelyEqual(rule, account, stack.account) && surelyEqual(rule, region, stack.region)) {
    warn(
      rule,
      'PullThroughCacheRule.ownRegistry',
      'the upstream is the registry of the rule itself, whose images are there already; give the account and region ' +
        'of another registry',
    );
  }
}

const ACCOUNT = /^[0-9]{12}$/;
const REGION = /^[a-z]+(-[a-z]+)+-[0-9]+$/;

/** Says what is wrong with the options of an ECR upstream. */
export function ecrUpstreamProblems(options: EcrUpstreamOptions): Problem[] {
  const problems: Problem[] = [];
  const { account, region } = options ?? {};
  if (typeof account !== 'string' || !(holdsToken(account) || ACCOUNT.test(account))) {
    problems.push({
      id: 'UpstreamRegistry.account',
      what: 'the account of an ECR upstream is not an account id',
      given: typeof account === 'string' ? withoutPassword(account) : account,
      allowed: '12 digits',
      fix: 'give the id as a string, as in "111122223333"',
    });
  }
  if (typeof region !== 'string' || !(holdsToken(region) || REGION.test(region))) {
    problems.push({
      id: 'UpstreamRegistry.region',
      what: 'the region of an ECR upstream is not a region',
      given: region,
      allowed: 'a region such as "eu-west-1"',
      fix: 'give the name of the region, not its display name',
    });
  } else if (isChina(region)) {
    problems.push({
      id: 'UpstreamRegistry.china',
      what: 'ECR pull through cache does not exist in the regions of China',
      given: region,
      fix: 'use an upstream in another region',
    });
  }
  return problems;
}
