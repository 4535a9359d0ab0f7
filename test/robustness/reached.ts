/** The names of the API that were called, read or given, as in `PullThroughCacheRule.image`. */
export const REACHED = new Set<string>();
