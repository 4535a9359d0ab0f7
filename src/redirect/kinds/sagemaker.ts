import { containerSlots, plainSlot } from '../locate/plain-slots';
import type { WorkloadKind } from '../workload';

/** SageMaker models. The execution role pulls. */
export const SAGEMAKER: WorkloadKind = {
  resourceTypes: ['AWS::SageMaker::Model'],
  read: ({ resource, properties }) => {
    const { PrimaryContainer, Containers, ExecutionRoleArn } = properties.values;
    return {
      slots: [
        ...(PrimaryContainer?.Image === undefined
          ? []
          : [plainSlot(resource, 'PrimaryContainer.Image', PrimaryContainer.Image, leave(PrimaryContainer))]),
        ...containerSlots(resource, 'Containers', Containers, leave),
      ],
      pullers: () => properties.role(ExecutionRoleArn),
    };
  },
};

/** In this mode SageMaker pulls from a registry that is not ECR, and may sign in to it. */
function leave(container: { ImageConfig?: { RepositoryAccessMode?: unknown } }): string | undefined {
  return container.ImageConfig?.RepositoryAccessMode === 'Vpc'
    ? 'it is pulled from a private registry in the VPC'
    : undefined;
}
