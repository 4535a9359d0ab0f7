/** Whether this is `npm run test:deep`; see .projenrc.ts. */
const DEEP = process.env.TEST_DEEP === 'true';

/**
 * How often a property is tried, as an option for fast-check: a tenth of it in `npm test`, which people wait for.
 *
 * @param deep how often `npm run test:deep` tries it
 */
export function runs(deep: number): { numRuns: number } {
  return { numRuns: often(deep) };
}

/** How often something has to happen in these runs, if it has to happen so often in the deep ones. */
export function often(deep: number): number {
  return DEEP ? deep : Math.ceil(deep / 10);
}
