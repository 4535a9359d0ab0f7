import type { CfnResource } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Pullers } from './pullers';
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

  /** True if it is of interest only where the cache has a rule for it, and nothing is said of it otherwise. */
  readonly isByTheWay?: boolean;

  /** Why the image has to be in the cache before it is pulled; nothing where a first pull will do. */
  readonly mustBeCached?: string;

  /** The one platform by whose digest it has to be named then: `linux/arm64`; nothing where its tag will do. */
  readonly platform?: string;

  /** Puts the cached image in its place; of a registry with `/*`, the name is the one before that. */
  readonly write: (registry: string, repositoryName: string, reference: ImageReference) => void;
}

/**
 * Who pulls an image: the role that an L2 has, the role behind an ARN, the nodes of an EKS cluster, which is nothing
 * where it is not named, those that a kind of workload found itself, or a service of AWS; or why nobody is known.
 */
export type Puller =
  | { readonly grantee: () => IGrantable; readonly made?: IGrantable }
  | { readonly roleArn: Json }
  | { readonly nodesOf: Json }
  | { readonly pullers: Pullers }
  | { readonly service: string }
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

/** Why an image stays that somebody signs in for: whoever does that means the registry that is named. */
export const OWN_CREDENTIALS = 'it is pulled with credentials of its own';

/** What there is to a resource that has no place for images. */
export const NO_IMAGES: Workload = { slots: [], puller: () => ({ nobody: '' }) };

/** What a kind of workload may ask for. */
export interface WorkloadContext {
  readonly resource: CfnResource;
  /** The properties as they stand in the template. */
  readonly properties: Properties;
  /** The registries, or parts of them, for which the caches have rules: a host, and what names begin with. */
  readonly upstreams: () => string[];
}

/** What becomes of the images at some places of a type, for `docs/workloads.md`. */
export interface DocumentedPlace {
  readonly resourceType: string;
  /** The ways to the images; of a document, to the property that holds it, and what is looked for in it. */
  readonly paths: string[];
  /** Who pulls them, in the words of the documentation; nothing where they are not redirected. */
  readonly puller?: string;
  /** Why they are not redirected, or when not. */
  readonly reason?: string;
}

/**
 * A kind of workload that names images: a resource type, and where its images are. Where images have properties of
 * their own, it is a row of `ImagePlaces`; otherwise it is a file with one of these.
 */
export interface WorkloadKind {
  readonly resourceType: string;
  readonly places: DocumentedPlace[];
  /** Nothing where a type is not redirected, and its images have no property of their own. */
  readonly read?: (context: WorkloadContext) => Workload;
  /** Properties in which no images are looked for that are named by the way, since `read` has seen all there is. */
  readonly notSearched?: string[];
  /** Why the images that are named by the way stay. */
  readonly mentions?: string;
}
