import { chartSlots, SEES_ALL } from './chart-images';
import { isMap, isText, mayBeName } from './chart-keys';
import { kustomizeSlots } from './kustomize-images';
import { slotsNamedIn } from './mentions';
import { comparesImages, matchesAny, OperatorImages, operatorOf, ResourceKind } from './operator-images';
import { isOfPod, literal, namespaceOf, nameSlot, PullSecrets } from './pod-images';
import { servesImages } from '../../upstream/catalogue';
import type { Json } from '../rendered-properties';
import { ImageSlot, OWN_CREDENTIALS } from '../workload';

export const ELSEWHERE =
  'it is installed in another cluster, or it is not said in which, so that nobody knows who pulls';
const IS_COMPARED = 'a policy compares it with the images of pods, and nobody pulls it';
const NO_OPERATOR =
  'only an operator knows whether this is the whole name of an image: write the name of the cached image there, or ' +
  'leave it to an admission policy of the cache';
const NOT_SEEN = `only the place from where it is installed names them; ${SEES_ALL}`;

/** What is said for people, or by the cluster, and read by nobody who pulls. */
const IS_TOLD = /(^status$|(^|\.)description$|\.kubectl\.kubernetes\.io\/last-applied-configuration$)/;

const UNKNOWN: ResourceKind = { group: '', kind: '' };

/** What is known of a resource. */
interface Resource extends ResourceKind {
  readonly secrets: PullSecrets;
  readonly namespace: string;
  readonly operator?: OperatorImages;
  /** Why nothing that an operator makes of it goes through the cache. */
  readonly leave?: string;
  readonly isOfBitnami?: boolean;
}

/** Where something stands. */
interface Position {
  readonly resource: Resource;
  /** For the report. */
  readonly place: string;
  /** The way from the resource, with `*` for each item of a list. */
  readonly path: string;
  /** Why nothing here goes through the cache. */
  readonly leave?: string;
}

/**
 * The images that a manifest names. Nodes pull those of containers and image volumes, wherever a manifest has the
 * specification of a pod, and those that the table of the operators knows. Whatever else names an image is left.
 */
export function manifestSlots(manifest: Json, place = 'Manifest'): ImageSlot[] {
  const secrets = PullSecrets.among(documentsIn(manifest));
  return slotsAt({ manifest }, 'manifest', {
    resource: { ...UNKNOWN, secrets, namespace: 'default' },
    place,
    path: '',
  });
}

/** A part of a resource, under a key of an object. */
export interface ResourcePart {
  readonly owner: Json;
  readonly key: string;
  /** The way to it from the resource, with `*` for each item of a list. */
  readonly path: string;
  /** The resource, where it is one of an operator. */
  readonly of?: ResourceKind;
  /** True if its pods sign in to registries with credentials of their own. */
  readonly signsIn: boolean;
}

/** The images in a part of a resource. */
export function partSlots({ owner, key, path, of = UNKNOWN, signsIn }: ResourcePart, place: string): ImageSlot[] {
  const secrets = PullSecrets.among([]);
  const resource = { ...of, secrets, namespace: '', operator: operatorOf(of.group, of.kind) };
  return slotsAt(owner, key, { resource, place, path, leave: signsIn ? OWN_CREDENTIALS : undefined });
}

function documentsIn(manifest: Json): Json[] {
  const documents = Array.isArray(manifest) ? manifest : [manifest];
  return documents.filter(isMap).flatMap((document) => [document, ...documentsIn(document.items ?? [])]);
}

function slotsAt(owner: Json, key: string | number, position: Position): ImageSlot[] {
  const { resource, path } = position;
  const value = owner[key];
  if (IS_TOLD.test(path)) {
    return [];
  }
  if (typeof value === 'string') {
    return isNotSearched(resource, path) ? [] : textSlots(owner, String(key), position);
  }
  return toolSlots(value, position) ?? slotsBelow(value, position);
}

/** A schema of resources has images in its defaults only; and of what a secret holds, no message tells. */
function isNotSearched({ group, kind }: ResourceKind, path: string): boolean {
  return kind === 'CustomResourceDefinition' ? !/\.default(\.|$)/.test(path) : kind === 'Secret' && group === '';
}

function slotsBelow(value: Json, position: Position): ImageSlot[] {
  const { place } = position;
  if (Array.isArray(value)) {
    const path = below(position.path, '*');
    return value.flatMap((_, index) => slotsAt(value, index, { ...position, place: `${place}[${index}]`, path }));
  }
  if (!isMap(value)) {
    return [];
  }
  const here = within(value, position);
  const { resource } = here;
  const isInstaller = here.path === '' && resource.operator?.installs;
  return [
    ...Object.keys(value).flatMap((key) =>
      slotsAt(value, key, { ...here, place: `${place}.${key}`, path: below(here.path, key) }),
    ),
    ...(isInstaller ? [unseen(place)] : []),
  ];
}

