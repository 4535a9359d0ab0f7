import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { ancestorsOf, ROOT } from '../core/repository-prefix';
import { Environment } from '../environment/environment';

/**
 * What rules say of who may pull from other accounts, for the policies of the repositories below their
 * prefix. A template below a rule's prefix takes precedence over the rule's own, so it must say the same.
 * Read when the app is synthesized, so that templates and rules may be made in any order.
 */
const statementsOfRules = new WeakMap<IConstruct, PolicyStatement[]>();

/** A template, with what it has to do when a rule has something to say. */
interface RepositoryTemplate extends IConstruct {
  /** @internal */
  _rendersPolicy(): void;
}

export function addPullStatement(rule: IConstruct, statement: PolicyStatement): void {
  statementsOfRules.set(rule, [...(statementsOfRules.get(rule) ?? []), statement]);
  for (const template of Environment.of(rule).holders('template')) {
    (template as RepositoryTemplate)._rendersPolicy();
  }
}

/** Whether a rule lets anybody in from outside its account. */
export function hasPullStatements(rule: IConstruct): boolean {
  return statementsOfRules.has(rule);
}

/** The statements for the repositories below the prefix of a template: those of the rule that serves them. */
export function pullStatements(template: IConstruct, prefix: string): PolicyStatement[] {
  const environment = Environment.of(template);
  const serving = [prefix, ...ancestorsOf(prefix).reverse(), ROOT]
    .map((candidate) => environment.holder('prefix', candidate))
    .find((rule) => rule !== undefined);
  return serving === undefined ? [] : (statementsOfRules.get(serving) ?? []);
}
