import { readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { unknownIds } from './ids';
import { brokenLinks, READ, relativeLinks, sectionOf, targetsIn } from './links';
import { PAGES } from './pages';
import { placesOfImages } from './places';
import { brokenPromises, promises } from './promises';
import { fail, ROOT } from '../support/run';
import { CHECKS } from '../table';

/**
 * Checks that the docs say what is written down elsewhere: the table of checks, the places of images, the lowest
 * versions, how many mistakes are seen. That links within the repository lead somewhere, that ids of
 * messages exist, that what is promised is held
 * by something, and that the README is short and shows wherever it is read. What is known elsewhere is written by
 *
 *     npx tsx checks/docs/main.ts --write
 */
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const rows = CHECKS.map(
  ({ name, proves, needs, seconds, release }) =>
    `| \`${name}\`${release ? ', before a release' : ''} | ${proves} | ${needs.join(', ')} | ${seconds} |`,
);
const table = ['| check | what holds | needs | seconds |', '|---|---|---|---|', ...rows, ''].join('\n');

const [, seenByCdk, mistakes] = /^\| \*\*all\*\* \| (\d+) of (\d+) \|/m.exec(read('docs/mistakes.md'))!;

/** What is written into pages, between what stands around it. */
const WRITTEN: [string, RegExp, string][] = [
  ['docs/architecture.md', tableFrom('checks/table.ts'), `\n${table}\n`],
  ['docs/workloads.md', tableFrom('src/redirect/kinds'), `\n${placesOfImages()}\n\n`],
  ['README.md', /(\[)\d+( known mistakes\])/, mistakes],
  ['README.md', /(CDK's own validator catches )\d+(\.)/, seenByCdk],
];
for (const [file, place, what] of WRITTEN) {
  const text = read(file);
  if (!place.test(text)) {
    fail(`${file} has no place for what is written there: ${place}`);
  }
  const wanted = text.replace(place, (_, begin, end) => `${begin}${what}${end}`);
  if (process.argv.includes('--write')) {
    writeFileSync(join(ROOT, file), wanted);
  } else if (wanted !== text) {
    fail(`${file} has not what is known elsewhere: run npx tsx checks/docs/main.ts --write`);
  }
}

const { peerDependencies, engines } = JSON.parse(read('package.json'));
const lowest = (range: string) => range.replace(/^\D+/, '');
const node = lowest(engines.node).split('.')[0];
const FACTS = [
  ['README.md', `\`aws-cdk-lib\` from ${lowest(peerDependencies['aws-cdk-lib'])} on`],
  ['examples/requirements.txt', `constructs>=${lowest(peerDependencies.constructs)},`],
  ['CONTRIBUTING.md', `Node.js ${node} or later`],
  ['.ci/run', `NODE_AT_LEAST=${node} `],
];
const missing = FACTS.filter(([file, fact]) => !read(file).includes(fact));
if (missing.length > 0) {
  fail(`not said: ${missing.map(([file, fact]) => `${file}: ${fact}`).join('; ')}`);
}

/** A table that is made stands between two comments. */
function tableFrom(source: string): RegExp {
  return new RegExp(`(<!-- from ${source} -->\\n)[^]*?(<!-- end of table -->\\n)`);
}

const README_LINES = 400;
const readme = read('README.md');
const lines = readme.trimEnd().split('\n').length;
// npm, PyPI and Construct Hub show neither what is relative to the repository nor Mermaid.
const unfit = [
  ...(lines >= README_LINES ? [`README.md has ${lines} lines: a page of docs/ is the place for what is longer`] : []),
  ...relativeLinks('README.md').map((link) => `README.md: ${link} is relative`),
  ...(readme.includes('```mermaid') ? ['README.md has Mermaid: make a picture of it in checks/pictures'] : []),
];

/** Ten tasks, each with the section of the README that solves it, and the page to which that leads. */
const tasks = [
  ...read('docs/README.md').matchAll(/^\| (.+?) \| \[.+?\]\(\.\.\/README\.md#(\S+?)\) \| \[.+?\]\((\S+?)\) \|$/gm),
];
const lost = tasks
  .filter(([, , section, page]) => !targetsIn('README.md', sectionOf('README.md', section)).includes(`docs/${page}`))
  .map(([, task, section, page]) => `README.md#${section} does not lead to docs/${page}: ${task}`);

const broken = [...READ.flatMap(brokenLinks), ...unknownIds(PAGES), ...unfit, ...brokenPromises(), ...lost];
if (broken.length > 0 || tasks.length < 10) {
  fail([...broken, `${tasks.length} tasks`].join('\n'));
}
console.log(
  `${CHECKS.length} checks, ${FACTS.length} facts, ${promises().length} promises, ${tasks.length} tasks, ` +
    `links of ${READ.length} pages`,
);
