import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, IConstruct } from 'constructs';
import type { ImageReference } from './image-reference';

/**
 * How a cached image is named.
 */
export interface CachedImageOptions {
  /**
   * Names the image by the registry's dual-stack host, such as
   * `111122223333.dkr-ecr.eu-west-1.on.aws`, which answers over IPv6 too.
   *
   * @default false - the registry's host over IPv4, such as `111122223333.dkr.ecr.eu-west-1.amazonaws.com`
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
   */
  readonly dualStack?: boolean;
}

/** What a rule tells of one of its images. */
export interface CachedImageProps {
  readonly reference: ImageReference;
  readonly registryUri: string;
  readonly repositoryName: string;
  readonly rule: RuleOfImage;
}

/** A rule of this library, or what stands for one of others. */
export interface RuleOfImage {
  /** Asked only when somebody wants the repository. */
  _repository(repositoryName: string, registryUri: string): IRepository | undefined;
  /** Allows the first pull without a construct for the repository. */
  _allowPull?(repositoryName: string, grantee: IGrantable): Grant;
}

/**
 * An image of an upstream registry as it is pulled through the cache. Made by `image()` of a rule.
 *
 * @example
 * const nginx = rule.image('nginx:1.27');
 * taskDefinition.addContainer('web', { image: nginx.toContainerImage() });
 * new CfnOutput(this, 'Nginx', { value: nginx.uri });
 */
export class CachedImage {
  /**
   * Names an image of a repository that caches it: for rules that are not made by this library. Others have `image()`.
   *
   * @param repository the repository of the cache; its `grantPull` has to grant what a first pull needs
   * @param reference the image of the upstream registry, whose tag and digest the cached image has too
   */
  public static fromRepository(repository: IRepository, reference: ImageReference): CachedImage {
    const { repositoryName, repositoryUri } = repository;
    const registryUri = repositoryUri.slice(0, -`/${repositoryName}`.length);
    const rule = { _repository: (name: string) => (name === repositoryName ? repository : undefined) };
    return new CachedImage({ reference, registryUri, repositoryName, rule });
  }

  /** @internal */
  public static _of(props: CachedImageProps): CachedImage {
    return new CachedImage(props);
  }

  /** What to pull: the registry's host, the prefix and the path, with `:tag` and `@digest` where there are such. */
  public readonly uri: string;

  /** The repository in ECR, its prefix included; the first pull creates it. At most 256 characters. */
  public readonly repositoryName: string;

  /** The tag, if the image was named with one. */
  public readonly tag?: string;

  /** The digest, if the image was named with one. */
  public readonly digest?: string;

  private repo?: IRepository;

  /** @internal */
  public readonly _props: CachedImageProps;

  private constructor(props: CachedImageProps) {
    this._props = props;
    this.uri = `${props.registryUri}/${props.repositoryName}${props.reference.suffix}`;
    this.repositoryName = props.repositoryName;
    this.tag = props.reference.tag;
    this.digest = props.reference.digest;
  }

  /**
   * The repository, for everything in CDK that takes one: ECS, Batch, CodeBuild, App Runner, SageMaker.
   *
   * Its `grantPull` also gives what a first pull needs; its other grants give what they give for any repository. A
   * grant to AWS Lambda throws: functions do not pull through the cache.
   */
  public get repository(): IRepository {
    this.repo = this.repo ?? this._props.rule._repository(this.repositoryName, this._props.registryUri)!;
    return this.repo;
  }

  /**
   * The rule as a construct, or what the repository stands in.
   *
   * @internal
   */
  public get _scope(): IConstruct {
    const { rule } = this._props;
    return Construct.isConstruct(rule) ? rule : this.repository.node.scope!;
  }

  /**
   * Allows the first pull, as `grantPull` of the repository does. Where there are many images, as in a redirection,
   * a construct for each would be a good part of the cost.
   *
   * @internal
   */
  public _allowPull(grantee: IGrantable): Grant {
    return this._props.rule._allowPull?.(this.repositoryName, grantee) ?? this.repository.grantPull(grantee);
  }

  /**
   * All repositories whose names begin in the same way, for names to which others add. Nothing for rules of others.
   *
   * @internal
   */
  public _repositoriesLike(repositoryName: string): IRepository | undefined {
    return this._props.rule._repository(`${repositoryName}*`, this._props.registryUri);
  }

  /**
   * Gives the image for a container of ECS or Batch. The execution role gets the permissions of a first pull, and
   * an ECS service waits for them.
   *
   * @example
   * taskDefinition.addContainer('web', { image: rule.image('nginx:1.27').toContainerImage() });
   */
  public toContainerImage(): ContainerImage {
    // Loaded here and not above: aws-ecs is large, and most users of this library never ask for it.
    const ecs: typeof import('aws-cdk-lib/aws-ecs') = require('aws-cdk-lib/aws-ecs');
    return ecs.ContainerImage.fromEcrRepository(this.repository, this._props.reference.suffix);
  }

  /** Gives the same as `uri`. */
  public toString(): string {
    return this.uri;
  }
}
