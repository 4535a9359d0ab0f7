import type { CfnResource } from 'aws-cdk-lib';
import type { NodeRoles } from './node-roles';
import type { Pullers } from './pullers';
import type { RenderedProperties } from './rendered-properties';
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

  /** Whether what reads the name may add to it, so that all names that begin with it have to be allowed. */
  readonly mayGoOn?: boolean;

  /** Why it must stay as it is, whatever it names. */
  readonly leave?: string;

  /** Puts the cached image in its place; of a registry with `/*`, the name is the one before that. */
  readonly write: (registry: string, repositoryName: string, reference: ImageReference) => void;
}

/** The images of one resource, and who pulls them. */
export interface Workload {
  readonly slots: ImageSlot[];
  /** Who pulls the image of a slot. */
  readonly pullers: (slot: ImageSlot) => Pullers;
  /** Called once after the last write. */
  readonly save?: () => void;
}

/** What a kind of workload may ask for. */
export interface WorkloadContext {
  readonly resource: CfnResource;
  /** The properties as they stand in the template. */
  readonly properties: RenderedProperties;
  /** Who pulls for Kubernetes. */
  readonly nodeRoles: NodeRoles;
}

/**
 * A kind of workload that names images: a resource type, and where its images are. A new kind is a file with
 * one of these, and a row in `workload-kinds.ts`.
 */
export interface WorkloadKind {
  readonly resourceTypes: string[];
  readonly read: (context: WorkloadContext) => Workload;
}
