import { ADMISSION } from './admission';
import { BUILDS } from './builds';
import { CHANGING } from './changing';
import { CREDENTIALS } from './credentials';
import { ECR_TO_ECR } from './ecr-to-ecr';
import type { Topic } from './mistake';
import { POLICIES } from './policies';
import { PREFETCHING } from './prefetching';
import { PREFIXES } from './prefixes';
import { PULLS } from './pulls';
import { TEMPLATES } from './templates';
import { UPSTREAMS } from './upstreams';

/** All mistakes that are known, in the order of the document. */
export const TOPICS: Topic[] = [
  UPSTREAMS,
  PREFIXES,
  CREDENTIALS,
  ECR_TO_ECR,
  TEMPLATES,
  POLICIES,
  PULLS,
  CHANGING,
  PREFETCHING,
  ADMISSION,
  BUILDS,
];
