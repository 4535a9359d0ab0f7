import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Where something is: `env` of a resource, or a stack. */
interface Place {
  readonly account: string | undefined;
  readonly region: string | undefined;
}

/** Gives the region of a construct's stack, where it is known at synth. */
export function regionOf(scope: IConstruct): string | undefined {
  return known(Stack.of(scope).region);
}

/** Gives the account of a construct's stack, where it is known at synth. */
export function accountOf(scope: IConstruct): string | undefined {
  return known(Stack.of(scope).account);
}

/** Gives an account or region back where it is known at synth. */
export function known(value: string): string | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

/** Tells whether two accounts or regions are different for certain: what is a token may turn out equal. */
export function surelyDiffer(one: string | undefined, other: string | undefined): boolean {
  const bothKnown = [one, other].every((value) => value !== undefined && !Token.isUnresolved(value));
  return bothKnown && one !== other;
}

/** Tells whether two places, each an account and region, are different for certain. */
export function surelyElsewhere(one: Place, other: Place): boolean {
  return surelyDiffer(one.account, other.account) || surelyDiffer(one.region, other.region);
}

/** Tells whether two accounts or regions are the same for certain, tokens of the same reference included. */
export function surelyEqual(scope: IConstruct, one: string, other: string): boolean {
  const stack = Stack.of(scope);
  return one === other || JSON.stringify(stack.resolve(one)) === JSON.stringify(stack.resolve(other));
}
