import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { fail, ROOT } from '../support/run';
import { CHECKS } from '../table';

/**
 * Checks that docs/architecture.md has the table of checks, or writes it there:
 *
 *     npx tsx checks/docs/main.ts --write
 */
const FILE = join(ROOT, 'docs', 'architecture.md');
const TABLE = /(<!-- from checks\/table\.ts -->\n)[^]*?(<!-- end of table -->\n)/;

const rows = CHECKS.map(
  ({ name, proves, needs, seconds, release }) =>
    `| \`${name}\`${release ? ', before a release' : ''} | ${proves} | ${needs.join(', ')} | ${seconds} |`,
);
const table = ['| check | what holds | needs | seconds |', '|---|---|---|---|', ...rows, ''].join('\n');

const text = readFileSync(FILE, 'utf8');
if (!TABLE.test(text)) {
  fail(`${FILE} has no place for the table of checks`);
}
const wanted = text.replace(TABLE, (_, begin, end) => `${begin}\n${table}\n${end}`);
if (process.argv.includes('--write')) {
  writeFileSync(FILE, wanted);
} else if (wanted !== text) {
  fail('docs/architecture.md has not the checks of checks/table.ts: run npx tsx checks/docs/main.ts --write');
}
console.log(`${CHECKS.length} checks`);
