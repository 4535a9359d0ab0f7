import { join, relative } from 'path';
import { readStacks, rulesOf } from './assembly';
import { installLibrary } from './library';
import { fail, QUICKSTART, ROOT, run } from './run';

installLibrary();
// Warnings are errors too.
run('cdk', ['synth', '--quiet', '--strict'], { cwd: QUICKSTART });

const assembly = join(QUICKSTART, 'cdk.out');
const rules = readStacks(assembly).flatMap(rulesOf);
if (rules.length === 0) { fail(`no pull through cache rule in ${assembly}`); }

const table = [
  ['PREFIX', 'UPSTREAM', 'AUTHENTICATION', 'EXAMPLE PULL URI'],
  ...rules.map((rule) => [rule.prefix, rule.upstreamUrl, rule.authentication, rule.exampleImage]),
];
const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
for (const row of table) {
  console.log(row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd());
}
console.log(`\n${rules.length} rules; the cloud assembly is in ${relative(ROOT, assembly)}`);
