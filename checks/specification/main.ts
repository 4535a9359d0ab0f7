import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { PropertyType, SpecDatabase, TypeDefinition } from '@aws-cdk/service-spec-types';
import { LOOK_ALIKES } from './look-alikes';
import { allKinds } from '../../src/redirect/kinds';
import { check, checkEqual, step } from '../support/check';

/**
 * Reads CloudFormation's own specification, and fails if a property that looks like an image is neither in the table of
 * places, `src/redirect/kinds`, nor in `look-alikes.ts`:
 *
 *     npm run check -- specification
 *
 * The specification is a dependency, so that a new one comes with the upgrades of all others.
 */
const LOOKS_LIKE_IMAGE = /image|container_?ur[il]|ecr_?ur[il]|docker/i;

/** A property of a resource type, by the way to it, in which `*` stands for the elements of a list or a map. */
interface Property {
  readonly type: string;
  readonly path: string;
}

step(async () => {
  const properties = allProperties(loadAwsServiceSpecSync());
  const types = new Set(properties.map(({ type }) => type));
  check('the specification is whole', types.size > 1500 && properties.length > 50_000, [types.size, properties.length]);

  const candidates = properties.filter(({ path }) => LOOKS_LIKE_IMAGE.test(nameOf(path)));
  const places = allKinds().flatMap((kind) =>
    kind.places.flatMap(({ resourceType: type, paths }) => paths.map((path) => ({ type, path }))),
  );
  checkEqual('every property that looks like an image is known', unknown(candidates, places), []);

  const structured = places.filter(({ type, path }) => types.has(type) && /^[A-Z][\w.*]*$/.test(path));
  const made = structured.filter((place) => !properties.some((one) => isOnTheWay(one, place)));
  checkEqual('every place of the table is in the specification', made.map(keyOf), []);

  const looked = places.filter((place) => candidates.some((one) => keyOf(one) === keyOf(place)));
  const unseen = looked.filter((place) => {
    const without = places.filter((one) => keyOf(one) !== keyOf(place));
    return unknown(candidates, without).join() !== keyOf(place);
  });
  checkEqual(`without any one of ${looked.length} places in the table, this check would fail`, unseen.map(keyOf), []);
  const used = LOOK_ALIKES.filter((row) => candidates.some((one) => isLike(row, one)));
  checkEqual('every look-alike is one of something', used.length, LOOK_ALIKES.length);
  return `${types.size} types, ${properties.length} properties, of which ${candidates.length} look like images`;
});

function unknown(candidates: Property[], places: Property[]): string[] {
  const known = new Set(places.map(keyOf));
  return candidates.filter((one) => !known.has(keyOf(one)) && !LOOK_ALIKES.some((row) => isLike(row, one))).map(keyOf);
}

function isLike({ name, type }: (typeof LOOK_ALIKES)[number], property: Property): boolean {
  return name.test(nameOf(property.path)) && (type?.test(property.type) ?? true);
}

function keyOf({ type, path }: Property): string {
  return `${type} ${path}`;
}

function nameOf(path: string): string {
  return path
    .split('.')
    .filter((part) => part !== '*')
    .pop()!;
}

/** Tells whether a property is a place, on the way to it, or below it. */
function isOnTheWay(property: Property, place: Property): boolean {
  const way = place.path.split('.');
  return (
    property.type === place.type &&
    property.path.split('.').every((part, at) => part === '*' || way[at] === undefined || way[at] === part)
  );
}

function allProperties(database: SpecDatabase): Property[] {
  return [...database.all('resource')].flatMap(({ cloudFormationType: type, properties }) =>
    Object.entries(properties).flatMap(([name, property]) =>
      waysBelow(database, property.type, name, []).map((path) => ({ type, path })),
    ),
  );
}

/** The ways to all that has no properties of its own. Types that hold themselves are followed once. */
function waysBelow(database: SpecDatabase, type: PropertyType, path: string, above: TypeDefinition[]): string[] {
  switch (type.type) {
    case 'array':
    case 'map':
      return waysBelow(database, type.element, `${path}.*`, above);
    case 'union':
      return type.types.flatMap((one) => waysBelow(database, one, path, above));
    case 'ref': {
      const definition = database.get('typeDefinition', type.reference.$ref);
      return above.includes(definition)
        ? []
        : Object.entries(definition.properties).flatMap(([name, property]) =>
            waysBelow(database, property.type, `${path}.${name}`, [...above, definition]),
          );
    }
    default:
      return [path];
  }
}
