import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Json } from '../rendered-properties';
import { OWN_CREDENTIALS, Puller, WorkloadContext } from '../workload';

/**
 * Images that stand in properties of their own, all in one block of a resource and pulled by one role: data, which
 * `propertyKinds` makes kinds of. Paths are as in `placesBelow`.
 */
export interface ImagePlaces {
  readonly resourceType: string;
  /** The way to the block. */
  readonly block?: string;
  /** The ways from the block to the objects that have an image each. */
  readonly holders: string[];
  /** The property of such an object that names its image. */
  readonly image: string;
  /**
   * Who pulls: the property of the block with the ARN of a role, the nodes of EKS, whom a function finds, or why nobody
   * of whom the cache could know does.
   */
  readonly puller:
    | { readonly role: string }
    | 'nodes'
    | { readonly find: (context: WorkloadContext) => Puller; readonly who: string }
    | { readonly nobody: string };
  /** The role, where CDK's L2 can make it, or knows more of it than its ARN; by its shape, not to load its module. */
  readonly l2Role?: (l2: Json, path: string) => L2Role | undefined;
  /** Why the image of a holder has to stay. */
  readonly leave?: (holder: Json, block: Json) => string | undefined;
  /** Tells whether it is no image that anybody pulls from a registry. */
  readonly ignore?: (image: Json, holder: Json) => boolean;
  /** What has to be said besides, for the image to be pulled from ECR. */
  readonly also?: { readonly [property: string]: string };
  /** Whether the service pulls when the resource is deployed, so that it has to wait for the permission. */
  readonly waits?: boolean | ((l2: Json) => boolean);
  /** Why the image has to be in the cache before it is pulled. */
  readonly mustBeCached?: string;
  /** The platform by whose digest the image of a block is named, for a service that takes no index. */
  readonly platform?: (block: Json) => string | undefined;
  /** True if nobody pulls it, so that nobody is warned. */
  readonly isRecord?: boolean;
  /** The holders that an L2 is going to render, for a look before it does. */
  readonly planned?: (l2: Json) => Json[];
}

/** The role of an L2: one that it has, or one that it makes when asked. */
type L2Role = Extract<Puller, { grantee: unknown }>;

/** Tells an image of CodeBuild's own, which it does not pull from a registry of anybody's. */
export function isCurated(image: unknown): boolean {
  return typeof image === 'string' && image.startsWith('aws/codebuild/');
}

/** Tells whether a property has a value. */
export function isGiven(value: Json): boolean {
  return value !== undefined && value !== null && value.Ref !== 'AWS::NoValue' && value.length !== 0;
}

/** Containers of ECS and Batch may have a secret to sign in to a registry with. */
export function hasRepositoryCredentials(holder: Json): string | undefined {
  return isGiven(holder.RepositoryCredentials) ? OWN_CREDENTIALS : undefined;
}

/** The role that an L2 has, if it has one. */
export function made(role: IGrantable | undefined): L2Role | undefined {
  return role && { grantee: () => role, made: role };
}
