import { holdsStandIn } from './json-text';
import type { Json } from '../rendered-properties';
import type { ImageSlot } from '../workload';

const CONTAINER_LISTS = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/**
 * The images that a node pulls for a manifest: of its containers and image volumes, wherever it has a pod's
 * specification. So pods, everything with a pod template, lists, and custom resources with a pod template
 * are all found by one rule.
 */
export function manifestSlots(manifest: Json, place = 'Manifest'): ImageSlot[] {
  return slotsBelow(manifest, place, undefined);
}

function slotsBelow(manifest: Json, place: string, leave: string | undefined): ImageSlot[] {
  if (Array.isArray(manifest)) {
    return manifest.flatMap((item, index) => slotsBelow(item, `${place}[${index}]`, leave));
  }
  if (typeof manifest !== 'object' || manifest === null) {
    return [];
  }
  // Whoever signs in to a registry with credentials of their own means that registry.
  const own = hasSecrets(manifest) ? 'it is pulled with credentials of its own' : leave;
  return Object.entries<Json>(manifest).flatMap(([key, value]) => {
    const here = `${place}.${key}`;
    if (CONTAINER_LISTS.has(key) && Array.isArray(value)) {
      return value.flatMap((container, index) => imageSlot(container, 'image', `${here}[${index}]`, own));
    }
    if (key === 'volumes' && Array.isArray(value)) {
      return value.flatMap((volume, index) => imageSlot(volume?.image, 'reference', `${here}[${index}].image`, own));
    }
    return slotsBelow(value, here, own);
  });
}

/** An image under a key of an object of the document. */
export function imageSlot(owner: Json, key: string, place: string, leave?: string): ImageSlot[] {
  if (typeof owner !== 'object' || owner === null || typeof owner[key] !== 'string') {
    return [];
  }
  return [
    {
      place: `${place}.${key}`,
      image: literal(owner[key]),
      leave,
      write: (registry, repositoryName, reference) => {
        owner[key] = `${registry}/${repositoryName}${reference.suffix}`;
      },
    },
  ];
}

function hasSecrets({ imagePullSecrets }: Json): boolean {
  return Array.isArray(imagePullSecrets) && imagePullSecrets.length > 0;
}

/** The text, unless an intrinsic function is part of it. */
export function literal(text: string): string | undefined {
  return holdsStandIn(text) ? undefined : text;
}
