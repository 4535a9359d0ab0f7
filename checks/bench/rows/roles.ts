import { Growth, grow, growthResult, seriesOf } from '../growth';
import type { Outcome } from '../result';

const ROLES = { app: 'given-roles', unit: 'roles', largest: 5_000, pairs: 5 };

const KINDS: Growth[] = [
  {
    ...ROLES,
    ours: 'tasksOurs',
    theirs: 'tasksTheirs',
    title: 'redirected tasks with a role that exists',
    isAdded: true,
  },
  {
    ...ROLES,
    ours: 'templatesOurs',
    theirs: 'templatesTheirs',
    title: 'templates with a role that is given',
    isAdded: false,
  },
];

/** Roles that were given, of which each is looked up. */
export function measure(): Outcome {
  const grown = KINDS.map((kind) => ({ kind, sizes: grow(kind) }));
  return {
    results: grown.map(({ kind, sizes }) => growthResult(kind, sizes)),
    series: grown.map(({ kind, sizes }) => seriesOf(kind, sizes)),
  };
}
