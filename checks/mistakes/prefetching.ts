import { CfnOutput, Duration, Fn, Stack } from 'aws-cdk-lib';
import { ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnFunction, DockerImageFunction } from 'aws-cdk-lib/aws-lambda';
import { PullThroughCacheRule, RepositoryLifecycleRule, UpstreamCredentials } from 'cdk-ecr-pull-through-cache';
import { ACCOUNT, OTHER_REGION, REGION, Topic } from './mistake';
import { cacheOf, hub, redirected, rule } from './ours';
import { hubRule, quayRule, template } from './plain';

const HOST = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
const DIGEST = `sha256:${'0'.repeat(64)}`;
const IMAGE = 'prometheus/node-exporter';

/** A function of an image of the cache, as CloudFormation takes it. */
function cachedFunction(stack: Stack, image: string): void {
  new CfnFunction(stack, 'Function', {
    packageType: 'Image',
    code: { imageUri: `${HOST}/${image}` },
    role: new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }).roleArn,
  });
}

/** A function of a public image, as code of others declares it. */
function declaredFunction(stack: Stack, architectures?: string[]): void {
  new CfnFunction(stack, 'Function', {
    packageType: 'Image',
    architectures,
    code: { imageUri: `quay.io/${IMAGE}:v1.9.0` },
    role: new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }).roleArn,
  });
}

/** An image that the app takes to be in the cache, and that nobody has pulled yet. */
function notCached(stack: Stack, image: string): void {
  quayRule(stack);
  new CfnOutput(stack, 'Image', { value: `${HOST}/quay/${image}` });
}

/** Images that have to be in the cache before somebody uses them. */
export const PREFETCHING: Topic = {
  title: 'Prefetching',
  file: 'prefetching.ts',
  mistakes: [
    {
      mistake: 'an image that is to be there before, by its digest alone',
      plain: (stack) => notCached(stack, `${IMAGE}@${DIGEST}`),
      ours: (stack) => rule(stack).prefetch(`${IMAGE}@${DIGEST}`),
    },
    {
      mistake: 'an image that is to be there before, of another registry than its rule',
      plain: (stack) => notCached(stack, 'octocat/app:v1'),
      ours: (stack) => rule(stack).prefetch('ghcr.io/octocat/app:v1'),
    },
    {
      mistake: 'an image that is to be there before, with a token that nobody has filled in yet',
      plain: (stack) => {
        hubRule(stack);
        new CfnOutput(stack, 'Image', { value: `${HOST}/docker-hub/library/nginx:1.27` });
      },
      ours: (stack) => hub(stack, UpstreamCredentials.placeholder()).prefetch('nginx:1.27'),
    },
    {
      mistake: 'an image that is to be there before, in another region than its rule',
      plain: (stack) => notCached(stack, `${IMAGE}:v1.9.0`),
      ours: (stack) =>
        PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
          ecrRepositoryPrefix: 'quay',
          upstreamRegistryUrl: 'quay.io',
          region: OTHER_REGION,
        }).prefetch(`${IMAGE}:v1.9.0`),
    },
    {
      mistake: 'more time for an image than a function has',
      plain: (stack) => notCached(stack, `${IMAGE}:v1.9.0`),
      ours: (stack) => rule(stack).prefetch(`${IMAGE}:v1.9.0`, { timeout: Duration.hours(1) }),
    },
    {
      mistake: 'a Lambda function whose image a lifecycle rule removes',
      plain: (stack) => {
        quayRule(stack);
        template(stack, {
          lifecyclePolicy: JSON.stringify({
            rules: [
              {
                rulePriority: 1,
                selection: { tagStatus: 'any', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 30 },
                action: { type: 'expire' },
              },
            ],
          }),
        });
        cachedFunction(stack, `quay/${IMAGE}@${DIGEST}`);
      },
      ours: (stack) =>
        new DockerImageFunction(stack, 'Function', {
          code: rule(stack, {
            repositories: { lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(30))] },
          })
            .prefetch(`${IMAGE}:v1.9.0`)
            .toLambdaCode(),
        }),
    },
    {
      mistake: 'a Lambda function of an image that others declared, which nobody has in the cache',
      plain: (stack) => cachedFunction(stack, `quay/${IMAGE}:v1.9.0`),
      ours: (stack) => {
        declaredFunction(stack);
        redirected(stack);
      },
    },
    {
      mistake: 'a Lambda function of an image that others declared, for an architecture that is not known',
      plain: (stack) => cachedFunction(stack, `quay/${IMAGE}:v1.9.0`),
      ours: (stack) => {
        declaredFunction(stack, Fn.split(',', Fn.importValue('Architectures')));
        cacheOf(stack).redirect(stack, { prefetch: true });
      },
    },
    {
      mistake: 'an image that is to be there before, declared by its digest alone',
      plain: (stack) => notCached(stack, `${IMAGE}@${DIGEST}`),
      ours: (stack) => {
        const task = new FargateTaskDefinition(stack, 'Task');
        task.addContainer('main', { image: ContainerImage.fromRegistry(`quay.io/${IMAGE}@${DIGEST}`) });
        cacheOf(stack).redirect(stack, { prefetch: true });
      },
    },
    {
      mistake: 'credentials that are verified of a registry that needs none',
      plain: (stack) => quayRule(stack),
      ours: (stack) => rule(stack).verifyCredentials(),
    },
  ],
};
