import { JsonText } from '../locate/json-text';
import { manifestSlots } from '../locate/pod-images';
import { clusterOf } from '../node-roles';
import type { WorkloadKind } from '../workload';

/** Kubernetes manifests that CDK applies to an EKS cluster. The nodes pull. */
export const KUBERNETES: WorkloadKind = {
  resourceTypes: ['Custom::AWSCDK-EKS-KubernetesResource'],
  read: ({ resource, properties, nodeRoles }) => {
    const manifest = JsonText.parse(properties.values.Manifest, properties);
    return {
      slots: manifest ? manifestSlots(manifest.document) : [{ place: 'Manifest', image: undefined, write: () => {} }],
      pullers: () => nodeRoles.pullers(clusterOf(properties.target(properties.values.ClusterName))),
      save: () => resource.addPropertyOverride('Manifest', manifest!.toString()),
    };
  },
};
