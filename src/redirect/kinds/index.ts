import { AGENT_CORE } from './agent-core';
import { BATCH } from './batch';
import { CODEBUILD } from './codebuild';
import { ECS } from './ecs';
import { HELM } from './helm';
import { IMAGE_BUILDER } from './image-builder';
import { IN_TEXT } from './in-text';
import { KUBERNETES, KUBERNETES_PATCH } from './kubernetes';
import { LAMBDA } from './lambda';
import { NOT_REDIRECTED } from './not-redirected';
import { OMICS } from './omics';
import { OURS } from './ours';
import { propertyKinds } from './property-kind';
import { SAGEMAKER } from './sagemaker';
import { STEP_FUNCTIONS } from './step-functions';
import type { WorkloadKind } from '../workload';

const KINDS: WorkloadKind[] = [
  ...propertyKinds([...ECS, ...BATCH, ...SAGEMAKER, ...AGENT_CORE, ...LAMBDA, ...IMAGE_BUILDER, ...NOT_REDIRECTED]),
  CODEBUILD,
  STEP_FUNCTIONS,
  ...OMICS,
  KUBERNETES,
  KUBERNETES_PATCH,
  HELM,
  ...IN_TEXT,
  ...OURS,
];

const BY_TYPE = new Map<string, WorkloadKind>();
for (const kind of KINDS) {
  const other = BY_TYPE.get(kind.resourceType);
  BY_TYPE.set(kind.resourceType, { ...other, ...kind, places: [...(other?.places ?? []), ...kind.places] });
}

/** All kinds, one for each resource type. */
export function allKinds(): WorkloadKind[] {
  return [...BY_TYPE.values()];
}

/** The kind of a resource that names images; nothing where the resource type is not known to. */
export function kindOf(resourceType: string): WorkloadKind | undefined {
  return BY_TYPE.get(resourceType);
}
