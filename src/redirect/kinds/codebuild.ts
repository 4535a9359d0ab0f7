import { ImagePlaces, isGiven, made, OWN_CREDENTIALS } from './image-places';
import { documentedPlace, readPlaces } from './property-kind';
import { JsonText } from '../locate/json-text';
import { imageSlot } from '../locate/pod-images';
import type { Json } from '../rendered-properties';
import type { ImageSlot, WorkloadKind } from '../workload';

const RESOURCE_TYPE = 'AWS::CodeBuild::Project';

const SERVICE_ROLE = 'SERVICE_ROLE';

const CURATED_CREDENTIALS =
  'the project pulls images with the credentials of CodeBuild, and not with its role: ' +
  'give it an image of the cache, or imagePullCredentialsType SERVICE_ROLE';

const OTHER_IMAGES = 'the names of images in the commands of a build are text: write the cached names there';

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
      puller: 'the role of `ServiceRole`, if the project pulls with it',
      reason: CURATED_CREDENTIALS,
    },
    { resourceType: RESOURCE_TYPE, paths: ['Source.BuildSpec: commands'], reason: OTHER_IMAGES },
  ],
  mentions: OTHER_IMAGES,
  read: (context) => {
    const { properties } = context;
    const project = readPlaces([PROJECT], context);
    const { Source, Environment, ServiceRole } = properties.values;
    const spec = JsonText.parse(Source?.BuildSpec, properties);
    const slots = spec === undefined ? [] : batchSlots(spec.document?.batch, whyLeave(Environment));
    const role = made((context.resource.node.scope as Json)?.role) ?? { roleArn: ServiceRole };
    return {
      ...project,
      slots: [...project.slots, ...slots],
      puller: (slot) => (slots.includes(slot) ? role : project.puller(slot)),
      save: () => {
        if (spec && slots.length > 0) {
          properties.set(Source, 'BuildSpec', spec.toString());
        }
      },
    };
  },
};

/** Images of CodeBuild's own, which it does not pull from a registry of anybody's. */
function isCurated(image: Json): boolean {
  return typeof image === 'string' && image.startsWith('aws/codebuild/');
}

/** A build of a batch pulls as the project does. What a redirection of the project's own image says counts as well. */
function whyLeave(environment: Json): string | undefined {
  return environment?.ImagePullCredentialsType === SERVICE_ROLE ? undefined : CURATED_CREDENTIALS;
}

/** @see https://docs.aws.amazon.com/codebuild/latest/userguide/batch-build-buildspec.html */
function batchSlots(batch: Json, leave?: string): ImageSlot[] {
  const lists: [Json, string][] = ['build-list', 'build-graph'].flatMap((list) =>
    (batch?.[list] ?? []).map((build: Json, index: number) => [build?.env, `${list}[${index}].env`]),
  );
  const matrix = batch?.['build-matrix'];
  const holders: [Json, string][] = [
    ...lists,
    [matrix?.static?.env, 'build-matrix.static.env'],
    [matrix?.dynamic?.env, 'build-matrix.dynamic.env'],
  ];
  return holders
    .flatMap(([env, place]) => imageSlot(env, 'image', `Source.BuildSpec.batch.${place}`, leave))
    .filter(({ image }) => !isCurated(image));
}
