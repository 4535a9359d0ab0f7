import { strictEqual } from 'assert';
import { byDockerfileAst, byDockerReference, byLibrary, references } from '../apps/references';
import { compare, QUICK, runPairs } from '../processes';
import { count, digits, Outcome, Result, showRatio } from '../result';

const REFERENCES = QUICK ? 10 : 1_000_000;

/** References of images, parsed and rewritten, against parsers of others. */
export function measure(): Outcome {
  const [library, ...others] = [byLibrary(), byDockerReference(), byDockerfileAst()];
  for (const reference of references(1_000)) {
    others.forEach((other) => strictEqual(other(reference), library(reference)));
  }
  return {
    results: [against('@swimlane/docker-reference', 'dockerReference'), against('dockerfile-ast', 'dockerfileAst')],
  };
}

function against(peer: string, side: string): Result {
  const job = { app: 'references', size: REFERENCES, before: 1_000 };
  const pairs = runPairs(
    [
      { ...job, side: 'ours' },
      { ...job, side },
    ],
    { least: 5, most: 15 },
    ({ first }) => first,
  );
  const { ours, theirs, ratio } = compare(pairs, ({ first }) => first);
  return {
    what: `parse and rewrite ${count(REFERENCES)} image references`,
    against: peer,
    ours: `${digits((ours.median / REFERENCES) * 1000)} µs each`,
    theirs: `${digits((theirs.median / REFERENCES) * 1000)} µs each`,
    ratio: showRatio(ratio),
    aim: 'faster',
    met: ratio.median < 1,
  };
}
