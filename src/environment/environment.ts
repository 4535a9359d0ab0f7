import { Stack, Stage, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The top-level stack of a construct: a nested stack is deployed by it, into the same account and region. */
function topLevelStack(scope: IConstruct): Stack {
  const stack = Stack.of(scope);
  return stack.nestedStackParent ? topLevelStack(stack.nestedStackParent) : stack;
}

/** The region of a construct's stack, where it is known at synth. */
export function regionOf(scope: IConstruct): string | undefined {
  return known(Stack.of(scope).region);
}

/** The account of a construct's stack, where it is known at synth. */
export function accountOf(scope: IConstruct): string | undefined {
  return known(Stack.of(scope).account);
}

export function known(value: string): string | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

/** Whether two accounts or regions differ for certain: what is a token may turn out equal. */
export function differ(one: string | undefined, other: string | undefined): boolean {
  return (
    one !== undefined && other !== undefined && !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other
  );
}

/** Whether two accounts or regions are the same for certain, tokens of the same reference included. */
export function same(scope: IConstruct, one: string, other: string): boolean {
  const stack = Stack.of(scope);
  return JSON.stringify(stack.resolve(one)) === JSON.stringify(stack.resolve(other));
}

/** What an account and region has once each: by kind, then by name. */
class Holdings {
  private readonly kinds = new Map<string, Map<unknown, IConstruct>>();

  public of(kind: string): Map<unknown, IConstruct> {
    const ofKind = this.kinds.get(kind) ?? new Map<unknown, IConstruct>();
    this.kinds.set(kind, ofKind);
    return ofKind;
  }
}

const holdingsOfApps = new WeakMap<IConstruct, Map<string, Holdings>>();

function holdings(root: IConstruct, environment: string): Holdings {
  const ofApp = holdingsOfApps.get(root) ?? new Map<string, Holdings>();
  holdingsOfApps.set(root, ofApp);
  const ofEnvironment = ofApp.get(environment) ?? new Holdings();
  ofApp.set(environment, ofEnvironment);
  return ofEnvironment;
}

/**
 * What the constructs of one app know of each other's claims on one account and region.
 *
 * Where account and region are known, all stacks of the app that name them share one environment. A stack
 * that leaves them open shares its own for certain; with the other open stacks of its stage it may share
 * one, as it does when they are deployed with the same credentials.
 */
export class Environment {
  public static of(scope: IConstruct): Environment {
    const stack = topLevelStack(scope);
    const isKnown = !Token.isUnresolved(stack.account) && !Token.isUnresolved(stack.region);
    return isKnown
      ? new Environment(holdings(scope.node.root, stack.environment))
      : new Environment(
          holdings(scope.node.root, stack.node.path),
          holdings(Stage.of(stack) ?? scope.node.root, stack.environment),
        );
  }

  private constructor(
    private readonly certain: Holdings,
    private readonly possible: Holdings = certain,
  ) {}

  /** Who holds a thing in this environment for certain. */
  public holder(kind: string, name: unknown): IConstruct | undefined {
    return this.certain.of(kind).get(name);
  }

  /** Who holds a thing in what may be this environment. */
  public possibleHolder(kind: string, name: unknown): IConstruct | undefined {
    return this.possible.of(kind).get(name);
  }

  /** Holds a thing, unless somebody does already. */
  public hold(kind: string, name: unknown, holder: IConstruct): void {
    for (const side of [this.certain, this.possible]) {
      if (!side.of(kind).has(name)) {
        side.of(kind).set(name, holder);
      }
    }
  }

  /** All who hold a thing of a kind in this environment for certain. */
  public holders(kind: string): Iterable<IConstruct> {
    return this.certain.of(kind).values();
  }

  /** How many things of a kind this environment has for certain. */
  public count(kind: string): number {
    return this.certain.of(kind).size;
  }
}
