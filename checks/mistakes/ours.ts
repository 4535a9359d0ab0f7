import type { Stack } from 'aws-cdk-lib';
import {
  PullThroughCache,
  PullThroughCacheRule,
  PullThroughCacheRuleProps,
  RepositoryCreationTemplate,
  RepositoryCreationTemplateProps,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import type { IConstruct } from 'constructs';

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

/** A cache of the registries from which public apps pull. */
export function cacheOf(stack: Stack): PullThroughCache {
  return new PullThroughCache(stack, 'Cache', {
    upstreams: [
      UpstreamRegistry.ecrPublic(),
      UpstreamRegistry.kubernetes(),
      UpstreamRegistry.quay(),
      UpstreamRegistry.dockerHub(credentials),
      UpstreamRegistry.github(UpstreamCredentials.fromSecretName('github')),
    ],
  });
}

/** Such a cache, through which goes whatever is declared below a scope. */
export function redirected(stack: Stack, scope: IConstruct = stack): PullThroughCache {
  const cache = cacheOf(stack);
  cache.redirect(scope);
  return cache;
}
