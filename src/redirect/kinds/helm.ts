import { chartSlots } from '../locate/chart-images';
import { JsonText } from '../locate/json-text';
import type { WorkloadKind } from '../workload';

/**
 * The values of Helm charts that CDK installs on an EKS cluster. Images that only the chart itself names are not seen.
 */
export const HELM: WorkloadKind = {
  resourceTypes: ['Custom::AWSCDK-EKS-HelmChart'],
  read: ({ properties }) => {
    const { values } = properties;
    if (values.Values === undefined) {
      return { slots: [], puller: () => ({ nobody: '' }) };
    }
    const document = JsonText.parse(values.Values, properties);
    return {
      slots: document ? chartSlots(document.document) : [{ place: 'Values', image: values.Values, write: () => {} }],
      puller: () => ({ nodesOf: values.ClusterName }),
      save: () => properties.set(values, 'Values', document!.toString()),
      waits: true,
    };
  },
};
