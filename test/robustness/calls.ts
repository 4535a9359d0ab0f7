import { enumMembersOf, membersOf, Operation, shortName, Slot, Type } from './assembly';
import { REACHED } from './reached';
import { COMPANIONS, FOREIGN_STRUCTS, KEYS, Make, OF_SLOT, OF_TYPE } from './right-values';
import { World } from './world';
import * as library from '../../src';

/** A place in the arguments of a call, such as `props.repositories.resourceTags.{key}`. */
export type Place = string;

/** The steps of a place that are no names of members. */
const ITEM = '[]';
const KEY = '{key}';
const VALUE = '{value}';

/** Every place in the arguments of an operation for which a user gives a value. */
export function placesOf({ parameters }: Operation): Place[] {
  return parameters.flatMap(({ name, type }) => placesBelow(type, name));
}

function placesBelow(type: Type, place: Place): Place[] {
  const { kind, elementtype } = type.collection ?? {};
  return [
    place,
    ...(kind === 'array' ? placesBelow(elementtype!, `${place}.${ITEM}`) : []),
    ...(kind === 'map' ? [`${place}.${KEY}`, ...placesBelow(elementtype!, `${place}.${VALUE}`)] : []),
    ...(structMembers(type) ?? []).flatMap((member) => placesBelow(member.type, `${place}.${member.name}`)),
  ];
}

function structMembers({ fqn }: Type): Slot[] | undefined {
  return fqn === undefined ? undefined : (membersOf(fqn) ?? FOREIGN_STRUCTS[fqn]);
}

/**
 * Calls an operation with right arguments, but where others are given.
 *
 * @param given what to give at which places; a place without a value gets a right one, also where it could be left out
 */
export function call(
  operation: Operation,
  world: World,
  given: ReadonlyMap<Place, Make | undefined>,
): { owner?: unknown; result: unknown } {
  REACHED.add(operation.name);
  const type = shortName(operation.owner);
  const values = new Arguments(operation, world, given).all();
  if (operation.method === undefined) {
    return { result: new (library as any)[type](...values) };
  }
  const owner = operation.static ? undefined : world.once(OF_TYPE[type] ?? missing(type));
  return { owner, result: (owner ?? (library as any)[type])[operation.method](...values) };
}

/** The arguments of a call. What may be left out is, unless it leads to a place that is given. */
class Arguments {
  constructor(
    private readonly operation: Operation,
    private readonly world: World,
    private readonly given: ReadonlyMap<Place, Make | undefined>,
  ) {}

  public all(): unknown[] {
    const { name, parameters } = this.operation;
    const wanted = this.wanted(name, parameters, '');
    return parameters.map((slot) => (wanted.includes(slot) ? this.value(slot.type, slot.name) : undefined));
  }

  /** The arguments, or the members of a struct, that are given. */
  private wanted(name: string, slots: Slot[], prefix: Place): Slot[] {
    const leading = slots.filter((slot) => this.leadsOn(prefix + slot.name)).map((slot) => slot.name);
    const companions = COMPANIONS[name]?.(leading) ?? [];
    const wanted = slots.filter(
      (slot) => !slot.optional || leading.includes(slot.name) || companions.includes(slot.name),
    );
    wanted.forEach(({ apiName }) => {
      if (apiName) {
        REACHED.add(apiName);
      }
    });
    return wanted;
  }

  private leadsOn(place: Place): boolean {
    return [...this.given.keys()].some((other) => other === place || other.startsWith(`${place}.`));
  }

  private value(type: Type, place: Place): unknown {
    const make = this.given.get(place);
    if (make) {
      return this.world.once(make);
    }
    const { kind, elementtype } = type.collection ?? {};
    if (kind === 'array') {
      return [this.value(elementtype!, `${place}.${ITEM}`)];
    }
    if (kind === 'map') {
      return { [this.key(place)]: this.value(elementtype!, `${place}.${VALUE}`) };
    }
    const members = structMembers(type);
    return members ? this.struct(shortName(type.fqn!), members, place) : this.single(type, place);
  }

  private struct(name: string, members: Slot[], place: Place): object {
    const wanted = this.wanted(name, members, `${place}.`);
    return Object.fromEntries(wanted.map((slot) => [slot.name, this.value(slot.type, `${place}.${slot.name}`)]));
  }

  private key(place: Place): string {
    const make = this.given.get(`${place}.${KEY}`);
    const key = make ? make(this.world) : KEYS[lastName(place)];
    // JavaScript makes text of any other key, before the library sees it.
    return typeof key === 'string' ? key : typeof key;
  }

  private single(type: Type, place: Place): unknown {
    const name = shortName(type.fqn ?? '');
    const make = OF_SLOT[`${this.operation.name} ${place}`] ?? OF_TYPE[name] ?? OF_SLOT[lastName(place)];
    if (make) {
      return this.world.once(make);
    }
    const [member] = enumMembersOf(type.fqn ?? '') ?? [];
    return member === undefined ? missing(`${place} of ${this.operation.name}`) : (library as any)[name][member];
  }
}

function missing(what: string): never {
  throw new Error(`right-values.ts has nothing for ${what} yet`);
}

/** The name of the slot that a place belongs to: items and values of a collection go by the collection's. */
function lastName(place: Place): string {
  return place
    .split('.')
    .filter((step) => ![ITEM, KEY, VALUE].includes(step))
    .pop()!;
}
