import { CfnResource, Stack, Stage } from 'aws-cdk-lib';
import type { CfnPolicy, CfnRole, IRole } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { Problem } from '../core/errors';
import { matchesGlob } from '../core/glob';

/**
 * What can be seen of a role that was given: all of one that this app makes, and nothing of one that exists. To be
 * asked when the app is synthesized, for a role may get its policies after whatever uses it.
 */

/** A statement of a policy as it stands in a template. */
interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
}

/** Resources that give a role permissions; all have `roles` and `policyDocument`, or their equals. */
const POLICY_TYPES = ['AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy', 'AWS::IAM::RolePolicy'];

/** Why a service of AWS cannot use a role. */
export function trustProblems(role: IRole, service: string): Problem[] {
  const own = ownRole(role);
  const statements = own ? statementsOf(Stack.of(own).resolve(own.assumeRolePolicyDocument)) : [];
  if (statements.length === 0 || statements.some((statement) => mayTrust(statement, service))) {
    return [];
  }
  return [
    {
      what: `the role ${role.node.path} does not trust ${service}`,
      given: statements.flatMap(servicesOf).join(', ') || 'no service',
      allowed: service,
      fix: `make it with assumedBy: new ServicePrincipal("${service}"), or leave the role out to have one made`,
    },
  ];
}

/** Those of some actions that no policy of the app allows a role, on whatever resource. */
export function missingActions(role: IRole, actions: string[]): string[] {
  const own = ownRole(role);
  // What a managed policy says is not known here, wherever it was made.
  if (own === undefined || Stack.of(own).resolve(own.managedPolicyArns)?.length) {
    return [];
  }
  const policies = policiesOfApps.get(own.node.root) ?? readPolicies(own.node.root);
  const stack = Stack.of(own);
  const names = [own.ref, own.roleName].flatMap((name) => JSON.stringify(stack.resolve(name)) ?? []);
  const inline: { policyDocument?: unknown }[] = stack.resolve(own.policies) ?? [];
  const statements = [
    ...inline.flatMap(({ policyDocument }) => statementsOf(policyDocument)),
    // A policy of another stack may be any role's: how it refers to the role is CloudFormation's to know.
    ...policies.flatMap((policy) =>
      policy.stack !== stack || names.some((name) => policy.roles.includes(name)) ? policy.statements : [],
    ),
  ];
  return actions.filter((action) => !statements.some((statement) => mayAllow(statement, action)));
}

function ownRole(role: IRole): CfnRole | undefined {
  const child = role.node.defaultChild;
  return child && CfnResource.isCfnResource(child) && child.cfnResourceType === 'AWS::IAM::Role'
    ? (child as CfnRole)
    : undefined;
}

/** A policy of an app, read once for all roles. */
interface AppPolicy {
  readonly stack: Stack;
  /** As JSON, for a role is told by its resolved name in it. */
  readonly roles: string;
  readonly statements: Statement[];
}

const policiesOfApps = new WeakMap<IConstruct, AppPolicy[]>();
const watchedStages = new WeakSet<IConstruct>();

/** Has the policies read anew whenever the stage of a construct is validated, which CDK does from the stage down. */
export function watchPolicies(scope: IConstruct): void {
  const stage = Stage.of(scope) ?? scope.node.root;
  if (watchedStages.has(stage)) {
    return;
  }
  watchedStages.add(stage);
  stage.node.addValidation({
    validate: () => {
      policiesOfApps.delete(scope.node.root);
      return [];
    },
  });
}

function readPolicies(root: IConstruct): AppPolicy[] {
  const isPolicy = (node: IConstruct) => CfnResource.isCfnResource(node) && POLICY_TYPES.includes(node.cfnResourceType);
  const policies = root.node
    .findAll()
    .filter(isPolicy)
    .map((node) => {
      const { stack, policyDocument, roles, roleName } = node as CfnPolicy & { roleName?: string };
      return {
        stack,
        roles: JSON.stringify(stack.resolve([roles, roleName])),
        statements: statementsOf(stack.resolve(policyDocument)),
      };
    });
  policiesOfApps.set(root, policies);
  return policies;
}

function statementsOf(document: unknown): Statement[] {
  const { Statement: statements } = (document ?? {}) as { Statement?: Statement | Statement[] };
  return statements === undefined ? [] : [statements].flat();
}

function servicesOf({ Principal }: Statement): unknown[] {
  return [(Principal as { Service?: unknown } | undefined)?.Service ?? []].flat();
}

/** What is not written out, such as a service in an intrinsic function, may be the one. */
function mayTrust(statement: Statement, service: string): boolean {
  const { Effect, Principal } = statement;
  return (
    Effect === 'Allow' &&
    (typeof Principal !== 'object' || servicesOf(statement).some((one) => typeof one !== 'string' || one === service))
  );
}

function mayAllow({ Effect, Action }: Statement, action: string): boolean {
  return (
    Effect === 'Allow' &&
    (Action === undefined ||
      [Action]
        .flat()
        .some((pattern) => typeof pattern !== 'string' || matchesGlob(pattern.toLowerCase(), action.toLowerCase())))
  );
}
