import { Growth, grow, Grown, growthResult, seriesOf } from '../growth';
import { compare, QUICK, runPairs } from '../processes';
import { count, digits, Outcome, Result, show, showRatio } from '../result';

const CONTAINERS: Growth = {
  app: 'containers',
  ours: 'ours',
  theirs: 'theirs',
  title: 'redirected containers',
  unit: 'containers',
  largest: 10_000,
  pairs: 3,
  isAdded: true,
};

const MANIFESTS: Growth = {
  app: 'manifests',
  ours: 'ours',
  theirs: 'theirs',
  title: 'redirected manifests of 100 kB',
  unit: 'manifests',
  largest: 1_000,
  pairs: 3,
  isAdded: true,
};

/** What a redirection adds to an app, against what CDK takes for the same app. */
export function measure(): Outcome {
  const containers = grow(CONTAINERS);
  const manifests = grow(MANIFESTS);
  return {
    results: [
      ownCost('containers', 'ours', 'theirs'),
      ownCost('bare containers, for which it makes the role', 'bareOurs', 'bareTheirs'),
      growthResult(CONTAINERS, containers),
      growthResult(MANIFESTS, manifests),
      memory(containers.at(-1)!),
    ],
    series: [seriesOf(CONTAINERS, containers), seriesOf(MANIFESTS, manifests)],
  };
}

function ownCost(what: string, ourSide: string, theirSide: string): Result {
  const size = QUICK ? 20 : 1_000;
  const pairs = runPairs(
    [
      { app: 'containers', side: ourSide, size },
      { app: 'containers', side: theirSide, size },
    ],
    { least: 8, most: 20 },
    ({ first }) => first,
  );
  const { ours, theirs, ratio } = compare(pairs, ({ first }) => first);
  return {
    what: `redirect ${count(size)} ${what}: what it adds`,
    against: 'CDK’s rendering of the same container, under an aspect that does nothing',
    ours: `${digits(((ours.median - theirs.median) / size) * 1000)} µs each`,
    theirs: `${digits((theirs.median / size) * 1000)} µs each`,
    ratio: show({ ...ratio, low: ratio.low - 1, median: ratio.median - 1, high: ratio.high - 1 }),
    aim: 'at most that of CDK',
    met: ratio.median <= 2,
  };
}

function memory({ size, peak }: Grown): Result {
  return {
    what: `memory at its peak, with ${count(size)} redirected containers`,
    against: 'the same app without a redirection',
    ours: show(peak.ours, ' MiB'),
    theirs: show(peak.theirs, ' MiB'),
    ratio: showRatio(peak.ratio),
    aim: '',
  };
}
