import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { registryOf } from '../environment/registry';
import { RulePrefixes } from '../environment/rule-prefixes';

/** What renders the policy of the repositories that pulls create. */
interface RepositoryPolicyWriter {
  /** Has the policy rendered, which templates without a statement leave out. */
  readonly rendersPolicy: () => void;
}

/**
 * What rules say of who may pull from other accounts, for the policies of the repositories below their prefix. A
 * template below a rule's prefix takes precedence over the rule's own, so it must say the same. Read when the app is
 * synthesized, so that templates and rules may be made in any order.
 */
class CrossAccountStatements {
  public readonly byPrefix = new Map<string, PolicyStatement[]>();
  public readonly writers: RepositoryPolicyWriter[] = [];
}

/** Adds a statement to the policies of all repositories that a rule serves. */
export function addCrossAccountStatement(rule: IConstruct, prefix: string, statement: PolicyStatement): void {
  const { byPrefix, writers } = registryOf(CrossAccountStatements, rule);
  byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), statement]);
  writers.forEach((writer) => writer.rendersPolicy());
}

/** Gives the statements for the repositories below the prefix of a template: those of the rule that serves them. */
export function crossAccountStatements(template: IConstruct, prefix: string): PolicyStatement[] {
  const serving = registryOf(RulePrefixes, template).serving(prefix);
  return serving === undefined ? [] : (registryOf(CrossAccountStatements, template).byPrefix.get(serving) ?? []);
}

/** Has the policies of a template rendered as soon as a rule has a statement for any of them. */
export function onCrossAccountStatement(template: IConstruct, rendersPolicy: () => void): void {
  registryOf(CrossAccountStatements, template).writers.push({ rendersPolicy });
}
