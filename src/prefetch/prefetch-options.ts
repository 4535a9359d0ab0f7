import type { Duration } from 'aws-cdk-lib';
import type { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { CachedImageOptions } from '../image/cached-image';

/**
 * How an image is prefetched.
 */
export interface PrefetchOptions extends CachedImageOptions {
  /**
   * How long the deployment waits for the image: 1 to 14 minutes, in whole seconds. What has come by then stays in
   * the cache, so that the next deployment waits for the rest only.
   *
   * @default Duration.minutes(14)
   */
  readonly timeout?: Duration;

  /**
   * Any text, such as a date: when it changes, the image is prefetched again, which brings a tag up to date that
   * has moved. ECR itself asks the upstream registry for a tag at most once in 24 hours.
   *
   * @default - prefetched once, and again when the reference changes
   */
  readonly trigger?: string;
}

/**
 * How an AWS Lambda function runs an image.
 */
export interface LambdaCodeOptions {
  /**
   * The architecture of the function, which must be that of the image: give the function the same.
   *
   * @default Architecture.X86_64
   */
  readonly architecture?: Architecture;

  /**
   * The command, in place of the image's own.
   *
   * @default - the image's CMD
   */
  readonly cmd?: string[];

  /**
   * The entry point, in place of the image's own.
   *
   * @default - the image's ENTRYPOINT
   */
  readonly entrypoint?: string[];

  /**
   * The working directory, in place of the image's own.
   *
   * @default - the image's WORKDIR
   */
  readonly workingDirectory?: string;
}
