import { CfnResource } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { Found, RedirectTarget, Refused } from './image-finder';
import type { RedirectOptions } from './redirect-options';
import type { ImageSlot } from './workload';
import { DependencyGraph } from '../access/dependency-graph';
import { registryOfApp } from '../environment/registry';
import { stageOf } from '../environment/stages';
import { ImageReference } from '../image/image-reference';

/** What stands in the place of an image that is prefetched. */
export interface PrefetchedName {
  readonly repository: IRepository;
  readonly reference: ImageReference;
}

const OTHER_STAGE =
  'it has to be prefetched, and its rule is in another stage, for which it cannot wait: ' +
  'give the stage a cache of its own';

const NEEDED =
  'it cannot wait for the image to be prefetched, as the rule needs it, or the stack of the rule its stack: ' +
  'deploy the rule and its secret before';

const NO_TAG = 'a digest alone cannot be prefetched, for ECR fetches a new image by its tag: write its tag before it';

/**
 * Tells whether an image is to be prefetched, or why it stays. One without a reference is that of a cache already.
 *
 * @param isEarly whether CDK has not rendered the app yet, so that nothing can be said of what needs what
 */
export function mustBePrefetched(
  resource: CfnResource,
  { mustBeCached, platform }: ImageSlot,
  { image, reference }: Found,
  { prefetch: mayBePrefetched = false }: RedirectOptions,
  isEarly: boolean,
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
  if (stageOf(image.repository) !== stageOf(resource)) {
    return { reason: OTHER_STAGE, isExpected: true };
  }
  return !isEarly && isCycle(resource, { image }) ? { reason: NEEDED, isExpected: true } : true;
}

/** Tells whether a resource would wait for an image that waits for the resource. */
function isCycle(resource: CfnResource, { image }: Pick<Found, 'image'>): boolean {
  const rule = image.repository.node.scope!.node.defaultChild;
  return CfnResource.isCfnResource(rule) && registryOfApp(DependencyGraph, resource).willReach(rule, resource);
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
