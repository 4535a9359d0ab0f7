import { deepStrictEqual } from 'assert';
import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { readStacks } from '../../support/assembly';
import { installPython } from '../../support/python';
import { BENCH, QUICKSTART, run } from '../../support/run';
import { runs } from '../processes';
import { Outcome, show, showRatio } from '../result';
import { summarize } from '../statistics';

const WHAT = 'synth the quickstart in Python';
const AIM = 'at most 1.00 times';

/** The quickstart in Python, against L1s in Python that make the same template. */
export function measure(): Outcome {
  const work = mkdtempSync(join(tmpdir(), 'bench-python-'));
  try {
    return measureIn(work);
  } catch (error) {
    if (error instanceof Skipped) {
      console.error(`SKIP  Python was NOT measured: ${error.message}`);
      return { results: [{ what: WHAT, against: 'L1s in Python', ours: 'not measured', theirs: '', aim: AIM }] };
    }
    throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

class Skipped extends Error {}

function measureIn(work: string): Outcome {
  const { python, version } = installPython(work, (reason) => {
    throw new Skipped(reason);
  });
  const apps = [join(QUICKSTART, 'app.py'), join(BENCH, 'python', 'by_hand.py')];
  const [library, byHand] = apps.map((app, index) => {
    const directory = join(work, `cdk.out${index}`);
    run(python, [app], { env: { CDK_OUTDIR: directory } });
    return readStacks(directory)[0].template;
  });
  deepStrictEqual(byHand, library);

  const pairs = runs(15);
  const times: [number, number][] = JSON.parse(
    run(python, [join(BENCH, 'python', 'cpu_time.py'), String(pairs), ...apps]),
  );
  const ratio = summarize(times.map(([ours, theirs]) => ours / theirs));
  return {
    results: [
      {
        what: `${WHAT}, aws-cdk-lib ${version}`,
        against: 'L1s in Python, the same template',
        ours: show(summarize(times.map(([ours]) => ours)), ' ms'),
        theirs: show(summarize(times.map(([, theirs]) => theirs)), ' ms'),
        ratio: showRatio(ratio),
        aim: AIM,
        met: ratio.median <= 1,
      },
    ],
  };
}
