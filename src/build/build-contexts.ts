import { readFileSync } from 'fs';
import { join, resolve } from 'path';
import type { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import type { IConstruct } from 'constructs';
import { BaseImage, baseImagesOf, BuildInputs } from './base-images';
import { literalUri } from './bundling-image';
import { fail, PullThroughCacheError, holdsDocument, quote } from '../core/errors';
import { matchesGlob } from '../core/glob';
import { inform, warn } from '../core/warnings';
import type { CachedImage } from '../image/cached-image';
import { ImageReference } from '../image/image-reference';
import { parseEcrHost } from '../upstream/catalogue';

/**
 * Which build of a Dockerfile, and which of its images.
 */
export interface BuildContextsOptions {
  /**
   * The Dockerfile, relative to the directory.
   *
   * @default Dockerfile
   */
  readonly file?: string;

  /**
   * The stage to build.
   *
   * @default - the last one
   */
  readonly target?: string;

  /**
   * The build arguments: those that stand in a `FROM` decide what it names.
   *
   * @default - the defaults of the Dockerfile
   */
  readonly buildArgs?: { [name: string]: string };

  /**
   * The platform to build for.
   *
   * @default - that of the machine which builds, so that what a `FROM` with `TARGETARCH` names is not known
   */
  readonly platform?: Platform;

  /**
   * Build contexts of your own. They are kept, and what they replace is left to them.
   *
   * @default - none
   */
  readonly buildContexts?: { [name: string]: string };

  /**
   * Only images that match one of these patterns, in which `*` stands for any text. They are compared with the
   * normalised reference, with and without its tag: `docker.io/library/*`, `quay.io/prometheus/prometheus:v3.*`.
   *
   * @default - all
   */
  readonly onlyImages?: string[];

  /**
   * No image that matches one of these patterns, which are as in `onlyImages`.
   *
   * @default - none
   */
  readonly excludeImages?: string[];
}

/** What a build needs of a cache. */
export interface BuildCache extends IConstruct {
  tryImage(reference: string): CachedImage | undefined;
}

/** A Dockerfile whose images come through a cache. */
export interface CachedDockerfile {
  /** For `docker build`: what it pulls for each name, those given included. */
  readonly buildContexts: { [name: string]: string };
  /** The frontend of the `# syntax` directive, with its options, if its image comes through the cache. */
  readonly syntax?: string;
}

/** The build argument that names a frontend, and has BuildKit overlook the directive. */
export const SYNTAX_ARGUMENT = 'BUILDKIT_SYNTAX';

/** Names that mean something else to BuildKit than an image. */
const NO_NAMES = ['scratch', 'context'];

/** The build contexts alone: for what a directive names there are none, so that this is told. */
export function buildContextsOf(
  cache: BuildCache,
  directory: string,
  options: BuildContextsOptions,
): { [name: string]: string } {
  const { buildContexts, syntax } = cachedDockerfile(cache, directory, options);
  if (syntax !== undefined) {
    warn(
      cache,
      'CachedBuild.syntax',
      `${join(directory, options.file ?? 'Dockerfile')}: ` +
        'no build context replaces the image of the # syntax directive; ' +
        `build with cache.dockerBuild(), or with the build argument ${SYNTAX_ARGUMENT}=${syntax}`,
    );
  }
  return buildContexts;
}

/**
 * Finds the images of a Dockerfile, and those of them that a cache has.
 *
 * Throws if there is no such file or stage, and for an image of the cache while the host of its registry is not known.
 */
export function cachedDockerfile(
  cache: BuildCache,
  directory: string,
  options: BuildContextsOptions,
): CachedDockerfile {
  return new Reader(cache, directory, options).read();
}

class Reader {
  private readonly path: string;
  private readonly given: Map<string, string>;
  private stages: string[] = [];

  constructor(
    private readonly cache: BuildCache,
    directory: string,
    private readonly options: BuildContextsOptions,
  ) {
    this.path = join(directory, options.file ?? 'Dockerfile');
    this.given = new Map(
      Object.entries(options.buildContexts ?? {}).map(([name, value]) => [contextName(name), value]),
    );
  }

  public read(): CachedDockerfile {
    const { buildArgs, target, platform, buildContexts } = this.options;
    const inputs: BuildInputs = { buildArgs, target, platform: platform?.platform };
    const { images, unknown, stages, syntax } = baseImagesOf(this.text(), inputs);
    this.stages = stages;
    unknown.forEach(({ text, line }) => this.warnOfUnknown(text, line));
    const found = images.flatMap((image) => {
      const uri = this.cachedUri(image);
      return uri === undefined ? [] : [[image.name, `docker-image://${uri}`]];
    });
    return {
      buildContexts: { ...Object.fromEntries(found), ...buildContexts },
      syntax: syntax && buildArgs?.[SYNTAX_ARGUMENT] === undefined ? this.frontend(syntax) : undefined,
    };
  }

  private text(): string {
    try {
      return readFileSync(resolve(this.path), 'utf8');
    } catch {
      return fail(
        {
          id: 'CachedBuild.noDockerfile',
          what: 'the Dockerfile cannot be read',
          given: this.path,
          fix: 'give the directory that has it, and its name in file where that is not Dockerfile',
        },
        this.cache.node.path,
      );
    }
  }

  /** What to pull for an image; nothing where it is left as it is. */
  private cachedUri({ name, line, unset }: BaseImage): string | undefined {
    const key = contextName(name);
    if (this.given.has(key) || NO_NAMES.includes(key.toLowerCase())) {
      return undefined;
    }
    const reference = parse(name);
    if (reference === undefined) {
      this.warnOfUnknown(name, line);
      return undefined;
    }
    if (!this.wants(reference)) {
      return undefined;
    }
    const uri = this.uriOf(name, reference);
    if (uri !== undefined && this.stages.includes(key)) {
      warn(
        this.cache,
        'CachedBuild.stageName',
        `${this.path}:${line}: the image ${name} is pulled as it is, for a stage has the same name, ` +
          'and a build context would replace that; give the stage another name',
      );
      return undefined;
    }
    if (uri !== undefined && unset.length > 0) {
      warn(
        this.cache,
        'CachedBuild.unsetArgument',
        `${this.path}:${line}: ${unset.join(' and ')} has no value, so that the image is taken to be ${name}; ` +
          'give it in buildArgs, or a default by ARG before the first FROM',
      );
    }
    return uri;
  }

  private uriOf(name: string, reference: ImageReference): string | undefined {
    if (parseEcrHost(reference.host)) {
      return undefined;
    }
    const image = this.cache.tryImage(name);
    if (image === undefined) {
      inform(this.cache, `${this.path}: the image ${name} does not go through the cache: it has no rule for it`);
      return undefined;
    }
    return literalUri(this.cache, image, name);
  }

  private frontend(syntax: string): string | undefined {
    const [, name, flags] = /^(\S+)(.*)$/s.exec(syntax)!;
    const reference = parse(name);
    const uri = reference && this.wants(reference) ? this.uriOf(name, reference) : undefined;
    return uri && uri + flags;
  }

  private wants(reference: ImageReference): boolean {
    const { onlyImages = ['*'], excludeImages = [] } = this.options;
    const names = [reference.toString(), `${reference.host}/${reference.repository}`];
    const among = (patterns: string[]) => patterns.some((pattern) => names.some((name) => matchesGlob(pattern, name)));
    return among(onlyImages) && !among(excludeImages);
  }

  private warnOfUnknown(text: string, line: number): void {
    warn(
      this.cache,
      'CachedBuild.unknownImage',
      `${this.path}:${line}: which image ${holdsDocument(text) ? quote(text) : text} names is not known at synth, ` +
        'so that it is pulled as it is; give the values of its variables in buildArgs, or defaults by ARG before ' +
        'the first FROM',
    );
  }
}

/** The name under which BuildKit looks for a build context that replaces an image. */
function contextName(name: string): string {
  const reference = parse(name);
  return reference === undefined
    ? name
    : reference
        .toString()
        .replace(/^docker\.io\/(library\/)?/, '')
        .replace(/:latest$/, '');
}

/** What Dockerfiles say may be anything. */
function parse(name: string): ImageReference | undefined {
  try {
    return ImageReference.parse(name);
  } catch (error) {
    if (error instanceof PullThroughCacheError) {
      return undefined;
    }
    throw error;
  }
}
