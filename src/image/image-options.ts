import type { CachedImageOptions } from './cached-image';
import type { Problem } from '../core/errors';
import { FLAG, memberProblems, Shapes } from '../core/shapes';

const OPTIONS: Shapes<CachedImageOptions> = { dualStack: FLAG };

export function imageOptionProblems(options: CachedImageOptions): Problem[] {
  return memberProblems('options', options, OPTIONS);
}
