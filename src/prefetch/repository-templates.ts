import { CfnResource, Stack, Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DependencyGraph, topLevelStack } from '../access/dependency-graph';
import { ancestorsOf, ROOT } from '../core/repository-prefix';
import { addDependency } from '../core/resources';
import { warn } from '../core/warnings';
import { RepositoryCreationTemplate } from '../template/repository-creation-template';
import { RepositoryTemplateUse } from '../template/template-options';

/** The templates in the stack of a scope that may speak for a repository. ROOT's does where no other one does. */
export function templatesInStack(scope: Construct, repositoryName: string): RepositoryCreationTemplate[] {
  return ancestorsOf(repositoryName)
    .flatMap((prefix) => RepositoryCreationTemplate._at(scope, prefix) ?? [])
    .filter((template) => Stack.of(template) === Stack.of(scope));
}

/** The template of the app that a pull makes a repository by: the one with the longest prefix. */
export function templateOf(scope: Construct, repositoryName: string): RepositoryCreationTemplate | undefined {
  return [...ancestorsOf(repositoryName).reverse(), ROOT]
    .flatMap((prefix) => RepositoryCreationTemplate._at(scope, prefix) ?? [])
    .find((template) => template._appliesTo(RepositoryTemplateUse.PULL_THROUGH_CACHE));
}

/**
 * Has what fetches an image wait for the template of its repository in another stack, which acts only when the
 * repository is created. Called when CDK knows which stack needs which other. Between stages there are no dependencies.
 */
export function waitForOtherStack(waiting: CfnResource, repositoryName: string): void {
  const template = templateOf(waiting, repositoryName);
  if (
    template === undefined ||
    topLevelStack(template) === topLevelStack(waiting) ||
    Stage.of(template) !== Stage.of(waiting)
  ) {
    return;
  }
  const need = template.node.defaultChild as CfnResource;
  if (!new DependencyGraph().reaches(need, waiting)) {
    addDependency(waiting, need);
    return;
  }
  warn(
    waiting,
    'PrefetchedImage.templateOrder',
    `the template ${template.node.path} is in a stack that needs this one, so that the image is fetched before, and ` +
      'its repository has no part of the template if it does not exist yet; put the template into another stack',
  );
}
