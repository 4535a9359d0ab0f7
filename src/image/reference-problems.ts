import { DIGEST, HOST, IMAGE_ID, MAX_REPOSITORY_LENGTH, REPOSITORY, SCHEME, TAG } from './reference-grammar';
import { holdsPassword } from '../core/credentials-in-text';
import { holdsDocument, Problem, quote } from '../core/errors';
import { holdsToken } from '../core/tokens';

/** What was given for the parts of a reference: in JavaScript and by jsii it may be anything. */
interface Parts {
  readonly host?: unknown;
  readonly repository?: unknown;
  readonly tag?: unknown;
  readonly digest?: unknown;
}

const WHOLE = 'not an image reference';
const EXAMPLE_FIX = 'give an image such as "nginx:1.27" or "ghcr.io/owner/app:v1"';

/** What is wrong with a reference as a whole: nothing where its parts have to be looked at. */
export function referenceProblems(reference: unknown): Problem[] {
  if (typeof reference !== 'string' || reference === '') {
    return [
      {
        id: 'ImageReference.form',
        what: WHOLE,
        given: reference,
        allowed: '[host[:port]/]path[:tag][@digest]',
        fix: EXAMPLE_FIX,
      },
    ];
  }
  // Before it is taken apart: its parts would no longer show what they are, and may be secret.
  if (holdsDocument(reference) || holdsPassword(reference)) {
    return [
      {
        id: 'ImageReference.secret',
        what: `${WHOLE}: it has JSON or a password in it`,
        given: reference,
        fix: EXAMPLE_FIX,
      },
    ];
  }
  if (reference !== reference.trim()) {
    return [
      {
        id: 'ImageReference.whiteSpace',
        what: `${WHOLE}: white space at its ends`,
        given: reference,
        fix: `write ${quote(reference.trim())}`,
      },
    ];
  }
  const scheme = SCHEME.exec(reference);
  if (scheme) {
    return [
      {
        id: 'ImageReference.scheme',
        what: `${WHOLE}: it begins with a scheme`,
        given: reference,
        fix: `leave out ${quote(scheme[0])}`,
      },
    ];
  }
  // Only alone: below a host or with a tag it is a name like any other.
  return IMAGE_ID.test(reference)
    ? [
        {
          id: 'ImageReference.imageId',
          what: `${WHOLE}: it is an image id`,
          given: reference,
          fix: 'name the image, and give the id as a digest: "name@sha256:…"',
        },
      ]
    : [];
}

/** What is wrong with the parts of a reference. */
export function partProblems({ host, repository, tag, digest }: Parts): Problem[] {
  const problems: Problem[] = [];
  const invalid = (part: string, given: unknown, allowed: string, fix: string) => {
    problems.push({
      id: 'ImageReference.part',
      what: `the ${part} of the image reference is not valid`,
      given,
      allowed,
      fix,
    });
  };
  if (host !== undefined && !isValid(host, HOST)) {
    invalid(
      'host',
      host,
      'a host name or address, with a port if needed',
      'write the host as in "ghcr.io" or "localhost:5000", without scheme or path',
    );
  }
  if (!isValid(repository, REPOSITORY, MAX_REPOSITORY_LENGTH)) {
    invalid(
      'repository',
      repository,
      'lower case letters and digits, with ".", "_", "__" or "-" between them, in parts separated by "/", ' +
        `at most ${MAX_REPOSITORY_LENGTH} characters`,
      repositoryFix(repository),
    );
  }
  if (tag !== undefined && !isValid(tag, TAG)) {
    invalid(
      'tag',
      tag,
      'letters, digits, "_", "." and "-", not beginning with "." or "-", at most 128 characters',
      'write the tag as in "1.27" or "v1.2-alpine"',
    );
  }
  if (digest !== undefined && !isValid(digest, DIGEST)) {
    invalid(
      'digest',
      digest,
      'sha256: and 64, sha384: and 96, or sha512: and 128 lower case hexadecimal digits',
      'copy the digest in full, as in "sha256:…"',
    );
  }
  return problems;
}

/** Tells whether a part has its form. What is, or holds, a token is known only when it is deployed. */
export function isValid(part: unknown, form: RegExp, maxLength = Infinity): boolean {
  return typeof part === 'string' && ((form.test(part) && part.length <= maxLength) || holdsToken(part));
}

function repositoryFix(repository: unknown): string {
  const name = typeof repository === 'string' ? repository.toLowerCase() : '';
  return REPOSITORY.test(name) && name.length <= MAX_REPOSITORY_LENGTH
    ? `write it in lower case: ${JSON.stringify(name)}`
    : 'write the repository as in "nginx" or "prometheus/node-exporter"';
}
