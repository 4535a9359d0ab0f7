import { CfnResource, Stack, Stage } from 'aws-cdk-lib';
import type { CfnPolicy, CfnRole, IRoleRef } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { Problem } from '../core/errors';
import { matchesGlob } from '../core/glob';
import type { MessageId } from '../core/message-id';
import { resourcesBelow } from '../core/resources';
import { accountOf, surelyDiffer } from '../environment/environment';
import { registryOfApp } from '../environment/registry';

/*
 * What can be known at synth of a role that was given: all of one that this app makes, and nothing of one that exists.
 * A role may get its policies after whatever uses it, so that all given roles of a stage are checked when CDK
 * validates the stage.
 */

/** A statement of a policy as it stands in a template. */
interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
}

/** Gives the errors of one given role. */
type RoleCheck = (policies: AppPolicies) => string[];

/** The checks of given roles, by the stage of the construct that was given the role. */
class RoleChecks {
  public readonly stages = new Map<IConstruct, RoleCheck[]>();
}

/** Checks a given role when the app is synthesized. */
export function checkRoleAtSynth(scope: IConstruct, check: RoleCheck): void {
  const { stages } = registryOfApp(RoleChecks, scope);
  const stage = Stage.of(scope) ?? scope.node.root;
  const known = stages.get(stage);
  if (known) {
    known.push(check);
    return;
  }
  const checks = [check];
  stages.set(stage, checks);
  stage.node.addValidation({
    validate: () => {
      const policies = new AppPolicies(stage.node.root);
      return checks.flatMap((one) => one(policies));
    },
  });
}

/** Says why a service of AWS cannot use a role. */
export function trustProblems(role: IRoleRef, service: string, id: MessageId): Problem[] {
  const own = createdRole(role);
  const statements = own ? statementsOf(Stack.of(own).resolve(own.assumeRolePolicyDocument)) : [];
  if (statements.length === 0 || statements.some((statement) => mayTrust(statement, service))) {
    return [];
  }
  return [
    {
      id,
      what: `the role ${role.node.path} does not trust ${service}`,
      given: statements.flatMap(servicesOf).join(', ') || 'no service',
      allowed: service,
      fix: `make it with assumedBy: new ServicePrincipal("${service}"), or leave the role out to have one made`,
    },
  ];
}

/** Says if a role is of another account than what it is given to, a rule or a template. */
export function roleAccountProblems(scope: IConstruct, role: IRoleRef, title: string, id: MessageId): Problem[] {
  return surelyDiffer(role.env.account, accountOf(scope))
    ? [
        {
          id,
          what: `the role is of another account than the ${title}`,
          given: role.env.account,
          allowed: accountOf(scope),
          fix: `give a role of the account of the ${title}, or leave it out to have one made`,
        },
      ]
    : [];
}

/** Finds the resource of a role that this app makes. */
export function createdRole(role: IRoleRef): CfnRole | undefined {
  const resource = CfnResource.isCfnResource(role) ? role : role.node.defaultChild;
  return resource && CfnResource.isCfnResource(resource) && resource.cfnResourceType === 'AWS::IAM::Role'
    ? (resource as CfnRole)
    : undefined;
}

/** Resources that give a role permissions; all have `roles` and `policyDocument`, or their equals. */
const POLICY_TYPES = ['AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy', 'AWS::IAM::RolePolicy'];

/** The policies of one stack. */
class StackPolicies {
  private readonly byRole = new Map<string, Statement[]>();
  private readonly all: Statement[] = [];

  public add(roles: unknown[], statements: Statement[]): void {
    this.all.push(...statements);
    for (const role of roles.map((one) => JSON.stringify(one))) {
      this.byRole.set(role, [...(this.byRole.get(role) ?? []), ...statements]);
    }
  }

  public of(roleNames: unknown[]): Statement[] {
    return roleNames.flatMap((name) => this.byRole.get(JSON.stringify(name)) ?? []);
  }

  /** Tells whether any policy allows an action. */
  public mayAllow(action: string): boolean {
    return this.all.some((statement) => mayAllow(statement, action));
  }
}

/** The policies of an app, read once for all given roles. */
export class AppPolicies {
  private readonly stacks = new Map<Stack, StackPolicies>();
  /** The stacks with a policy that allows an action: looked up once for all roles. */
  private readonly allowing = new Map<string, Set<Stack>>();

  constructor(root: IConstruct) {
    const all = resourcesBelow(root, ...POLICY_TYPES) as (CfnPolicy & { roleName?: string })[];
    for (const { stack, policyDocument, roles, roleName } of all) {
      const policies = this.stacks.get(stack) ?? new StackPolicies();
      this.stacks.set(stack, policies);
      const names = [stack.resolve(roles) ?? [], stack.resolve(roleName) ?? []].flat();
      policies.add(names, statementsOf(stack.resolve(policyDocument)));
    }
  }

  /** Gives those of some actions that no policy of the app allows a role, on whatever resource. */
  public missingActions(role: IRoleRef, actions: string[]): string[] {
    const own = createdRole(role);
    // What a managed policy says is not known here, wherever it was made.
    if (own === undefined || own.stack.resolve(own.managedPolicyArns)?.length) {
      return [];
    }
    const inline: { policyDocument?: unknown }[] = own.stack.resolve(own.policies) ?? [];
    const statements = [
      ...inline.flatMap(({ policyDocument }) => statementsOf(policyDocument)),
      ...(this.stacks.get(own.stack)?.of([own.stack.resolve(own.ref), own.stack.resolve(own.roleName)]) ?? []),
    ];
    return actions.filter(
      (action) => !statements.some((statement) => mayAllow(statement, action)) && !this.mayAllowFrom(own.stack, action),
    );
  }

  /** A policy of another stack may be any role's: how it refers to the role is CloudFormation's to know. */
  private mayAllowFrom(stack: Stack, action: string): boolean {
    const known = this.allowing.get(action);
    const allowing =
      known ?? new Set([...this.stacks].filter(([, policies]) => policies.mayAllow(action)).map(([one]) => one));
    this.allowing.set(action, allowing);
    return allowing.size > (allowing.has(stack) ? 1 : 0);
  }
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
  const patterns = Action === undefined ? [undefined] : [Action].flat();
  return (
    Effect === 'Allow' &&
    patterns.some((pattern) => typeof pattern !== 'string' || matchesGlob(pattern.toLowerCase(), action.toLowerCase()))
  );
}
