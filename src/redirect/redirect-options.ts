import type { IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * Which images to send through the cache, and how.
 */
export interface RedirectOptions {
  /**
   * Only images that match one of these patterns, in which `*` stands for any text. They are compared with
   * the normalised reference, with and without its tag: `docker.io/library/*`, `quay.io/prometheus/prometheus:v3.*`;
   * and with the image as it is declared, with and without its tag: `nginx`, `nginx:1.*`.
   *
   * @default - all
   */
  readonly only?: string[];

  /**
   * No image that matches one of these patterns, which are as in `only`.
   *
   * @default - none
   */
  readonly exclude?: string[];

  /**
   * Reports only, and changes nothing.
   *
   * @default false
   */
  readonly dryRun?: boolean;

  /**
   * The roles of the nodes that pull for Kubernetes manifests, Helm charts and Batch jobs on EKS.
   *
   * @default - the roles of the nodes that this app makes for the cluster: node groups, Fargate profiles, Auto Mode and
   *   groups of its own; images of other clusters are left alone
   */
  readonly nodeRoles?: IGrantable[];

  /**
   * Prefetches the images that have to be in the cache before they are pulled, as `prefetch` of the cache does: those
   * that are pinned, `name:tag@digest`, those of AWS Lambda functions, and those of services that look at the image
   * when a resource is made. What names them waits for them.
   *
   * A digest without a tag cannot be prefetched, and stays as it is. Functions are named by the digest of their
   * architecture.
   *
   * @default false - images of AWS Lambda functions and of such services stay as they are; pinned ones go through the
   *   cache, with a warning that their first pull may fail
   */
  readonly prefetch?: boolean;

  /**
   * Makes it an error, instead of a warning, that an image stays as it is though the cache has a rule for it.
   *
   * @default false
   */
  readonly strict?: boolean;
}

/**
 * What became of one image.
 */
export interface RedirectedImage {
  /** The path of the resource that names the image. */
  readonly constructPath: string;

  /** The type of the resource, such as `AWS::ECS::TaskDefinition`. */
  readonly resourceType: string;

  /** Where in the resource the image stands, such as `ContainerDefinitions.0.Image`. */
  readonly place: string;

  /**
   * The image as it was declared. Where its registry is known at synth, and not all of its name, `${…}` stands for the
   * rest; where nothing is known, it is `(token)`.
   */
  readonly image: string;

  /**
   * What is pulled instead.
   *
   * @default - the image is left as it is
   */
  readonly cachedUri?: string;

  /**
   * Why the image is left as it is.
   *
   * @default - it goes through the cache
   */
  readonly reason?: string;

  /**
   * The cache has a rule for the image, which is left as it is all the same: nobody can be permitted to pull it, for
   * example. A warning tells of such images too.
   *
   * @default false
   */
  readonly escapes?: boolean;
}
