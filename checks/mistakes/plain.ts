import type { Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  CfnPullThroughCacheRule,
  CfnPullThroughCacheRuleProps,
  CfnRepositoryCreationTemplate,
  CfnRepositoryCreationTemplateProps,
} from 'aws-cdk-lib/aws-ecr';
import { Cluster, ContainerImage, FargateService, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { ACCOUNT, REGION } from './mistake';

/** What the plain apps have in common, with nothing of this library. */

/** The ARN of a secret, right unless told otherwise. */
export function secretArn({
  name = 'ecr-pullthroughcache/docker-hub',
  account = ACCOUNT,
  region = REGION,
} = {}): string {
  return `arn:aws:secretsmanager:${region}:${account}:secret:${name}-a1B2c3`;
}

/** A rule for Quay, right unless told otherwise. */
export function quayRule(stack: Stack, props: CfnPullThroughCacheRuleProps = {}, id = 'Rule'): CfnPullThroughCacheRule {
  return new CfnPullThroughCacheRule(stack, id, {
    ecrRepositoryPrefix: 'quay',
    upstreamRegistry: 'quay',
    upstreamRegistryUrl: 'quay.io',
    ...props,
  });
}

/** A rule for Docker Hub, right unless told otherwise. */
export function hubRule(stack: Stack, props: CfnPullThroughCacheRuleProps = {}): CfnPullThroughCacheRule {
  return new CfnPullThroughCacheRule(stack, 'Rule', {
    ecrRepositoryPrefix: 'docker-hub',
    upstreamRegistry: 'docker-hub',
    upstreamRegistryUrl: 'registry-1.docker.io',
    credentialArn: secretArn(),
    ...props,
  });
}

/** A template for the repositories of a rule, right unless told otherwise. */
export function template(
  stack: Stack,
  props: Partial<CfnRepositoryCreationTemplateProps> = {},
  id = 'Template',
): CfnRepositoryCreationTemplate {
  return new CfnRepositoryCreationTemplate(stack, id, { prefix: 'quay', appliedFor: ['PULL_THROUGH_CACHE'], ...props });
}

/** A service of ECS with one image, and its task. */
export function service(stack: Stack, image: ContainerImage): FargateTaskDefinition {
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-west-1a'],
    privateSubnetIds: ['subnet-0123456789abcdef0'],
    privateSubnetRouteTableIds: ['rtb-0123456789abcdef0'],
  });
  const taskDefinition = new FargateTaskDefinition(stack, 'Task');
  taskDefinition.addContainer('app', { image });
  new FargateService(stack, 'Service', {
    cluster: new Cluster(stack, 'Cluster', { vpc }),
    taskDefinition,
    minHealthyPercent: 100,
    circuitBreaker: { rollback: true },
  });
  return taskDefinition;
}
