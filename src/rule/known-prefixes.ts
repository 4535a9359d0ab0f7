import type { IConstruct } from 'constructs';
import { ancestorsOf, ROOT } from '../core/repository-prefix';
import { holdsToken } from '../core/tokens';
import { Environment } from '../environment/environment';

/**
 * The prefixes of the rules that an app knows in an account and region: those that it makes, and those that
 * exist and that it refers to.
 */
const LITERAL = 'known prefix';
const ABOVE = 'above a known prefix';
const TOKEN = 'unknown prefix';

/** Makes the prefix of a rule known. */
export function knowPrefix(rule: IConstruct, ecrRepositoryPrefix: string): void {
  const environment = Environment.of(rule);
  if (holdsToken(ecrRepositoryPrefix)) {
    environment.hold(TOKEN, rule, rule);
    return;
  }
  environment.hold(LITERAL, ecrRepositoryPrefix, rule);
  ancestorsOf(ecrRepositoryPrefix).forEach((ancestor) => environment.hold(ABOVE, ancestor, rule));
}

/** Whether there are rules, and none has repositories below the prefix of a template, for certain. */
export function isBesideAllRules(template: IConstruct, prefix: string): boolean {
  const environment = Environment.of(template);
  if (holdsToken(prefix) || prefix === ROOT || environment.count(LITERAL) === 0 || environment.count(TOKEN) > 0) {
    return false;
  }
  const known = (kind: string) => (name: string) => environment.possibleHolder(kind, name) !== undefined;
  return ![prefix, ...ancestorsOf(prefix), ROOT].some(known(LITERAL)) && !known(ABOVE)(prefix);
}
