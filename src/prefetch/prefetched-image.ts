import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Architecture, DockerImageCode } from 'aws-cdk-lib/aws-lambda';
import type { LambdaCodeOptions } from './prefetch-options';
import { fail, Problem, throwIfAny } from '../core/errors';
import { holdsToken } from '../core/tokens';
import { CachedImage, CachedImageProps } from '../image/cached-image';

/** `linux/amd64`, or with a variant `linux/arm/v7`. */
const PLATFORM = /^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9.]+)?$/;

/** What brings an image into the cache. */
export interface Prefetch {
  /** The repository, whose URIs are known once the image is in the cache. */
  readonly repository: IRepository;
  /** The digest of the tag. */
  readonly digest: string;
  platformDigest(platform: string): string;
}

/**
 * An image that is in the cache before what depends on it is deployed. Made by `prefetch()` of a rule or a cache.
 *
 * Whatever names its `uri`, or takes its `repository` or `toContainerImage()`, waits for the image: the host of the
 * registry is an attribute of what fetches it. So do services, jobs, models, runtimes and functions.
 *
 * @example
 * const web = cache.prefetch('nginx:1.27');
 * taskDefinition.addContainer('web', { image: web.toContainerImage() });
 * new CfnOutput(this, 'Digest', { value: web.imageDigest });
 */
export class PrefetchedImage {
  /** @internal */
  public static _of(props: CachedImageProps, prefetch: Prefetch): PrefetchedImage {
    const { repository } = prefetch;
    const image = { ...props, registryUri: repository.registryUri, rule: { _repository: () => repository } };
    return new PrefetchedImage(CachedImage._of(image), prefetch);
  }

  private constructor(
    private readonly image: CachedImage,
    private readonly prefetch: Prefetch,
  ) {}

  /** What to pull, `<registry>/<prefix>/<path>:tag[@digest]`, which is known once the image is in the cache. */
  public get uri(): string {
    return this.image.uri;
  }

  /** The repository in ECR, its prefix included. At most 256 characters. */
  public get repositoryName(): string {
    return this.image.repositoryName;
  }

  /** The tag; `latest` for an image that was named without. */
  public get tag(): string {
    return this.image.tag!;
  }

  /**
   * The repository, for everything in CDK that takes one: ECS, Batch, CodeBuild, App Runner, SageMaker, and AWS
   * Lambda, which is let in as `toLambdaCode` says.
   *
   * Its `grantPull` also gives what a first pull needs: the image may have left the cache one day.
   */
  public get repository(): IRepository {
    return this.prefetch.repository;
  }

  /** The image for a container of ECS or Batch. The execution role gets the permissions of a pull. */
  public toContainerImage(): ContainerImage {
    return this.image.toContainerImage();
  }

  /**
   * The digest that the tag has in the cache once it is prefetched, as an attribute: that of the index, for an
   * image of several platforms. The digest that the image is pinned to, if it is.
   */
  public get imageDigest(): string {
    return this.prefetch.digest;
  }

  /**
   * The digest of the image for one platform, as an attribute; for an image without an index its own digest,
   * whatever its platform. The deployment fails if an index has nothing for the platform, or if the image is pinned
   * to that of another platform.
   *
   * Throws if this is not the name of a platform.
   *
   * @param platform the operating system and the architecture, and the variant where it matters: `linux/arm64`,
   *   `linux/arm/v7`
   */
  public platformDigest(platform: string): string {
    if (!PLATFORM.test(platform) || holdsToken(platform)) {
      fail({
        id: 'PrefetchedImage.platform',
        what: 'not the name of a platform',
        given: platform,
        allowed: 'os/architecture or os/architecture/variant',
        fix: 'write it as in "linux/arm64"',
      });
    }
    return this.prefetch.platformDigest(platform);
  }

  /**
   * The image for a function of AWS Lambda: by the digest of one platform, for Lambda takes no index. The policy
   * of the repository, which comes from the rule's creation template, lets functions of this account and region
   * read it. A lifecycle rule that could remove the image is a warning, for the function would fail then.
   *
   * The repository must not exist yet: a template says nothing of those that do.
   *
   * Throws if the architecture is a token; a function of another architecture throws when it is made.
   *
   * @example
   * new lambda.DockerImageFunction(this, 'Function', {
   *   code: rule.prefetch('org/app:v1').toLambdaCode({ architecture: lambda.Architecture.ARM_64 }),
   *   architecture: lambda.Architecture.ARM_64,
   * });
   *
   * @param options the platform, and the command
   * @see https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
   */
  public toLambdaCode(options: LambdaCodeOptions = {}): DockerImageCode {
    // Loaded here and not above, for those who have no such function.
    const lambda: typeof import('aws-cdk-lib/aws-lambda') = require('aws-cdk-lib/aws-lambda');
    const { architecture = lambda.Architecture.X86_64, ...command } = options;
    throwIfAny(this.unknownArchitectureProblems(architecture));
    const code = lambda.DockerImageCode.fromEcr(this.repository, {
      ...command,
      tagOrDigest: `@${this.platformDigest(architecture.dockerPlatform)}`,
    });
    // The one place where CDK says the architecture of the function.
    const bind = code._bind.bind(code);
    code._bind = (ofFunction = lambda.Architecture.X86_64) => {
      throwIfAny(this.otherArchitectureProblems(architecture, ofFunction));
      return bind(ofFunction);
    };
    return code;
  }

  private unknownArchitectureProblems({ name }: Architecture): Problem[] {
    return holdsToken(name)
      ? [
          {
            id: 'PrefetchedImage.unknownArchitecture',
            what: `which image of ${this.image._props.reference} the function runs cannot be known from a token`,
            allowed: 'an architecture that is known when the app is synthesized',
            fix: 'give toLambdaCode Architecture.X86_64 or Architecture.ARM_64',
          },
        ]
      : [];
  }

  private otherArchitectureProblems(own: Architecture, ofFunction: Architecture): Problem[] {
    return holdsToken(ofFunction.name) || ofFunction.name === own.name
      ? []
      : [
          {
            id: 'PrefetchedImage.architecture',
            what: `the function has another architecture than its image ${this.image._props.reference}`,
            given: ofFunction.name,
            allowed: own.name,
            fix: 'give toLambdaCode({ architecture }) that of the function',
          },
        ];
  }

  /** The same as `uri`. */
  public toString(): string {
    return this.uri;
  }
}
