import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';
import { join } from 'path';
import { functionCode } from '../../../src/provider/inline-function';
import { installLibrary } from '../../support/library';
import { BENCH, CHECKS } from '../../support/run';
import { inTurns, runs } from '../processes';
import { digits, Outcome, show, showRatio } from '../result';
import { summarize } from '../statistics';

const CODE = ['answer.js', 'secrets.js', 'images.js'];

/** A function of CDK's that speaks to ECR as well. */
const RIVAL = join(
  BENCH,
  'node_modules/aws-cdk-lib/custom-resource-handlers/dist/aws-ecr/auto-delete-images-handler/index.js',
);

/** As AWS Lambda does when a function starts, with the SDK that stands beside the checks. */
const SCRIPT = `
  const { Module } = require('module');
  const code = require('fs').readFileSync(0, 'utf8');
  const before = process.cpuUsage();
  const module_ = new Module('index.js');
  module_.paths = [process.cwd() + '/node_modules'];
  module_._compile(code, process.cwd() + '/index.js');
  const { user, system } = process.cpuUsage(before);
  if (typeof module_.exports.handler !== 'function') throw new Error('no handler');
  console.log((user + system) / 1000);
`;

/** What runs in the account: the function of a prefetch, as it stands in the template. */
export function measure(): Outcome {
  installLibrary(CHECKS);
  const [ours, theirs] = [functionCode({ id: '', description: '', code: CODE }), readFileSync(RIVAL, 'utf8')];
  const start = (input: string) =>
    Number(
      execFileSync(process.execPath, ['-e', SCRIPT], {
        cwd: CHECKS,
        input,
        encoding: 'utf8',
        env: { ...process.env, AWS_REGION: 'eu-west-1' },
      }),
    );
  const pairs = Array.from({ length: runs(15) }, (_, index) =>
    inTurns(
      index,
      () => start(ours),
      () => start(theirs),
    ),
  );
  const against = 'CDK’s function that deletes images';
  return {
    results: [
      {
        what: 'start of the function of a prefetch, with its SDK',
        against,
        ours: show(summarize(pairs.map((pair) => pair.ours)), ' ms'),
        theirs: show(summarize(pairs.map((pair) => pair.theirs)), ' ms'),
        ratio: showRatio(summarize(pairs.map((pair) => pair.ours / pair.theirs))),
        aim: '',
      },
      {
        what: 'its code',
        against,
        ours: `${digits(ours.length / 1000)} kB, in the template`,
        theirs: `${digits(theirs.length / 1000)} kB, as an asset`,
        aim: '',
      },
    ],
  };
}
