import { ImagePlaces, isCurated, isGiven, made } from './image-places';
import { documentedPlace, pullerOf, readPlaces } from './property-kind';
import { JsonText } from '../locate/json-text';
import { Place, placesBelow } from '../locate/plain-slots';
import { imageSlot } from '../locate/pod-images';
import type { Json } from '../rendered-properties';
import { ImageSlot, OWN_CREDENTIALS, WorkloadKind } from '../workload';

const RESOURCE_TYPE = 'AWS::CodeBuild::Project';

const SERVICE_ROLE = 'SERVICE_ROLE';

const CURATED_CREDENTIALS =
  'an image of CodeBuild is pulled with the credentials of CodeBuild, and so are all images of the project then: ' +
  'let all its builds use images of registries, with imagePullCredentialsType SERVICE_ROLE';

const OTHER_IMAGES =
  'commands, and build specifications that are no JSON, are text: write the name of the image of the cache there';

const PROJECT: ImagePlaces = {
  resourceType: RESOURCE_TYPE,
  holders: ['Environment'],
  image: 'Image',
  puller: { role: 'ServiceRole' },
  l2Role: (l2) => made(l2.role),
  leave: ({ RegistryCredential }) => (isGiven(RegistryCredential) ? OWN_CREDENTIALS : undefined),
  ignore: isCurated,
  also: { ImagePullCredentialsType: SERVICE_ROLE },
};

/** The image of a project, and those of the builds of a batch in a build specification that is JSON. */
export const CODEBUILD: WorkloadKind = {
  resourceType: RESOURCE_TYPE,
  places: [
    documentedPlace(PROJECT),
    {
      resourceType: RESOURCE_TYPE,
      paths: ['Source.BuildSpec: images of `batch`'],
      puller: 'the role of `ServiceRole`',
      reason: CURATED_CREDENTIALS,
    },
    { resourceType: RESOURCE_TYPE, paths: ['Source.BuildSpec: commands'], reason: OTHER_IMAGES },
  ],
  mentions: OTHER_IMAGES,
  read: (context) => {
    const { properties } = context;
    const { Source, Environment = {} } = properties.values;
    const spec = JsonText.parse(Source?.BuildSpec, properties);
    const batch = batchSlots(spec?.document?.batch, Environment);
    const images = [Environment.Image, ...batch.map(({ image }) => image)];
    const isMixed = images.some(isCurated) && Environment.ImagePullCredentialsType !== SERVICE_ROLE;
    const slots = [...readPlaces([PROJECT], context).slots, ...batch.filter(({ image }) => !isCurated(image))];
    return {
      slots: isMixed ? slots.map((slot) => ({ ...slot, leave: slot.leave ?? CURATED_CREDENTIALS })) : slots,
      puller: () => pullerOf(PROJECT, context, properties.values, ''),
      save: () => {
        if (spec && batch.length > 0) {
          properties.set(Source, 'BuildSpec', spec.toString());
        }
      },
    };
  },
};

/**
 * The builds of a batch pull as the project does.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/batch-build-buildspec.html
 */
function batchSlots(batch: Json, environment: Json): ImageSlot[] {
  const leave = PROJECT.leave!(environment, {});
  const root: Place = { owner: { batch: batch ?? {} }, key: 'batch', path: 'Source.BuildSpec.batch' };
  return ['build-list.*.env.image', 'build-graph.*.env.image', ...['static', 'dynamic'].flatMap(inMatrix)]
    .flatMap((path) => placesBelow(root, path))
    .flatMap(({ owner, key, path }) => imageSlot(owner, String(key), path.slice(0, path.lastIndexOf('.')), leave))
    .map((slot) => ({
      ...slot,
      write: (...cached: Parameters<ImageSlot['write']>) => {
        slot.write(...cached);
        Object.assign(environment, PROJECT.also);
      },
    }));
}

/** One image, or a list of them. */
function inMatrix(side: string): string[] {
  return [`build-matrix.${side}.env.image`, `build-matrix.${side}.env.image.*`];
}
