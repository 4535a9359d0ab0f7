import { imageSlot, literal } from './pod-images';
import { hasHost } from '../../upstream/catalogue';
import type { Json } from '../rendered-properties';
import type { ImageSlot } from '../workload';

/** The keys under which charts write a whole reference. */
const IMAGE_KEY = /(^|[a-z])image$/i;

const ELSEWHERE =
  'its registry is not beside its name, but a default of the chart: give its registry in the values too';
const GLOBAL =
  'the values name a registry for the whole chart, and only the chart knows whether that comes before the one of the image';

/**
 * The images that the values of a chart name: as one string under a key such as `image` or `sidecarImage`,
 * or as a map with `repository` and, beside it, `registry`, `tag` or `digest`. Some charts call the repository
 * `image` too, and some the registry `defaultRegistry`.
 */
export function chartSlots(values: Json): ImageSlot[] {
  const registries = [values?.global?.imageRegistry, values?.global?.image?.registry, values?.imageRegistry];
  return slotsBelow(values, 'Values', registries.some(isName));
}

function slotsBelow(values: Json, place: string, hasGlobalRegistry: boolean): ImageSlot[] {
  if (Array.isArray(values)) {
    return values.flatMap((item, index) => slotsBelow(item, `${place}[${index}]`, hasGlobalRegistry));
  }
  if (typeof values !== 'object' || values === null) {
    return [];
  }
  const map = imageMap(values, place, hasGlobalRegistry);
  return [
    ...(map ? [mapSlot(map, place)] : []),
    ...Object.entries<Json>(values).flatMap(([key, value]) => {
      if (map?.nameKey === key) {
        return [];
      }
      return isName(value) && IMAGE_KEY.test(key)
        ? imageSlot(values, key, place)
        : slotsBelow(value, `${place}.${key}`, hasGlobalRegistry);
    }),
  ];
}

/** An image in parts. */
interface ImageMap {
  readonly values: Json;
  /** The key of its repository. */
  readonly nameKey: string;
  readonly registry?: string;
  readonly leave?: string;
}

function imageMap(values: Json, place: string, hasGlobalRegistry: boolean): ImageMap | undefined {
  const isBelowImage = IMAGE_KEY.test(place.split('.').pop()!);
  const nameKey = nameKeyOf(values, isBelowImage);
  if (nameKey === undefined) {
    return undefined;
  }
  const isWhole = hasHost(values[nameKey]);
  const registry = [values.registry, values.defaultRegistry].find(isName);
  const isSplit = registry !== undefined || 'registry' in values || nameKey === 'image';
  if (hasGlobalRegistry && !isWhole) {
    return { values, nameKey, leave: GLOBAL };
  }
  return { values, nameKey, registry, leave: isSplit && registry === undefined && !isWhole ? ELSEWHERE : undefined };
}

/** A `repository` alone may be that of a chart or of source code, unless it stands under an image. */
function nameKeyOf(values: Json, isBelowImage: boolean): string | undefined {
  if (isName(values.repository)) {
    const isImage =
      !values.repository.includes('://') &&
      (isBelowImage || ['registry', 'tag', 'digest'].some((key) => key in values));
    return isImage ? 'repository' : undefined;
  }
  return isName(values.image) && (isBelowImage || isName(values.registry)) ? 'image' : undefined;
}

/** The tag stays where it is: charts fill it in from elsewhere when it is empty. */
function mapSlot({ values, nameKey, registry: own, leave }: ImageMap, place: string): ImageSlot {
  return {
    place,
    leave,
    image: literal(own === undefined ? values[nameKey] : `${own}/${values[nameKey]}`),
    write: (registry, repositoryName, reference) => {
      const repository = repositoryName + reference.suffix;
      const isSplit = own !== undefined || 'registry' in values;
      values[nameKey] = isSplit ? repository : `${registry}/${repository}`;
      if (isSplit) {
        values.registry = registry;
      }
    },
  };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
