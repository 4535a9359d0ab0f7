import { JsonText } from './json-text';
import { clusterOf, nodePullers } from './nodes';
import { manifestSlots } from './pod-images';
import type { WorkloadKind } from './workload';

/** Kubernetes manifests that CDK applies to an EKS cluster. The nodes pull. */
export const KUBERNETES: WorkloadKind = {
  resourceTypes: ['Custom::AWSCDK-EKS-KubernetesResource'],
  read: ({ resource, properties, nodeRoles }) => {
    const manifest = JsonText.parse(properties.values.Manifest);
    return {
      slots: manifest ? manifestSlots(manifest.document) : [{ place: 'Manifest', image: undefined, write: () => {} }],
      pullers: () => nodePullers(clusterOf(properties.target(properties.values.ClusterName)), nodeRoles),
      save: () => resource.addPropertyOverride('Manifest', manifest!.toString()),
    };
  },
};
