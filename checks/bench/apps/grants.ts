import type { Stack } from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { library, numbers, synthesize } from './support';

const images = (size: number) => numbers(size).map((index) => `team/application-${index}`);
const newRole = (stack: Stack) =>
  new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });

function newRule(stack: Stack) {
  const { PullThroughCacheRule, UpstreamRegistry } = library();
  return new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay() });
}

export const byImage = (size: number) => (stack: Stack) => {
  const [rule, role] = [newRule(stack), newRole(stack)];
  images(size).forEach((image) => rule.grants.pullImage(role, `${image}:v1`));
};

export const ofWholeRule = (stack: Stack) => {
  newRule(stack).grants.pull(newRole(stack));
};

export const byCdk = (size: number) => (stack: Stack) => {
  const role = newRole(stack);
  images(size).forEach((image) =>
    Repository.fromRepositoryName(stack, image.replace('/', ':'), `quay/${image}`).grantPull(role),
  );
};

export const ours = (size: number) => synthesize(byImage(size));
export const theirs = (size: number) => synthesize(byCdk(size));
