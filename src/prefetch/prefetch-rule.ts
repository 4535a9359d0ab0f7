import type { IResource } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { CachedImage, CachedImageOptions } from '../image/cached-image';

/** What prefetching needs of the rule of an image. */
export interface PrefetchRule extends Construct, IResource {
  /** The secret of the rule, where the app knows it. */
  readonly credentialsSecret?: ISecret;

  image(reference: string, options?: CachedImageOptions): CachedImage;
  _repository(repositoryName: string, registryUri: string): IRepository;

  /** Adds to the policy of the repositories; rules that exist know of none. */
  _addRepositoryStatement?(statement: PolicyStatement): void;
}
