import { chartSlots } from '../locate/chart-images';
import { JsonText } from '../locate/json-text';
import { clusterOf } from '../node-roles';
import type { WorkloadKind } from '../workload';

/**
 * The values of Helm charts that CDK installs on an EKS cluster. Images that only the chart itself names are not seen.
 */
export const HELM: WorkloadKind = {
  resourceTypes: ['Custom::AWSCDK-EKS-HelmChart'],
  read: ({ resource, properties, nodeRoles }) => {
    if (properties.values.Values === undefined) {
      return { slots: [], pullers: () => ({ unknown: '' }) };
    }
    const values = JsonText.parse(properties.values.Values, properties);
    return {
      slots: values ? chartSlots(values.document) : [{ place: 'Values', image: undefined, write: () => {} }],
      pullers: () => nodeRoles.pullers(clusterOf(properties.target(properties.values.ClusterName))),
      save: () => resource.addPropertyOverride('Values', values!.toString()),
    };
  },
};
