import { IEnvironmentAware, Stack } from 'aws-cdk-lib';
import { Grant, IGrantable, IPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { fail } from '../core/errors';
import { surelyDiffer } from '../environment/environment';
import { registryOfApp } from '../environment/registry';

/** What pulls an image that is cached already. */
export const CACHED_PULL_ACTIONS = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
];

/** What the first pull of an image needs besides: no policy of AWS's own grants both. */
export const FIRST_PULL_ACTIONS = ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];

const SIGN_IN_ACTIONS = ['ecr:GetAuthorizationToken'];

/** A rule whose images somebody pulls. */
export interface PullSource extends IConstruct, IEnvironmentAware {
  /** Tells of another account, whose principal may pull by a policy of its own. */
  _addForeignAccount?(account: string): void;
}

/**
 * Allows a principal to sign in to ECR and to do the given actions on one repository, or on all below a prefix.
 *
 * The repositories of one principal share statements, so that its policy grows by no more than an ARN for each image,
 * and by nothing for an image below a prefix of which it may pull all.
 */
export function allow(source: PullSource, grantee: IGrantable, actions: string[], resourceArn: string): Grant {
  const principal = grantee?.grantPrincipal;
  if (principal === undefined) {
    fail(
      {
        id: 'PullThroughCacheRuleGrants.principal',
        what: 'not a principal',
        given: grantee,
        allowed: 'an IGrantable: a role, a user, or a construct that has one',
        fix: 'give the role that pulls',
      },
      source.node.path,
    );
  }
  throwForLambda(source, principal);
  if (surelyDiffer(principal.principalAccount, source.env.account)) {
    source._addForeignAccount?.(principal.principalAccount!);
  }
  const permissions = registryOfApp(PullPermissions, source);
  permissions.add(source, grantee, SIGN_IN_ACTIONS, '*');
  return permissions.add(source, grantee, [...actions].sort(), resourceArn);
}

/** Allows like `allow`, for actions that need no sign-in. */
export function allowWithoutSignIn(source: PullSource, grantee: IGrantable, actions: string[], arn: string): Grant {
  return registryOfApp(PullPermissions, source).add(source, grantee, [...actions].sort(), arn);
}

/** Throws for AWS Lambda, which fetches images by itself, and only from repositories that have them. */
export function throwForLambda(scope: IConstruct, principal: IPrincipal): void {
  if (isLambda(scope, principal)) {
    fail(
      {
        id: 'PullThroughCacheRuleGrants.lambda',
        what: 'AWS Lambda does not pull through the cache: it takes only an image that is in a repository already',
        fix:
          'make the function of prefetch(...).toLambdaCode(), which has the image in the cache before, or build its ' +
          'image with DockerImageCode.fromImageAsset',
      },
      scope.node.path,
    );
  }
}

/** Tells whether a principal is AWS Lambda itself, and no role of a function. */
export function isLambda(scope: IConstruct, principal: IPrincipal): boolean {
  // By its policy, for conditions put it inside another principal. No more than this is resolved: to resolve the
  // ARN of a role in a stack of another account or region gives the role a name of its own, or throws.
  const services: string[] = [Stack.of(scope).resolve(principal.policyFragment.principalJson.Service) ?? []].flat();
  return services.some((service) => String(service).startsWith('lambda.'));
}

/**
 * How long a statement may be: that of a managed policy, into which CDK moves what a role's own policy has no room
 * for, less what stands around the statement.
 */
const STATEMENT_CAPACITY = 6144 - 100;

/** What CloudFormation fills in for its pseudo parameters, at the longest; for other tokens CDK takes the same. */
const LONGEST: Record<string, number> = { 'AWS.Partition': 10, 'AWS.AccountId': 12, 'AWS.Region': 14 };
const LONGEST_TOKEN = 150;
/** With the characters that CDK admits, and no others, so that text of many beginnings takes no longer. */
const TOKEN = /\$\{Token\[([a-zA-Z0-9:._-]+)\.\d+\]\}/g;

/** What a principal was given of one set of actions. */
class Permissions {
  /** The grant that holds a resource. */
  public readonly grants = new Map<string, Grant>();
  /** The beginnings of all repositories below a prefix, and the grant that holds them. */
  public readonly prefixes = new Map<string, Grant>();
  /** The statement that still has room. */
  public open?: OpenStatement;
}

