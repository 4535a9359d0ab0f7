import { kindOfHost } from '../../upstream/catalogue';
import type { ImageSlot } from '../workload';
import { imagesNamedIn } from './mentions';
import { literal } from './pod-images';

const IN_TEXT =
  'it is part of a text, or stands under a key that does not say that nodes pull it: write the name of the cached ' +
  'image there, or leave it to an admission policy of the cache';

/** An image of a container in a text in YAML or JSON. */
const OF_CONTAINER = /(?:^|[\s{,])(?:image:[ \t]+|"image":[ \t]*)["']?([a-z0-9][\w./:@-]*)/g;

/** The images of which a text speaks: in arguments, variables, and values that are YAML themselves. All are left. */
export function mentionSlots(text: string, place: string): ImageSlot[] {
  const named = [...text.matchAll(OF_CONTAINER)].map(([, image]) => image);
  const alone = kindOfHost(text) ? [text] : [];
  return [...new Set([...imagesNamedIn(text), ...named, ...alone])].map((image) => ({
    place,
    image: literal(image),
    leave: IN_TEXT,
    write: () => {},
  }));
}
