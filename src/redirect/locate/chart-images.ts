import {
  hasCredentials,
  hasPullSecrets,
  isImageKey,
  isImageKeyBelow,
  isMap,
  isNameKey,
  isPullSecretsKey,
  isRegistryKey,
  isText,
  isWhole,
  mayBeName,
} from './chart-keys';
import { slotsNamedIn } from './mentions';
import { literal } from './pod-images';
import { DOCKER_HUB, familiarHost, canonicalHost } from '../../upstream/catalogue';
import type { Json } from '../rendered-properties';
import { ImageSlot, OWN_CREDENTIALS } from '../workload';

/** What helps where values do not. */
export const SEES_ALL = 'an admission policy of the cache sees every image that the chart makes';

const REMEDY =
  'write its host in front of the name, or set "registry" beside it, whichever the chart knows; ' + SEES_ALL;
const NO_REGISTRY = `only the chart knows its registry: ${REMEDY}`;
const TWO_REGISTRIES = `its name has a host, and a registry stands beside it: ${REMEDY}`;
const OF_ALL =
  'the values have a registry for the whole chart, and only the chart knows whether that comes before it: ' +
  'let the two agree, or leave it to an admission policy of the cache';
const NO_NAME =
  'only the chart knows which images are of this registry, and official ones of Docker Hub need "library/": set ' +
  '"registry" and the name of each image, or leave it to an admission policy of the cache';
const UNCLEAR_NAME = 'only the chart knows the whole of its name: write it as one, with its host';
const IS_OFF = 'the values say "enabled: false" for it';
const IS_CHECKED =
  'the charts of Bitnami refuse images of another registry, unless the values have ' +
  'global.security.allowInsecureImages: true';

/** What the maps above say about those below. */
interface Surroundings {
  readonly place: string;
  readonly key: string;
  /** The registry of all images of the chart. */
  readonly ofAll?: string;
  readonly hasSecrets: boolean;
  readonly isOff: boolean;
  readonly isChecked: boolean;
  readonly mayReplace: boolean;
}

/**
 * The images that the values of a chart name. Values alone do not tell of which registry a name without host is: the
 * chart may put one before it. So only two things are rewritten: a registry, where it stands, and a whole name with
 * its host. Everything else is left, with the reason.
 *
 * @param isChecked whether the chart refuses images of another registry
 * @param place where the values are
 */
export function chartSlots(values: Json, isChecked = false, place = 'Values'): ImageSlot[] {
  const { global } = values ?? {};
  const ofAll = [global?.imageRegistry, global?.image?.registry, global?.registry, values?.imageRegistry].find(isText);
  const hasSecrets = isMap(global) && hasPullSecrets(global);
  return slotsBelow(values, {
    place,
    key: '',
    ofAll,
    hasSecrets,
    isOff: false,
    isChecked,
    mayReplace: false,
  });
}

function slotsBelow(values: Json, above: Surroundings): ImageSlot[] {
  if (Array.isArray(values)) {
    return values.flatMap((_, index) => slotsAt(values, String(index), `${above.place}[${index}]`, above));
  }
  if (!isMap(values)) {
    return [];
  }
  const here = {
    ...above,
    hasSecrets: above.hasSecrets || hasPullSecrets(values),
    isOff: above.isOff || values.enabled === false,
    mayReplace: above.mayReplace || values.global?.security?.allowInsecureImages === true,
  };
  const images = imagesOf(values, here);
  const taken = new Set(images.flatMap(({ keys }) => keys));
  return [
    ...images.map(({ slot }) => slot),
    ...Object.keys(values)
      .filter((key) => !taken.has(key) && !isPullSecretsKey(key))
      .flatMap((key) => slotsAt(values, key, `${here.place}.${key}`, here, taken.size > 0)),
  ];
}

