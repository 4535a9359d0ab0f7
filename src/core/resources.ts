import { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * The resources of a construct and of all below it.
 *
 * @param types those to look for; all of them if none is named
 */
export function resourcesBelow(scope: IConstruct, ...types: string[]): CfnResource[] {
  return scope.node
    .findAll()
    .filter(
      (node): node is CfnResource =>
        CfnResource.isCfnResource(node) && (types.length === 0 || types.includes(node.cfnResourceType)),
    );
}

/**
 * Makes a resource wait for another, also when CDK has collected what constructs depend on each other already. CDK gave
 * the method another name, and says of the old one that it is deprecated.
 */
export function addDependency(
  waiting: CfnResource & { addResourceDependency?: (target: CfnResource) => void },
  need: CfnResource,
): void {
  if (waiting.addResourceDependency) {
    waiting.addResourceDependency(need);
  } else {
    waiting.addDependency(need);
  }
}
