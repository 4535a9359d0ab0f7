import { HELM } from './helm';
import { KUBERNETES } from './kubernetes';
import { PROPERTY_KINDS } from './properties';
import type { WorkloadKind } from '../workload';

const KINDS: WorkloadKind[] = [...PROPERTY_KINDS, KUBERNETES, HELM];

const BY_TYPE = new Map(KINDS.flatMap((kind) => kind.resourceTypes.map((type) => [type, kind])));

/** The kind of a resource that names images. */
export function kindOf(resourceType: string): WorkloadKind | undefined {
  return BY_TYPE.get(resourceType);
}
