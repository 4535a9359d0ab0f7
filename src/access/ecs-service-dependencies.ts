import { Aspects, CfnResource, IAspect, Stage } from 'aws-cdk-lib';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct, IConstruct } from 'constructs';
import { registryOfApp } from '../environment/registry';

/**
 * Makes ECS services wait for what their first pull needs: the rule, and the pull permissions of their
 * execution role. ECS starts tasks as soon as a service exists, and CloudFormation sees no reason to make the
 * role's policy before.
 *
 * Integrations of CDK tell a repository no more than the role that pulls, so that the services are found by
 * their role when the app is synthesized. Roles and services may turn up in any order.
 */
class EcsServiceDependencies implements IAspect {
  /** The order of an app, which watches the stage of this scope from now on. */
  public static of(scope: IConstruct): EcsServiceDependencies {
    const order = registryOfApp(EcsServiceDependencies, scope);
    // Aspects do not reach into stages, so that each needs its own.
    // Stage.of() of a stage is the one around it.
    const stage = Stage.isStage(scope) ? scope : (Stage.of(scope) ?? scope.node.root);
    if (!order.stages.has(stage)) {
      order.stages.add(stage);
      Aspects.of(stage).add(order);
    }
    return order;
  }

  private readonly stages = new Set<IConstruct>();
  private readonly needs = new Map<IPrincipal, Set<IConstruct>>();
  private readonly services = new Map<IPrincipal, Set<CfnResource>>();

  public add(role: IPrincipal, need: IConstruct): void {
    at(this.needs, role).add(need);
    this.services.get(role)?.forEach((service) => makeWait(service, need));
  }

  public visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node) || node.cfnResourceType !== 'AWS::ECS::Service') {
      return;
    }
    const role = executionRole(node);
    if (role === undefined) {
      return;
    }
    at(this.services, role).add(node);
    this.needs.get(role)?.forEach((need) => makeWait(node, need));
  }
}

function at<K, V>(map: Map<K, Set<V>>, key: K): Set<V> {
  const set = map.get(key) ?? new Set<V>();
  map.set(key, set);
  return set;
}

/** Has to be called before synthesis where grants are made in the course of it. */
export function watchServices(scope: IConstruct): void {
  EcsServiceDependencies.of(scope);
}

/** From now on, ECS services that run with this role wait for its policies, and for the rule if this app makes it. */
export function servicesWaitFor(grantee: IGrantable, rule: IConstruct): void {
  const principal = grantee.grantPrincipal;
  // A service is in the stage of its role, which may be another than that of the rule.
  const order = EcsServiceDependencies.of(Construct.isConstruct(principal) ? principal : rule);
  if (Construct.isConstruct(principal)) {
    order.add(principal, principal);
  }
  // No more than the resource: what users hang below the rule, such as an event's target, may need the service.
  if (rule.node.defaultChild) {
    order.add(principal, rule.node.defaultChild);
  }
}

/** Taken from the L2, by its shape: loading aws-ecs for its class would cost every user of this library. */
function executionRole(service: CfnResource): IPrincipal | undefined {
  const l2 = service.node.scope as { taskDefinition?: { executionRole?: IGrantable } } | undefined;
  return l2?.taskDefinition?.executionRole?.grantPrincipal;
}

function makeWait(service: CfnResource, need: IConstruct): void {
  // CDK refuses dependencies between stages, which are deployed one after the other anyway.
  if (Stage.of(need) === Stage.of(service)) {
    service.node.addDependency(need);
  }
}