/** The position of what stands in an object, which may be a resource itself. */
function within(object: Json, position: Position): Position {
  const here = isResource(object, position.path)
    ? { ...position, path: '', resource: resourceOf(object, position.resource) }
    : position;
  const { secrets, namespace } = here.resource;
  return secrets.areIn(object, namespace) ? { ...here, leave: OWN_CREDENTIALS } : here;
}

/** Tells a resource from what only refers to one; resources also stand in others that make them. */
function isResource({ apiVersion, kind, metadata, spec }: Json, path: string): boolean {
  return typeof kind === 'string' && (path === '' || (typeof apiVersion === 'string' && isMap(metadata ?? spec)));
}

function resourceOf(document: Json, { secrets }: Resource): Resource {
  const { apiVersion = '', kind, spec } = document;
  const group = isText(apiVersion) ? (/^(.*)\//.exec(apiVersion)?.[1] ?? '') : '';
  const operator = operatorOf(group, kind);
  const namespace = namespaceOf(document);
  if (operator === undefined) {
    return { group, kind, namespace, secrets };
  }
  const { installs } = operator;
  const leave = installs
    ? isMap(spec) && installs.isHere(spec)
      ? undefined
      : ELSEWHERE
    : secrets.areBelow(spec, namespace)
      ? OWN_CREDENTIALS
      : undefined;
  const isOfBitnami =
    isMap(spec) && installs?.origins(spec).some((origin) => isText(origin) && /bitnami/i.test(origin));
  return { group, kind, namespace, secrets, operator, leave, isOfBitnami };
}

/** Images of what a tool installs, in the words of other tools; nothing where there are no such words. */
function toolSlots(value: Json, { resource, place, path }: Position): ImageSlot[] | undefined {
  const { operator, leave, isOfBitnami } = resource;
  if (operator === undefined) {
    return undefined;
  }
  const withLeave = (slot: ImageSlot) => (leave === undefined ? slot : { ...slot, leave });
  if (matchesAny(operator.values, path) && isMap(value)) {
    return chartSlots(value, isOfBitnami, place).map(withLeave);
  }
  if (matchesAny(operator.parameters, path) && Array.isArray(value)) {
    const { values, others } = valuesOf(value);
    return [
      ...chartSlots(values, isOfBitnami, place).map(withLeave),
      ...others.flatMap((parameter) => (isText(parameter?.value) ? slotsNamedIn(parameter.value, place) : [])),
    ];
  }
  return matchesAny(operator.kustomize, path) && Array.isArray(value) ? kustomizeSlots(value, place, leave) : undefined;
}

/**
 * Values that Helm makes of parameters, `image.tag` for example; what is set there is set in the parameter. Others have
 * no name, or one that is taken.
 */
function valuesOf(parameters: Json[]): { values: Json; others: Json[] } {
  const values = {};
  const others = parameters.filter((parameter) => {
    const keys: string[] = isText(parameter?.name) ? parameter.name.split('.') : [''];
    const last = keys.pop()!;
    const owner = keys.reduce((map: Json, key) => (isMap(map) ? (map[key] = map[key] ?? {}) : undefined), values);
    const isFree = last !== '' && isMap(owner) && !(last in owner);
    if (isFree) {
      Object.defineProperty(owner, last, {
        enumerable: true,
        get: () => parameter.value,
        set: (value) => (parameter.value = value),
      });
    }
    return !isFree;
  });
  return { values, others };
}

function textSlots(owner: Json, key: string, { resource, place, path, leave }: Position): ImageSlot[] {
  const { group, operator } = resource;
  const text: string = owner[key];
  if (comparesImages(group, path)) {
    return isOfPod(path) ? [{ ...nameSlot(owner, key, place, IS_COMPARED), isUnused: true }] : [];
  }
  if (isOfPod(path)) {
    return [nameSlot(owner, key, place, leave)];
  }
  if (matchesAny(operator?.images, path)) {
    return [nameSlot(owner, key, place, leave ?? resource.leave)];
  }
  if (matchesAny(operator?.left?.paths, path)) {
    return othersPull(text, place, operator!.left!);
  }
  // No group of Kubernetes itself that knows images has a dot.
  const isImage = key === 'image' && group.includes('.') && mayBeName(text);
  return isImage ? [nameSlot(owner, key, place, NO_OPERATOR)] : slotsNamedIn(text, place);
}

function othersPull(
  text: string,
  place: string,
  { reason, isUnused }: { reason: string; isUnused?: boolean },
): ImageSlot[] {
  const image = text.replace(/^oci:\/\//, '');
  return servesImages(image.split('/')[0])
    ? [{ place, image: literal(image), leave: reason, isUnused, write: () => {} }]
    : [];
}

function unseen(place: string): ImageSlot {
  return { place, image: '(images of what is installed)', leave: NOT_SEEN, write: () => {} };
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
