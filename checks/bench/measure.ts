/** What several runs took. */
export interface Sample {
  readonly median: number;
  /** The quarter of the runs below this, and the quarter above, were left out of the spread. */
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

export interface Comparison {
  /** Milliseconds of CPU time. */
  readonly ours: Sample;
  readonly theirs: Sample;
  /** Of each pair of runs, ours divided by theirs. */
  readonly ratio: Sample;
}

/** Asked for by `--quick`: each row runs once and with little, to see that it runs. */
export const QUICK = process.env.BENCH_QUICK === 'true';

/** The CPU time of this process in a run, in milliseconds: whatever else the machine does adds little to it. */
export function cpuTime(run: () => void): number {
  // tsx turns them on whenever it loads a file, and every construct takes a stack trace: apps in JavaScript have none.
  process.setSourceMapsEnabled(false);
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

export function summarize(values: number[]): Sample {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))];
  return { median: at(0.5), low: at(0.25), high: at(0.75), runs: values.length };
}

/** Runs both in turns, the first of each pair being now one and now the other, so that a slow moment hits both. */
export function alternate(pairs: number, ours: () => void, theirs: () => void): Comparison {
  const warmUps = QUICK ? 0 : Math.ceil(pairs / 4);
  const times = Array.from({ length: QUICK ? 1 : warmUps + pairs }, (_, index) => {
    if (index % 2 === 0) {
      return { ours: cpuTime(ours), theirs: cpuTime(theirs) };
    }
    const first = cpuTime(theirs);
    return { ours: cpuTime(ours), theirs: first };
  }).slice(warmUps);
  return {
    ours: summarize(times.map((time) => time.ours)),
    theirs: summarize(times.map((time) => time.theirs)),
    ratio: summarize(times.map((time) => time.ours / time.theirs)),
  };
}
