export { IRegistryPolicy, RegistryPolicy, RegistryPolicyProps } from './access/registry-policy';
export { OrganizationalUnitPrincipal } from './access/organizational-unit-principal';
export { AdmissionEngine } from './admission/admission-engine';
export { AdmissionNamespaces } from './admission/admission-namespaces';
export { AdmissionPolicy } from './admission/admission-policy';
export { AdmissionFailurePolicy, AdmissionPolicyOptions, AdmissionReport } from './admission/admission-policy-options';
export { BuildContextsOptions } from './build/build-contexts';
export { CachedBuild, CachedBuildOptions, CachedFunctionOptions } from './build/cached-build';
export { DockerCredentialsFile, DockerCredentialsFileProps } from './build/docker-credentials';
export { IPullThroughCache } from './cache/i-pull-through-cache';
export { PullThroughCacheAttributes } from './cache/imported-cache';
export { PullThroughCache, PullThroughCacheProps } from './cache/pull-through-cache';
export { PullThroughCacheGrants } from './cache/pull-through-cache-grants';
export { PullThroughCacheError } from './core/errors';
export { VerifyCredentialsOptions, WatchCredentialsOptions } from './credentials/credentials-options';
export { CredentialsWatch } from './credentials/credentials-watch';
export { CachedImage, CachedImageOptions } from './image/cached-image';
export { ImageReference, ImageReferenceParts } from './image/image-reference';
export { LambdaCodeOptions, PrefetchOptions } from './prefetch/prefetch-options';
export { PrefetchedImage } from './prefetch/prefetched-image';
export { RedirectedImage, RedirectOptions } from './redirect/redirect-options';
export { Redirection } from './redirect/redirection';
export { IPullThroughCacheRule } from './rule/i-pull-through-cache-rule';
export { PullThroughCacheRuleAttributes } from './rule/imported-rule';
export { PullThroughCacheRule } from './rule/pull-through-cache-rule';
export { PullThroughCacheRuleGrants } from './rule/pull-through-cache-rule-grants';
export { PullThroughCacheRuleProps } from './rule/pull-through-cache-rule-props';
export {
  IRepositoryCreationTemplate,
  RepositoryCreationTemplate,
  RepositoryCreationTemplateProps,
} from './template/repository-creation-template';
export { LifecycleSelection } from './template/lifecycle-selection';
export { RepositoryLifecycleRule } from './template/repository-lifecycle-rule';
export { RepositoryCreationTemplateOptions, RepositoryTemplateUse } from './template/template-options';
export { EcrUpstreamOptions } from './upstream/ecr-upstream';
export {
  NewSecretOptions,
  PlaceholderOptions,
  UpstreamCredentials,
  UpstreamSecretOptions,
} from './upstream/upstream-credentials';
export { UpstreamRegistry } from './upstream/upstream-registry';
