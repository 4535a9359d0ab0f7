import type { ImageTagMutabilityExclusionFilter, RepositoryEncryption, TagMutability } from 'aws-cdk-lib/aws-ecr';
import type { IRoleRef, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKeyRef } from 'aws-cdk-lib/aws-kms';
import type { RepositoryLifecycleRule } from './repository-lifecycle-rule';

/**
 * The repositories that a template acts on, by what creates them.
 */
export enum RepositoryTemplateUse {
  /** Repositories that the first pull through the cache creates. */
  PULL_THROUGH_CACHE = 'PULL_THROUGH_CACHE',

  /** Repositories that replication creates. */
  REPLICATION = 'REPLICATION',

  /** Repositories that a push creates. */
  CREATE_ON_PUSH = 'CREATE_ON_PUSH',
}

/**
 * Settings for the repositories that ECR creates. A template acts when a repository is created: what exists stays as
 * it is.
 */
export interface RepositoryCreationTemplateOptions {
  /**
   * The repositories that the template acts on.
   *
   * @default - those that pulls through the cache create
   */
  readonly appliedFor?: RepositoryTemplateUse[];

  /**
   * What the template is for. At most 256 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Says if a tag can be moved to another image.
   *
   * For a cache, an immutable tag is a warning: it is never refreshed from the upstream.
   *
   * @default TagMutability.MUTABLE
   */
  readonly imageTagMutability?: TagMutability;

  /**
   * The tags for which the opposite of `imageTagMutability` holds: 1 to 5, with a mutability `..._WITH_EXCLUSION`.
   *
   * @default - none
   */
  readonly imageTagMutabilityExclusionFilters?: ImageTagMutabilityExclusionFilter[];

  /**
   * The encryption of the images. `KMS_DSSE` exists in GovCloud only.
   *
   * @default - `KMS` with an `encryptionKey`, `AES_256` without
   */
  readonly encryption?: RepositoryEncryption;

  /**
   * The key that encrypts the images; it is rendered by its full ARN, so an alias will not do.
   *
   * @default - none; for `KMS` the key `aws/ecr`
   */
  readonly encryptionKey?: IKeyRef;

  /**
   * The rules by which ECR removes images; rules for tagged or untagged images come before those for all.
   *
   * @default - never
   */
  readonly lifecycleRules?: RepositoryLifecycleRule[];

  /**
   * The policy of each repository: statements without resources. At most 10,240 characters in all.
   *
   * @default - none
   */
  readonly repositoryPolicy?: PolicyStatement[];

  /**
   * The tags of each repository. At most 50, with keys of 1 to 128 and values of up to 256 characters.
   *
   * @default - none
   */
  readonly resourceTags?: { [key: string]: string };

  /**
   * The role with which ECR sets tags and uses the key. It trusts `ecr.amazonaws.com`, has no path, and must be
   * allowed to use the `encryptionKey`: a role that is given is not changed. Of a role that this app makes, the
   * trust is checked at synth, and an action that it lacks is a warning.
   *
   * @default - made when there are tags or KMS encryption, and never otherwise
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-iam.html
   */
  readonly role?: IRoleRef;
}
