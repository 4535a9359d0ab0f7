import { HOST, IMAGE_ID, MAX_REPOSITORY_LENGTH, OFFICIAL_IMAGES, REFERENCE } from './reference-grammar';
import { isValid, partProblems, referenceProblems } from './reference-problems';
import { fail, throwIfAny } from '../core/errors';
import { holdsToken, isDummy } from '../core/tokens';
import { canonicalHost, DOCKER_HUB, familiarHost, hasHost, isKnownHost } from '../upstream/catalogue';

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
 * @example
 * const reference = ImageReference.parse('nginx:1.27'); // docker.io/library/nginx:1.27
 * const nginx = rule.imageFromReference(reference);
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
      if (host === match[1] || isKnownHost(host) || isValid(host, HOST)) {
        return ImageReference.ofValid(host, match[2], match[3], match[4]);
      }
    }

    throwIfAny(referenceProblems(reference));
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
        id: 'ImageReference.token',
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
  if (familiarHost(canonicalHost(host)) === DOCKER_HUB) {
    return DOCKER_HUB;
  }
  return holdsToken(host) ? host : host.toLowerCase();
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
