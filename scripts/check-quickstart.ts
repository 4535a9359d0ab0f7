import { join } from 'path';
import { readStacks, rulesOf } from './assembly';
import { attempt, EXAMPLES, fail, QUICKSTART } from './run';

/**
 * Checks what `npm run quickstart` left behind, and that its synth would have failed for a template that CDK's own
 * validation refuses.
 */
const stacks = readStacks(join(QUICKSTART, 'cdk.out'));

const upstreams = new Set(stacks.flatMap(rulesOf).map((rule) => rule.upstream));
if (upstreams.size !== 9) { fail(`the quickstart has ${upstreams.size} upstreams, and ECR supports 9: ${[...upstreams].join(', ')}`); }

const unlike = stacks.flatMap(rulesOf).filter((rule) => rule.exampleImage === '');
if (unlike.length > 0) { fail(`no example image for ${unlike.map((rule) => rule.prefix).join(', ')}`); }

const notes = stacks.flatMap((stack) => stack.notes).filter((note) => /^aws:cdk:(warning|error)$/.test(note.type));
if (notes.length > 0) { fail(`the quickstart is not free of warnings: ${JSON.stringify(notes, null, 2)}`); }

const refused = attempt(process.execPath, ['-e', `
  const { App, Stack } = require('aws-cdk-lib');
  const { CfnPullThroughCacheRule } = require('aws-cdk-lib/aws-ecr');
  const app = new App({ context: require('./quickstart/cdk.json').context });
  const stack = new Stack(app, 'Refused');
  new CfnPullThroughCacheRule(stack, 'Rule', { ecrRepositoryPrefix: 'Upper-Case', upstreamRegistryUrl: 'quay.io' });
  app.synth();
`], { cwd: EXAMPLES });
if (refused.status === 0 || !/Upper-Case|EcrRepositoryPrefix/.test(refused.said)) {
  fail(`CDK's validation let a rule with a wrong prefix pass, so that it proves nothing\n${refused.said}`);
}

console.log(`${upstreams.size} upstreams, no warning, and the validation refuses what is wrong`);
