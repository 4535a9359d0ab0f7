export { CachedImage, CachedImageOptions } from './cached-image';
export { ImageReference, ImageReferenceParts } from './image-reference';
export {
  IPullThroughCacheRule,
  PullThroughCacheRule,
  PullThroughCacheRuleAttributes,
  PullThroughCacheRuleProps,
} from './pull-through-cache-rule';
export { PullThroughCacheRuleGrants } from './pull-through-cache-rule-grants';
export {
  NewSecretOptions,
  PlaceholderOptions,
  UpstreamCredentials,
  UpstreamSecretOptions,
} from './upstream-credentials';
export { EcrUpstreamOptions, UpstreamRegistry } from './upstream-registry';
