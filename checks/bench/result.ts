import { NARROW } from './processes';
import { Point, Sample, spread } from './statistics';

/** One line of the table. */
export interface Result {
  readonly what: string;
  readonly against: string;
  readonly ours: string;
  readonly theirs: string;
  /** Ours to theirs, where that is what counts. */
  readonly ratio?: string;
  readonly aim: string;
  /** Nothing where there is no aim. */
  readonly met?: boolean;
}

/** What something costs as it grows, to be drawn. */
export interface Series {
  readonly title: string;
  /** What is counted along the axis. */
  readonly unit: string;
  readonly lines: { readonly name: string; readonly points: Point[] }[];
}

/** What a row has measured. */
export interface Outcome {
  readonly results: Result[];
  readonly series?: Series[];
}

/** A figure with its spread, the middle half of the runs. One run has none. */
export function show({ median, low, high, runs }: Sample, unit = ''): string {
  return `${digits(median)}${unit} (${runs > 1 ? `${digits(low)}–${digits(high)}, ${runs} runs` : '1 run'})`;
}

/** A ratio, which says so where its spread is wide. */
export function showRatio(ratio: Sample): string {
  const wide = ratio.runs > 1 && spread(ratio) > NARROW;
  return `${show(ratio)}${wide ? `; spread of ${Math.round(spread(ratio) * 100)}%` : ''}`;
}

export function digits(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

export const count = (value: number) => value.toLocaleString('en');
