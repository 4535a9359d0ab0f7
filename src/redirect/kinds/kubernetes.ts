import { JsonText } from '../locate/json-text';
import { manifestSlots } from '../locate/pod-images';
import type { WorkloadKind } from '../workload';

/** Kubernetes manifests that CDK applies to an EKS cluster. The nodes pull. */
export const KUBERNETES: WorkloadKind = {
  resourceType: 'Custom::AWSCDK-EKS-KubernetesResource',
  places: [
    {
      resourceType: 'Custom::AWSCDK-EKS-KubernetesResource',
      paths: ['Manifest: containers and image volumes'],
      puller: 'the nodes of the cluster',
    },
  ],
  notSearched: ['Manifest'],
  read: ({ properties }) => {
    const { values } = properties;
    const manifest = JsonText.parse(values.Manifest, properties);
    return {
      slots: manifest
        ? manifestSlots(manifest.document)
        : [{ place: 'Manifest', image: values.Manifest, write: () => {} }],
      puller: () => ({ nodesOf: values.ClusterName }),
      save: () => properties.set(values, 'Manifest', manifest!.toString()),
      waits: true,
    };
  },
};
