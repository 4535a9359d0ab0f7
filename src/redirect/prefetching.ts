import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { IConstruct } from 'constructs';
import type { Found, RedirectTarget, Refused } from './image-finder';
import { stageOf } from './stages';
import type { ImageSlot } from './workload';
import { ImageReference } from '../image/image-reference';

/** What stands in the place of an image that is prefetched. */
export interface PrefetchedName {
  readonly repository: IRepository;
  readonly reference: ImageReference;
}

const OTHER_STAGE =
  'it has to be prefetched, and its rule is in another stage, for which it cannot wait: ' +
  'give the stage a cache of its own';

const NO_TAG = 'a digest alone cannot be prefetched, for ECR fetches a new image by its tag: write its tag before it';

/** Tells whether an image is to be prefetched, or why it stays. One without a reference is that of a cache already. */
export function mustBePrefetched(
  resource: IConstruct,
  { mustBeCached, platform }: ImageSlot,
  { image, reference }: Found,
  mayBePrefetched: boolean,
): boolean | Refused {
  if (mustBeCached !== undefined && (reference === undefined ? platform !== undefined : !mayBePrefetched)) {
    return { reason: mustBeCached, isExpected: true };
  }
  const isPinned = reference?.digest !== undefined;
  if (reference === undefined || !mayBePrefetched || !(isPinned || mustBeCached !== undefined)) {
    return false;
  }
  if (isPinned && reference.tag === undefined) {
    return { reason: NO_TAG, isExpected: true };
  }
  return stageOf(image.repository) === stageOf(resource) ? true : { reason: OTHER_STAGE, isExpected: true };
}

/** Has an image in the cache, and names it as its place wants it: an index will not do for all. */
export function prefetchFor(cache: RedirectTarget, { platform }: ImageSlot, declared: ImageReference): PrefetchedName {
  const image = cache._prefetch(declared);
  const { host, repository } = declared;
  const reference =
    platform === undefined
      ? declared
      : ImageReference.fromParts({ host, repository, digest: image.platformDigest(platform) });
  return { repository: image.repository, reference };
}
