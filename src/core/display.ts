import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { showText } from './cloudformation-text';
import { holdsToken } from './tokens';

/** Shows a text with tokens to people: what CloudFormation fills in stands in it as `${AWS::Region}`. */
export function displayText(scope: IConstruct, text: string): string {
  return holdsToken(text) ? showText(Stack.of(scope).resolve(text)) : text;
}
