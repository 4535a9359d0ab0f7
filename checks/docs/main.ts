import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { brokenLinks, READ, relativeLinks, sectionOf, targetsIn } from './links';
import { brokenPromises, promises } from './promises';
import { fail, ROOT } from '../support/run';
import { CHECKS } from '../table';

/**
 * Checks that the docs say what is written down elsewhere: the table of checks, the lowest versions, how many mistakes
 * are seen. That links within the repository lead somewhere, that what is promised is held by something, and that the
 * README is short and shows wherever it is read. The table is written into docs/architecture.md by
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
const ALL = /^\| \*\*all\*\* \| (\d+) of (\d+) \|/m.exec(readFileSync(join(ROOT, 'docs', 'mistakes.md'), 'utf8'))!;
const FACTS = [
  ['README.md', `[${ALL[2]} mistakes]`],
  ['README.md', `CDK's own validator sees ${ALL[1]} of them`],
  ['README.md', `\`aws-cdk-lib\` from ${lowest(peerDependencies['aws-cdk-lib'])} on`],
  ['examples/requirements.txt', `constructs>=${lowest(peerDependencies.constructs)},`],
  ['CONTRIBUTING.md', `Node.js ${node} or later`],
  ['.ci/run', `NODE_AT_LEAST=${node} `],
];
const missing = FACTS.filter(([file, fact]) => !readFileSync(join(ROOT, file), 'utf8').includes(fact));
if (missing.length > 0) {
  fail(`not said: ${missing.map(([file, fact]) => `${file}: ${fact}`).join('; ')}`);
}

const README_LINES = 400;
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const lines = readme.trimEnd().split('\n').length;
// npm, PyPI and Construct Hub show neither what is relative to the repository nor Mermaid.
const unfit = [
  ...(lines >= README_LINES ? [`README.md has ${lines} lines: a page of docs/ is the place for what is longer`] : []),
  ...relativeLinks('README.md').map((link) => `README.md: ${link} is relative`),
  ...(readme.includes('```mermaid') ? ['README.md has Mermaid: make a picture of it in checks/pictures'] : []),
];

/** Ten tasks, each with the section of the README that solves it, and the page to which that leads. */
const tasks = [
  ...readFileSync(join(ROOT, 'docs', 'README.md'), 'utf8').matchAll(
    /^\| (.+?) \| \[.+?\]\(\.\.\/README\.md#(\S+?)\) \| \[.+?\]\((\S+?)\) \|$/gm,
  ),
];
const lost = tasks
  .filter(([, , section, page]) => !targetsIn('README.md', sectionOf('README.md', section)).includes(`docs/${page}`))
  .map(([, task, section, page]) => `README.md#${section} does not lead to docs/${page}: ${task}`);

const broken = [...READ.flatMap(brokenLinks), ...unfit, ...brokenPromises(), ...lost];
if (broken.length > 0 || tasks.length < 10) {
  fail([...broken, `${tasks.length} tasks`].join('\n'));
}
console.log(
  `${CHECKS.length} checks, ${FACTS.length} facts, ${promises().length} promises, ${tasks.length} tasks, ` +
    `links of ${READ.length} pages`,
);
