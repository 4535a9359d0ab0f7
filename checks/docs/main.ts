import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { placesOfImages } from './places';
import { fail, ROOT } from '../support/run';
import { CHECKS } from '../table';

/**
 * Checks that the docs say what is written down elsewhere: the table of checks in docs/architecture.md, that of places
 * of images in docs/workloads.md, and the lowest versions. The tables are written by
 *
 *     npx tsx checks/docs/main.ts --write
 */
const rows = CHECKS.map(
  ({ name, proves, needs, seconds, release }) =>
    `| \`${name}\`${release ? ', before a release' : ''} | ${proves} | ${needs.join(', ')} | ${seconds} |`,
);
const table = ['| check | what holds | needs | seconds |', '|---|---|---|---|', ...rows].join('\n');

holdsTable('architecture.md', 'checks/table.ts', table);
holdsTable('workloads.md', 'src/redirect/kinds', placesOfImages());

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

/** A table that is made stands between two comments. */
function holdsTable(page: string, source: string, content: string): void {
  const file = join(ROOT, 'docs', page);
  const text = readFileSync(file, 'utf8');
  const begin = `<!-- from ${source} -->\n`;
  const [before, rest] = text.split(begin);
  const after = rest?.split('<!-- end of table -->\n')[1];
  if (after === undefined) {
    fail(`${file} has no place for the table from ${source}`);
  }
  const wanted = `${before}${begin}\n${content}\n\n<!-- end of table -->\n${after}`;
  if (process.argv.includes('--write')) {
    writeFileSync(file, wanted);
  } else if (wanted !== text) {
    fail(`docs/${page} is not what ${source} says: run npx tsx checks/docs/main.ts --write`);
  }
}
