import { deepStrictEqual } from 'assert';
import { existsSync, readFileSync } from 'fs';
import { join } from 'path';
import { REGISTRIES } from '../../src/upstream/catalogue';
import { PAGES, readPage } from '../docs/pages';
import { readStacks, rulesOf } from '../support/assembly';
import { attempt, EXAMPLES, exampleNames, fail, QUICKSTART } from '../support/run';

/**
 * Checks what `npm run example -- --all` left behind, and that a synth would have failed for a template that
 * CDK's own validation refuses.
 */
const FILES = ['README.md', 'app.py', 'app.ts', 'cdk.json'];
const settings = (name: string) => JSON.parse(readFileSync(join(EXAMPLES, name, 'cdk.json'), 'utf8'));
const names = exampleNames();

for (const name of names) {
  const missing = FILES.filter((file) => !existsSync(join(EXAMPLES, name, file)));
  if (missing.length > 0) {
    fail(`the example ${name} has no ${missing.join(', ')}`);
  }
  // That one example's settings refuse what is wrong then holds for all.
  deepStrictEqual(settings(name), settings('quickstart'), `the cdk.json of ${name} is not that of the quickstart`);
  if (!readFileSync(join(EXAMPLES, 'README.md'), 'utf8').includes(`(${name})`)) {
    fail(`examples/README.md does not name ${name}`);
  }
  if (!PAGES.some((page) => readPage(page).includes(`examples/${name})`))) {
    fail(`no page of the docs links to the example ${name}`);
  }

  const notes = readStacks(join(EXAMPLES, name, 'cdk.out'))
    .flatMap((stack) => stack.notes)
    .filter((note) => /^aws:cdk:(warning|error)$/.test(note.type));
  if (notes.length > 0) {
    fail(`the example ${name} is not free of warnings: ${JSON.stringify(notes, null, 2)}`);
  }
}

const rules = readStacks(join(QUICKSTART, 'cdk.out')).flatMap(rulesOf);
const upstreams = new Set(rules.map((rule) => rule.upstream));
const missing = Object.values(REGISTRIES).filter(({ upstreamRegistry }) => !upstreams.has(upstreamRegistry));
if (missing.length > 0) {
  fail(`the quickstart has no rule for ${missing.map(({ title }) => title).join(', ')}`);
}

const unlike = rules.filter((rule) => rule.exampleImage === '');
if (unlike.length > 0) {
  fail(`no example image for ${unlike.map((rule) => rule.prefix).join(', ')}`);
}

const refused = attempt(
  process.execPath,
  [
    '-e',
    `
  const { App, Stack } = require('aws-cdk-lib');
  const { CfnPullThroughCacheRule } = require('aws-cdk-lib/aws-ecr');
  const app = new App({ context: require('./quickstart/cdk.json').context });
  const stack = new Stack(app, 'Refused');
  new CfnPullThroughCacheRule(stack, 'Rule', { ecrRepositoryPrefix: 'Upper-Case', upstreamRegistryUrl: 'quay.io' });
  app.synth();
`,
  ],
  { cwd: EXAMPLES },
);
if (refused.status === 0 || !/Upper-Case|EcrRepositoryPrefix/.test(refused.said)) {
  fail(`CDK's validation let a rule with a wrong prefix pass, so that it proves nothing\n${refused.said}`);
}

console.log(
  `${names.length} examples without a warning; ${upstreams.size} upstreams in the quickstart; ` +
    'the validation refuses what is wrong',
);
