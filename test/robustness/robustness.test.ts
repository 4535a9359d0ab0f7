import { rmSync } from 'fs';
import * as fc from 'fast-check';
import { Operation, OPERATIONS, READABLES, STRUCT_MEMBERS } from './assembly';
import { call, Place, placesOf } from './calls';
import { REACHED } from './reached';
import { Make } from './right-values';
import { read, readStatics, use } from './uses';
import { complaintAbout, complaintAboutSynthesis } from './verdict';
import { Location, LOCATIONS, World } from './world';
import { ALWAYS, Wrong, wrongs } from './wrong-values';

const { FUZZ_RUNS, FUZZ_SEED } = process.env;

/** How often each place of each call gets something wrong by chance. */
const RUNS = Number(FUZZ_RUNS ?? 3);

/** Always the same, but by chance where many runs are asked for. A failure tells its seed, for FUZZ_SEED. */
const SEED = FUZZ_SEED === undefined && FUZZ_RUNS !== undefined ? undefined : Number(FUZZ_SEED ?? 20261123);

jest.setTimeout(RUNS * 60_000);

type Given = ReadonlyMap<Place, Make | undefined>;

/** A call, and what users do next with what it gives. */
function carryOut(operation: Operation, world: World, given: Given): void {
  const { owner, result } = call(operation, world, given);
  read(owner, { fqn: operation.owner });
  use(world, result, operation.returns);
}

/** What is wrong with a call and all that follows from it; nothing if it works, or is refused in words that help. */
function complaint(operation: Operation, world: World, given: Given): string | undefined {
  try {
    carryOut(operation, world, given);
    return complaintAboutSynthesis(world);
  } catch (error) {
    return complaintAbout(error);
  }
}

/** An app for the time of a call. */
function inWorld<T>(location: Location, guardsSecrets: boolean, action: (world: World) => T): T {
  const world = new World(location, guardsSecrets);
  try {
    return action(world);
  } finally {
    rmSync(world.app.outdir, { recursive: true });
  }
}

const places = OPERATIONS.flatMap((operation) =>
  placesOf(operation).map((place): [string, Place, Operation] => [operation.name, place, operation]),
);

describe('a call that is right works, with each thing that it can be given:', () => {
  const calls = [
    ...OPERATIONS.filter(({ parameters }) => parameters.length === 0).map(
      (operation) => [operation.name, '', operation] as const,
    ),
    ...places,
  ];

  test.each(calls)('%s %s', (_, place, operation) =>
    inWorld('known environment', true, (world) => {
      carryOut(operation, world, new Map([[place, undefined]]));
      expect(complaintAboutSynthesis(world)).toBeUndefined();
    }),
  );
});

describe('a call that is wrong works all the same, or is refused in words that help:', () => {
  interface Situation {
    readonly location: Location;
    readonly guardsSecrets: boolean;
    readonly wrong: Wrong;
    readonly others: readonly [Place, Wrong | null][];
  }

  const always = ALWAYS.map((wrong): [Situation] => [
    { location: 'known environment', guardsSecrets: true, wrong, others: [] },
  ]);

  /** Something wrong at one place, and now and then something at others too, right or wrong. */
  const situations = (operation: Operation): fc.Arbitrary<Situation> =>
    fc.record({
      location: fc.constantFrom(...LOCATIONS),
      guardsSecrets: fc.boolean(),
      wrong: wrongs,
      others: fc.oneof(
        { arbitrary: fc.constant<Situation['others']>([]), weight: 3 },
        {
          arbitrary: fc.array(fc.tuple(fc.constantFrom(...placesOf(operation)), fc.option(wrongs)), { maxLength: 2 }),
          weight: 1,
        },
      ),
    });

  test.each(places)('%s %s', (_, place, operation) => {
    fc.assert(
      fc.property(situations(operation), ({ location, guardsSecrets, wrong, others }) => {
        const given = new Map([...others.map(([other, value]) => [other, value?.make] as const), [place, wrong.make]]);
        expect(inWorld(location, guardsSecrets, (world) => complaint(operation, world, given))).toBeUndefined();
      }),
      { numRuns: always.length + RUNS, examples: always, seed: SEED },
    );
  });
});

test('nothing of the public API is left out', () => {
  readStatics();
  const names = [...OPERATIONS, ...READABLES, ...STRUCT_MEMBERS].map(({ name }) => name);
  expect(names.filter((name) => !REACHED.has(name))).toEqual([]);
  // What could be set would have to be given something wrong too.
  expect(READABLES.filter(({ writable }) => writable)).toEqual([]);
});
