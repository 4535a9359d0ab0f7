import type { CfnResource } from 'aws-cdk-lib';
import type { ImageSlot } from '../workload';

/** An image in a property of its own, at a path such as `ContainerDefinitions.0.Image`. */
export function plainSlot(resource: CfnResource, path: string, image: unknown, leave?: string): ImageSlot {
  return {
    place: path,
    image,
    leave,
    write: (registry, repositoryName, reference) =>
      resource.addPropertyOverride(path, `${registry}/${repositoryName}${reference.suffix}`),
  };
}

/** Why the image of a container must stay as it is. */
type Leave = (container: any) => string | undefined;

/** The images of a list of containers, of which some may have none, as those that SageMaker makes of a package. */
export function containerSlots(
  resource: CfnResource,
  path: string,
  containers: unknown,
  leave: Leave = ownCredentials,
): ImageSlot[] {
  return (Array.isArray(containers) ? containers : []).flatMap((container, index) =>
    container?.Image === undefined
      ? []
      : [plainSlot(resource, `${path}.${index}.Image`, container.Image, leave(container))],
  );
}

/** Whoever signs in to a registry with credentials of their own means that registry. */
function ownCredentials(container: { RepositoryCredentials?: unknown }): string | undefined {
  return container.RepositoryCredentials ? 'it is pulled with credentials of its own' : undefined;
}
