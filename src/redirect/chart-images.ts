import { imageSlot, literal } from './pod-images';
import type { Json } from './rendered-properties';
import type { ImageSlot } from './workload';

/** The keys under which charts write a whole reference. */
const IMAGE_KEY = /(^|[a-z])image$/i;

/**
 * The images that the values of a chart name: as one string under a key such as `image` or `sidecarImage`,
 * or as a map with `repository` and, beside it, `registry`, `tag` or `digest`.
 */
export function chartSlots(values: Json, place = 'Values'): ImageSlot[] {
  if (Array.isArray(values)) { return values.flatMap((item, index) => chartSlots(item, `${place}[${index}]`)); }
  if (typeof values !== 'object' || values === null) { return []; }
  return [
    ...isImageMap(values, place) ? [mapSlot(values, place)] : [],
    ...Object.entries<Json>(values).flatMap(([key, value]) =>
      typeof value === 'string' && IMAGE_KEY.test(key) && value !== '' ? imageSlot(values, key, place) : chartSlots(value, `${place}.${key}`)),
  ];
}

/** A `repository` alone may be that of a chart or of source code, unless it stands under an image. */
function isImageMap(values: Json, place: string): boolean {
  return typeof values.repository === 'string' && values.repository !== '' && !values.repository.includes('://')
    && (IMAGE_KEY.test(place.split('.').pop()!) || ['registry', 'tag', 'digest'].some((key) => key in values));
}

/** The tag stays where it is: charts fill it in from elsewhere when it is empty. */
function mapSlot(map: Json, place: string): ImageSlot {
  const separate = typeof map.registry === 'string' && map.registry !== '';
  return {
    place,
    image: literal(separate ? `${map.registry}/${map.repository}` : map.repository),
    write: (registry, repositoryName, reference) => {
      const repository = repositoryName + reference.suffix;
      map.repository = 'registry' in map ? repository : `${registry}/${repository}`;
      if ('registry' in map) { map.registry = registry; }
    },
  };
}
