import {
  CfnResource,
  DefaultTokenResolver,
  IPostProcessor,
  IResolvable,
  IResolveContext,
  Reference,
  Stack,
  StringConcat,
  Tokenization,
} from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { resourcesBelow } from '../core/resources';

/** The stack of a construct that is deployed by itself. */
export function topLevelStack(construct: IConstruct): Stack {
  const stack = Stack.of(construct);
  return stack.nestedStackParent ? topLevelStack(stack.nestedStackParent) : stack;
}

/** What needs what in an app, to be asked once CDK has rendered it: nothing is read too early then. */
export class DependencyGraph {
  private readonly edges = new Map<CfnResource, CfnResource[]>();
  private readonly referred = new Map<Stack, Set<Stack>>();

  /**
   * Tells whether a resource needs another already, so that the other must not wait for it: by a stack that waits for
   * another, by a dependency, or by a function in its properties.
   */
  public reaches(from: CfnResource, to: CfnResource): boolean {
    const [start, end] = [topLevelStack(from), topLevelStack(to)];
    return start === end
      ? search(from, to, (resource) => this.neededBy(resource))
      : search<Stack>(start, end, (stack) => stack.dependencies);
  }

  /**
   * Tells the same while CDK is still rendering, when it does not know yet which stack needs which other for what their
   * resources refer to.
   */
  public willReach(from: CfnResource, to: CfnResource): boolean {
    const [start, end] = [topLevelStack(from), topLevelStack(to)];
    return this.reaches(from, to) || (start !== end && this.refersInto(start, end));
  }

  private refersInto(from: Stack, to: Stack): boolean {
    const referred = this.referred.get(from) ?? stacksReferredTo(from);
    this.referred.set(from, referred);
    return referred.has(to);
  }

  private neededBy(resource: CfnResource): CfnResource[] {
    const known = this.edges.get(resource);
    if (known) {
      return known;
    }
    const needed = [...resource.obtainDependencies(), ...referencesOf(resource)].filter(
      (one): one is CfnResource => CfnResource.isCfnResource(one) && topLevelStack(one) === topLevelStack(resource),
    );
    this.edges.set(resource, needed);
    return needed;
  }
}

function search<T>(from: T, to: T, next: (node: T) => T[]): boolean {
  const seen = new Set([from]);
  for (const node of seen) {
    if (node === to) {
      return true;
    }
    next(node).forEach((one) => seen.add(one));
  }
  return false;
}

function stacksReferredTo(from: Stack): Set<Stack> {
  const resources = resourcesBelow(from).filter((resource) => topLevelStack(resource) === from);
  return new Set(resources.flatMap(referencesOf).map(topLevelStack));
}

function referencesOf(resource: CfnResource): IConstruct[] {
  const collector = new ReferenceCollector(new StringConcat());
  const fragment = (resource as unknown as { _toCloudFormation(): object })._toCloudFormation();
  Tokenization.resolve(fragment, { scope: resource, resolver: collector, preparing: false });
  return collector.targets;
}

class ReferenceCollector extends DefaultTokenResolver {
  public readonly targets: IConstruct[] = [];

  public resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): unknown {
    if (Reference.isReference(token)) {
      this.targets.push(token.target);
    }
    return super.resolveToken(token, context, postProcessor);
  }
}
