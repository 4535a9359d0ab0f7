import { Growth, grow, growthResult, seriesOf } from '../growth';
import type { Outcome } from '../result';

const RULES: Growth = {
  app: 'environments',
  ours: 'ours',
  theirs: 'theirs',
  title: 'rules, 50 in each environment',
  unit: 'rules',
  largest: 5_000,
  pairs: 5,
  isAdded: false,
};

/** Rules over environments, each of which looks at its own alone. */
export function measure(): Outcome {
  const grown = grow(RULES);
  return { results: [growthResult(RULES, grown)], series: [seriesOf(RULES, grown)] };
}
