import { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { ImagePlaces, isGiven } from './image-places';
import { resourcesBelow } from '../../core/resources';
import { Pullers, roleBehind } from '../pullers';
import { RenderedProperties } from '../rendered-properties';
import { definitionOf } from '../rendering';
import type { Puller, WorkloadContext } from '../workload';

const NOT_JOINED =
  'no pipeline or image of this app builds the recipe on instances whose role is known at synth; ' +
  'name the image with image() of the cache and let the role of the instance profile pull it';

/** Container recipes of EC2 Image Builder, whose build instances pull. */
export const IMAGE_BUILDER: ImagePlaces[] = [
  {
    resourceType: 'AWS::ImageBuilder::ContainerRecipe',
    holders: [''],
    image: 'ParentImage',
    puller: {
      find: buildInstances,
      who: 'the instances of the pipelines and images of the app that build the recipe, by their instance profile',
    },
    ignore: (image) => typeof image === 'string' && image.startsWith('arn:'),
    waits: true,
  },
];

/** The roles of the instances on which a recipe is built. */
function buildInstances({ resource }: WorkloadContext): Puller {
  const builders = resourcesBelow(resource.node.root, 'AWS::ImageBuilder::Image', 'AWS::ImageBuilder::ImagePipeline')
    .map(propertiesOf)
    .filter((properties) => mayBuild(properties, resource));
  const roles = builders.map((properties) =>
    instanceRole(resourceOf(properties.target(properties.values.InfrastructureConfigurationArn))),
  );
  const known = roles.flatMap((role) => (role && 'grantees' in role ? [role] : []));
  return known.length === 0 || known.length < roles.length
    ? { nobody: NOT_JOINED }
    : { pullers: { grantees: () => [...new Set(known.flatMap(({ grantees }) => grantees()))] } };
}

/** A recipe that is named by some function may be any. */
function mayBuild(properties: RenderedProperties, recipe: CfnResource): boolean {
  const { ContainerRecipeArn: arn } = properties.values;
  const target = properties.target(arn);
  return target === undefined ? isGiven(arn) && typeof arn !== 'string' : target === recipe;
}

function instanceRole(infrastructure: CfnResource | undefined): Pullers | undefined {
  const settings = infrastructure && propertiesOf(infrastructure);
  const profile = resourceOf(settings?.target(settings.values.InstanceProfileName));
  const properties = profile && propertiesOf(profile);
  return properties && roleBehind(profile, properties, properties.values.Roles?.[0]);
}

function propertiesOf(resource: CfnResource): RenderedProperties {
  return RenderedProperties.early(resource, definitionOf(resource));
}

function resourceOf(target: IConstruct | undefined): CfnResource | undefined {
  return CfnResource.isCfnResource(target) ? target : undefined;
}
