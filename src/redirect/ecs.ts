import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { containerSlots } from './plain-slots';
import type { WorkloadKind } from './workload';

/** ECS task definitions: containers, sidecars and log routers alike. The execution role pulls. */
export const ECS: WorkloadKind = {
  resourceTypes: ['AWS::ECS::TaskDefinition'],
  read: ({ resource, properties }) => ({
    slots: containerSlots(resource, 'ContainerDefinitions', properties.values.ContainerDefinitions),
    pullers: () => {
      const l2 = resource.node.scope as { obtainExecutionRole?: () => IGrantable } | undefined;
      return l2?.obtainExecutionRole ? { grantees: () => [l2.obtainExecutionRole!()] } : properties.role(properties.values.ExecutionRoleArn);
    },
  }),
};
