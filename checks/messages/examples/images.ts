import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import {
  PullThroughCache,
  PullThroughCacheRule,
  RepositoryCreationTemplate,
  RepositoryLifecycleRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import type { Explanations } from '../explanation';

export const IMAGES: Explanations = {
  'ImageReference.form': {
    cause: 'There is no image, or a value that is no text.',
    example({ rule }) {
      rule.image('');
    },
  },
  'ImageReference.imageId': {
    cause: 'Docker names a local image by its id. A registry does not know that name.',
    example({ rule }) {
      rule.image('9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08');
    },
  },
  'ImageReference.part': {
    cause: 'A host, repository, tag or digest is not as the grammar of image references has it.',
    example({ rule }) {
      rule.image('Prometheus/Node-Exporter:v1.9.0');
    },
  },
  'ImageReference.scheme': {
    cause: 'An image is named without a scheme: what stands before its first `/` is a host.',
    example({ rule }) {
      rule.image('https://quay.io/prometheus/node-exporter:v1.9.0');
    },
  },
  'ImageReference.secret': {
    cause: 'The reference has the value of a secret in it, or a user and a password. It would stand in the template.',
    example({ rule }) {
      rule.image('me:password@quay.io/prometheus/node-exporter:v1.9.0');
    },
  },
  'ImageReference.token': {
    cause: 'A parameter holds a whole reference. Which registry it names is known only when it is deployed.',
    example({ rule }) {
      const image = new CfnParameter(this, 'Image');
      rule.image(image.valueAsString);
    },
  },
  'ImageReference.whiteSpace': {
    cause: 'A space or a line end came along, for example from a file.',
    example({ rule }) {
      rule.image('prometheus/node-exporter:v1.9.0\n');
    },
  },
  'PrefetchedImage.architecture': {
    cause: 'The code names the image for one architecture. A function of another one could not run it.',
    example({ rule }) {
      new lambda.DockerImageFunction(this, 'Function', {
        code: rule.prefetch('org/app:v1').toLambdaCode(),
        architecture: lambda.Architecture.ARM_64,
      });
    },
  },
  'PrefetchedImage.digestAlone': {
    cause: 'ECR brings an image that is not cached yet by its tag. By its digest the first pull may fail.',
    example({ rule }) {
      rule.prefetch('org/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08');
    },
  },
  'PrefetchedImage.elsewhere': {
    cause: 'The function that pulls the image would be in another account or region than the cache.',
    example() {
      const rule = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(this, 'Rule', {
        ecrRepositoryPrefix: 'quay',
        upstreamRegistryUrl: 'quay.io',
        region: 'us-east-1',
      });
      rule.prefetch('org/app:v1');
    },
  },
  'PrefetchedImage.lambdaPolicy': {
    cause:
      'AWS Lambda reads an image by the policy of its repository. That comes from the creation template of the rule, ' +
      'which is in another app.',
    fix: 'let lambda.amazonaws.com read in the policy of the repository creation template of the rule',
    example() {
      const rule = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(this, 'Rule', {
        ecrRepositoryPrefix: 'quay',
        upstreamRegistryUrl: 'quay.io',
      });
      new lambda.DockerImageFunction(this, 'Function', { code: rule.prefetch('org/app:v1').toLambdaCode() });
    },
  },
  'PrefetchedImage.lambdaTag': {
    cause: 'The tag of an image for several platforms is that of its index.',
    fix: 'make the function of prefetch(...).toLambdaCode()',
    example({ rule }) {
      const { repository } = rule.prefetch('org/app:v1');
      new lambda.DockerImageFunction(this, 'Function', {
        code: lambda.DockerImageCode.fromEcr(repository, { tagOrDigest: 'v1' }),
      });
    },
  },
  'PrefetchedImage.lifecycle': {
    cause: 'A function needs its image for as long as it exists, and nothing fetches the image again.',
    example() {
      const rule = new PullThroughCacheRule(this, 'Rule', {
        upstream: UpstreamRegistry.quay(),
        repositories: { lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(30))] },
      });
      new lambda.DockerImageFunction(this, 'Function', { code: rule.prefetch('org/app:v1').toLambdaCode() });
    },
  },
  'PrefetchedImage.otherOptions': {
    cause: 'Each image is prefetched once for a stack, so that two calls cannot have it in two ways.',
    example({ rule }) {
      rule.prefetch('org/app:v1', { timeout: Duration.minutes(5) });
      rule.prefetch('org/app:v1', { timeout: Duration.minutes(10) });
    },
  },
  'PrefetchedImage.placeholder': {
    cause: 'ECR signs in with the secret at the first pull, which is part of the deployment.',
    example() {
      const rule = new PullThroughCacheRule(this, 'Hub', {
        upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.placeholder()),
      });
      rule.prefetch('nginx:1.27');
    },
  },
  'PrefetchedImage.platform': {
    cause: 'An index names its images by operating system and architecture.',
    example({ rule }) {
      rule.prefetch('org/app:v1').platformDigest('arm64');
    },
  },
  'PrefetchedImage.templateOrder': {
    cause: 'ECR makes a repository by the template that there is when its first image is fetched.',
    fix: 'put the template into another stack',
    example({ app, rule }) {
      const { env } = rule;
      const other = new Stack(app, 'Templates', { env });
      new RepositoryCreationTemplate(other, 'Template', { prefix: 'quay/org' });
      other.addDependency(this);
      rule.prefetch('org/app:v1');
    },
  },
  'PrefetchedImage.timeout': {
    cause: 'A function of AWS Lambda, which waits for the image, has 15 minutes.',
    example({ rule }) {
      rule.prefetch('org/app:v1', { timeout: Duration.hours(1) });
    },
  },
  'PrefetchedImage.unknownArchitecture': {
    cause: 'The image of a platform is asked for when the template is written. A parameter has its value later.',
    example({ rule }) {
      const { valueAsString } = new CfnParameter(this, 'Architecture');
      rule.prefetch('org/app:v1').toLambdaCode({ architecture: lambda.Architecture.custom(valueAsString) });
    },
  },
  'CachedBuild.noDockerfile': {
    cause: 'There is no Dockerfile in the directory, or it cannot be read. A relative path begins where the app runs.',
    example({ cache }) {
      cache.dockerBuild('no-such-directory');
    },
  },
  'CachedBuild.noStage': {
    cause: 'The target is the name of no stage.',
    example({ cache, directoryWith }) {
      cache.dockerBuild(directoryWith('FROM quay.io/org/base:1 AS base'), { target: 'final' });
    },
  },
  'CachedBuild.stageName': {
    cause: 'BuildKit looks for stages and build contexts by the same names.',
    example({ cache, directoryWith }) {
      cache.dockerBuild(directoryWith('FROM quay.io/org/base:1 AS quay.io/org/base:1'));
    },
  },
  'CachedBuild.syntax': {
    cause: 'BuildKit pulls the frontend that `# syntax` names before it looks at build contexts.',
    example({ cache, directoryWith }) {
      cache.buildContexts(directoryWith('# syntax=quay.io/org/frontend:1\nFROM scratch'));
    },
  },
  'CachedBuild.tokens': {
    cause: 'The URI of an image in the cache has an account and a region in it, and Docker takes it as it stands.',
    example({ app, directoryWith }) {
      const stack = new Stack(app, 'Open');
      const cache = new PullThroughCache(stack, 'Cache');
      cache.dockerBuild(directoryWith('FROM quay.io/org/base:1'));
    },
  },
  'CachedBuild.unknownImage': {
    cause: 'A variable has no value at synth, such as one that only the machine that builds will know.',
    example({ cache, directoryWith }) {
      cache.dockerBuild(directoryWith('ARG VERSION\nFROM quay.io/org/base:${VERSION}'));
    },
  },
  'CachedBuild.unsetArgument': {
    cause: 'An argument without a value is empty for BuildKit, which may not be what was meant.',
    example({ cache, directoryWith }) {
      cache.dockerBuild(directoryWith('ARG VARIANT\nFROM quay.io/org/base:1${VARIANT}'));
    },
  },
  'DockerCredentialsFile.role': {
    cause: 'Whoever builds takes on one role to pull: a new one, or one that exists.',
    example({ cache }) {
      cache.dockerCredentialsFile('Builds', {});
    },
  },
};
