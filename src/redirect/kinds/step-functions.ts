import type { ImagePlaces } from './image-places';
import { documentedPlace, readPlaces } from './property-kind';
import { SAGEMAKER } from './sagemaker';
import { JsonText } from '../locate/json-text';
import { manifestSlots } from '../locate/manifest-images';
import { imageSlot, literal } from '../locate/pod-images';
import { Json, partsOfText, Properties } from '../rendered-properties';
import type { DocumentedPlace, ImageSlot, Puller, WorkloadContext, WorkloadKind } from '../workload';

const RESOURCE_TYPE = 'AWS::StepFunctions::StateMachine';

const OF_PROJECT = 'the role of the project pulls it: name the image of the cache, and let that role pull it';
const OTHER_IMAGES =
  'no state that is known to pull names it: name the image of the cache, and let the role that pulls do so';

/** What tells the service that a state calls, in its `Resource`. */
const INTEGRATION = /:states:::(?:aws-sdk:)?([a-z]+:[A-Za-z]+)/;

const training = { holders: ['AlgorithmSpecification'], image: 'TrainingImage', puller: { role: 'RoleArn' } };

/** Tasks of SageMaker, whose parameters have images in properties, and the role that pulls. */
const OF_SAGEMAKER: ImagePlaces[] = [
  { ...training, resourceType: 'sagemaker:createTrainingJob' },
  { ...training, resourceType: 'sagemaker:createHyperParameterTuningJob', block: 'TrainingJobDefinition' },
  { ...training, resourceType: 'sagemaker:createHyperParameterTuningJob', block: 'TrainingJobDefinitions.*' },
  ...alike('AWS::SageMaker::ProcessingJob', 'sagemaker:createProcessingJob'),
  ...alike('AWS::SageMaker::Model', 'sagemaker:createModel'),
];

/** Tasks of Amazon EKS, whose parameters have a manifest in them. */
const MANIFESTS: Record<string, string> = { 'eks:runJob': 'Job', 'eks:call': 'RequestBody' };

/** State machines whose states have images pulled by SageMaker, or by the nodes of a cluster. */
export const STEP_FUNCTIONS: WorkloadKind = {
  resourceType: RESOURCE_TYPE,
  places: [
    ...OF_SAGEMAKER.map(({ resourceType, ...row }) => ofTask(resourceType, documentedPlace({ resourceType, ...row }))),
    ...Object.entries(MANIFESTS).map(([task, key]) =>
      ofTask(task, { paths: [key], puller: 'the nodes of the cluster' }),
    ),
    ofTask('codebuild:startBuild', { paths: ['ImageOverride'], reason: OF_PROJECT }),
  ],
  mentions: OTHER_IMAGES,
  read: (context) => {
    const { properties } = context;
    const { values } = properties;
    const text = JsonText.parse(values.DefinitionString, properties);
    const [key, definition] = text ? ['DefinitionString', text.document] : ['Definition', values.Definition];
    const found = new Map(imagesBelow(definition, key, { context, text }));
    return {
      slots: [...found.keys()],
      puller: (slot) => found.get(slot)!,
      save: () => properties.set(values, key, text ? text.toString() : definition),
    };
  },
};

interface Definition {
  readonly context: WorkloadContext;
  /** Nothing where the definition is no text. */
  readonly text?: JsonText;
}

/** States may stand in branches, iterators and maps of others. */
function imagesBelow(value: Json, place: string, definition: Definition): [ImageSlot, Puller][] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const task = INTEGRATION.exec((partsOfText(value.Resource) ?? []).join(''))?.[1];
  const key = value.Arguments === undefined ? 'Parameters' : 'Arguments';
  return task === undefined
    ? Object.entries<Json>(value).flatMap(([name, item]) => imagesBelow(item, `${place}.${name}`, definition))
    : imagesOfTask(task, value[key] ?? {}, `${place}.${key}`, definition);
}

function imagesOfTask(task: string, given: Json, place: string, definition: Definition): [ImageSlot, Puller][] {
  const property = (value: Json) => definition.text?.property(value) ?? value;
  if (task in MANIFESTS) {
    const key = MANIFESTS[task];
    const puller = { nodesOf: property(given.ClusterName) };
    return manifestSlots(given[key], `${place}.${key}`).map((slot) => [slot, puller]);
  }
  if (task === 'codebuild:startBuild') {
    return imageSlot(given, 'ImageOverride', place, OF_PROJECT)
      .filter(({ image }) => !String(image).startsWith('aws/codebuild/'))
      .map((slot) => [slot, { nobody: OF_PROJECT }]);
  }
  const rows = OF_SAGEMAKER.filter(({ resourceType }) => resourceType === task);
  const { slots, puller } = readPlaces(rows, contextOf(given, definition));
  return slots.map((slot) => {
    const { roleArn } = puller(slot) as { roleArn: Json };
    const image = typeof slot.image === 'string' ? literal(slot.image) : slot.image;
    return [{ ...slot, image, place: `${place}.${slot.place}` }, { roleArn: property(roleArn) }];
  });
}

/** The parameters of a task as if they were the properties of a resource. */
function contextOf(values: Json, { context }: Definition): WorkloadContext {
  const { properties } = context;
  const given: Properties = {
    values,
    target: (value) => properties.target(value),
    restore: (value) => properties.restore(value),
    set: (owner, key, value) => (owner[key] = value),
  };
  return { ...context, properties: given };
}

function alike(resourceType: string, task: string): ImagePlaces[] {
  return SAGEMAKER.filter((row) => row.resourceType === resourceType).map((row) => ({ ...row, resourceType: task }));
}

function ofTask(task: string, { paths, puller, reason }: Omit<DocumentedPlace, 'resourceType'>): DocumentedPlace {
  return { resourceType: RESOURCE_TYPE, paths: paths.map((path) => `${task}: ${path}`), puller, reason };
}
