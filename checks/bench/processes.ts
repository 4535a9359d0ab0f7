import { execFileSync } from 'child_process';
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Sample, spread, summarize } from './statistics';
import { BENCH } from '../support/run';

/** What a process is to run: a function of a file of `apps/`. */
export interface Job {
  readonly app: string;
  readonly side: string;
  readonly size: number;
  /** A size to run before, and not to measure, so that what is measured grows with the size alone. */
  readonly before?: number;
  /** How often to run it again in the same process. */
  readonly again?: number;
}

/** What a process took. Times are CPU time in milliseconds: whatever else the machine does adds little to it. */
export interface Run {
  /** As an app runs, unless there was a run before: with what it needs of CDK and of the library loaded on the way. */
  readonly first: number;
  /** Once V8 has compiled what is run often. */
  readonly again: number[];
  /** The most memory that the process had in its first run, in MiB. */
  readonly peak: number;
}

/** Two sides that ran in turns. */
export interface Comparison {
  readonly ours: Sample;
  readonly theirs: Sample;
  /** Of each pair of runs, ours divided by theirs. */
  readonly ratio: Sample;
}

/** Asked for by `--quick`: each row runs once and with little, to see that it runs. */
export const QUICK = process.argv.includes('--quick');

/** Asked for by `--part=0.2`: each row has that part of its runs, on a machine that others use as well. */
export const PART = Number(process.argv.flatMap((argument) => /^--part=(.+)$/.exec(argument)?.[1] ?? []).at(-1) ?? 1);

/** How often to run what a whole benchmark runs so often. */
export function runs(whole: number): number {
  return QUICK ? 1 : Math.max(1, Math.round(whole * PART));
}

/** Fewer say nothing of how far they lie apart. */
const FEWEST = 3;

/** The middle half of the ratios lies within this part of their median, or the row says that it does not. */
export const NARROW = 0.05;

/** How often to run a pair, before the spread is looked at and in all. */
export interface Pairs {
  readonly least: number;
  readonly most: number;
}

/**
 * Runs a job as an app in JavaScript runs. tsx, which would read each file of CDK and of the library before Node.js
 * does, and turn on source maps for every stack trace, is gone once it has loaded the app.
 */
const WORKER = `
  const job = JSON.parse(process.argv[1]);
  const unregister = require('tsx/cjs/api').register();
  const { runJob } = require('./processes.ts');
  const app = require('./apps/' + job.app + '.ts');
  unregister();
  process.setSourceMapsEnabled(false);
  console.log(JSON.stringify(runJob(job, app)));
`;

/** What a file of `apps/` has: functions that run so many of something. */
type App = Record<string, (size: number) => void>;

/** Runs a job in this process. */
export function runJob({ side, size, before: smaller, again = 0 }: Job, app: App): Run {
  const cpuTime = () => {
    const before = process.cpuUsage();
    app[side](size);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  if (smaller !== undefined) {
    app[side](smaller);
  }
  const first = cpuTime();
  const peak = process.resourceUsage().maxRSS / 1024;
  return { first, again: Array.from({ length: again }, cpuTime), peak };
}

/** Runs a job in a process of its own. To see that it runs, that of one row is enough. */
function inProcess(job: Job): Run {
  if (QUICK && job.app !== 'rules') {
    return runJob(job, require(join(BENCH, 'apps', job.app)));
  }
  const program = ['-e', WORKER, JSON.stringify(job)];
  // CDK leaves what it synthesizes in a directory for temporary files, and a benchmark synthesizes thousands of apps.
  const work = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const env = { ...process.env, TMPDIR: work };
    return JSON.parse(execFileSync(process.execPath, program, { cwd: BENCH, encoding: 'utf8', env }));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Gives what both sides give, of which now one comes first and now the other. */
export function inTurns<T>(index: number, ours: () => T, theirs: () => T): { ours: T; theirs: T } {
  const first = index % 2 === 0 ? ours() : undefined;
  const other = theirs();
  return { ours: first ?? ours(), theirs: other };
}

/** Runs pairs, each in two processes, now one first and now the other, until the ratios of a figure agree. */
export function runPairs(
  [ours, theirs]: [Job, Job],
  { least, most }: Pairs,
  figure: (run: Run) => number,
): { ours: Run; theirs: Run }[] {
  const pairs: { ours: Run; theirs: Run }[] = [];
  do {
    pairs.push(
      inTurns(
        pairs.length,
        () => inProcess(ours),
        () => inProcess(theirs),
      ),
    );
  } while (
    pairs.length < runs(most) &&
    (pairs.length < Math.max(FEWEST, runs(least)) || spread(compare(pairs, figure).ratio) > NARROW)
  );
  return pairs;
}

export function compare(pairs: { ours: Run; theirs: Run }[], figure: (run: Run) => number): Comparison {
  return {
    ours: summarize(pairs.map(({ ours }) => figure(ours))),
    theirs: summarize(pairs.map(({ theirs }) => figure(theirs))),
    ratio: summarize(pairs.map(({ ours, theirs }) => figure(ours) / figure(theirs))),
  };
}
