import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { holdsToken } from './tokens';

/** A text with tokens as people read it: what CloudFormation fills in stands in the text as `${AWS::Region}`. */
export function displayText(scope: IConstruct, text: string): string {
  return holdsToken(text) ? flatten(Stack.of(scope).resolve(text)) : text;
}

function flatten(resolved: unknown): string {
  if (typeof resolved === 'string') {
    return resolved;
  }
  const [name, argument] = Object.entries(resolved as object)[0] ?? [];
  if (name === 'Fn::Join' && Array.isArray(argument?.[1])) {
    return argument[1].map(flatten).join(argument[0]);
  }
  return name === 'Ref' ? `\${${argument}}` : `\${${name}}`;
}
