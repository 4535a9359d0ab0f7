import { ROOT } from '../core/repository-prefix';
import { cacheRepository } from '../image/cache-path';
import type { CachedImage, CachedImageOptions } from '../image/cached-image';
import type { ImageReference } from '../image/image-reference';
import { parseCachedUri } from '../rule/cached-uri';
import type { IPullThroughCacheRule } from '../rule/i-pull-through-cache-rule';
import { canonicalHost, familiarHost } from '../upstream/catalogue';

/** A rule of this library, which can name an image without tag warnings. */
interface QuietRule {
  _tryImage(reference: ImageReference, options?: CachedImageOptions): CachedImage | undefined;
}

/** Finds the rule for an image among several. */
export class RuleIndex {
  /** By upstream host; those with the longest upstream prefix first. */
  private readonly byHost = new Map<string, IPullThroughCacheRule[]>();

  constructor(private readonly rules: IPullThroughCacheRule[]) {
    for (const rule of rules) {
      const host = canonicalHost(rule.upstreamRegistryUrl!);
      this.byHost.set(host, [...(this.byHost.get(host) ?? []), rule]);
    }
    this.byHost.forEach((ofHost) => ofHost.sort((one, other) => depth(other) - depth(one)));
  }

  /** The hosts of the registries, as people write them. */
  public get hosts(): string[] {
    return [...this.byHost.keys()].map(familiarHost);
  }

  /** The registries, or parts of them, that the rules cache: a host, and what the names of images begin with. */
  public get upstreams(): string[] {
    return [...this.byHost].flatMap(([host, rules]) =>
      rules.map(({ upstreamRepositoryPrefix: prefix }) => (prefix === ROOT ? host : `${host}/${prefix}`)),
    );
  }

  /** Gives the rules for a registry. */
  public ofHost(host: string): IPullThroughCacheRule[] {
    return typeof host === 'string' ? (this.byHost.get(canonicalHost(host)) ?? []) : [];
  }

  /** Finds the rule whose image a URI names. */
  public ofUri(reference: string): IPullThroughCacheRule | undefined {
    return this.rules.find((rule) => parseCachedUri(rule, reference) !== undefined);
  }

  /** Finds the rule that caches an image. */
  public covering(reference: ImageReference): IPullThroughCacheRule | undefined {
    return this.ofHost(reference.host).find((rule) => {
      const { ecrRepositoryPrefix, upstreamRegistryUrl, upstreamRepositoryPrefix } = rule;
      const mapping = { ecrRepositoryPrefix, upstreamRegistryUrl: upstreamRegistryUrl!, upstreamRepositoryPrefix };
      return cacheRepository(mapping, reference).problems.length === 0;
    });
  }

  /** Names an image by the rule that caches it, without tag warnings; nothing where there is no such rule. */
  public find(reference: ImageReference): CachedImage | undefined {
    const rule = this.covering(reference);
    return rule && isQuiet(rule) ? rule._tryImage(reference) : rule?.imageFromReference(reference);
  }
}

function isQuiet(rule: IPullThroughCacheRule): rule is IPullThroughCacheRule & QuietRule {
  return '_tryImage' in rule;
}

function depth({ upstreamRepositoryPrefix }: IPullThroughCacheRule): number {
  return upstreamRepositoryPrefix === ROOT ? 0 : upstreamRepositoryPrefix.length;
}
