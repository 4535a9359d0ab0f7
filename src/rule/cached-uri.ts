import type { IPullThroughCacheRule } from './i-pull-through-cache-rule';
import { stripPrefix } from '../core/repository-prefix';
import { surelyElsewhere } from '../environment/environment';
import { dualStackRegistryHost, registryHost } from '../image/registry-host';
import { canonicalHost, parseEcrHost } from '../upstream/catalogue';

/** The parts of a URI of a cache, its prefix left out. */
export interface CachedUri {
  readonly host: string;
  readonly path: string;
  readonly dualStack: boolean;
}

/** Takes the URI of an image that a rule caches apart; nothing for any other reference. */
export function parseCachedUri(rule: IPullThroughCacheRule, reference: string): CachedUri | undefined {
  // Only a host with the look of ECR, or one of tokens, can be that of a cached image.
  if (typeof reference !== 'string' || !reference.includes('.dkr')) {
    return undefined;
  }
  const slash = reference.indexOf('/');
  const host = reference.slice(0, Math.max(slash, 0));
  const path = isHostOf(rule, host) ? stripPrefix(rule.ecrRepositoryPrefix, reference.slice(slash + 1)) : undefined;
  return path === undefined ? undefined : { host, path, dualStack: host.includes('.dkr-ecr.') };
}

function isHostOf(rule: IPullThroughCacheRule, host: string): boolean {
  if (host === registryHost(rule, rule.env) || host === dualStackRegistryHost(rule.env)) {
    return true;
  }
  const ecr = parseEcrHost(host);
  return ecr !== undefined && !surelyElsewhere(ecr, rule.env) && canonicalHost(host) !== rule.upstreamRegistryUrl;
}
