import { CfnResource, Stack, Stage } from 'aws-cdk-lib';
import { Construct, Dependable, IDependable } from 'constructs';
import { fail } from '../core/errors';
import { warn } from '../core/warnings';
import { RepositoryCreationTemplate } from '../template/repository-creation-template';
import { RepositoryTemplateUse } from '../template/template-options';

/** Finds a template that the app made for the very prefix of a rule. */
export function templateOfPrefix(rule: Construct, prefix: string): RepositoryCreationTemplate | undefined {
  const template = RepositoryCreationTemplate._at(rule, prefix);
  if (template && !template._appliesTo(RepositoryTemplateUse.PULL_THROUGH_CACHE)) {
    fail(
      {
        id: 'PullThroughCacheRule.templateUse',
        what: `the template ${template.node.path} has the prefix of this rule, but not for pull through cache`,
        allowed: 'a template that is applied for PULL_THROUGH_CACHE',
        fix: 'add RepositoryTemplateUse.PULL_THROUGH_CACHE to its appliedFor',
      },
      rule.node.path,
    );
  }
  return template;
}

/**
 * Has a rule wait for its template, which changes nothing of repositories that exist, and so comes before the first
 * pull. CDK accepts no dependency between stages, which are deployed one after the other anyway.
 */
export function waitForTemplate(rule: Construct, resource: CfnResource, template: RepositoryCreationTemplate): void {
  if (Stage.of(template) !== Stage.of(rule)) {
    return;
  }
  if (Stack.of(template) === Stack.of(rule)) {
    resource.node.addDependency(template);
    return;
  }
  // Asked when CDK makes the order of stacks: by then the app has said which of its stacks needs which.
  const beforeRule: IDependable = {};
  let isTold = false;
  Dependable.implement(beforeRule, {
    get dependencyRoots() {
      if (!needsStack(template, Stack.of(rule))) {
        return [template];
      }
      if (!isTold) {
        isTold = true;
        warnOfOrder(rule, template);
      }
      return [];
    },
  });
  resource.node.addDependency(beforeRule);
}

function warnOfOrder(rule: Construct, template: RepositoryCreationTemplate): void {
  warn(
    rule,
    'PullThroughCacheRule.templateOrder',
    `the template ${template.node.path} needs a key or a role of the stack of the rule, so that the rule cannot ` +
      'wait for it: repositories that are pulled before the template is deployed have no part of it; put the key, ' +
      'the role or the template into another stack',
  );
}

/** Tells whether a template of another stack comes after a stack anyway: an order the other way would be a cycle. */
function needsStack(template: RepositoryCreationTemplate, stack: Stack): boolean {
  const own = Stack.of(template);
  return own.dependencies.includes(stack) || template._needs.some((need) => Stack.of(need) === stack);
}
