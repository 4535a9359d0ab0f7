import type { IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { differ } from '../environment/environment';

/** The accounts, other than that of a rule, whose principals may pull through it by policies of their own. */
const accountsOfRules = new WeakMap<IConstruct, Set<string>>();

/**
 * Remembers a principal of another account. Its own policy is half of what it takes.
 *
 * @param account that of the rule
 */
export function notePuller(rule: IConstruct, account: string, principal: IPrincipal): void {
  const other = principal.principalAccount;
  if (other === undefined || !differ(other, account)) {
    return;
  }
  accountsOfRules.set(rule, (accountsOfRules.get(rule) ?? new Set()).add(other));
}

/** The accounts of the principals that may pull through a rule. */
export function accountsOfPullers(rule: IConstruct): string[] {
  return [...(accountsOfRules.get(rule) ?? [])];
}
