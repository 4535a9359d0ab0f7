import { hasRepositoryCredentials, ImagePlaces } from './image-places';
import type { Json } from '../rendered-properties';

/** Containers of Amazon ECS. */
export const ECS: ImagePlaces[] = [
  {
    resourceType: 'AWS::ECS::TaskDefinition',
    holders: ['ContainerDefinitions.*'],
    image: 'Image',
    puller: { role: 'ExecutionRoleArn' },
    l2Role: (l2) =>
      l2.obtainExecutionRole ? { grantee: () => l2.obtainExecutionRole(), made: l2.executionRole } : undefined,
    leave: hasRepositoryCredentials,
    // Services of CDK wait themselves; others refer to the definition, and wait with it.
    waits: (l2) => l2.obtainExecutionRole === undefined,
    planned: (l2) =>
      (l2.containers ?? []).map(({ imageName, imageConfig }: Json) => ({
        Image: imageName,
        RepositoryCredentials: imageConfig?.repositoryCredentials,
      })),
  },
  {
    resourceType: 'AWS::ECS::DaemonTaskDefinition',
    holders: ['ContainerDefinitions.*'],
    image: 'Image',
    puller: { role: 'ExecutionRoleArn' },
    leave: hasRepositoryCredentials,
    // A daemon refers to it, and so waits too.
    waits: true,
  },
  {
    resourceType: 'AWS::ECS::ExpressGatewayService',
    holders: ['PrimaryContainer'],
    image: 'Image',
    puller: { role: 'ExecutionRoleArn' },
    leave: hasRepositoryCredentials,
    waits: true,
  },
];
