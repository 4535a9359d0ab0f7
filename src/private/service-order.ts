import { Aspects, CfnResource, IAspect, Stage } from 'aws-cdk-lib';
import type { IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { IConstruct, IDependable } from 'constructs';

const ordersOfApps = new WeakMap<IConstruct, ServiceOrder>();

/**
 * Makes ECS services wait for what their first pull needs: the rule, and the pull permissions of their
 * execution role. ECS starts tasks as soon as a service exists, and CloudFormation sees no reason to make the
 * role's policy before.
 *
 * Integrations of CDK tell a repository no more than the role that pulls, so that the services are found by
 * their role when the app is synthesized. Roles and services may turn up in any order.
 */
class ServiceOrder implements IAspect {
  public static of(scope: IConstruct): ServiceOrder {
    const root = scope.node.root;
    let order = ordersOfApps.get(root);
    if (!order) {
      order = new ServiceOrder();
      ordersOfApps.set(root, order);
      Aspects.of(root).add(order);
    }
    return order;
  }

  private readonly needs = new Map<IPrincipal, Set<IDependable>>();
  private readonly services = new Map<IPrincipal, CfnResource[]>();

  public add(role: IPrincipal, need: IDependable): void {
    const needs = this.needs.get(role) ?? new Set();
    this.needs.set(role, needs.add(need));
    this.services.get(role)?.forEach((service) => makeWait(service, need));
  }

  public visit(node: IConstruct): void {
    if (!CfnResource.isCfnResource(node) || node.cfnResourceType !== 'AWS::ECS::Service') { return; }
    const role = executionRole(node);
    if (role === undefined) { return; }
    this.services.set(role, [...this.services.get(role) ?? [], node]);
    this.needs.get(role)?.forEach((need) => makeWait(node, need));
  }
}

/** From now on, ECS services that run with this role wait for its grant, and for the rule if this app makes it. */
export function servicesWaitFor(grantee: IGrantable, grant: IDependable, rule: IConstruct): void {
  const order = ServiceOrder.of(rule);
  order.add(grantee.grantPrincipal, grant);
  // No more than the resource: what users hang below the rule, such as an event's target, may need the service.
  if (rule.node.defaultChild) { order.add(grantee.grantPrincipal, rule.node.defaultChild); }
}

/** Taken from the L2, by its shape: loading aws-ecs for its class would cost every user of this library. */
function executionRole(service: CfnResource): IPrincipal | undefined {
  const l2 = service.node.scope as { taskDefinition?: { executionRole?: IGrantable } } | undefined;
  return l2?.taskDefinition?.executionRole?.grantPrincipal;
}

function makeWait(service: CfnResource, need: IDependable): void {
  const inAnotherStage = 'node' in need && Stage.of(need as IConstruct) !== Stage.of(service);
  // CDK refuses dependencies between stages, which are deployed one after the other anyway.
  if (!inAnotherStage) { service.node.addDependency(need); }
}
