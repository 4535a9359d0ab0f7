import { imagesNamedIn } from '../locate/mentions';
import { Json, partsOfText } from '../rendered-properties';
import type { ImageSlot, WorkloadKind } from '../workload';

const NOT_REDIRECTED = 'this resource type is not redirected';

/** What is wrong with an image of a type whose own places are redirected. */
const IN_OTHER_TEXT =
  'it is named where no service looks for the image to pull: write the name of the cached image there';

/** What people read, and no machine. */
const FOR_PEOPLE = /^(\w*description|comment|tags)$|^aws:(cdk|asset):/i;

/** What stands for a function in a text. */
const OF_FUNCTION = '${_}';

/** A text of a resource, and where it stands. */
interface Text {
  readonly place: string;
  readonly text: string;
}

/**
 * The images that a resource names by the way, in whatever text: all are left, and told where the cache has a rule.
 *
 * @param seen the images that are found at places of their own
 */
export function mentionSlots(kind: WorkloadKind | undefined, properties: Json, seen: ImageSlot[]): ImageSlot[] {
  const leave = kind?.mentions ?? (kind?.read ? IN_OTHER_TEXT : NOT_REDIRECTED);
  const functions = new Set(seen.map(({ image }) => image));
  const places = new Set(seen.map(placeOf));
  const images = new Set<string>();
  return Object.entries<Json>(properties)
    .filter(([key]) => !kind?.notSearched?.includes(key) && !FOR_PEOPLE.test(key))
    .flatMap(([key, value]) => textsBelow(value, key, functions))
    .filter(({ place }) => !places.has(place))
    .flatMap(({ place, text }) => imagesNamedIn(text).map((image) => ({ place, image })))
    .filter(({ place, image }) => !images.has(image) && !isInDocument(place, image, seen))
    .map(({ place, image }) => {
      images.add(image);
      return { place, image, leave, write: () => {} };
    });
}

/** The texts in a value, but for those in functions that are images of places of their own. */
function textsBelow(value: Json, place: string, seen: Set<unknown>): Text[] {
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'string' ? [{ place, text: value }] : [];
  }
  if (seen.has(value)) {
    return [];
  }
  const parts = partsOfText(value);
  if (parts) {
    const text = parts.map((part) => (typeof part === 'string' ? part : OF_FUNCTION)).join('');
    const others = parts.filter((part) => typeof part !== 'string');
    return [{ place, text }, ...others.flatMap((part) => textsBelow(part, place, seen))];
  }
  return Object.entries<Json>(value)
    .filter(([key]) => !FOR_PEOPLE.test(key))
    .flatMap(([key, item]) => textsBelow(item, `${place}.${key}`, seen));
}

/** Tells whether an image has a place of its own in the document that is there. */
function isInDocument(place: string, image: string, seen: ImageSlot[]): boolean {
  return seen.some((slot) => slot.image === image && placeOf(slot).startsWith(`${place}.`));
}

/** The place of an image as those of texts are written. */
function placeOf({ place }: ImageSlot): string {
  return place.replace(/\[(\w+)\]/g, '.$1');
}