interface OpenStatement {
  readonly grant: Grant;
  length: number;
  isShared: boolean;
}

/** What the principals of an app were given. */
class PullPermissions {
  private readonly byPrincipal = new Map<IPrincipal, Map<string, Permissions>>();

  public add(source: PullSource, grantee: IGrantable, actions: string[], resourceArn: string): Grant {
    const permissions = this.of(grantee.grantPrincipal, actions);
    const held = permissions.grants.get(resourceArn);
    const grant =
      (held && !hasCondition(held.principalStatement!) ? held : undefined) ??
      heldByPrefix(permissions, resourceArn) ??
      addToOpen(permissions, resourceArn) ??
      addStatement(source, grantee, permissions, actions, resourceArn);
    permissions.grants.set(resourceArn, grant);
    if (resourceArn.endsWith('/*')) {
      permissions.prefixes.set(resourceArn.slice(0, -1), grant);
    }
    return grant;
  }

  private of(principal: IPrincipal, actions: string[]): Permissions {
    const ofPrincipal = this.byPrincipal.get(principal) ?? new Map<string, Permissions>();
    this.byPrincipal.set(principal, ofPrincipal);
    const key = actions.join();
    const permissions = ofPrincipal.get(key) ?? new Permissions();
    ofPrincipal.set(key, permissions);
    return permissions;
  }
}

function heldByPrefix({ prefixes }: Permissions, resourceArn: string): Grant | undefined {
  for (const [prefix, grant] of prefixes) {
    if (resourceArn.startsWith(prefix) && !hasCondition(grant.principalStatement!)) {
      return grant;
    }
  }
  return undefined;
}

/** Gives nothing where the statement is full, has a condition of a user, or CDK has begun to write it. */
function addToOpen({ open }: Permissions, resourceArn: string): Grant | undefined {
  const statement = open?.grant.principalStatement;
  const length = lengthOf(resourceArn);
  if (!open || !statement || open.length + length > STATEMENT_CAPACITY || statement.frozen || hasCondition(statement)) {
    return undefined;
  }
  statement.addResources(resourceArn);
  open.length += length;
  open.isShared = true;
  return open.grant;
}

function hasCondition(statement: PolicyStatement): boolean {
  return Object.keys(statement.conditions).length > 0;
}

/** Refuses a condition on a statement that several grants share: it would bind them all. */
function guardConditions(source: PullSource, statement: PolicyStatement, open: OpenStatement): void {
  const addCondition = statement.addCondition.bind(statement);
  statement.addCondition = (key, value) => {
    if (open.isShared) {
      fail(
        {
          id: 'PullThroughCacheRuleGrants.condition',
          what: 'a condition cannot be added to a grant that shares its statement with grants of other images',
          given: key,
          fix: 'add the condition before the next image is granted, or allow the pull by a statement of your own',
        },
        source.node.path,
      );
    }
    addCondition(key, value);
  };
}

function addStatement(
  source: PullSource,
  grantee: IGrantable,
  permissions: Permissions,
  actions: string[],
  resourceArn: string,
): Grant {
  const grant = Grant.addToPrincipal({ grantee, actions, resourceArns: [resourceArn] });
  if (!grant.success) {
    const { policyFragment } = grantee.grantPrincipal;
    const principalJson = policyFragment?.principalJson;
    fail(
      {
        id: 'PullThroughCacheRuleGrants.noPolicy',
        what: 'this principal has no identity policy, so it cannot be given permission to pull',
        given: String(principalJson ? Object.keys(principalJson)[0] : grantee.grantPrincipal),
        allowed: 'a role, a user, or a construct that has one',
        fix: 'grant to the role that pulls; for accounts, organizations and services use allowPullFrom of the rule',
      },
      source.node.path,
    );
  }
  const length = [...actions, resourceArn].map(lengthOf).reduce((sum, one) => sum + one);
  permissions.open = { grant, length, isShared: false };
  guardConditions(source, grant.principalStatement!, permissions.open);
  return grant;
}

/** Gives the length of a text in a policy once it is deployed, with its quotes and a comma: at most. */
function lengthOf(text: string): number {
  return text.replace(TOKEN, (_, name) => '-'.repeat(LONGEST[name] ?? LONGEST_TOKEN)).length + '"",'.length;
}
