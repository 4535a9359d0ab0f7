import type { CfnResource } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Json, Properties } from './rendered-properties';
import type { ImageReference } from '../image/image-reference';

/**
 * A place in a resource where an image is named.
 */
export interface ImageSlot {
  /** Where it is, for the report. */
  readonly place: string;

  /**
   * The image as it is declared; what is no string is a token, and left alone. With `/*` at its end it is a registry,
   * or a part of one, of which all images may be pulled.
   */
  readonly image: unknown;

  /** True if what reads the name may add to it, so that all names that begin with it have to be allowed. */
  readonly mayGoOn?: boolean;

  /** Why it must stay as it is, whatever it names. */
  readonly leave?: string;

  /** True if it is left because nobody pulls it, which is nothing to be warned of. */
  readonly isUnused?: boolean;

  /** Puts the cached image in its place; of a registry with `/*`, the name is the one before that. */
  readonly write: (registry: string, repositoryName: string, reference: ImageReference) => void;
}

/**
 * Who pulls an image: the role that an L2 has, the role behind an ARN, or the nodes of an EKS cluster, which is nothing
 * where it is not named; or why nobody is known.
 */
export type Puller =
  | { readonly grantee: () => IGrantable; readonly made?: IGrantable }
  | { readonly roleArn: Json }
  | { readonly nodesOf: Json }
  | { readonly nobody: string };

/** The images of one resource, and who pulls them. */
export interface Workload {
  readonly slots: ImageSlot[];
  /** Who pulls the image of a slot. */
  readonly puller: (slot: ImageSlot) => Puller;
  /** Called once after the last write. */
  readonly save?: () => void;
  /** Tells whether the resource is deployed with its images, and so has to wait until they may be pulled. */
  readonly waits?: boolean;
}

/** What a kind of workload may ask for. */
export interface WorkloadContext {
  readonly resource: CfnResource;
  /** The properties as they stand in the template. */
  readonly properties: Properties;
}

/**
 * A kind of workload that names images: resource types, and where their images are. Where images have properties of
 * their own, it is a row of `kinds/properties.ts`; otherwise it is a file with one of these.
 */
export interface WorkloadKind {
  readonly resourceTypes: string[];
  readonly read: (context: WorkloadContext) => Workload;
}
