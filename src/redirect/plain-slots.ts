import type { CfnResource } from 'aws-cdk-lib';
import type { ImageSlot } from './workload';

/** An image in a property of its own, at a path such as `ContainerDefinitions.0.Image`. */
export function plainSlot(resource: CfnResource, path: string, image: unknown, leave?: string): ImageSlot {
  return {
    place: path,
    image,
    leave,
    write: (registry, repositoryName, reference) => resource.addPropertyOverride(path, `${registry}/${repositoryName}${reference.suffix}`),
  };
}

/** The images of a list of containers. */
export function containerSlots(resource: CfnResource, path: string, containers: unknown): ImageSlot[] {
  return (Array.isArray(containers) ? containers : [])
    .map((container, index) => plainSlot(resource, `${path}.${index}.Image`, container?.Image, ownCredentials(container)));
}

/** Whoever signs in to a registry with credentials of their own means that registry. */
function ownCredentials(container: { RepositoryCredentials?: unknown }): string | undefined {
  return container?.RepositoryCredentials ? 'it is pulled with credentials of its own' : undefined;
}
