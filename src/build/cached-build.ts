import { DockerImage } from 'aws-cdk-lib';
import type { DockerImageAsset, DockerImageAssetOptions } from 'aws-cdk-lib/aws-ecr-assets';
import type { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { DockerImageCode } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { BuildCache, CachedDockerfile, cachedDockerfile, SYNTAX_ARGUMENT } from './build-contexts';

/**
 * How to build an image of a directory, and which images to pull for that through the cache.
 */
export interface CachedBuildOptions extends DockerImageAssetOptions {
  /**
   * Only images that match one of these patterns, in which `*` stands for any text. They are compared with the
   * normalised reference, with and without its tag: `docker.io/library/*`, `quay.io/prometheus/prometheus:v3.*`.
   *
   * @default - all
   */
  readonly onlyImages?: string[];

  /**
   * No image that matches one of these patterns, which are as in `onlyImages`.
   *
   * @default - none
   */
  readonly excludeImages?: string[];
}

/**
 * What a Lambda function runs in its image.
 */
export interface CachedFunctionOptions {
  /**
   * The `CMD` of the function, such as `app.handler`.
   *
   * @default - that of the image
   */
  readonly cmd?: string[];

  /**
   * The `ENTRYPOINT` of the function.
   *
   * @default - that of the image
   */
  readonly entrypoint?: string[];

  /**
   * The `WORKDIR` of the function.
   *
   * @default - that of the image
   */
  readonly workingDirectory?: string;
}

/**
 * A directory with a Dockerfile, and the build of it that pulls through the cache. Made by `dockerBuild()` of a
 * `PullThroughCache`.
 *
 * @see https://docs.docker.com/build/building/context/#additional-build-contexts
 * @example
 * const build = cache.dockerBuild('service', { buildArgs: { NODE_VERSION: '24' } });
 * taskDefinition.addContainer('service', { image: build.toContainerImage() });
 */
export class CachedBuild {
  /** @internal */
  public static _of(cache: BuildCache, directory: string, options: CachedBuildOptions): CachedBuild {
    return new CachedBuild(directory, options, cachedDockerfile(cache, directory, options));
  }

  /**
   * What `docker build` pulls for the images of the Dockerfile, `docker-image://…` by name, and those of the options.
   */
  public readonly buildContexts: { [name: string]: string };

  /**
   * The build arguments of the options; and, if the Dockerfile has a `# syntax` directive whose image the cache has,
   * `BUILDKIT_SYNTAX` with that, unless the options have one.
   */
  public readonly buildArgs: { [name: string]: string };

  private readonly options: DockerImageAssetOptions;

  private constructor(
    private readonly directory: string,
    options: CachedBuildOptions,
    { buildContexts, syntax }: CachedDockerfile,
  ) {
    this.buildContexts = buildContexts;
    this.buildArgs = { ...(syntax && { [SYNTAX_ARGUMENT]: syntax }), ...options.buildArgs };
    const { onlyImages, excludeImages, ...others } = options;
    this.options = { ...others, buildContexts, buildArgs: this.buildArgs };
  }

  /**
   * Makes an asset of the image. CDK builds it before it deploys, and pushes it to the repository of its assets.
   *
   * @param scope the parent of the asset
   * @param id the id of the asset
   */
  public toDockerImageAsset(scope: Construct, id: string): DockerImageAsset {
    // Loaded here and not above, as what follows is: most users of this library never ask for them.
    const assets: typeof import('aws-cdk-lib/aws-ecr-assets') = require('aws-cdk-lib/aws-ecr-assets');
    return new assets.DockerImageAsset(scope, id, { ...this.options, directory: this.directory });
  }

  /**
   * Makes the image for a container of ECS or Batch.
   *
   * @example
   * taskDefinition.addContainer('app', { image: cache.dockerBuild('app').toContainerImage() });
   */
  public toContainerImage(): ContainerImage {
    const ecs: typeof import('aws-cdk-lib/aws-ecs') = require('aws-cdk-lib/aws-ecs');
    return ecs.ContainerImage.fromAsset(this.directory, this.options);
  }

  /**
   * Makes the code of a Lambda function. Functions cannot be made of images that are pulled through the cache, and can
   * of this one: it is built from them, and lies in the repository of CDK's assets.
   *
   * @param options what the function runs
   */
  public toDockerImageCode(options: CachedFunctionOptions = {}): DockerImageCode {
    const lambda: typeof import('aws-cdk-lib/aws-lambda') = require('aws-cdk-lib/aws-lambda');
    return lambda.DockerImageCode.fromImageAsset(this.directory, { ...this.options, ...options });
  }

  /**
   * Makes an image for the bundling of assets, and for that builds it at once, whenever the app is synthesized.
   *
   * Of the options, it takes those that `DockerImage.fromBuild` of CDK knows: no secrets, SSH keys and outputs.
   */
  public toBundlingImage(): DockerImage {
    const { target, platform, networkMode, file, cacheFrom, cacheTo, cacheDisabled } = this.options;
    return DockerImage.fromBuild(this.directory, {
      buildArgs: this.buildArgs,
      buildContexts: this.buildContexts,
      targetStage: target,
      platform: platform?.platform,
      network: networkMode?.mode,
      file,
      cacheFrom,
      cacheTo,
      cacheDisabled,
    });
  }
}
