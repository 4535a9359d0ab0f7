import { App, Stack } from 'aws-cdk-lib';
import { DEEP, PART } from './references';
import {
  ImageReference,
  PullThroughCache,
  PullThroughCacheRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from '../../src';
import { parseEcrHost } from '../../src/upstream/catalogue';

export const REGISTRY = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';

const credentials = UpstreamCredentials.fromSecretName('upstream');

/** The cache of the check: every registry, upstream prefixes, ROOT. */
export function newCache(upstreams: UpstreamRegistry[] = ALL): PullThroughCache {
  const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
  const part = (ecrRepositoryPrefix: string, upstreamRegistryUrl: string, upstreamRepositoryPrefix: string) =>
    PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, ecrRepositoryPrefix.replace(/\//g, ''), {
      ecrRepositoryPrefix,
      upstreamRegistryUrl,
      upstreamRepositoryPrefix,
    });
  return new PullThroughCache(stack, 'Cache', {
    upstreams,
    ecrRepositoryPrefixes: upstreams === ALL ? { 'docker.io': 'hub', 'cgr.dev': PullThroughCacheRule.ROOT } : {},
    existingRules:
      upstreams === ALL
        ? [part('official', 'docker.io', 'library'), part('team/a', 'ghcr.io', 'acme'), part(DEEP, 'quay.io', 'deep')]
        : [],
  });
}

const ALL = [
  UpstreamRegistry.dockerHub(credentials),
  UpstreamRegistry.github(credentials),
  UpstreamRegistry.quay(),
  UpstreamRegistry.kubernetes(),
  UpstreamRegistry.ecrPublic(),
  UpstreamRegistry.azure('corp', credentials),
  UpstreamRegistry.gitlab(credentials),
  UpstreamRegistry.chainguard(credentials),
  UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1' }),
];

/** What the library itself makes of an image, as a redirection does it; the image itself where that leaves it alone. */
export function byLibrary(cache: PullThroughCache, image: string): string {
  const reference = parse(image);
  const cached = reference && !parseEcrHost(reference.host) ? cache._find(reference) : undefined;
  return cached ? cached.uri.replace(Stack.of(cache).urlSuffix, 'amazonaws.com') : image;
}

function parse(image: string): ImageReference | undefined {
  try {
    return ImageReference.parse(image);
  } catch {
    return undefined;
  }
}
