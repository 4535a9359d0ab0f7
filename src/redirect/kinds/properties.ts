import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { isFunction, Place, placesBelow, plainSlot, valueAt } from '../locate/plain-slots';
import { isUnknown, Json, Properties } from '../rendered-properties';
import type { ImageSlot, Puller, WorkloadContext, WorkloadKind } from '../workload';

/**
 * Images that stand in properties of their own, all in one block of a resource and pulled by one role. Paths are as in
 * `placesBelow`.
 */
interface ImagePlaces {
  readonly resourceType: string;
  /** The way to the block. */
  readonly block?: string;
  /** The ways from the block to the objects that have an image each. */
  readonly holders: string[];
  /** The property of such an object that names its image. */
  readonly image: string;
  /** Who pulls: the property of the block with the ARN of a role, the nodes of EKS, or why nobody does. */
  readonly puller: { readonly role: string } | 'nodes' | { readonly nobody: string };
  /** The role, where CDK's L2 can make it, or knows more of it than its ARN; by its shape, not to load its module. */
  readonly l2Role?: (l2: Json, path: string) => Puller | undefined;
  /** Why the image of a holder has to stay. */
  readonly leave?: (holder: Json, block: Json) => string | undefined;
  /** Tells whether it is no image that anybody pulls from a registry. */
  readonly ignore?: (image: Json) => boolean;
  /** What has to be said besides, for the image to be pulled from ECR. */
  readonly also?: { readonly [property: string]: string };
  readonly waits?: boolean;
  /** The holders that an L2 is going to render, for a look before it does. */
  readonly planned?: (l2: Json) => Json[];
}

const OWN_CREDENTIALS = 'it is pulled with credentials of its own';

const isGiven = (value: Json) => value && value.Ref !== 'AWS::NoValue' && value.length !== 0;

const hasRepositoryCredentials = (holder: Json) =>
  isGiven(holder.RepositoryCredentials) ? OWN_CREDENTIALS : undefined;

const APP_RUNNER =
  'App Runner pulls from ECR only with an access role, which the service is made with: ' +
  'use the image of the cache and a role that may pull it, with the repository type ECR';
const MIXED = 'the same property names an image of AWS under another condition, which is pulled in another way';
const LAMBDA = 'AWS Lambda does not pull through the cache; copy the image into a repository of your own';

function made(role: IGrantable | undefined): Puller | undefined {
  return role && { grantee: () => role, made: role };
}

/** A container of a job definition of Batch has an execution role of its own. */
function batchContainer(block: string): ImagePlaces {
  return {
    resourceType: 'AWS::Batch::JobDefinition',
    block,
    holders: [''],
    image: 'Image',
    puller: { role: 'ExecutionRoleArn' },
    l2Role: (l2, path) => {
      const node = /NodeRangeProperties\.(\d+)\./.exec(path);
      const role = (node ? l2.containers?.[Number(node[1])]?.container : l2.container)?.executionRole;
      return made(role);
    },
    leave: hasRepositoryCredentials,
  };
}

function batchTask(block: string): ImagePlaces {
  return {
    resourceType: 'AWS::Batch::JobDefinition',
    block: `${block}.TaskProperties.*`,
    holders: ['Containers.*'],
    image: 'Image',
    puller: { role: 'ExecutionRoleArn' },
    leave: hasRepositoryCredentials,
  };
}

function batchPod(block: string): ImagePlaces {
  return {
    resourceType: 'AWS::Batch::JobDefinition',
    block: `${block}.PodProperties`,
    holders: ['Containers.*', 'InitContainers.*'],
    image: 'Image',
    puller: 'nodes',
    leave: (_, pod) => (isGiven(pod.ImagePullSecrets) ? OWN_CREDENTIALS : undefined),
  };
}

const BATCH_NODE = 'NodeProperties.NodeRangeProperties.*';