/** The images at a key of a map or list. */
function slotsAt(owner: Json, key: string, place: string, above: Surroundings, isNamed = false): ImageSlot[] {
  const value = owner[key];
  if (!isText(value)) {
    return slotsBelow(value, { ...above, place, key: Array.isArray(owner) ? above.key : key });
  }
  const isImage = Array.isArray(owner)
    ? isImageKey(above.key) && isWhole(value)
    : isImageKey(key) || (isImageKey(above.key) && isImageKeyBelow(above.key, key) && !isNamed);
  return isImage && mayBeName(value) ? [wholeSlot(owner, key, place, above)] : slotsNamedIn(value, place);
}

/** An image, or a part of one, as one text. */
function wholeSlot(owner: Json, key: string, place: string, above: Surroundings): ImageSlot {
  const text: string = owner[key];
  return {
    place,
    image: literal(text),
    mayGoOn: true,
    // What a chart checks is in parts.
    isUnused: above.isOff,
    leave: isWhole(text)
      ? whyLeave(text, { ...above, isChecked: false })
      : above.ofAll === undefined
        ? NO_REGISTRY
        : OF_ALL,
    write: (registry, repositoryName, reference) => {
      owner[key] = `${registry}/${repositoryName}${reference.suffix}`;
    },
  };
}

interface ImageMap {
  readonly slot: ImageSlot;
  /** The keys of its parts. */
  readonly keys: string[];
}

/** The images of which a map has the parts: most have one, some have several, as `aRegistry` and `bRegistry`. */
function imagesOf(values: Json, here: Surroundings): ImageMap[] {
  const registries = Object.keys(values).filter((key) => isRegistryKey(key) && !isMap(values[key]));
  const split = registries.flatMap((registryKey) => splitImage(values, registryKey, here) ?? []);
  const nameKey = nameKeyOf(values, '', isImageKey(here.key));
  if (nameKey === undefined || split.some(({ keys }) => keys.includes(nameKey))) {
    return split;
  }
  const slot = wholeSlot(values, nameKey, here.place, here);
  const leave = slot.leave ?? (isUnclear(values, values[nameKey], nameKey) ? UNCLEAR_NAME : undefined);
  return [...split, { slot: { ...slot, leave }, keys: [nameKey, ...fragmentsOf(values)] }];
}

/** An image whose registry stands beside its name, or a registry for images that are named elsewhere. */
function splitImage(values: Json, registryKey: string, here: Surroundings): ImageMap | undefined {
  const stem = registryKey === 'hub' ? 'hub' : registryKey.replace(/_?registry$/i, '');
  const registry = values[registryKey];
  const nameKey = stem === 'hub' ? undefined : nameKeyOf(values, stem === 'default' ? '' : stem, isText(registry));
  if (!isText(registry)) {
    return undefined;
  }
  if (!mayBeName(registry) || !isWhole(`${registry}/`)) {
    return undefined;
  }
  if (nameKey === undefined) {
    return isForImages(registryKey, here)
      ? { slot: registrySlot(values, registryKey, here), keys: [registryKey] }
      : undefined;
  }
  return { slot: splitSlot(values, registryKey, nameKey, here), keys: [registryKey, nameKey, ...fragmentsOf(values)] };
}

/** Tells whether a registry on its own is one of images: other programs know the word, too. */
function isForImages(registryKey: string, here: Surroundings): boolean {
  return registryKey !== 'registry' || here.key === 'global' || isImageKey(here.key);
}

