import { APP_RUNNER } from './app-runner';
import { BATCH } from './batch';
import { CODEBUILD } from './codebuild';
import { ECS } from './ecs';
import { HELM } from './helm';
import { KUBERNETES } from './kubernetes';
import { LAMBDA } from './lambda';
import { SAGEMAKER } from './sagemaker';
import type { WorkloadKind } from '../workload';

const KINDS: WorkloadKind[] = [ECS, BATCH, CODEBUILD, KUBERNETES, HELM, SAGEMAKER, APP_RUNNER, LAMBDA];

const BY_TYPE = new Map(KINDS.flatMap((kind) => kind.resourceTypes.map((type) => [type, kind])));

/** The kind of a resource that names images. */
export function kindOf(resourceType: string): WorkloadKind | undefined {
  return BY_TYPE.get(resourceType);
}