const PLACES: ImagePlaces[] = [
  {
    resourceType: 'AWS::ECS::TaskDefinition',
    holders: ['ContainerDefinitions.*'],
    image: 'Image',
    puller: { role: 'ExecutionRoleArn' },
    l2Role: (l2) =>
      l2.obtainExecutionRole ? { grantee: () => l2.obtainExecutionRole(), made: l2.executionRole } : undefined,
    leave: hasRepositoryCredentials,
    planned: (l2) =>
      (l2.containers ?? []).map(({ imageName, imageConfig }: Json) => ({
        Image: imageName,
        RepositoryCredentials: imageConfig?.repositoryCredentials,
      })),
  },
  batchContainer('ContainerProperties'),
  batchTask('EcsProperties'),
  batchPod('EksProperties'),
  batchContainer(`${BATCH_NODE}.Container`),
  batchTask(`${BATCH_NODE}.EcsProperties`),
  batchPod(`${BATCH_NODE}.EksProperties`),
  {
    resourceType: 'AWS::CodeBuild::Project',
    holders: ['Environment'],
    image: 'Image',
    puller: { role: 'ServiceRole' },
    l2Role: (l2) => made(l2.role),
    leave: (environment) => (isGiven(environment.RegistryCredential) ? OWN_CREDENTIALS : undefined),
    // Images of CodeBuild's own, which it does not pull from a registry of anybody's.
    ignore: (image) => typeof image === 'string' && image.startsWith('aws/codebuild/'),
    also: { ImagePullCredentialsType: 'SERVICE_ROLE' },
  },
  {
    resourceType: 'AWS::SageMaker::Model',
    holders: ['PrimaryContainer', 'Containers.*'],
    image: 'Image',
    puller: { role: 'ExecutionRoleArn' },
    // In this mode SageMaker pulls from a registry that is not ECR, and may sign in to it.
    leave: (container) =>
      container.ImageConfig?.RepositoryAccessMode === 'Vpc'
        ? 'it is pulled from a private registry in the VPC'
        : undefined,
    waits: true,
  },
  {
    // What a service pulls with is fixed when it is made, so that it is reported and not changed.
    resourceType: 'AWS::AppRunner::Service',
    holders: ['SourceConfiguration.ImageRepository'],
    image: 'ImageIdentifier',
    puller: { nobody: APP_RUNNER },
    leave: () => APP_RUNNER,
  },
  {
    // A function can be made only of an image that is in a repository already.
    resourceType: 'AWS::Lambda::Function',
    holders: ['Code'],
    image: 'ImageUri',
    puller: { nobody: LAMBDA },
    leave: () => LAMBDA,
  },
];

/** The kinds of workloads whose images have properties of their own. */
export const PROPERTY_KINDS: WorkloadKind[] = [...new Set(PLACES.map(({ resourceType }) => resourceType))].map(
  (type) => {
    const places = PLACES.filter(({ resourceType }) => resourceType === type);
    return {
      resourceTypes: [type],
      read: (context) => {
        const found = places.flatMap((row) => imagesOf(row, context));
        const pullers = new Map(found);
        return {
          slots: found.map(([slot]) => slot),
          puller: (slot) => pullers.get(slot)!,
          waits: places.some(({ waits }) => waits),
        };
      },
    };
  },
);

function imagesOf(row: ImagePlaces, { resource, properties }: WorkloadContext): [ImageSlot, Puller][] {
  const root: Place = { owner: { root: properties.values }, key: 'root', path: '' };
  return placesBelow(root, row.block ?? '').flatMap((block) =>
    row.holders
      .flatMap((path) => placesBelow(block, path))
      .flatMap((holder) => (isUnknown(valueAt(holder)) ? planned(row, resource.node.scope, holder) : [holder]))
      .flatMap((holder) => {
        const images = placesBelow(holder, row.image);
        const kept = images.filter((image) => !row.ignore?.(valueAt(image)));
        // What has to be said besides is said of both sides of an Fn::If, and holds for one of them only.
        const leave = row.also && kept.length < images.length ? MIXED : row.leave?.(valueAt(holder), valueAt(block));
        return kept.map((image) => ({ holder, image, leave }));
      })
      .map(({ holder, image, leave }): [ImageSlot, Puller] => [
        slotAt(row, properties, image, valueAt(holder), leave),
        pullerOf(row, resource.node.scope, valueAt(block), image.path),
      ]),
  );
}

function planned(row: ImagePlaces, l2: Json, { path }: Place): Place[] {
  const holders = l2 ? (row.planned?.(l2) ?? []) : [];
  return holders.map((_, index) => ({ owner: holders, key: index, path: `${path}.${index}` }));
}

function slotAt(row: ImagePlaces, properties: Properties, image: Place, holder: Json, leave?: string): ImageSlot {
  const slot = plainSlot(properties, image, leave);
  return {
    ...slot,
    write: (...cached) => {
      slot.write(...cached);
      Object.assign(holder, row.also);
    },
  };
}

function pullerOf(row: ImagePlaces, l2: Json, block: Json, path: string): Puller {
  if (row.puller === 'nodes') {
    return { nodesOf: undefined };
  }
  if ('nobody' in row.puller) {
    return row.puller;
  }
  return (l2 && row.l2Role?.(l2, path)) ?? { roleArn: isFunction(block) ? block : block[row.puller.role] };
}
