import { containerSlots, plainSlot } from './plain-slots';
import type { WorkloadKind } from './workload';

/** SageMaker models. The execution role pulls. */
export const SAGEMAKER: WorkloadKind = {
  resourceTypes: ['AWS::SageMaker::Model'],
  read: ({ resource, properties }) => {
    const { PrimaryContainer, Containers, ExecutionRoleArn } = properties.values;
    return {
      slots: [
        ...PrimaryContainer ? [plainSlot(resource, 'PrimaryContainer.Image', PrimaryContainer.Image)] : [],
        ...containerSlots(resource, 'Containers', Containers),
      ],
      pullers: () => properties.role(ExecutionRoleArn),
    };
  },
};
