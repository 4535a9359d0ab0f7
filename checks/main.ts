import { ChildProcess, spawn, spawnSync } from 'child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { delimiter, dirname, join } from 'path';
import { forgetJestReport, jestTotals } from './support/jest';
import { fail, ROOT, SKIPPED } from './support/run';
import { Check, CHECKS } from './table';

/**
 * Runs checks of the table and tells how each ended. The last line has the totals, over the checks and jest's tests:
 * N passed, N failed[, N skipped].
 *
 *     npm run check                          lists them
 *     npm run check -- deploy pull           runs these two
 *     npm run check -- languages             runs all whose names begin so
 *     npx tsx checks/main.ts --all           runs all, as .ci/run does
 */
const MINUTES_AT_MOST = 15;

const output = mkdtempSync(join(tmpdir(), 'checks-'));
const running = new Set<ChildProcess>();
process.on('exit', () => {
  running.forEach(stop);
  rmSync(output, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => process.exit(1));
}

const totals = { passed: 0, failed: 0, skipped: 0 };
const verdicts: string[] = [];

void main(process.argv.slice(2));

async function main(asked: string[]): Promise<void> {
  if (asked.length === 0) {
    list();
    return;
  }
  const all = asked.length === 1 && asked[0] === '--all';
  const checks = all ? CHECKS.filter(({ release }) => !release) : named(asked);
  // Where all run, the first one compiles.
  if (!all && spawnSync('npx', ['projen', 'compile'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] }).status) {
    fail('the library does not compile');
  }

  const start = Date.now();
  const beside: Promise<void>[] = [];
  for (const check of checks) {
    if (all && check.waits) {
      beside.push(runBeside(check));
    } else {
      announce(check);
      await runCheck(check, 'inherit');
    }
  }
  await Promise.all(beside);

  console.log(`\n${verdicts.join('\n')}`);
  const seconds = secondsSince(start);
  console.log(`in ${Math.floor(seconds / 60)} min ${seconds % 60} s`);
  const { passed, failed, skipped } = totals;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exit(failed > 0 ? 1 : passed === 0 ? SKIPPED : 0);
}

function list(): void {
  const width = Math.max(...CHECKS.map(({ name }) => name.length));
  console.log('npm run check -- <name>...\n');
  for (const { name, title, needs, seconds } of CHECKS) {
    console.log(
      `  ${name.padEnd(width)}  ${title} (${seconds} s${needs.length > 0 ? `; needs ${needs.join(', ')}` : ''})`,
    );
  }
}

/** The checks that are asked for, each once, in the order of the table. */
function named(asked: string[]): Check[] {
  const isMeant = ({ name }: Check, wanted: string) => name === wanted || name.startsWith(`${wanted}/`);
  const unknown = asked.filter((wanted) => !CHECKS.some((check) => isMeant(check, wanted)));
  if (unknown.length > 0) {
    fail(`no such check: ${unknown.join(', ')}; there are ${CHECKS.map(({ name }) => name).join(', ')}`);
  }
  return CHECKS.filter((check) => asked.some((wanted) => isMeant(check, wanted)));
}

function announce({ name, title }: Check): void {
  console.log(`\n=== ${name}: ${title}`);
}

/** Runs a check while others run; what it says is shown when it has ended. */
async function runBeside(check: Check): Promise<void> {
  const file = join(output, check.name.replace('/', '-'));
  const log = openSync(file, 'w');
  await runCheck(check, log);
  closeSync(log);
  announce(check);
  console.log(readFileSync(file, 'utf8').trimEnd());
}

async function runCheck(check: Check, to: 'inherit' | number): Promise<void> {
  if (check.jest) {
    forgetJestReport();
  }
  const start = Date.now();
  const status = await statusOf(check.command, to);
  const verdict = status === 0 ? 'passed' : status === SKIPPED ? 'skipped' : 'failed';
  totals[verdict] += 1;
  verdicts.push(
    `${(verdict === 'passed' ? verdict : verdict.toUpperCase()).padEnd(8)} ${check.name} (${secondsSince(start)} s)`,
  );
  if (check.jest) {
    const tests = jestTotals();
    totals.passed += tests.passed;
    totals.failed += tests.failed;
    totals.skipped += tests.skipped;
    verdicts.push(`         of jest: ${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped`);
  }
}

/** The status of a command; without one if it had to be stopped. */
function statusOf(command: string, to: 'inherit' | number): Promise<number | null> {
  const PATH = [join(ROOT, 'node_modules', '.bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
  const child = spawn(command, {
    cwd: ROOT,
    // CDK leaves each app that it synthesizes in the directory for temporary files: thousands of them.
    env: { ...process.env, PATH, TMPDIR: output },
    stdio: ['ignore', to, to],
    shell: true,
    // A group of its own, with all that it starts.
    detached: process.platform !== 'win32',
  });
  running.add(child);
  const clock = setTimeout(() => {
    console.log(`stopped after ${MINUTES_AT_MOST} minutes: ${command}`);
    stop(child);
  }, MINUTES_AT_MOST * 60_000);
  return new Promise((resolve) =>
    child.on('exit', (status) => {
      clearTimeout(clock);
      running.delete(child);
      resolve(status);
    }),
  );
}

function stop({ pid }: ChildProcess): void {
  try {
    process.kill(process.platform === 'win32' ? pid! : -pid!, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}

function secondsSince(start: number): number {
  return Math.round((Date.now() - start) / 1000);
}
