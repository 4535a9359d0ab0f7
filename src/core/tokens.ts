/**
 * Whether a string holds a CDK token. The same answer as `Token.isUnresolved` for strings, kept apart
 * from aws-cdk-lib so that the grammars stay pure.
 */
export function holdsToken(text: string): boolean {
  return text.includes('${Token[');
}
