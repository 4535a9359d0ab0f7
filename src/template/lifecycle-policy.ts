import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { RenderedLifecycleRule, RepositoryLifecycleRule } from './repository-lifecycle-rule';
import { Problem, throwIfAny } from '../core/errors';
import { renderedLength } from '../core/rendered-length';

/** ECR's least length of 100 is shorter than any policy with a rule. */
const MAX_LENGTH = 30720;

/** Writes a lifecycle policy as the JSON string that CloudFormation takes. */
export function lifecyclePolicy(scope: IConstruct, lifecycleRules: RepositoryLifecycleRule[]): string {
  const rules = lifecycleRules.map((rule) => rule._rendered());
  const policy = { rules: inOrder(rules) };
  // A policy without tokens is text already; CDK would make a token of it, and resolve that at each synth.
  const text = isPlain(policy) ? JSON.stringify(policy) : undefined;
  const length = text?.length ?? renderedLength(Stack.of(scope).resolve(policy));
  const problems = isAlone(rules)
    ? []
    : [...priorityProblems(rules), ...onceProblems(rules), ...lastProblems(policy.rules)];
  throwIfAny([...problems, ...lengthProblems(length)], scope.node.path);
  return text ?? Stack.of(scope).toJsonString(policy);
}

/** Tells whether there is one rule, and no tags in it that could be the same: so it is in most policies. */
function isAlone(rules: RenderedLifecycleRule[]): boolean {
  return rules.length === 1 && rules[0].selection.tagStatus !== 'tagged';
}

/** Tells whether CDK would change nothing in a value: it resolves tokens, and leaves out what is null. */
function isPlain(value: unknown): boolean {
  if (value === null || Token.isUnresolved(value)) {
    return false;
  }
  return typeof value !== 'object' || Object.values(value).every(isPlain);
}

/** ECR wants the rules for all images last. Priorities that were given are kept, the others fill the gaps. */
function inOrder(rules: RenderedLifecycleRule[]): NumberedRule[] {
  const particular = numbered(
    rules.filter((rule) => !isForAll(rule)),
    0,
    rules,
  );
  const forAll = numbered(rules.filter(isForAll), Math.max(0, ...particular.map((rule) => rule.rulePriority)), rules);
  return [...particular, ...forAll];
}

type NumberedRule = RenderedLifecycleRule & { readonly rulePriority: number };

function numbered(rules: RenderedLifecycleRule[], after: number, all: RenderedLifecycleRule[]): NumberedRule[] {
  if (rules.length === 0) {
    return [];
  }
  const taken = new Set(all.map((rule) => rule.rulePriority));
  let next = after;
  return rules.map((rule) => {
    if (rule.rulePriority !== undefined) {
      return { ...rule, rulePriority: rule.rulePriority };
    }
    do {
      next++;
    } while (taken.has(next));
    return { ...rule, rulePriority: next };
  });
}

function isForAll(rule: RenderedLifecycleRule): boolean {
  return rule.selection.tagStatus === 'any';
}

function lengthProblems(length: number): Problem[] {
  return length <= MAX_LENGTH
    ? []
    : [
        {
          id: 'RepositoryLifecycleRule.policyLength',
          what: `the lifecycle policy has ${length} characters`,
          allowed: `at most ${MAX_LENGTH}`,
          fix: 'use fewer rules',
        },
      ];
}

function priorityProblems(rules: RenderedLifecycleRule[]): Problem[] {
  const given = rules.flatMap((rule) => rule.rulePriority ?? []);
  return new Set(given).size === given.length
    ? []
    : [
        {
          id: 'RepositoryLifecycleRule.samePriority',
          what: 'two lifecycle rules have the same priority',
          given: given.join(', '),
          allowed: 'each priority once',
          fix: 'leave out the priorities to keep the order of the rules',
        },
      ];
}

/**
 * ECR takes one rule for all images, one for untagged ones, and each tag pattern and prefix in one rule, for each
 * storage class.
 */
function onceProblems(rules: RenderedLifecycleRule[]): Problem[] {
  const selections = rules.flatMap(({ selection }) => {
    const { tagStatus, tagPatternList = [], tagPrefixList = [], storageClass = 'standard' } = selection;
    const byTag = [
      ...tagPatternList.map((pattern) => `the tag pattern ${JSON.stringify(pattern)}`),
      ...tagPrefixList.map((prefix) => `the tag prefix ${JSON.stringify(prefix)}`),
    ];
    const selected = tagStatus === 'tagged' ? byTag : [tagStatus === 'any' ? 'all images' : 'untagged images'];
    return selected.map((what) => ({ what, storageClass }));
  });
  const counts = new Map<string, number>();
  for (const { what, storageClass } of selections) {
    const key = storageClass === 'standard' ? what : `${what} of the storage class ${storageClass}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([what, count]): Problem => ({
      id: 'RepositoryLifecycleRule.sameSelection',
      what: `${count} lifecycle rules select ${what}`,
      allowed: 'one',
      fix: 'make one rule of them, or let them select different tags',
    }));
}

/** @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html#lp_rule_priority */
function lastProblems(rules: NumberedRule[]): Problem[] {
  const lastParticular = Math.max(...rules.filter((rule) => !isForAll(rule)).map((rule) => rule.rulePriority));
  const early = rules.find((rule) => isForAll(rule) && rule.rulePriority < lastParticular);
  return early === undefined
    ? []
    : [
        {
          id: 'RepositoryLifecycleRule.order',
          what: 'a lifecycle rule for all images comes before one for some',
          given: `priority ${early.rulePriority}`,
          allowed: `a priority above ${lastParticular}`,
          fix: 'leave out the priorities to have such rules put last',
        },
      ];
}
