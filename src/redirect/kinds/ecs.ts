import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { containerSlots } from '../locate/plain-slots';
import type { WorkloadKind } from '../workload';

/** ECS task definitions: containers, sidecars and log routers alike. The execution role pulls. */
export const ECS: WorkloadKind = {
  resourceTypes: ['AWS::ECS::TaskDefinition'],
  read: ({ resource, properties }) => ({
    slots: containerSlots(resource, 'ContainerDefinitions', properties.values.ContainerDefinitions),
    pullers: () => {
      const l2 = resource.node.scope as { obtainExecutionRole?: () => IGrantable } | undefined;
      return l2?.obtainExecutionRole
        ? { grantees: () => [l2.obtainExecutionRole!()] }
        : properties.role(properties.values.ExecutionRoleArn);
    },
  }),
};

/** The images of a task definition that has no execution role yet, and how to make one. */
export interface TaskWithoutRole {
  readonly images: unknown[];
  readonly makeRole: () => void;
}

/** Taken from the L2, by its shape: loading aws-ecs would cost every user. */
export function taskWithoutRole(construct: IConstruct): TaskWithoutRole | undefined {
  const task = construct as {
    executionRole?: IGrantable;
    obtainExecutionRole?: () => IGrantable;
    containers?: { imageName?: string }[];
  };
  return typeof task.obtainExecutionRole === 'function' &&
    task.executionRole === undefined &&
    Array.isArray(task.containers)
    ? { images: task.containers.map(({ imageName }) => imageName), makeRole: () => task.obtainExecutionRole!() }
    : undefined;
}
