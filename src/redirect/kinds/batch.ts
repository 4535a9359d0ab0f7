import { hasRepositoryCredentials, ImagePlaces, isGiven, made } from './image-places';
import { OWN_CREDENTIALS } from '../workload';

const NODE = 'NodeProperties.NodeRangeProperties.*';

/** Job definitions of AWS Batch, whose blocks pull with a role each. */
export const BATCH: ImagePlaces[] = [
  container('ContainerProperties'),
  task('EcsProperties'),
  pod('EksProperties'),
  container(`${NODE}.Container`),
  task(`${NODE}.EcsProperties`),
  pod(`${NODE}.EksProperties`),
];

function container(block: string): ImagePlaces {
  return {
    resourceType: 'AWS::Batch::JobDefinition',
    block,
    holders: [''],
    image: 'Image',
    puller: { role: 'ExecutionRoleArn' },
    l2Role: (l2, path) => {
      const node = /NodeRangeProperties\.(\d+)\./.exec(path);
      return made((node ? l2.containers?.[Number(node[1])]?.container : l2.container)?.executionRole);
    },
    leave: hasRepositoryCredentials,
  };
}

function task(block: string): ImagePlaces {
  return {
    resourceType: 'AWS::Batch::JobDefinition',
    block: `${block}.TaskProperties.*`,
    holders: ['Containers.*'],
    image: 'Image',
    puller: { role: 'ExecutionRoleArn' },
    leave: hasRepositoryCredentials,
  };
}

function pod(block: string): ImagePlaces {
  return {
    resourceType: 'AWS::Batch::JobDefinition',
    block: `${block}.PodProperties`,
    holders: ['Containers.*', 'InitContainers.*'],
    image: 'Image',
    puller: 'nodes',
    leave: (_, { ImagePullSecrets }) => (isGiven(ImagePullSecrets) ? OWN_CREDENTIALS : undefined),
  };
}
