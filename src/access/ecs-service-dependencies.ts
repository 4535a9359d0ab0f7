import type { CfnResource } from 'aws-cdk-lib';
import type { Grant, IGrantable, IPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct, Dependable, IConstruct, IDependable } from 'constructs';
import { DependencyGraph, topLevelStack } from './dependency-graph';
import { allow, PullSource } from './pull-permissions';
import { addDependency, resourcesBelow } from '../core/resources';
import { warn } from '../core/warnings';
import { registryOfApp } from '../environment/registry';
import { stageOf } from '../environment/stages';

/**
 * Makes what is deployed with its images wait for what their first pull needs: the rule, and the pull permissions of
 * who pulls. ECS starts tasks as soon as a service exists, and CloudFormation sees no reason to make the role's
 * policy before.
 *
 * Integrations of CDK tell a repository no more than the role that pulls, so that ECS services are found by their
 * role, once all aspects have run. Roles and services may turn up in any order, and grants may be made at any time.
 */
export class PullOrder {
  /** The order of an app, which looks after the stage of this scope from now on. */
  public static of(scope: IConstruct): PullOrder {
    const order = registryOfApp(PullOrder, scope);
    order.lookAfter(stageOf(scope));
    return order;
  }

  private readonly stages = new Set<IConstruct>();
  /** What those who pull need, by who pulls. */
  private readonly needs = new Map<IPrincipal, Set<IConstruct>>();
  /** What waits besides the ECS services. */
  private readonly waiting = new Map<CfnResource, Set<IConstruct>>();

  /** From now on, ECS services that run with this role wait for its policies, and for the rule if this app makes it. */
  public servicesWait(grantee: IGrantable, rule: IConstruct): void {
    needsOf(grantee, rule).forEach((need) => at(this.needs, grantee.grantPrincipal).add(need));
  }

  /** Has a resource wait for the policies of who pulls for it, and for the rule. */
  public wait(resource: CfnResource, grantee: IGrantable, rule: IConstruct): void {
    needsOf(grantee, rule).forEach((need) => at(this.waiting, resource).add(need));
  }

  private lookAfter(stage: IConstruct): void {
    if (this.stages.has(stage)) {
      return;
    }
    this.stages.add(stage);
    // CDK asks for dependencies after all aspects, and before it renders anything: nested templates are written next.
    const beforeRendering: IDependable = {};
    const makeOrder = () => this.makeOrder(stage);
    Dependable.implement(beforeRendering, {
      get dependencyRoots() {
        makeOrder();
        return [];
      },
    });
    stage.node.addDependency(beforeRendering);
    // By now CDK knows which stack needs which other, and no template of a stack is written yet.
    stage.node.addValidation({
      validate: () => {
        this.makeOrder(stage, new DependencyGraph());
        return [];
      },
    });
  }

  /** @param graph what needs what, once that is known; without it, the order within nested stacks is made */
  private makeOrder(stage: IConstruct, graph?: DependencyGraph): void {
    const waits = [...this.waiting].filter(([resource]) => stageOf(resource) === stage);
    const services = this.needs.size === 0 ? [] : servicesIn(stage);
    for (const service of services) {
      const role = executionRole(service);
      const needs = role && this.needs.get(role);
      if (needs) {
        waits.push([service, needs]);
      }
    }
    const resources = new Map<IConstruct, CfnResource[]>();
    for (const [waiting, needs] of waits) {
      for (const need of needs) {
        resources.set(need, resources.get(need) ?? resourcesBelow(need));
        resources.get(need)!.forEach((resource) => makeWait(waiting, resource, graph));
      }
    }
  }
}

function needsOf(grantee: IGrantable, rule: IConstruct): IConstruct[] {
  const principal = grantee.grantPrincipal;
  // No more than the resource: what users hang below the rule, such as an event's target, may need the service.
  return [Construct.isConstruct(principal) ? principal : undefined, rule.node.defaultChild].filter(
    (need): need is IConstruct => need !== undefined,
  );
}

function at<K, V>(map: Map<K, Set<V>>, key: K): Set<V> {
  const set = map.get(key) ?? new Set<V>();
  map.set(key, set);
  return set;
}

function servicesIn(stage: IConstruct): CfnResource[] {
  return resourcesBelow(stage, 'AWS::ECS::Service').filter((service) => stageOf(service) === stage);
}

/**
 * Allows like `allow`, and has ECS services that run with this role wait for its policies, and for the rule if this app
 * makes it.
 */
export function allowPull(rule: PullSource, grantee: IGrantable, actions: string[], resourceArn: string): Grant {
  const grant = allow(rule, grantee, actions, resourceArn);
  const principal = grantee.grantPrincipal;
  // A service is in the stage of its role, which may be another than that of the rule.
  PullOrder.of(Construct.isConstruct(principal) ? principal : rule).servicesWait(grantee, rule);
  return grant;
}

/** Taken from the L2, by its shape: loading aws-ecs for its class would cost every user of this library. */
function executionRole(service: CfnResource): IPrincipal | undefined {
  const l2 = service.node.scope as { taskDefinition?: { executionRole?: IGrantable } } | undefined;
  return l2?.taskDefinition?.executionRole?.grantPrincipal;
}

function makeWait(waiting: CfnResource, need: CfnResource, graph: DependencyGraph | undefined): void {
  const isWithinNested =
    waiting.stack.nestedStackParent !== undefined && topLevelStack(waiting) === topLevelStack(need);
  // CDK refuses dependencies between stages, which are deployed one after the other anyway.
  if (waiting === need || stageOf(need) !== stageOf(waiting) || isWithinNested !== (graph === undefined)) {
    return;
  }
  if (graph?.reaches(need, waiting)) {
    warn(
      waiting,
      'PullThroughCacheRule.order',
      `this cannot wait for ${need.node.path}, which is needed for the first pull of its images: that needs this, or ` +
        'its stack needs the stack of this; deploy that before, or the first pulls may fail',
    );
  } else {
    addDependency(waiting, need);
  }
}
