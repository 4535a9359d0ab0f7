import { deepStrictEqual } from 'assert';
import { byHand, byLibrary } from '../apps/rules';
import { synthesize } from '../apps/support';
import { compare, QUICK, runPairs } from '../processes';
import { Outcome, show, showRatio } from '../result';
import { summarize } from '../statistics';

const RULES = QUICK ? 5 : 50;
const AIM = 1.1;

/** 50 rules with secrets and templates, against L1s by hand that make the same template. */
export function measure(): Outcome {
  deepStrictEqual(synthesize(byHand(RULES)), synthesize(byLibrary(RULES)));

  const job = { app: 'rules', size: RULES, again: QUICK ? 1 : 30 };
  const pairs = runPairs(
    [
      { ...job, side: 'ours' },
      { ...job, side: 'theirs' },
    ],
    { least: 12, most: 40 },
    ({ first }) => first,
  );
  const result = (when: string, { ours, theirs, ratio }: ReturnType<typeof compare>) => ({
    what: `construct and synth ${RULES} rules with secrets and templates, ${when}`,
    against: 'L1s and `Secret` by hand, the same template',
    ours: show(ours, ' ms'),
    theirs: show(theirs, ' ms'),
    ratio: showRatio(ratio),
    aim: `at most ${AIM.toFixed(2)} times`,
    met: ratio.median <= AIM,
  });
  return {
    results: [
      result(
        'as an app does',
        compare(pairs, ({ first }) => first),
      ),
      // The later half, when V8 has compiled what there is to compile.
      result(
        'over and over in one process',
        compare(pairs, ({ again }) => summarize(again.slice(again.length / 2)).median),
      ),
    ],
  };
}
