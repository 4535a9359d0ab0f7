import type { WorkloadKind } from '../workload';

/** Resources of this library that name images of upstream registries, as they should. */
export const OURS: WorkloadKind[] = [
  { resourceType: 'Custom::PrefetchedImage', places: [], notSearched: ['Reference'] },
];
