import { mkdirSync, mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { fail, SKIPPED } from './run';

const work = mkdtempSync(join(tmpdir(), 'check-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

/** A new directory, which goes when the check is over. */
export function workDirectory(name: string): string {
  const directory = join(work, name);
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Ends a check that could not be done. */
export function skip(reason: string): never {
  console.log(`SKIP SKIP SKIP  This was NOT checked: ${reason}`);
  process.exit(SKIPPED);
}

let found = 0;

/** Says what was found, or ends the check. */
export function check(what: string, holds: boolean, detail: unknown = ''): void {
  if (!holds) {
    fail(`NOT SO: ${what}\n${typeof detail === 'string' ? detail : JSON.stringify(detail, null, 2)}`);
  }
  found += 1;
  console.log(`  ${what}`);
}

export function checkEqual(what: string, actual: unknown, expected: unknown): void {
  check(
    what,
    JSON.stringify(actual) === JSON.stringify(expected),
    `expected ${JSON.stringify(expected, null, 2)}\ngot ${JSON.stringify(actual, null, 2)}`,
  );
}

/** Runs a check to its end: `body` gives a summary of what was found. */
export function step(body: () => Promise<string>): void {
  body().then(
    (summary) => {
      console.log(`${found} findings: ${summary}`);
      process.exit(0);
    },
    (error) => fail(String(error?.stack ?? error)),
  );
}
