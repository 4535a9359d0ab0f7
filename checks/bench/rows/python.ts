import { deepStrictEqual } from 'assert';
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { readStacks } from '../../support/assembly';
import { installPython } from '../../support/python';
import { BENCH, QUICKSTART, run } from '../../support/run';
import { QUICK, summarize } from '../measure';
import { report, show } from '../result';

const work = mkdtempSync(join(tmpdir(), 'bench-python-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const WHAT = 'synth the quickstart in Python';
const AIM = 'at most 1.15 times';

function skip(reason: string): never {
  console.error(`SKIP  Python was NOT measured: ${reason}`);
  report({ what: WHAT, against: 'L1s in Python', ours: 'not measured', theirs: '', aim: AIM });
  process.exit(0);
}

const { python, version } = installPython(work, skip);
const apps = [join(QUICKSTART, 'app.py'), join(BENCH, 'python', 'by_hand.py')];

const [library, byHand] = apps.map((app, index) => {
  const directory = join(work, `cdk.out${index}`);
  run(python, [app], { env: { CDK_OUTDIR: directory } });
  return readStacks(directory)[0].template;
});
deepStrictEqual(byHand, library);

const pairs = QUICK ? 1 : 10;
const times: [number, number][] = JSON.parse(
  run(python, [join(BENCH, 'python', 'cpu_time.py'), String(pairs), ...apps]),
);
const ratio = summarize(times.map(([ours, theirs]) => ours / theirs));
report({
  what: `${WHAT}, aws-cdk-lib ${version}`,
  against: 'L1s in Python, the same template',
  ours: show(summarize(times.map(([ours]) => ours)), ' ms'),
  theirs: show(summarize(times.map(([, theirs]) => theirs)), ' ms'),
  ratio: show(ratio),
  aim: AIM,
  met: ratio.median <= 1.15,
});
