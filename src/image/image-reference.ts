import { holdsPassword } from '../core/credentials-in-text';
import { fail, holdsDocument, Problem, quote, throwIfAny } from '../core/errors';
import { holdsToken, isDummy } from '../core/tokens';
import { canonicalHost, DOCKER_HUB, familiarHost, hasHost } from '../upstream/catalogue';

export const OFFICIAL_IMAGES = 'library/';
export const MAX_REPOSITORY_LENGTH = 255;

// The grammar of the distribution project: https://pkg.go.dev/github.com/distribution/reference
const HOST_LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const HOST_NAME = `(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const HOST = new RegExp(`^${HOST_NAME}$`);
const PATH_COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
export const PATH = `${PATH_COMPONENT}(?:/${PATH_COMPONENT})*`;
const REPOSITORY = new RegExp(`^${PATH}$`);
export const TAG_NAME = '\\w[\\w.-]{0,127}';
const TAG = new RegExp(`^${TAG_NAME}$`);
export const DIGEST_VALUE = '(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})';
const DIGEST = new RegExp(`^${DIGEST_VALUE}$`);
export const IMAGE_ID = /^[a-f0-9]{64}$/;
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/** What makes the first component of a reference a host, and no part of the path. */
export const BEGINS_WITH_HOST = '[^/.:]*[.:][^/]*/|localhost/';
/** A whole reference without tokens that is right, taken apart. */
const REFERENCE = new RegExp(
  `^(?:(?=${BEGINS_WITH_HOST})(${HOST_NAME})/|(?!${BEGINS_WITH_HOST}))` +
    `(${PATH})(?::(${TAG_NAME}))?(?:@(${DIGEST_VALUE}))?$`,
);

/**
 * The parts of an image reference, for references that are put together from CDK tokens.
 */
export interface ImageReferenceParts {
  /**
   * The host of the registry, with its port if it has one: `ghcr.io`, `localhost:5000`.
   *
   * @default - Docker Hub
   */
  readonly host?: string;

  /**
   * The repository, without host, tag and digest: `library/nginx`, `prometheus/node-exporter`.
   *
   * At most 255 characters. Taken as it stands: an official image of Docker Hub needs its `library/`
   * only where this is a token, elsewhere it is added.
   */
  readonly repository: string;

  /**
   * The tag, at most 128 characters.
   *
   * @default - none; container tools then use `latest`
   */
  readonly tag?: string;

  /**
   * The digest: `sha256:` and 64 hexadecimal digits, or the same with `sha384` or `sha512`.
   *
   * @default - none
   */
  readonly digest?: string;
}

/**
 * The name of a container image, taken apart and normalised as container tools do it.
 *
 * `nginx`, `docker.io/nginx` and `index.docker.io/library/nginx` are one image: `docker.io/library/nginx`.
 *
 * @see https://pkg.go.dev/github.com/distribution/reference
 */
export class ImageReference {
  /**
   * Parses an image reference: `[host[:port]/]path[:tag][@digest]`.
   *
   * The first component of the path is a host only if it has a `.` or a `:`, or is `localhost`;
   * without a host the image is one of Docker Hub. The tag may be, or hold, a CDK token; for tokens
   * elsewhere use `ImageReference.fromParts`.
   *
   * Throws if the reference is not valid, saying which part and why.
   *
   * @param reference the reference, as in a Dockerfile or a Kubernetes manifest
   * @param defaultHost the host of a reference that names none; Docker Hub unless given
   */
  public static parse(reference: string, defaultHost?: string): ImageReference {
    if (isDummy(reference)) {
      return ImageReference.ofValid(defaultHost, reference);
    }
    // Nearly all references: the rest of this class is about why one is wrong, and about tokens.
    const match = typeof reference === 'string' ? REFERENCE.exec(reference) : null;
    if (match && match[2].length <= MAX_REPOSITORY_LENGTH && !IMAGE_ID.test(reference)) {
      const host = match[1] ?? defaultHost;
      if (host === match[1] || isValid(host, HOST)) {
        return ImageReference.ofValid(host, match[2], match[3], match[4]);
      }
    }

    const whole = 'not an image reference';
    if (typeof reference !== 'string' || reference === '') {
      fail({
        what: whole,
        given: reference,
        allowed: '[host[:port]/]path[:tag][@digest]',
        fix: 'give an image such as "nginx:1.27" or "ghcr.io/owner/app:v1"',
      });
    }
    // Before it is taken apart: its parts would no longer show what they are, and may be secret.
    if (holdsDocument(reference) || holdsPassword(reference)) {
      fail({
        what: `${whole}: it has JSON or a password in it`,
        given: reference,
        fix: 'give an image such as "nginx:1.27" or "ghcr.io/owner/app:v1"',
      });
    }
    if (reference !== reference.trim()) {
      fail({ what: `${whole}: white space at its ends`, given: reference, fix: `write ${quote(reference.trim())}` });
    }
    const scheme = SCHEME.exec(reference);
    if (scheme) {
      fail({ what: `${whole}: it begins with a scheme`, given: reference, fix: `leave out ${quote(scheme[0])}` });
    }
    // Only alone: below a host or with a tag it is a name like any other.
    if (IMAGE_ID.test(reference)) {
      fail({
        what: `${whole}: it is an image id`,
        given: reference,
        fix: 'name the image, and give the id as a digest: "name@sha256:…"',
      });
    }

    if (!hasHost(reference)) {
      return ImageReference._below(defaultHost, reference);
    }
    const slash = reference.indexOf('/');
    return ImageReference._below(reference.slice(0, slash), reference.slice(slash + 1));
  }

  /**
   * The image of a path below a host, where the path may begin with what looks like a host.
   *
   * @internal
   */
  public static _below(host: string | undefined, path: string): ImageReference {
    const [named, digest] = splitAt(path, path.indexOf('@'));
    const [repository, tag] = splitAt(named, tagColon(named));
    if (holdsToken(repository)) {
      fail({
        what: 'this image reference is a CDK token, so its host and repository cannot be told apart',
        fix:
          'name its parts: imageFromReference(ImageReference.fromParts({ host, repository, tag })) of the rule or of ' +
          'the cache',
      });
    }
    return ImageReference.fromParts({ host, repository, tag, digest });
  }

  /**
   * An image reference from its parts, each of which may be a CDK token.
   *
   * Throws if a part that is known is not valid.
   *
   * @example
   * declare const version: CfnParameter;
   * rule.imageFromReference(ImageReference.fromParts({ repository: 'library/nginx', tag: version.valueAsString }));
   *
   * @param parts the parts of the reference
   */
  public static fromParts(parts: ImageReferenceParts): ImageReference {
    throwIfAny(partProblems(parts ?? {}));
    return ImageReference.ofValid(parts.host, parts.repository, parts.tag, parts.digest);
  }

  private static ofValid(
    givenHost: string | undefined,
    repository: string,
    tag?: string,
    digest?: string,
  ): ImageReference {
    const host = normalHost(givenHost);
    const official = host === DOCKER_HUB && !repository.includes('/') && !holdsToken(repository);
    return new ImageReference(host, official ? OFFICIAL_IMAGES + repository : repository, tag, digest);
  }

  /** The host of the registry in lower case, with its port if it has one; `docker.io` for every name of Docker Hub. */
  public readonly host: string;

  /** The repository, with the `library/` of Docker Hub's official images. */
  public readonly repository: string;

  /** The tag, if the reference has one. */
  public readonly tag?: string;

  /** The digest, if the reference has one. */
  public readonly digest?: string;

  private constructor(host: string, repository: string, tag?: string, digest?: string) {
    this.host = host;
    this.repository = repository;
    this.tag = tag;
    this.digest = digest;
  }

  /** The reference in full: `docker.io/library/nginx:1.27`. Parsing it gives the same reference. */
  public toString(): string {
    return `${this.host}/${this.repository}${this.suffix}`;
  }

  /** What follows the repository: `:tag`, `@digest`, both or nothing. */
  public get suffix(): string {
    return (this.tag === undefined ? '' : `:${this.tag}`) + (this.digest === undefined ? '' : `@${this.digest}`);
  }
}

/** One name for each registry: hosts are not told apart by case, and Docker Hub has several. */
function normalHost(host: string | undefined): string {
  if (host === undefined) {
    return DOCKER_HUB;
  }
  if (holdsToken(host)) {
    return host;
  }
  const familiar = familiarHost(canonicalHost(host));
  return familiar === DOCKER_HUB ? familiar : host.toLowerCase();
}

/** The colon before the tag. The colons inside a token are none of the reference's own. */
function tagColon(path: string): number {
  const token = path.indexOf('${Token[');
  const literal = token === -1 ? path : path.slice(0, token);
  const colon = literal.indexOf(':');
  return colon > literal.lastIndexOf('/') ? colon : -1;
}

function splitAt(text: string, index: number): [string, string | undefined] {
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function partProblems({ host, repository, tag, digest }: ImageReferenceParts): Problem[] {
  const problems: Problem[] = [];
  const invalid = (part: string, given: unknown, allowed: string, fix: string) => {
    problems.push({ what: `the ${part} of the image reference is not valid`, given, allowed, fix });
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
function isValid(part: unknown, form: RegExp, maxLength = Infinity): boolean {
  return typeof part === 'string' && ((form.test(part) && part.length <= maxLength) || holdsToken(part));
}

function repositoryFix(repository: unknown): string {
  const name = typeof repository === 'string' ? repository.toLowerCase() : '';
  return REPOSITORY.test(name) && name.length <= MAX_REPOSITORY_LENGTH
    ? `write it in lower case: ${JSON.stringify(name)}`
    : 'write the repository as in "nginx" or "prometheus/node-exporter"';
}
