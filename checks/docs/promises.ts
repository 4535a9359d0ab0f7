import { existsSync, readFileSync } from 'fs';
import { join } from 'path';
import { ROOT } from '../support/run';
import { CHECKS } from '../table';

/** A row of docs/promises.md. */
export interface Promised {
  readonly promise: string;
  readonly page: string;
  /** `check deploy`, or a file of test/ with words of a title in it: `test/rule/rule-events.test.ts: failures`. */
  readonly heldBy: string[];
}

const ROW = /^\| (.+?) \| (\[.+?\]\(.+?\)) \| (.+?) \|$/gm;

export function promises(): Promised[] {
  const text = readFileSync(join(ROOT, 'docs', 'promises.md'), 'utf8');
  return [...text.matchAll(ROW)].map(([, promise, page, heldBy]) => ({
    promise,
    page,
    heldBy: [...heldBy.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  }));
}

/** The checks and tests that rows name, and that do not exist. */
export function brokenPromises(): string[] {
  return promises().flatMap(({ promise, heldBy }) =>
    heldBy.length === 0
      ? [`nothing holds: ${promise}`]
      : heldBy.filter((name) => !exists(name)).map((name) => `there is no ${name}, which is to hold: ${promise}`),
  );
}

function exists(name: string): boolean {
  const [, check] = /^check (\S+)$/.exec(name) ?? [];
  if (check !== undefined) {
    return CHECKS.some((row) => row.name === check);
  }
  const [, file = '', title = ''] = /^(.+?): (.+)$/.exec(name) ?? [];
  const path = join(ROOT, file);
  return file !== '' && existsSync(path) && titlesOf(readFileSync(path, 'utf8')).includes(title);
}

/** The titles of tests and of groups of tests. */
const titlesOf = (source: string) =>
  [...source.matchAll(/\b(?:test|it|describe)(?:\.each\b[^]*?\)|\.only)?\(\s*(['"`])(.*?)\1,/g)].map(
    ([, , title]) => title,
  );
