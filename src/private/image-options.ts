import type { Problem } from './errors';
import { FLAG, memberProblems, Shapes } from './shapes';
import type { CachedImageOptions } from '../cached-image';

const OPTIONS: Shapes<CachedImageOptions> = { dualStack: FLAG };

export function imageOptionProblems(options: CachedImageOptions): Problem[] {
  return memberProblems('options', options, OPTIONS);
}
