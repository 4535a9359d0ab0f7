import type { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The context of CDK by which what is below a construct takes no stack trace. Older releases take none at all. */
const TAKES_NONE = 'aws:cdk:disable-creation-stack-traces';

/** The metadata of CDK that has the stack trace of a resource. */
const CREATION_STACK = 'aws:cdk:creationStack';

/**
 * Makes the resource of a construct with the stack trace of another, which one call of the user made with it. To take a
 * trace costs as much as all else about a resource.
 *
 * @param owner a construct that has nothing below it yet
 */
export function withCreationStackOf<T extends CfnResource>(owner: IConstruct, other: IConstruct, make: () => T): T {
  owner.node.setContext(TAKES_NONE, true);
  const resource = make();
  const [own, others] = [resource, other].map(({ node }) => node.metadata.find(({ type }) => type === CREATION_STACK));
  // When CDK is debugged, it takes one all the same.
  if (own === undefined && others !== undefined) {
    resource.node.addMetadata(CREATION_STACK, others.data);
  }
  return resource;
}
