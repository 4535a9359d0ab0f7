import { parseEcrHost, servesImages } from '../../upstream/catalogue';

/**
 * A name with its host. In an address the host follows a slash; that of a user, of a port, or of another name, some
 * other character. Tools that copy images write `docker:` before a name.
 */
const WITH_HOST =
  /(?:(?<![\w./@:-])|(?<=docker:(?:\/\/)?))([a-z0-9-]+(?:\.[a-z0-9-]+)+)\/[a-z0-9][\w./-]*(?::\w[\w.-]*)?(?:@sha256:[0-9a-f]{64})?/g;

/** What stands for the end of a line, a tab or a quote in a text within a text. */
const ESCAPES = /\\+(?:[nrt]|")/g;

/** What ends a sentence or a path, and no name. */
const END = /[./-]+$/;

/**
 * The images of which a text speaks by name and host, such as a script, a document or a value for some program. Those
 * of repositories of ECR are not looked for.
 */
export function imagesNamedIn(text: string): string[] {
  if (!text.includes('/')) {
    return [];
  }
  return [...text.replace(ESCAPES, ' ').matchAll(WITH_HOST)]
    .filter(([, host]) => servesImages(host) && !parseEcrHost(host))
    .map(([image]) => image.replace(END, ''));
}
