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
export function newCache(): PullThroughCache {
  return new PullThroughCache(newStack(), 'Cache', {
    upstreams: [
      UpstreamRegistry.kubernetes(),
      UpstreamRegistry.ecrPublic(),
      UpstreamRegistry.azure('corp', credentials),
      UpstreamRegistry.gitlab(credentials),
      UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1' }),
    ],
    rules: [
      { upstream: UpstreamRegistry.dockerHub(credentials), ecrRepositoryPrefix: 'hub' },
      {
        upstream: UpstreamRegistry.dockerHub(credentials),
        ecrRepositoryPrefix: 'official',
        upstreamRepositoryPrefix: 'library',
      },
      { upstream: UpstreamRegistry.github(credentials) },
      {
        upstream: UpstreamRegistry.github(credentials),
        ecrRepositoryPrefix: 'team/a',
        upstreamRepositoryPrefix: 'acme',
      },
      { upstream: UpstreamRegistry.github(credentials), ecrRepositoryPrefix: 'ap', upstreamRepositoryPrefix: PART },
      { upstream: UpstreamRegistry.quay() },
      { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: DEEP, upstreamRepositoryPrefix: 'deep' },
      { upstream: UpstreamRegistry.chainguard(credentials), ecrRepositoryPrefix: PullThroughCacheRule.ROOT },
    ],
  });
}

/** Another cache, of two registries. */
export function smallCache(): PullThroughCache {
  return new PullThroughCache(newStack(), 'Cache', {
    upstreams: [UpstreamRegistry.kubernetes(), UpstreamRegistry.ecrPublic()],
  });
}

function newStack(): Stack {
  return new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
}

/** What the library itself makes of an image, as a redirection does it; the image itself where that leaves it alone. */
export function byLibrary(cache: PullThroughCache, image: string): string {
  const reference = parse(image);
  const cached = reference && !parseEcrHost(reference.host) ? cache._find(reference) : undefined;
  return cached ? cached.uri : image;
}

function parse(image: string): ImageReference | undefined {
  try {
    return ImageReference.parse(image);
  } catch {
    return undefined;
  }
}
