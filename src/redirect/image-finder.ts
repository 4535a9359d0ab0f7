import type { CfnResource } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import type { IConstruct } from 'constructs';
import type { RedirectOptions } from './redirect-options';
import { isLiteral, Json, partsOfText, RenderedProperties } from './rendered-properties';
import type { ImageSlot } from './workload';
import { PullThroughCacheError } from '../core/errors';
import { matchesGlob } from '../core/glob';
import { accountOf, regionOf, surelyDiffer } from '../environment/environment';
import type { CachedImage } from '../image/cached-image';
import { ImageReference } from '../image/image-reference';
import { canonicalHost, DOCKER_HUB, hasHost } from '../upstream/catalogue';

/** An image that is in the cache before what names it is deployed: the host of its repository is an attribute. */
export interface Prefetched {
  readonly repository: IRepository;
  platformDigest(platform: string): string;
}

/** What a redirection needs of a cache. */
export interface RedirectTarget extends IConstruct {
  /** @internal */
  readonly _upstreams: string[];
  /** @internal */
  _find(reference: ImageReference): CachedImage | undefined;
  /** @internal */
  _findCached(uri: string): CachedImage | undefined;
  /** @internal */
  _prefetch(reference: ImageReference): Prefetched;
}

/** Why an image stays as it is. */
export interface Refused {
  readonly reason: string;
  /** Tells whether somebody would expect that it goes through the cache. */
  readonly isExpected?: boolean;
  /** The image, as far as its name is known. */
  readonly named?: string;
}

/** The cached image for one that is declared. */
export interface Found {
  readonly image: CachedImage;
  /** What is to be written; nothing where the URI of the cached image stands there already. */
  readonly reference?: ImageReference;
  /** The name of its repository; or, with `*` at its end, what the names of all below a registry begin with. */
  readonly name: string;
}

/** A repository of the app, whose URI may be the name of an image. */
const REPOSITORY = 'AWS::ECR::Repository';

/** What fetches an image into the cache, of which an attribute may begin its name. */
const PREFETCHED = 'Custom::PrefetchedImage';

/** Why a text that is no name of an image stays as it is. */
export const NO_REFERENCE = 'it is not an image reference';

/** Stands for the name of an image below a registry, and is no official one of Docker Hub. */
const ANY = 'any-owner/any-name';

/** What stands in a text for a variable of the program that has no value. */
const NO_VALUE = /(^|[/:@-])(undefined|null|NaN|\[object Object\])($|[/:@-])/;

/** Finds the cached images for those that resources declare. */
export class ImageFinder {
  constructor(
    private readonly cache: RedirectTarget,
    private readonly options: RedirectOptions,
  ) {}

  public find(resource: CfnResource, slot: ImageSlot, properties: RenderedProperties): Refused | Found {
    const { image } = slot;
    if (isOfEcr(image) || isOfType(properties.target(image), REPOSITORY)) {
      const cached = unlessRefused(() => this.cache._findCached(properties.text(image) ?? ''));
      return cached ? { image: cached, name: cached.repositoryName } : { reason: 'it is in a private registry of ECR' };
    }
    if (isOfType(properties.target((partsOfText(image) ?? [])[0]), PREFETCHED)) {
      return { reason: 'it is prefetched, and so comes from the cache already' };
    }
    return isLiteral(image) ? this.findLiteral(resource, image) : this.refuseToken(resource, image);
  }

  /** Tells whether the cache has a rule for an image, as far as its name is known: there may be variables in it. */
  public mayFind(resource: CfnResource, named: string): boolean {
    const isKnown = !named.includes('$');
    return isKnown ? !('reason' in this.findLiteral(resource, named)) : this.refuseUnknown(resource, named).isExpected!;
  }

  /** What a token is made of may tell the registry of the image. */
  private refuseToken(resource: CfnResource, image: Json): Refused {
    const parts = partsOfText(image) ?? [];
    return this.refuseUnknown(resource, parts.map((part) => (typeof part === 'string' ? part : '${…}')).join(''));
  }

