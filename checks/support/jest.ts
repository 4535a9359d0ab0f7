import { existsSync, readFileSync, rmSync } from 'fs';
import { join } from 'path';
import { ROOT } from './run';

/** How many tests came to which end. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const REPORTS = join(ROOT, 'test-reports');

/** Removes the report of an earlier run. */
export function forgetJestReport(): void {
  rmSync(REPORTS, { recursive: true, force: true });
}

/** Reads how many tests of jest passed, failed and were skipped, from the report that a run left behind. */
export function jestTotals(): Totals {
  const report = join(REPORTS, 'junit.xml');
  const text = existsSync(report) ? readFileSync(report, 'utf8') : '';
  const cases = text.match(/<testcase\b[^>]*?(?:\/>|>[\s\S]*?<\/testcase>)/g) ?? [];
  const failed = cases.filter((entry) => /<(failure|error)\b/.test(entry)).length;
  const skipped = cases.filter((entry) => /<skipped\b/.test(entry)).length;
  return { passed: cases.length - failed - skipped, failed, skipped };
}
