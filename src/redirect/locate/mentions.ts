import { literal } from './pod-images';
import { kindOfHost, parseEcrHost, servesImages } from '../../upstream/catalogue';
import type { ImageSlot } from '../workload';

/** A variable of a shell, or of CloudFormation. */
const VARIABLE = '\\$\\{[\\w.:]+\\}|\\$\\w';

/**
 * A name with its host, which may have variables in its path. In an address the host follows a slash; that of a user,
 * or of another name, some other character. Tools that copy images write `docker://` before a name, shells `:-`.
 */
const WITH_HOST = new RegExp(
  '(?:(?<![\\w./@-])|(?<=docker://)|(?<=:-))([a-z0-9][a-z0-9-]*(?:\\.[a-z0-9-]+)+)/' +
    `(?:[a-z0-9]|${VARIABLE})(?:[\\w./-]|${VARIABLE})*` +
    `(?::(?:\\w|${VARIABLE})(?:[\\w.-]|${VARIABLE})*)?(?:@sha256:[0-9a-f]{64})?`,
  'gi',
);

/** What stands for a quote, a slash or the end of a line in a text within a text. */
const ESCAPE = /\\(?:[nrt"]|u00[0-9a-f]{2}|\/)/gi;

/** What follows a host that is asked for data, and not for an image. */
const OF_API = /^[^/]+\/v[12]\b/;

/** What ends a sentence or a path, and no name. */
const END = /[./-]+$/;

const IN_TEXT =
  'it is part of a text, or stands under a key that does not say that nodes pull it: write the name of the cached ' +
  'image there, or leave it to an admission policy of the cache';

/** An image of a container in a text in YAML or JSON. */
const OF_CONTAINER = /(?:^|[\s{,])(?:image:[ \t]+|"image":[ \t]*)["']?([a-z0-9][\w./:@-]*)/g;

/**
 * The images of which a text speaks by name and host, such as a script, a document or a value for some program. Those
 * of repositories of ECR are not looked for.
 */
export function imagesNamedIn(text: string): string[] {
  if (!text.includes('/')) {
    return [];
  }
  return [...text.replace(ESCAPE, (escape) => (escape === '\\/' ? '/' : ' ')).matchAll(WITH_HOST)]
    .filter(([image, host]) => servesImages(host) && !parseEcrHost(host) && !OF_API.test(image))
    .map(([image]) => image.replace(END, ''));
}

/**
 * The same of a text in a chart or manifest, such as an argument, a variable, or a value that is YAML itself, with what
 * stands there as the image of a container. All are left.
 */
export function slotsNamedIn(text: string, place: string): ImageSlot[] {
  const named = [...text.matchAll(OF_CONTAINER)].map(([, image]) => image);
  const alone = kindOfHost(text) ? [text] : [];
  return [...new Set([...imagesNamedIn(text), ...named, ...alone])].map((image) => ({
    place,
    image: literal(image),
    leave: IN_TEXT,
    write: () => {},
  }));
}
