export { CachedImage, CachedImageOptions } from './image/cached-image';
export { ImageReference, ImageReferenceParts } from './image/image-reference';
export { OrganizationalUnitPrincipal } from './access/organizational-unit-principal';
export {
  IPullThroughCacheRule,
  PullThroughCacheRule,
  PullThroughCacheRuleAttributes,
  PullThroughCacheRuleProps,
} from './rule/pull-through-cache-rule';
export { PullThroughCache, PullThroughCacheProps } from './cache/pull-through-cache';
export { PullThroughCacheGrants } from './cache/pull-through-cache-grants';
export { PullThroughCacheRuleGrants } from './rule/pull-through-cache-rule-grants';
export { RedirectedImage, Redirection, RedirectOptions } from './redirect/redirection';
export { IRegistryPolicy, RegistryPolicy, RegistryPolicyProps } from './access/registry-policy';
export {
  IRepositoryCreationTemplate,
  RepositoryCreationTemplate,
  RepositoryCreationTemplateOptions,
  RepositoryCreationTemplateProps,
  RepositoryTemplateUse,
} from './template/repository-creation-template';
export { LifecycleSelection, RepositoryLifecycleRule } from './template/repository-lifecycle-rule';
export {
  NewSecretOptions,
  PlaceholderOptions,
  UpstreamCredentials,
  UpstreamSecretOptions,
} from './upstream/upstream-credentials';
export { EcrUpstreamOptions, UpstreamRegistry } from './upstream/upstream-registry';
