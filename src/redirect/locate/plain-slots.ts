import { Json, literalOf, Properties } from '../rendered-properties';
import type { ImageSlot } from '../workload';

/** A value of rendered properties, and where it stands. */
export interface Place {
  readonly owner: Json;
  readonly key: string | number;
  /** The way to it, such as `ContainerDefinitions.0.Image`. */
  readonly path: string;
}

/** What a place holds; nothing where it is a function, or missing. */
export function valueAt({ owner, key }: Place): Json {
  return owner[key];
}

/**
 * The values at a path below a place, in which `*` stands for each element of a list or a map:
 * `ContainerDefinitions.*.Image`. Of an `Fn::If` on the way, both sides. What is hidden in another function is the
 * function itself.
 */
export function placesBelow(place: Place, path: string): Place[] {
  return path === '' ? branches(place) : path.split('.').reduce(step, [place]);
}

function step(places: Place[], name: string): Place[] {
  return places.flatMap(branches).flatMap((place) => {
    const value = valueAt(place);
    if (isFunction(value)) {
      return [place];
    }
    if (name === '*') {
      return typeof value === 'object' && value !== null
        ? Object.keys(value).flatMap((key) => branches(child(place, key)))
        : [];
    }
    return typeof value === 'object' && value !== null ? branches(child(place, name)) : [];
  });
}

function child({ owner, key, path }: Place, name: string | number): Place {
  return { owner: owner[key], key: name, path: path === '' ? String(name) : `${path}.${name}` };
}

/** The values that a place may have, without those that are not there. */
function branches(place: Place): Place[] {
  const value = valueAt(place);
  const sides = value?.['Fn::If'];
  if (Array.isArray(sides)) {
    const condition = child(place, 'Fn::If');
    return [1, 2].flatMap((side) => branches(child(condition, side)));
  }
  return value === undefined || value === null || value.Ref === 'AWS::NoValue' ? [] : [place];
}

/** Tells whether a value is a function of CloudFormation. */
export function isFunction(value: Json): boolean {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0].startsWith('Fn::'));
}

/** An image in a property of its own. */
export function plainSlot(properties: Properties, place: Place, leave?: string): ImageSlot {
  return {
    place: place.path,
    image: literalOf(valueAt(place)),
    leave,
    write: (registry, repositoryName, reference) =>
      properties.set(place.owner, place.key, `${registry}/${repositoryName}${reference.suffix}`),
  };
}
