import { containerSlots, plainSlot } from '../locate/plain-slots';
import type { Pullers } from '../pullers';
import type { ImageSlot, WorkloadContext, WorkloadKind } from '../workload';

/** Images and who pulls them: each block of a job definition has an execution role of its own. */
type Block = [ImageSlot[], () => Pullers];

/** AWS Batch job definitions: one container, several nodes, ECS tasks and EKS pods. */
export const BATCH: WorkloadKind = {
  resourceTypes: ['AWS::Batch::JobDefinition'],
  read: (context) => {
    const blocks = jobBlocks(context);
    return {
      slots: blocks.flatMap(([slots]) => slots),
      pullers: (slot) => blocks.find(([slots]) => slots.includes(slot))![1](),
    };
  },
};

function jobBlocks(context: WorkloadContext): Block[] {
  const { ContainerProperties, NodeProperties, EcsProperties, EksProperties } = context.properties.values;
  const nodes: any[] = NodeProperties?.NodeRangeProperties ?? [];
  return [
    ...containerBlock(context, 'ContainerProperties', ContainerProperties),
    ...taskBlocks(context, 'EcsProperties', EcsProperties),
    ...podBlock(context, 'EksProperties', EksProperties),
    ...nodes.flatMap((node, index) => [
      ...containerBlock(context, `NodeProperties.NodeRangeProperties.${index}.Container`, node.Container),
      ...taskBlocks(context, `NodeProperties.NodeRangeProperties.${index}.EcsProperties`, node.EcsProperties),
      ...podBlock(context, `NodeProperties.NodeRangeProperties.${index}.EksProperties`, node.EksProperties),
    ]),
  ];
}

function containerBlock({ resource, properties }: WorkloadContext, path: string, container: any): Block[] {
  if (container?.Image === undefined) {
    return [];
  }
  const leave = container.RepositoryCredentials ? 'it is pulled with credentials of its own' : undefined;
  return [
    [[plainSlot(resource, `${path}.Image`, container.Image, leave)], () => properties.role(container.ExecutionRoleArn)],
  ];
}

function taskBlocks({ resource, properties }: WorkloadContext, path: string, ecs: any): Block[] {
  const tasks: any[] = ecs?.TaskProperties ?? [];
  return tasks.map((task, index) => [
    containerSlots(resource, `${path}.TaskProperties.${index}.Containers`, task.Containers),
    () => properties.role(task.ExecutionRoleArn),
  ]);
}

function podBlock({ resource, nodeRoles }: WorkloadContext, path: string, eks: any): Block[] {
  const pod = eks?.PodProperties;
  return pod === undefined
    ? []
    : [
        [
          [
            ...containerSlots(resource, `${path}.PodProperties.Containers`, pod.Containers),
            ...containerSlots(resource, `${path}.PodProperties.InitContainers`, pod.InitContainers),
          ],
          () => nodeRoles.pullers(),
        ],
      ];
}
