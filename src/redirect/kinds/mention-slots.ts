import { imagesNamedIn } from '../locate/mentions';
import type { Json } from '../rendered-properties';
import type { ImageSlot, WorkloadKind } from '../workload';

const NOT_REDIRECTED = 'this resource type is not redirected';

/** What is wrong with an image of a type whose own places are redirected. */
const IN_OTHER_TEXT =
  'it is named where no service looks for the image to pull: write the name of the cached image there';

/** What people read, and no machine. */
const FOR_PEOPLE = /^(\w*Description|Comment|Tags)$/;

/**
 * The images that a resource names by the way, in whatever text: all are left, and told where the cache has a rule.
 *
 * @param seen the images that are found at places of their own
 */
export function mentionSlots(kind: WorkloadKind | undefined, properties: Json, seen: ImageSlot[]): ImageSlot[] {
  const known = new Set<unknown>(seen.map(({ image }) => image));
  const leave = kind?.mentions ?? (kind?.read ? IN_OTHER_TEXT : NOT_REDIRECTED);
  return Object.entries<Json>(properties)
    .filter(([key]) => !kind?.notSearched?.includes(key) && !FOR_PEOPLE.test(key))
    .flatMap(([key, value]) => textsBelow(value, key, known))
    .flatMap(([place, text]) => imagesNamedIn(text).map((image) => ({ place, image })))
    .filter(({ image }) => !known.has(image) && known.add(image))
    .map(({ place, image }) => ({ place, image, leave, write: () => {} }));
}

/** The texts in a value, but for those in functions that are images of places of their own. */
function textsBelow(value: Json, place: string, seen: Set<unknown>): [string, string][] {
  if (typeof value === 'string') {
    return [[place, value]];
  }
  return typeof value === 'object' && value !== null && !seen.has(value)
    ? Object.entries<Json>(value)
        .filter(([key]) => !FOR_PEOPLE.test(key))
        .flatMap(([key, item]) => textsBelow(item, `${place}.${key}`, seen))
    : [];
}
