import type { Sample } from './measure';

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

/** Hands the results of a row to checks/bench/main.ts. */
export function report(...results: Result[]): void {
  process.send!(results);
}

/** A figure with its spread, the middle half of the runs. */
export function show({ median, low, high, runs }: Sample, unit = ''): string {
  return `${digits(median)}${unit} (${digits(low)}–${digits(high)}, ${runs} runs)`;
}

export function digits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