  private refuseUnknown(resource: CfnResource, named: string): Refused {
    const [beginning] = named.split('$');
    const [host] = beginning.split('/');
    const isCovered =
      hasHost(beginning) && this.cache._upstreams.some((upstream) => upstream.split('/')[0] === canonicalHost(host));
    const isExpected = isCovered && !this.whyElsewhere(resource) && this.wantsAll(`${beginning}*`);
    return {
      reason: 'it is a token, whose value is not known at synth',
      isExpected,
      named: isExpected ? named : undefined,
    };
  }

  /** The cached image for one that a resource declares. */
  public findLiteral(resource: CfnResource, declared: string): Refused | Found {
    const isAll = declared.endsWith('/*');
    const reference = unlessRefused(() => ImageReference.parse(isAll ? declared.replace(/\*$/, ANY) : declared));
    const elsewhere = this.whyElsewhere(resource);
    const image = reference && !elsewhere ? this.cache._find(reference) : undefined;
    if (NO_VALUE.test(declared)) {
      return { reason: 'a variable in it has no value', isExpected: true };
    }
    if (elsewhere) {
      const isExpected = reference && this.wants(reference, declared) && this.cache._find(reference) !== undefined;
      return { reason: elsewhere, isExpected };
    }
    if (reference === undefined) {
      return { reason: NO_REFERENCE };
    }
    if (!(isAll ? this.wantsAll(declared) : this.wants(reference, declared))) {
      return { reason: 'the options of the redirection leave it out' };
    }
    const name = isAll ? image?.repositoryName.replace(ANY, '*') : image?.repositoryName;
    if (isAll && image?._repositoriesLike(name!.slice(0, -1)) === undefined) {
      return { reason: `the cache has no rule that can grant all of ${declared}` };
    }
    return image
      ? { image, reference, name: name! }
      : { reason: `the cache has no rule for ${reference.host}/${reference.repository}` };
  }

  /** Says why a resource is not in the account and region of the cache, or may not be. */
  private whyElsewhere(resource: CfnResource): string | undefined {
    const pairs = [accountOf, regionOf].map((part) => [part(resource), part(this.cache)]);
    if (pairs.some(([of, ofCache]) => surelyDiffer(of, ofCache))) {
      return 'it is deployed to another account or region than the cache';
    }
    // What one names and the other leaves open may be the same; the host would be that of another registry if not.
    return pairs.some(([of, ofCache]) => (of === undefined) !== (ofCache === undefined))
      ? 'its stack and that of the cache do not both name their account and region; give both stacks the same env'
      : undefined;
  }

  private wants(reference: ImageReference, declared: string): boolean {
    const { suffix } = reference;
    const bare = declared.endsWith(suffix) ? declared.slice(0, declared.length - suffix.length) : declared;
    const names = [reference.toString(), `${reference.host}/${reference.repository}`, declared, bare];
    const among = (patterns: string[]) => patterns.some((pattern) => names.some((name) => matchesGlob(pattern, name)));
    return among(this.options.only ?? ['*']) && !among(this.options.exclude ?? []);
  }

  /** Tells whether the options leave nothing out of what is below a registry. */
  private wantsAll(below: string): boolean {
    const { only = ['*'], exclude = [] } = this.options;
    const beginning = below.slice(0, -1);
    const mayMatch = (pattern: string) => {
      const [head] = pattern.split('*');
      // A pattern without a host may be the short name of an image of Docker Hub.
      const heads = hasHost(pattern) ? [head] : [head, `${DOCKER_HUB}/${head}`, `${DOCKER_HUB}/library/${head}`];
      return heads.some((one) => one.startsWith(beginning) || beginning.startsWith(one));
    };
    return only.some((pattern) => matchesGlob(pattern, below)) && !exclude.some(mayMatch);
  }
}

/** Tells whether a name has a host of ECR, also in the functions that CDK writes for a repository or an asset. */
function isOfEcr(image: Json): boolean {
  const text = isLiteral(image) ? image.split('/')[0] : JSON.stringify(partsOfText(image) ?? image ?? '');
  return /\.dkr[.-]ecr\./.test(text);
}

/** Tells whether a name refers to a resource of some type. */
function isOfType(target: IConstruct | undefined, resourceType: string): boolean {
  return (target as { readonly cfnResourceType?: string } | undefined)?.cfnResourceType === resourceType;
}

/** What others declared may be anything, so that a bad reference is no error here. */
function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof PullThroughCacheError) {
      return undefined;
    }
    throw error;
  }
}