function splitSlot(values: Json, registryKey: string, nameKey: string, here: Surroundings): ImageSlot {
  const registry = withoutSlash(values[registryKey]);
  const name: string = values[nameKey];
  const image = `${registry}/${name}`;
  return {
    place:
      registryKey === 'registry' || registryKey === 'defaultRegistry' ? here.place : `${here.place}.${registryKey}`,
    image: literal(image),
    mayGoOn: true,
    isUnused: here.isOff,
    leave: isWhole(name)
      ? TWO_REGISTRIES
      : hasCredentials(values)
        ? OWN_CREDENTIALS
        : isUnclear(values, image, nameKey)
          ? UNCLEAR_NAME
          : isOverruled(values[registryKey], here.ofAll)
            ? OF_ALL
            : whyLeave(image, here),
    write: (host, repositoryName, reference) => {
      const path = name.slice(0, name.length - reference.suffix.length);
      const end = values[registryKey].slice(registry.length);
      // A rule for a part of a registry has other names than its upstream.
      const isKept = `/${repositoryName}`.endsWith(`/${path}`);
      values[registryKey] = isKept ? `${host}/${repositoryName}`.slice(0, -path.length - 1) + end : host + end;
      if (!isKept) {
        values[nameKey] = repositoryName + reference.suffix;
      }
    },
  };
}

/** A registry, with or without the beginning of names, that the chart puts before names which stand elsewhere. */
function registrySlot(values: Json, registryKey: string, here: Surroundings): ImageSlot {
  const registry = withoutSlash(values[registryKey]);
  const end = values[registryKey].slice(registry.length);
  return {
    place: `${here.place}.${registryKey}`,
    image: literal(`${registry}/*`),
    mayGoOn: true,
    isUnused: here.isOff,
    leave: hasCredentials(values) ? OWN_CREDENTIALS : isDockerHub(registry) ? NO_NAME : whyLeave(registry, here),
    write: (host, repositoryName) => {
      values[registryKey] = withoutSlash(`${host}/${repositoryName}`) + end;
    },
  };
}

/** The key of a name whose registry has a stem: `repository` and `registry`, `imageRepository` and `imageRegistry`. */
function nameKeyOf(values: Json, stem: string, isImage: boolean): string | undefined {
  const keys = Object.keys(values).filter((key) => mayBeName(values[key]));
  const find = (end: string) => keys.find((key) => key.toLowerCase() === `${stem}${end}`.toLowerCase());
  const repository = find('repository') ?? (stem === '' ? undefined : find('_repository'));
  if (repository !== undefined) {
    const isSourceCode = stem === '' && !isImage && !['registry', 'tag', 'digest'].some((key) => key in values);
    return isSourceCode ? undefined : repository;
  }
  return isImage ? (find('image') ?? find('name')) : undefined;
}

/** Tells whether a registry for the whole chart may come before an image's own: another, or one that stays as it is. */
function isOverruled(registry: string, ofAll: string | undefined): boolean {
  return ofAll !== undefined && (ofAll !== registry || isDockerHub(withoutSlash(ofAll)));
}

/** Parts of a name beside the one that stands for all of it. */
function fragmentsOf(values: Json): string[] {
  return ['image', 'name'].filter((key) => isText(values[key]) && !isWhole(values[key]));
}

/**
 * Tells whether a name may be a part of another: charts put an owner before what they call the name; and what seems to
 * be an official image of Docker Hub, which needs `library/`, may be an owner.
 */
function isUnclear(values: Json, image: string, nameKey: string): boolean {
  const hasOtherPart = Object.keys(values).some((key) => key !== nameKey && isNameKey(key) && isText(values[key]));
  return (
    (/name$/i.test(nameKey) && !isWhole(values[nameKey])) ||
    (isDockerHub(image.slice(0, image.lastIndexOf('/'))) && hasOtherPart)
  );
}

function whyLeave(image: string, { hasSecrets, isOff, isChecked, mayReplace }: Surroundings): string | undefined {
  if (isOff) {
    return IS_OFF;
  }
  if (hasSecrets) {
    return OWN_CREDENTIALS;
  }
  return (isChecked || /(^|\/)bitnami[a-z]*\//.test(image)) && !mayReplace ? IS_CHECKED : undefined;
}

function isDockerHub(registry: string): boolean {
  return familiarHost(canonicalHost(registry)) === DOCKER_HUB;
}

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, '');
}
