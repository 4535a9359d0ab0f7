import { BATCH } from './batch';
import { ECS } from './ecs';
import { ImagePlaces, isCurated } from './image-places';
import { documentedPlace, readPlaces } from './property-kind';
import { SAGEMAKER } from './sagemaker';
import { JsonText } from '../locate/json-text';
import { manifestSlots } from '../locate/manifest-images';
import { plainSlot } from '../locate/plain-slots';
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

/** Tasks whose parameters have images in properties, and the role that pulls. */
const PROPERTIES: ImagePlaces[] = [
  { ...training, resourceType: 'sagemaker:createTrainingJob' },
  { ...training, resourceType: 'sagemaker:createHyperParameterTuningJob', block: 'TrainingJobDefinition' },
  { ...training, resourceType: 'sagemaker:createHyperParameterTuningJob', block: 'TrainingJobDefinitions.*' },
  ...alike('AWS::SageMaker::ProcessingJob', 'sagemaker:createProcessingJob'),
  ...alike('AWS::SageMaker::Model', 'sagemaker:createModel'),
  ...alike('AWS::ECS::TaskDefinition', 'ecs:registerTaskDefinition'),
  ...alike('AWS::Batch::JobDefinition', 'batch:registerJobDefinition'),
  {
    resourceType: 'batch:submitJob',
    block: 'EksPropertiesOverride.PodProperties',
    holders: ['Containers.*', 'InitContainers.*'],
    image: 'Image',
    puller: 'nodes',
  },
];

/** Tasks that name the image of a project's builds. */
const OVERRIDES = ['codebuild:startBuild', 'codebuild:startBuildBatch'];

/** Tasks of Amazon EKS, whose parameters have a manifest in them. */
const MANIFESTS: Record<string, string> = { 'eks:runJob': 'Job', 'eks:call': 'RequestBody' };

/** State machines whose states have images pulled by SageMaker, or by the nodes of a cluster. */
export const STEP_FUNCTIONS: WorkloadKind = {
  resourceType: RESOURCE_TYPE,
  places: [
    ...PROPERTIES.map(({ resourceType, ...row }) => ofTask(resourceType, documentedPlace({ resourceType, ...row }))),
    ...Object.entries(MANIFESTS).map(([task, key]) =>
      ofTask(task, { paths: [key], puller: 'the nodes of the cluster' }),
    ),
    ...OVERRIDES.map((task) => ofTask(task, { paths: ['ImageOverride'], reason: OF_PROJECT })),
  ],
  mentions: OTHER_IMAGES,
  read: (context) => {
    const { properties } = context;
    const { values } = properties;
    const text = JsonText.parse(values.DefinitionString, properties);
    const [key, definition] = text ? ['DefinitionString', text.document] : ['Definition', values.Definition];
    const found = imagesBelow(definition, key, { context, text });
    const pullers = new Map(found.map(([slot, puller]) => [substituted(slot, properties), puller]));
    return {
      slots: [...pullers.keys()],
      puller: (slot) => pullers.get(slot)!(),
      save: () => properties.set(values, key, text ? text.toString() : definition),
    };
  },
};

interface Definition {
  readonly context: WorkloadContext;
  /** Nothing where the definition is no text. */
  readonly text?: JsonText;
}

/** What CloudFormation puts in the place of a whole text. */
const SUBSTITUTION = /^\$\{(\w+)\}$/;

/** An image that stands among the substitutions of the definition. */
function substituted(slot: ImageSlot, properties: Properties): ImageSlot {
  const { DefinitionSubstitutions: substitutions = {} } = properties.values;
  const name = SUBSTITUTION.exec(String(slot.image))?.[1] ?? '';
  return name in substitutions
    ? {
        ...plainSlot(properties, { owner: substitutions, key: name, path: `DefinitionSubstitutions.${name}` }),
        leave: slot.leave,
      }
    : slot;
}

/** States may stand in branches, iterators and maps of others. */
function imagesBelow(value: Json, place: string, definition: Definition): [ImageSlot, () => Puller][] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const task = INTEGRATION.exec((partsOfText(value.Resource) ?? []).join(''))?.[1];
  const key = value.Arguments === undefined ? 'Parameters' : 'Arguments';
  return task === undefined
    ? Object.entries<Json>(value).flatMap(([name, item]) => imagesBelow(item, `${place}.${name}`, definition))
    : imagesOfTask(task, value[key] ?? {}, `${place}.${key}`, definition);
}

function imagesOfTask(task: string, given: Json, place: string, definition: Definition): [ImageSlot, () => Puller][] {
  const { DefinitionSubstitutions: substitutions = {} } = definition.context.properties.values;
  const property = (value: Json) =>
    substitutions[SUBSTITUTION.exec(value)?.[1] ?? ''] ?? definition.text?.property(value) ?? value;
  if (task in MANIFESTS) {
    const key = MANIFESTS[task];
    const puller = { nodesOf: property(given.ClusterName) };
    return manifestSlots(given[key], `${place}.${key}`).map((slot) => [slot, () => puller]);
  }
  if (OVERRIDES.includes(task)) {
    return imageSlot(given, 'ImageOverride', place, OF_PROJECT)
      .filter(({ image }) => !isCurated(image))
      .map((slot) => [slot, () => ({ nobody: OF_PROJECT })]);
  }
  const rows = PROPERTIES.filter(({ resourceType }) => resourceType === task);
  const { slots, puller } = readPlaces(rows, contextOf(given, definition));
  return slots.map((slot) => {
    const image = typeof slot.image === 'string' ? literal(slot.image) : slot.image;
    return [
      { ...slot, image, place: `${place}.${slot.place}` },
      () => {
        const who = puller(slot);
        return 'roleArn' in who ? { roleArn: property(who.roleArn) } : who;
      },
    ];
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
  return [...SAGEMAKER, ...ECS, ...BATCH]
    .filter((row) => row.resourceType === resourceType)
    .map((row) => ({ ...row, resourceType: task }));
}

function ofTask(task: string, { paths, puller, reason }: Omit<DocumentedPlace, 'resourceType'>): DocumentedPlace {
  return { resourceType: RESOURCE_TYPE, paths: paths.map((path) => `${task}: ${path}`), puller, reason };
}
