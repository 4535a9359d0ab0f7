import { read } from './expected';
import type { Json } from './plain';

/** A place of a template that names an image. */
export interface Place {
  readonly resource: string;
  readonly type: string;
  /** The leaves that make up the name: one, or two in charts that write registry and repository apart. */
  readonly leaves: string[];
  readonly image: string;
  /** Whether only its chart knows what the name means. */
  readonly isFragment: boolean;
}

/** Under such a key people write a whole image. */
const IMAGE_KEY = /(^|[a-z0-9_-])image([_-]?(uri|identifier|name))?$|^containeruri$/i;

/** Whole trees in which a key of that look means something else. */
const NO_IMAGES = ['AWS::EC2::', 'AWS::AutoScaling::', 'AWS::CloudFront::', 'AWS::Cognito::', 'AWS::Lex::'];

/** What stands before the name of a chart in a registry. */
export const OCI = 'oci://';

const CHART = 'Custom::AWSCDK-EKS-HelmChart';

/** Finds whatever looks like an image in the resources of a plain template, by the keys under which they stand. */
export function findImages(template: Json): Place[] {
  return Object.entries<Json>(template.Resources ?? {}).flatMap(([resource, { Type: type, Properties }]) => {
    if (NO_IMAGES.some((start) => type.startsWith(start))) {
      return [];
    }
    const found = walk(Properties, `Resources > ${resource} > Properties`, type === CHART);
    return found.map((place) => ({ resource, type, ...place }));
  });
}

type Found = Omit<Place, 'resource' | 'type'>;

function walk(value: Json, path: string, inChart: boolean): Found[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => walk(item, `${path} > ${index}`, inChart));
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const map = (inChart ? chartImage(value, path) : undefined) ?? chartOf(value, path) ?? operation(value, path);
  return [
    ...(map ? [map] : []),
    ...Object.entries<Json>(value).flatMap(([key, item]) => {
      const place = `${path} > ${key}`;
      if (map?.leaves.includes(place)) {
        return [];
      }
      if (!IMAGE_KEY.test(key)) {
        return walk(item, place, inChart);
      }
      return branches(item, place).flatMap(([at, image]) => {
        // A volume of a pod that is made of an image.
        if (typeof image?.reference === 'string' && isImage(image.reference)) {
          return [{ leaves: [`${at} > reference`], image: image.reference, isFragment: false }];
        }
        if (typeof image !== 'string') {
          return walk(image, at, inChart);
        }
        return isImage(image) ? [{ leaves: [at], image, isFragment: inChart && !hasHost(image) }] : [];
      });
    }),
  ];
}

/** Both sides of a condition. */
function branches(value: Json, path: string): [string, Json][] {
  const condition = value?.['Fn::If'];
  return Array.isArray(condition)
    ? [1, 2].flatMap((side) => branches(condition[side], `${path} > Fn::If > ${side}`))
    : [[path, value]];
}

/** An image in parts, as charts like to write it. */
function chartImage(map: Json, path: string): Found | undefined {
  const { repository, registry, tag, digest } = map;
  const isUnderImage = IMAGE_KEY.test(path.split(' > ').pop()!);
  if (typeof repository !== 'string' || repository.includes('://') || !(isUnderImage || registry || tag || digest)) {
    return undefined;
  }
  const isSplit = typeof registry === 'string' && registry !== '';
  return {
    leaves: [...(isSplit ? [`${path} > registry`] : []), `${path} > repository`],
    image: isSplit ? `${registry}/${repository}` : repository,
    isFragment: !isSplit && !hasHost(repository),
  };
}

/** A chart in a registry, which Helm pulls like an image. */
function chartOf({ Repository: repository }: Json, path: string): Found | undefined {
  return typeof repository === 'string' && repository.startsWith(OCI)
    ? { leaves: [`${path} > Repository`], image: repository.slice(OCI.length), isFragment: false }
    : undefined;
}

/** An image that an operation of a json patch sets. */
function operation({ op, path: pointer, value }: Json, path: string): Found | undefined {
  return ['add', 'replace'].includes(op) && /\/image$/.test(pointer) && typeof value === 'string'
    ? { leaves: [`${path} > value`], image: value, isFragment: false }
    : undefined;
}

function isImage(text: string): boolean {
  return text.includes('${') || text.includes('.dkr.') || read(text) !== undefined;
}

function hasHost(image: string): boolean {
  return /^[^/]*[.:][^/]*\//.test(image);
}
