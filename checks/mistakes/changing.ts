import type { Stack } from 'aws-cdk-lib';
import { PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import type { Topic } from './mistake';
import { rule } from './ours';
import { hubRule, quayRule, secretArn } from './plain';

/** A rule for Docker Hub that gets another secret by a deployment. */
function changedHub(stack: Stack): void {
  new PullThroughCacheRule(stack, 'Hub', {
    upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('second')),
    changeInPlace: true,
  });
}

/** Rules that are deployed, and then change. */
export const CHANGING: Topic = {
  title: 'Changing a rule',
  file: 'changing.ts',
  mistakes: [
    {
      mistake: 'another secret for a rule that is deployed, which CloudFormation cannot change',
      plain: (stack) => hubRule(stack, { credentialArn: secretArn({ name: 'ecr-pullthroughcache/second' }) }),
      instead: changedHub,
      gives: 'a rule that ECR updates, with `changeInPlace`',
      check: (template) => template.resourceCountIs('Custom::PullThroughCacheRule', 1),
    },
    {
      mistake: 'a rule that is to be changed in place, with a logical id that changes when it moves',
      plain: (stack) => quayRule(stack),
      ours: (stack) => rule(stack, { changeInPlace: true, logicalIdFromPrefix: false }),
    },
    {
      mistake: 'one prefix for a rule of CloudFormation and one that is changed in place',
      plain: (stack) => [quayRule(stack), quayRule(stack, {}, 'Other')],
      ours: (stack) => [rule(stack), rule(stack, { changeInPlace: true }, 'Other')],
    },
  ],
};
