import type { ImageReference } from './image-reference';
import type { Problem } from '../core/errors';
import { joinPrefix, REPOSITORY_NAME_MAX_LENGTH, ROOT, stripPrefix } from '../core/repository-prefix';
import { holdsToken } from '../core/tokens';
import { canonicalHost } from '../upstream/catalogue';

/** Which part of which registry a rule caches, and where. */
export interface CacheMapping {
  readonly ecrRepositoryPrefix: string;
  readonly upstreamRegistryUrl: string;
  /** `ROOT` for the whole registry. */
  readonly upstreamRepositoryPrefix: string;
}

/**
 * The repository that caches an upstream image, or why there is none.
 *
 * A repository that is a token cannot be looked into: it is taken as the path below the upstream prefix.
 */
export function cacheRepository(mapping: CacheMapping, image: ImageReference): { name: string; problems: Problem[] } {
  const { ecrRepositoryPrefix, upstreamRegistryUrl, upstreamRepositoryPrefix } = mapping;
  if (!sameRegistry(image.host, upstreamRegistryUrl)) {
    return none({
      id: 'PullThroughCacheRule.otherRegistry',
      what: 'this image is of another registry than the rule caches',
      given: image.toString(),
      allowed: `images of ${upstreamRegistryUrl}`,
      fix: `use a rule for ${image.host}`,
    });
  }
  const path =
    upstreamRepositoryPrefix === ROOT || holdsToken(image.repository)
      ? image.repository
      : stripPrefix(upstreamRepositoryPrefix, image.repository);
  if (path === undefined) {
    return none({
      id: 'PullThroughCacheRule.outsideUpstreamPrefix',
      what: 'this image lies outside the upstream prefix that the rule caches',
      given: image.toString(),
      allowed: `repositories below ${upstreamRegistryUrl}/${upstreamRepositoryPrefix}/`,
      fix: 'use a rule without upstreamRepositoryPrefix, or with one that covers the image',
    });
  }
  const name = joinPrefix(ecrRepositoryPrefix, path);
  if (name.length > REPOSITORY_NAME_MAX_LENGTH && !holdsToken(name)) {
    return none({
      id: 'PullThroughCacheRule.imageNameLength',
      what: `the repository of this image would have a name of ${name.length} characters`,
      given: name,
      allowed: `at most ${REPOSITORY_NAME_MAX_LENGTH} characters, the prefix included`,
      fix: 'give the rule a shorter ecrRepositoryPrefix, or an upstreamRepositoryPrefix, which drops out of the name',
    });
  }
  return { name, problems: [] };
}

function none(problem: Problem): { name: string; problems: Problem[] } {
  return { name: '', problems: [problem] };
}

/** A host that is a token may turn out to be the same. */
function sameRegistry(host: string, upstreamRegistryUrl: string): boolean {
  return (
    canonicalHost(host) === canonicalHost(upstreamRegistryUrl) || holdsToken(host) || holdsToken(upstreamRegistryUrl)
  );
}

/** What is wrong with an upstream prefix beside its grammar. */
export function upstreamPrefixProblems(
  ecrRepositoryPrefix: string,
  upstreamRepositoryPrefix: string | undefined,
): Problem[] {
  return ecrRepositoryPrefix === ROOT && upstreamRepositoryPrefix !== undefined && upstreamRepositoryPrefix !== ROOT
    ? [
        {
          id: 'PullThroughCacheRule.rootUpstreamPrefix',
          what: 'a rule for ROOT cannot have an upstreamRepositoryPrefix',
          given: upstreamRepositoryPrefix,
          allowed: 'none, or ROOT',
          fix: 'leave out upstreamRepositoryPrefix, or give the rule an ecrRepositoryPrefix of its own',
        },
      ]
    : [];
}
