import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { fail, ROOT } from '../support/run';
import { CHECKS } from '../table';

/**
 * Checks that the docs say what is written down elsewhere: the table of checks, and the lowest versions. The table is
 * written into docs/architecture.md by
 *
 *     npx tsx checks/docs/main.ts --write
 */
const ARCHITECTURE = join(ROOT, 'docs', 'architecture.md');
const PLACE = /(<!-- from checks\/table\.ts -->\n)[^]*?(<!-- end of table -->\n)/;

const rows = CHECKS.map(
  ({ name, proves, needs, seconds, release }) =>
    `| \`${name}\`${release ? ', before a release' : ''} | ${proves} | ${needs.join(', ')} | ${seconds} |`,
);
const table = ['| check | what holds | needs | seconds |', '|---|---|---|---|', ...rows, ''].join('\n');

const text = readFileSync(ARCHITECTURE, 'utf8');
if (!PLACE.test(text)) {
  fail(`${ARCHITECTURE} has no place for the table of checks`);
}
const wanted = text.replace(PLACE, (_, begin, end) => `${begin}\n${table}\n${end}`);
if (process.argv.includes('--write')) {
  writeFileSync(ARCHITECTURE, wanted);
} else if (wanted !== text) {
  fail('docs/architecture.md has not the checks of checks/table.ts: run npx tsx checks/docs/main.ts --write');
}

const { peerDependencies, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const lowest = (range: string) => range.replace(/^\D+/, '');
const node = lowest(engines.node).split('.')[0];
const FACTS = [
  ['README.md', `\`aws-cdk-lib\` from ${lowest(peerDependencies['aws-cdk-lib'])} on`],
  ['examples/requirements.txt', `constructs>=${lowest(peerDependencies.constructs)},`],
  ['CONTRIBUTING.md', `Node.js ${node} or later`],
  ['.ci/run', `NODE_AT_LEAST=${node} `],
];
const missing = FACTS.filter(([file, fact]) => !readFileSync(join(ROOT, file), 'utf8').includes(fact));
if (missing.length > 0) {
  fail(`not said: ${missing.map(([file, fact]) => `${file}: ${fact}`).join('; ')}`);
}
console.log(`${CHECKS.length} checks, ${FACTS.length} facts`);
