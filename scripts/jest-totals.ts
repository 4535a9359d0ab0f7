import { existsSync, readFileSync } from 'fs';
import { join } from 'path';
import { ROOT } from './run';

/** Prints how many tests of jest passed, failed and were skipped, from the report that `npm test` left behind. */
const report = join(ROOT, 'test-reports', 'junit.xml');
const text = existsSync(report) ? readFileSync(report, 'utf8') : '';
const cases = text.match(/<testcase\b[^>]*?(?:\/>|>[\s\S]*?<\/testcase>)/g) ?? [];
const failed = cases.filter((entry) => /<(failure|error)\b/.test(entry)).length;
const skipped = cases.filter((entry) => /<skipped\b/.test(entry)).length;
console.log(cases.length - failed - skipped, failed, skipped);
