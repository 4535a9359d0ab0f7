import { IResource, Stack } from 'aws-cdk-lib';
import { Grant, IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { notePuller } from './foreign-pullers';
import { fail } from '../core/errors';
import { Shape, withMethod } from '../core/shapes';

const IDENTITY = withMethod('an IPrincipal', 'addToPrincipalPolicy');
export const GRANTEE: Shape = { name: 'an IGrantable', fits: (grantee) => IDENTITY.fits(grantee?.grantPrincipal) };

/** What pulls an image that is cached already. */
export const CACHED_PULL_ACTIONS = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
];

/** What the first pull of an image needs besides: no policy of AWS's own grants both. */
export const FIRST_PULL_ACTIONS = ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];

const SIGN_IN_ACTIONS = ['ecr:GetAuthorizationToken'];

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
interface Permissions {
  /** The grant that holds a resource. */
  readonly grants: Map<string, Grant>;
  /** The beginnings of all repositories below a prefix, and the grant that holds them. */
  readonly prefixes: Map<string, Grant>;
  /** The statement that still has room. */
  open?: { readonly grant: Grant; length: number };
}

const permissionsOfPrincipals = new WeakMap<IPrincipal, Map<string, Permissions>>();

/**
 * Allows a principal to sign in to ECR and to do the given actions on one repository, or all below a prefix.
 *
 * The repositories of one principal share statements, so that its policy grows by no more than an ARN for each image, and
 * by nothing for an image below a prefix of which it may pull all.
 *
 * @param cache whose images they are
 */
export function allow(cache: IResource, grantee: IGrantable, actions: string[], resourceArn: string): Grant {
  if (!GRANTEE.fits(grantee)) {
    fail(
      {
        what: 'not a principal',
        given: grantee,
        allowed: 'an IGrantable: a role, a user, or a construct that has one',
        fix: 'give the role that pulls',
      },
      cache.node.path,
    );
  }
  // Whoever was given something was looked at then.
  if (!permissionsOfPrincipals.has(grantee.grantPrincipal)) {
    refuseLambda(cache, grantee.grantPrincipal);
  }
  notePuller(cache, cache.env.account, grantee.grantPrincipal);
  allowOn(cache, grantee, SIGN_IN_ACTIONS, '*');
  return allowOn(cache, grantee, [...actions].sort(), resourceArn);
}

function allowOn(cache: IConstruct, grantee: IGrantable, actions: string[], resourceArn: string): Grant {
  const permissions = permissionsOf(grantee.grantPrincipal, actions);
  const held = permissions.grants.get(resourceArn) ?? heldByPrefix(permissions, resourceArn);
  const grant =
    held ?? addToOpen(permissions, resourceArn) ?? addStatement(cache, grantee, permissions, actions, resourceArn);
  permissions.grants.set(resourceArn, grant);
  if (resourceArn.endsWith('/*')) {
    permissions.prefixes.set(resourceArn.slice(0, -1), grant);
  }
  return grant;
}

function permissionsOf(principal: IPrincipal, actions: string[]): Permissions {
  const ofPrincipal = permissionsOfPrincipals.get(principal) ?? new Map<string, Permissions>();
  permissionsOfPrincipals.set(principal, ofPrincipal);
  const key = actions.join();
  const permissions = ofPrincipal.get(key) ?? { grants: new Map<string, Grant>(), prefixes: new Map<string, Grant>() };
  ofPrincipal.set(key, permissions);
  return permissions;
}

function heldByPrefix({ prefixes }: Permissions, resourceArn: string): Grant | undefined {
  for (const [prefix, grant] of prefixes) {
    if (resourceArn.startsWith(prefix)) {
      return grant;
    }
  }
  return undefined;
}

/** Nothing where the statement is full, or CDK has begun to write it. */
function addToOpen({ open }: Permissions, resourceArn: string): Grant | undefined {
  const length = lengthOf(resourceArn);
  if (!open || open.length + length > STATEMENT_CAPACITY || open.grant.principalStatement!.frozen) {
    return undefined;
  }
  open.grant.principalStatement!.addResources(resourceArn);
  open.length += length;
  return open.grant;
}

function addStatement(
  cache: IConstruct,
  grantee: IGrantable,
  permissions: Permissions,
  actions: string[],
  resourceArn: string,
): Grant {
  const grant = Grant.addToPrincipal({ grantee, actions, resourceArns: [resourceArn] });
  if (!grant.success) {
    const { policyFragment } = grantee.grantPrincipal;
    fail(
      {
        what: 'this principal has no identity policy, so it cannot be given permission to pull',
        given: String(
          policyFragment?.principalJson ? Object.keys(policyFragment.principalJson)[0] : grantee.grantPrincipal,
        ),
        allowed: 'a role, a user, or a construct that has one',
        fix: 'grant to the role that pulls; for accounts, organizations and services use allowPullFrom of the rule',
      },
      cache.node.path,
    );
  }
  permissions.open = { grant, length: [...actions, resourceArn].map(lengthOf).reduce((sum, length) => sum + length) };
  return grant;
}

/** The length of a text in a policy once it is deployed, with its quotes and a comma: at most. */
function lengthOf(text: string): number {
  return text.replace(TOKEN, (_, name) => '-'.repeat(LONGEST[name] ?? LONGEST_TOKEN)).length + '"",'.length;
}

/** Lambda fetches images by itself, and only from repositories that have them. */
export function refuseLambda(cache: IConstruct, principal: IPrincipal): void {
  // By its policy, for conditions put it inside another principal. No more than this is resolved: to resolve the
  // ARN of a role in a stack of another account or region gives the role a name of its own, or throws.
  const services: string[] = [Stack.of(cache).resolve(principal.policyFragment.principalJson.Service) ?? []].flat();
  if (services.some((service) => String(service).startsWith('lambda.'))) {
    fail(
      {
        what: 'AWS Lambda does not pull through the cache: a function can be made only of an image that is in a repository already',
        fix:
          'copy the image into a repository of your own (cdk-ecr-deployment does so in a deployment) and make the function from that, ' +
          'or build it with DockerImageCode.fromImageAsset',
      },
      cache.node.path,
    );
  }
}
