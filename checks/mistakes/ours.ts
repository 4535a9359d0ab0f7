import type { Stack } from 'aws-cdk-lib';
import {
  PullThroughCacheRule,
  PullThroughCacheRuleProps,
  RepositoryCreationTemplate,
  RepositoryCreationTemplateProps,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';

/** What the apps with this library have in common. */

export const credentials = UpstreamCredentials.fromSecretName('docker-hub');

/** A rule for Quay, unless told otherwise. */
export function rule(stack: Stack, props: Partial<PullThroughCacheRuleProps> = {}, id = 'Rule'): PullThroughCacheRule {
  return new PullThroughCacheRule(stack, id, { upstream: UpstreamRegistry.quay(), ...props });
}

/** A rule for Docker Hub. */
export function hub(stack: Stack, using: UpstreamCredentials = credentials): PullThroughCacheRule {
  return new PullThroughCacheRule(stack, 'Hub', { upstream: UpstreamRegistry.dockerHub(using) });
}

/** A template for the repositories of a rule for Quay, unless told otherwise. */
export function template(
  stack: Stack,
  props: Partial<RepositoryCreationTemplateProps> = {},
  id = 'Template',
): RepositoryCreationTemplate {
  return new RepositoryCreationTemplate(stack, id, { prefix: 'quay', ...props });
}
