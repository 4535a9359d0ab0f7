import { joinPrefix, ROOT } from '../core/repository-prefix';
import type { CacheMapping } from '../image/cache-path';
import { canonicalHost, DOCKER_HUB, familiarHost, namesOfHost } from '../upstream/catalogue';

/** One rule of a cache: which images it caches, and where. */
export interface ImageRule extends CacheMapping {
  /** The host of the registry in ECR: `111122223333.dkr.ecr.eu-west-1.amazonaws.com`. */
  readonly registry: string;
}

/** One row of the table by which a policy changes images. */
export interface Rewrite {
  /** How the name of an image begins: host, `/` and, if the rule has one, the upstream prefix with a `/`. */
  readonly from: string;
  /** The host of the registry in ECR, with a `/`. */
  readonly registry: string;
  /** How the name of the repository in ECR begins: the prefix with a `/`, or nothing for `ROOT`. */
  readonly to: string;
}

/** The names of Docker Hub, which a reference without a host means. */
export const DOCKER_HUB_HOSTS = namesOfHost(DOCKER_HUB);

/** The rows for the rules of a cache: the longest upstream prefixes first, else in the order of the rules. */
export function rewritesOf(rules: ImageRule[]): Rewrite[] {
  const depth = ({ upstreamRepositoryPrefix: prefix }: ImageRule) => (prefix === ROOT ? 0 : prefix.length);
  return [...rules]
    .sort((one, other) => depth(other) - depth(one))
    .flatMap((rule) =>
      hostsOf(rule.upstreamRegistryUrl).map((host) => ({
        from: `${host}/${joinPrefix(rule.upstreamRepositoryPrefix, '')}`,
        registry: `${rule.registry}/`,
        to: joinPrefix(rule.ecrRepositoryPrefix, ''),
      })),
    );
}

/** The hosts of a registry that normalised names of images have: Docker Hub has one, whatever was written. */
function hostsOf(upstreamRegistryUrl: string): string[] {
  const host = familiarHost(canonicalHost(upstreamRegistryUrl));
  return host === DOCKER_HUB ? [DOCKER_HUB] : namesOfHost(host);
}
