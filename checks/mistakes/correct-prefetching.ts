import { CfnOutput, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  CfnFunction,
  Code,
  DockerImageFunction,
  Function,
  Handler,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import {
  PullThroughCache,
  PullThroughCacheRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import type { SetUp } from './mistake';
import { credentials, hub, rule } from './ours';

const DIGEST = `sha256:${'0'.repeat(64)}`;

/** Images that are in the cache before somebody uses them, and credentials that are looked at. */
export const CORRECT_PREFETCHING: SetUp[] = [
  { setUp: 'an image that is prefetched', build: (stack) => void hub(stack).prefetch('nginx:1.27') },
  {
    setUp: 'a prefetched image by tag and digest',
    build: (stack) => void rule(stack).prefetch(`prometheus/node-exporter:v1.9.0@${DIGEST}`),
  },
  {
    setUp: 'a prefetched image whose tag is known when it is deployed',
    build: (stack) => void rule(stack).prefetch(`prometheus/node-exporter:${Fn.importValue('Tag')}`),
  },
  {
    setUp: 'images that are prefetched by a rule that exists',
    build: (stack) => {
      const existing = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
        ecrRepositoryPrefix: 'quay',
        upstreamRegistryUrl: 'quay.io',
      });
      ['v1.8.2', 'v1.9.0'].forEach((tag) => existing.prefetch(`prometheus/node-exporter:${tag}`));
    },
  },
  {
    setUp: 'a prefetched image with options, its digests, and a task that waits for it',
    build: (stack) => {
      const image = rule(stack).prefetch('org/app:v1', { timeout: Duration.minutes(1), trigger: 'again' });
      new CfnOutput(stack, 'Digest', { value: image.imageDigest });
      new CfnOutput(stack, 'PlatformDigest', { value: image.platformDigest('linux/arm/v7') });
      new FargateTaskDefinition(stack, 'Task').addContainer('app', { image: image.toContainerImage() });
    },
  },
  {
    setUp: 'functions of AWS Lambda of prefetched images',
    build: (stack) => {
      const image = rule(stack).prefetch('org/app:v1');
      const architecture = Architecture.ARM_64;
      new DockerImageFunction(stack, 'Arm', { code: image.toLambdaCode({ architecture }), architecture });
      new Function(stack, 'Any', {
        code: Code.fromEcrImage(image.repository, { tagOrDigest: `@${image.platformDigest('linux/amd64')}` }),
        handler: Handler.FROM_IMAGE,
        runtime: Runtime.FROM_IMAGE,
      });
    },
  },
  {
    setUp: 'images that others declared, of which those are prefetched that have to be',
    build: (stack) => {
      const task = new FargateTaskDefinition(stack, 'Task');
      ['org/pinned:v1@' + DIGEST, 'org/app:v1'].forEach((image, index) =>
        task.addContainer(`container-${index}`, { image: ContainerImage.fromRegistry(`quay.io/${image}`) }),
      );
      new CfnFunction(stack, 'Function', {
        packageType: 'Image',
        architectures: ['arm64'],
        code: { imageUri: 'quay.io/org/function:v1' },
        role: new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }).roleArn,
      });
      new PullThroughCache(stack, 'Cache').redirect(stack, { prefetch: true });
    },
  },
  {
    setUp: 'rules that are changed in place, of every kind, with all that hangs on a rule',
    build: (stack) => {
      const cache = new PullThroughCache(stack, 'Cache', {
        upstreams: [
          UpstreamRegistry.quay(),
          UpstreamRegistry.dockerHub(credentials),
          UpstreamRegistry.github(UpstreamCredentials.placeholder()),
          UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1' }),
        ],
        rules: [{ upstream: UpstreamRegistry.ecrPublic(), upstreamRepositoryPrefix: 'docker', changeInPlace: false }],
        repositories: { resourceTags: { team: 'platform' } },
        changeInPlace: true,
      });
      cache.verifyCredentials();
      cache.onCacheFailure('Failure');
      const image = cache.prefetch('quay.io/org/app:v1');
      new FargateTaskDefinition(stack, 'Task').addContainer('app', { image: image.toContainerImage() });
    },
  },
  {
    setUp: 'a rule that is changed in place, and whose prefix is known when it is deployed',
    build: (stack) => void rule(stack, { changeInPlace: true, ecrRepositoryPrefix: Fn.importValue('Prefix') }),
  },
  {
    setUp: 'a rule that is retained while it moves from CloudFormation to the function',
    build: (stack) => rule(stack, { changeInPlace: true }).applyRemovalPolicy(RemovalPolicy.RETAIN),
  },
  {
    setUp: 'credentials that are verified and watched',
    build: (stack) => {
      const cache = new PullThroughCache(stack, 'Cache', {
        upstreams: [
          UpstreamRegistry.quay(),
          UpstreamRegistry.dockerHub(credentials),
          UpstreamRegistry.github(UpstreamCredentials.placeholder()),
        ],
      });
      cache.verifyCredentials({ trigger: '2026-11-25' });
      cache.watchCredentials({ schedule: Schedule.rate(Duration.days(1)) }).onInvalidCredentials('Invalid');
    },
  },
];
