import type { IConstruct } from 'constructs';
import { ancestorsOf, ROOT } from '../core/repository-prefix';
import { holdsToken } from '../core/tokens';

/**
 * The prefixes of the rules of an account and region: of those that the app creates, and of those that exist and that
 * it refers to.
 */
export class RulePrefixes {
  private readonly created = new Map<string, IConstruct>();
  /** Of each created rule the prefixes above its own. */
  private readonly aboveCreated = new Map<string, IConstruct>();
  private readonly imported = new Set<string>();
  private readonly aboveImported = new Set<string>();
  private createdCount = 0;
  private hasUnknownPrefix = false;

  /** How many rules the app creates. */
  public get count(): number {
    return this.createdCount;
  }

  /** Adds a rule that the app creates. A prefix that is a token could be any. */
  public addCreated(rule: IConstruct, prefix: string): void {
    this.createdCount += 1;
    if (holdsToken(prefix)) {
      this.hasUnknownPrefix = true;
      return;
    }
    addOnce(this.created, prefix, rule);
    ancestorsOf(prefix).forEach((ancestor) => addOnce(this.aboveCreated, ancestor, rule));
  }

  /** Adds a rule that exists. */
  public addImported(prefix: string): void {
    if (holdsToken(prefix)) {
      this.hasUnknownPrefix = true;
      return;
    }
    this.imported.add(prefix);
    ancestorsOf(prefix).forEach((ancestor) => this.aboveImported.add(ancestor));
  }

  /** Finds the created rule with a prefix. */
  public at(prefix: string): IConstruct | undefined {
    return this.created.get(prefix);
  }

  /** Finds a created rule whose prefix lies above or below another. */
  public overlapping(prefix: string): IConstruct | undefined {
    const above = ancestorsOf(prefix).find((ancestor) => this.created.has(ancestor));
    return above === undefined ? this.aboveCreated.get(prefix) : this.created.get(above);
  }

  /** Finds the prefix of the created rule that serves the repositories below another: the longest. */
  public serving(prefix: string): string | undefined {
    return [prefix, ...ancestorsOf(prefix).reverse(), ROOT].find((candidate) => this.created.has(candidate));
  }

  /** Tells whether there are rules, and none has repositories below a prefix, for certain. */
  public haveNoneBelow(prefix: string): boolean {
    if (
      holdsToken(prefix) ||
      prefix === ROOT ||
      this.hasUnknownPrefix ||
      this.created.size + this.imported.size === 0
    ) {
      return false;
    }
    const isKnown = (name: string) => this.created.has(name) || this.imported.has(name);
    const isAbove = this.aboveCreated.has(prefix) || this.aboveImported.has(prefix);
    return !isAbove && ![prefix, ...ancestorsOf(prefix), ROOT].some(isKnown);
  }
}

function addOnce<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) {
    map.set(key, value);
  }
}
