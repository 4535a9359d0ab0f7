import { hash } from 'crypto';
import { CfnElement, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const LONGEST_READABLE_PART = 100;

/** The name that was asked for last, and what stands for it: a rule, its template and its secret mostly share one. */
let last = { name: '', suffix: '' };

/**
 * Makes a logical id from the name of the thing and not from its place in the construct tree, so that moving a
 * construct changes nothing in the template. The hash keeps `a-b`, `a_b` and `a/b` apart.
 */
function stableLogicalId(kind: string, name: string): string {
  if (last.name !== name) {
    last = { name, suffix: suffixOf(name) };
  }
  return `${kind}${last.suffix}`;
}

function suffixOf(name: string): string {
  const readable = name
    .split(/[^a-zA-Z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
    .slice(0, LONGEST_READABLE_PART);
  return `${readable}${hash('sha256', name).slice(0, 8).toUpperCase()}`;
}

/** Gives the resource of a construct the logical id of its name; CDK's where the name is a token. */
export function keepLogicalId(construct: IConstruct, kind: string, name: string): void {
  if (Token.isUnresolved(name)) {
    return;
  }
  const element = CfnElement.isCfnElement(construct) ? construct : (construct.node.defaultChild as CfnElement);
  element.overrideLogicalId(stableLogicalId(kind, name));
}
