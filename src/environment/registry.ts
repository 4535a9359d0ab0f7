import { Stack, Stage, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { warn } from '../core/warnings';

/** A class whose objects keep what the constructs of an app know of each other. */
type Registry<T> = new () => T;

/** One object of each class, made when it is first asked for. */
class Registries {
  private readonly byClass = new Map<Registry<unknown>, unknown>();

  public get<T>(type: Registry<T>): T {
    const known = this.byClass.get(type) as T | undefined;
    if (known !== undefined) {
      return known;
    }
    const made = new type();
    this.byClass.set(type, made);
    return made;
  }
}

/** The registries of one app: its own, and those of its environments by their name. */
class AppRegistries extends Registries {
  private readonly environments = new Map<string, Registries>();
  /** Those of the environment of a stack, looked up once for all that is in it. */
  public readonly byStack = new Map<Stack, Registries>();

  public environment(name: string): Registries {
    const environment = this.environments.get(name) ?? new Registries();
    this.environments.set(name, environment);
    return environment;
  }
}

/** By the root of the construct tree, so that what is known of an app goes with it. The one state of this module. */
const apps = new WeakMap<IConstruct, AppRegistries>();

/** Marks an app, for other copies of this library to see. */
const MARK = Symbol.for('cdk-ecr-pull-through-cache');

/** Finds the registry of an app. */
export function registryOfApp<T>(type: Registry<T>, scope: IConstruct): T {
  return registriesOf(scope).get(type);
}

/**
 * Finds the registry of the account and region of a scope.
 *
 * Where both are known, all stacks of the app that name them share one registry. A stack that leaves one open has a
 * registry of its own, with its nested stacks: it may be deployed anywhere.
 */
export function registryOf<T>(type: Registry<T>, scope: IConstruct): T {
  const { byStack } = registriesOf(scope);
  const stack = Stack.of(scope);
  const registries = byStack.get(stack) ?? registriesOfEnvironment(stack);
  byStack.set(stack, registries);
  return registries.get(type);
}

/**
 * Finds the registry that the open stacks of a stage share, for what collides if they are deployed to one place.
 * For a stack with a known account and region it is the same as `registryOf`.
 */
export function registryOfPossibleNeighbours<T>(type: Registry<T>, scope: IConstruct): T {
  const stack = topLevelStack(scope);
  if (!isOpen(stack)) {
    return registryOf(type, scope);
  }
  const stage = Stage.of(stack)?.node.path ?? '';
  return registriesOf(scope).environment(`stage ${stage} ${stack.environment}`).get(type);
}

function registriesOfEnvironment(scope: IConstruct): Registries {
  const stack = topLevelStack(scope);
  return registriesOf(scope).environment(isOpen(stack) ? `stack ${stack.node.path}` : stack.environment);
}

/** Tells whether the account or the region of a stack is left open. */
function isOpen(stack: Stack): boolean {
  return Token.isUnresolved(stack.account) || Token.isUnresolved(stack.region);
}

/** A nested stack is deployed by its parent, into the same account and region. */
function topLevelStack(scope: IConstruct): Stack {
  const stack = Stack.of(scope);
  return stack.nestedStackParent ? topLevelStack(stack.nestedStackParent) : stack;
}

function registriesOf(scope: IConstruct): AppRegistries {
  const { root } = scope.node;
  const known = apps.get(root);
  if (known !== undefined) {
    return known;
  }
  const made = new AppRegistries();
  apps.set(root, made);
  warnOfOtherCopy(root, scope);
  return made;
}

/** Two copies of the library, of two versions for example, do not see each other's rules. */
function warnOfOtherCopy(root: IConstruct, scope: IConstruct): void {
  if (MARK in root) {
    warn(
      scope,
      'PullThroughCache.twoCopies',
      'this app loads two copies of cdk-ecr-pull-through-cache, and neither sees the rules, templates and registry ' +
        'policies of the other; install one version, for example with npm dedupe',
    );
  }
  Object.defineProperty(root, MARK, { value: true, configurable: true });
}
