import { compare, Comparison, QUICK, runPairs } from './processes';
import { count, digits, Result, Series } from './result';
import { exponent, Point } from './statistics';

/** The largest exponent that is as good as linear. */
const LINEAR = 1.05;

/** An app of four sizes, each the double of the one before. */
export interface Growth {
  readonly app: string;
  readonly ours: string;
  readonly theirs: string;
  readonly title: string;
  /** What there are so many of. */
  readonly unit: string;
  readonly largest: number;
  /** How often each size is run. */
  readonly pairs: number;
  /** Tells that what counts is what the library adds to the other side, and not all that ours takes. */
  readonly isAdded: boolean;
}

/** What each size took. */
export interface Grown {
  readonly size: number;
  readonly comparison: Comparison;
  readonly peak: Comparison;
}

export function grow({ app, ours, theirs, largest, pairs }: Growth): Grown[] {
  const sizes = QUICK ? [largest / 50, largest / 25] : [largest / 8, largest / 4, largest / 2, largest];
  return sizes.map((size) => {
    const runs = runPairs(
      [
        { app, side: ours, size, before: Math.floor(sizes[0] / 2) },
        { app, side: theirs, size, before: Math.floor(sizes[0] / 2) },
      ],
      { least: pairs, most: pairs },
      ({ first }) => first,
    );
    return { size, comparison: compare(runs, ({ first }) => first), peak: compare(runs, ({ peak }) => peak) };
  });
}

/** How a cost grows with its size, by an exponent over the sizes. */
export function growthResult({ title, isAdded, unit }: Growth, grown: Grown[]): Result {
  const own = grown.map(({ size, comparison: { ours, theirs } }) => ({
    size,
    cost: isAdded ? ours.median - theirs.median : ours.median,
  }));
  const theirs = pointsOf(grown, 'theirs');
  const power = exponent(own);
  const { runs } = grown[0].comparison.ours;
  const sizes = grown.map(({ size }) => count(size)).join(', ');
  const each = ({ size, cost }: Point) => `${digits((cost / size) * 1000)} µs each`;
  return {
    what: `${title}: exponent of the growth${isAdded ? ' of what is added' : ''}`,
    against: `${sizes} ${unit}; ${runs === 1 ? '1 run' : `${runs} runs`} each`,
    ours: `${power.toFixed(3)}; at last ${each(own.at(-1)!)}`,
    theirs: `${exponent(theirs).toFixed(3)}; at last ${each(theirs.at(-1)!)}`,
    aim: `at most ${LINEAR}`,
    met: power <= LINEAR,
  };
}

export function seriesOf({ title, unit }: Growth, grown: Grown[]): Series {
  return {
    title,
    unit,
    lines: [
      { name: 'with the library', points: pointsOf(grown, 'ours') },
      { name: 'without', points: pointsOf(grown, 'theirs') },
    ],
  };
}

function pointsOf(grown: Grown[], side: 'ours' | 'theirs'): Point[] {
  return grown.map(({ size, comparison }) => ({ size, cost: comparison[side].median }));
}
