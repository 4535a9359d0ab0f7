import { Stack } from 'aws-cdk-lib';
import { Grant, IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { fail } from './errors';

/** What pulls an image that is cached already. */
export const CACHED_PULL_ACTIONS = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** What the first pull of an image needs besides: no policy of AWS's own grants both. */
export const FIRST_PULL_ACTIONS = ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];

const SIGN_IN_ACTIONS = ['ecr:GetAuthorizationToken'];

/** A statement's resources are kept well below the 6,144 characters of a managed policy, into which CDK splits large ones. */
const STATEMENT_CAPACITY = 4000;

/** The statement of a principal that still has room, for each set of actions. */
interface OpenStatement {
  readonly grant: Grant;
  readonly resources: Set<string>;
  length: number;
}

const openStatements = new WeakMap<IPrincipal, Map<string, OpenStatement>>();

/**
 * Allows a principal to sign in to ECR and to do the given actions on one repository, or all below a prefix.
 *
 * The repositories of one principal share a statement, so that its policy grows by no more than an ARN for each image.
 *
 * @param cache whose images they are, for messages
 */
export function allow(cache: IConstruct, grantee: IGrantable, actions: string[], resourceArn: string): Grant {
  if (typeof grantee?.grantPrincipal?.addToPrincipalPolicy !== 'function') {
    fail({ what: 'not a principal', given: grantee, allowed: 'an IGrantable: a role, a user, or a construct that has one', fix: 'give the role that pulls' }, cache.node.path);
  }
  refuseLambda(cache, grantee.grantPrincipal);
  allowOn(cache, grantee, SIGN_IN_ACTIONS, '*');
  return allowOn(cache, grantee, [...actions].sort(), resourceArn);
}

function allowOn(cache: IConstruct, grantee: IGrantable, actions: string[], resourceArn: string): Grant {
  const principal = grantee.grantPrincipal;
  const ofPrincipal = openStatements.get(principal) ?? new Map<string, OpenStatement>();
  openStatements.set(principal, ofPrincipal);
  const key = actions.join();
  const open = ofPrincipal.get(key);
  if (open?.resources.has(resourceArn)) { return open.grant; }
  if (open && open.length + resourceArn.length <= STATEMENT_CAPACITY && !open.grant.principalStatement!.frozen) {
    open.grant.principalStatement!.addResources(resourceArn);
    open.resources.add(resourceArn);
    open.length += resourceArn.length;
    return open.grant;
  }
  const grant = Grant.addToPrincipal({ grantee, actions, resourceArns: [resourceArn] });
  if (!grant.success) {
    fail({
      what: 'this principal has no identity policy, so it cannot be given permission to pull',
      given: String(principal.policyFragment?.principalJson ? Object.keys(principal.policyFragment.principalJson)[0] : principal),
      allowed: 'a role, a user, or a construct that has one',
      fix: 'grant to the role that pulls; for accounts, organizations and services use allowPullFrom of the rule',
    }, cache.node.path);
  }
  ofPrincipal.set(key, { grant, resources: new Set([resourceArn]), length: resourceArn.length });
  return grant;
}

/** Lambda fetches images by itself, and only from repositories that have them. */
export function refuseLambda(cache: IConstruct, principal: IPrincipal): void {
  // By its policy, for conditions put it inside another principal. No more than this is resolved: to resolve the
  // ARN of a role in a stack of another account or region gives the role a name of its own, or throws.
  const services: string[] = [Stack.of(cache).resolve(principal.policyFragment.principalJson.Service) ?? []].flat();
  if (services.some((service) => String(service).startsWith('lambda.'))) {
    fail({
      what: 'AWS Lambda does not pull through the cache: a function can be made only of an image that is in a repository already',
      fix: 'copy the image into a repository of your own (cdk-ecr-deployment does so in a deployment) and make the function from that, '
        + 'or build it with DockerImageCode.fromImageAsset',
    }, cache.node.path);
  }
}
