import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { RenderedLifecycleRule } from '../repository-lifecycle-rule';
import { Problem, refuse } from './errors';
import { renderedLength } from './json-length';

/** ECR's least length of 100 is shorter than any policy with a rule. */
const MAX_LENGTH = 30720;

/** A lifecycle policy as the JSON string that CloudFormation takes. */
export function lifecyclePolicy(scope: IConstruct, rules: RenderedLifecycleRule[]): string {
  const policy = { rules: inOrder(rules) };
  const length = renderedLength(Stack.of(scope).resolve(policy));
  refuse([...priorityProblems(rules), ...length <= MAX_LENGTH ? [] : [{
    what: `the lifecycle policy has ${length} characters`, allowed: `at most ${MAX_LENGTH}`, fix: 'use fewer rules',
  }]], scope.node.path);
  return Stack.of(scope).toJsonString(policy);
}

/** ECR wants the rules for all images last. Priorities that were given are kept, the others fill the gaps. */
function inOrder(rules: RenderedLifecycleRule[]): RenderedLifecycleRule[] {
  const taken = new Set(rules.map((rule) => rule.rulePriority));
  const particularFirst = [...rules].sort((one, other) => Number(isForAll(one)) - Number(isForAll(other)));
  let next = 0;
  return particularFirst.map((rule) => {
    if (rule.rulePriority !== undefined) { return rule; }
    do { next++; } while (taken.has(next));
    return { ...rule, rulePriority: next };
  });
}

function isForAll(rule: RenderedLifecycleRule): boolean {
  return rule.selection.tagStatus === 'any';
}

function priorityProblems(rules: RenderedLifecycleRule[]): Problem[] {
  const given = rules.flatMap((rule) => rule.rulePriority ?? []);
  return new Set(given).size === given.length ? [] : [{
    what: 'two lifecycle rules have the same priority', given: given.join(', '), allowed: 'each priority once', fix: 'leave out the priorities to keep the order of the rules',
  }];
}
