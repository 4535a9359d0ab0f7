import { parseEcrHost, servesImages } from '../../upstream/catalogue';

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
const ESCAPE = /\\(?:([nrt"])|u00[0-9a-f]{2}|\/)/gi;

/** What follows a host that is asked for data, and not for an image. */
const OF_API = /^[^/]+\/v[12]\b/;

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
  return [...text.replace(ESCAPE, (escape) => (escape === '\\/' ? '/' : ' ')).matchAll(WITH_HOST)]
    .filter(([image, host]) => servesImages(host) && !parseEcrHost(host) && !OF_API.test(image))
    .map(([image]) => image.replace(END, ''));
}
