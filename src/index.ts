export { CachedImage, CachedImageOptions } from './cached-image';
export { ImageReference, ImageReferenceParts } from './image-reference';
export { OrganizationalUnitPrincipal } from './organizational-unit-principal';
export {
  IPullThroughCacheRule,
  PullThroughCacheRule,
  PullThroughCacheRuleAttributes,
  PullThroughCacheRuleProps,
} from './pull-through-cache-rule';
export { PullThroughCache, PullThroughCacheProps } from './pull-through-cache';
export { PullThroughCacheGrants } from './pull-through-cache-grants';
export { PullThroughCacheRuleGrants } from './pull-through-cache-rule-grants';
export { RedirectedImage, Redirection, RedirectOptions } from './redirect/redirection';
export { IRegistryPolicy, RegistryPolicy, RegistryPolicyProps } from './registry-policy';
export {
  IRepositoryCreationTemplate,
  RepositoryCreationTemplate,
  RepositoryCreationTemplateOptions,
  RepositoryCreationTemplateProps,
  RepositoryTemplateUse,
} from './repository-creation-template';
export { LifecycleSelection, RepositoryLifecycleRule } from './repository-lifecycle-rule';
export {
  NewSecretOptions,
  PlaceholderOptions,
  UpstreamCredentials,
  UpstreamSecretOptions,
} from './upstream-credentials';
export { EcrUpstreamOptions, UpstreamRegistry } from './upstream-registry';
