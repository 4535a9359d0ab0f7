/**
 * Tells whether a string holds a CDK token, or the dummy value of a look-up: what it is is not known yet. Kept apart
 * from aws-cdk-lib, whose `Token.isUnresolved` answers the same for tokens, so that the grammars stay pure.
 */
export function holdsToken(text: string): boolean {
  return text.includes('${Token[') || text.includes(DUMMY);
}

/** What CDK's look-ups of context give at the first synth, until the CLI has looked up the value. */
const DUMMY = 'dummy-value-for-';

/** Tells whether a text is the dummy value of a look-up. */
export function isDummy(text: string): boolean {
  return typeof text === 'string' && text.includes(DUMMY);
}
