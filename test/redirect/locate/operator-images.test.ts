import { manifestSlots } from '../../../src/redirect/locate/manifest-images';
import { comparesImages, kindNamed, OPERATORS, operatorOf } from '../../../src/redirect/locate/operator-images';
import { diff, lines, manifest, newCache, newStack, nodeRole, REGISTRY, resources } from '../../support/redirect';

/** Where the CRDs of operators have whole names of images, read from the CRDs: a number for an item of a list. */
const IMAGES: [apiVersion: string, kind: string, paths: string[]][] = [
  ['monitoring.coreos.com/v1', 'Prometheus', ['spec.image', 'spec.thanos.image']],
  ['monitoring.coreos.com/v1', 'Alertmanager', ['spec.image']],
  ['monitoring.coreos.com/v1', 'ThanosRuler', ['spec.image']],
  ['monitoring.coreos.com/v1alpha1', 'PrometheusAgent', ['spec.image']],
  [
    'opentelemetry.io/v1beta1',
    'OpenTelemetryCollector',
    ['spec.image', 'spec.targetAllocator.image', 'spec.additionalContainers.0.image', 'spec.initContainers.0.image'],
  ],
  ['opentelemetry.io/v1alpha1', 'TargetAllocator', ['spec.image', 'spec.additionalContainers.1.image']],
  ['opentelemetry.io/v1alpha1', 'OpAMPBridge', ['spec.image']],
  [
    'opentelemetry.io/v1alpha1',
    'Instrumentation',
    ['spec.java.image', 'spec.java.extensions.0.image', 'spec.nodejs.image', 'spec.apacheHttpd.image'],
  ],
  [
    'sparkoperator.k8s.io/v1beta2',
    'SparkApplication',
    [
      'spec.image',
      'spec.driver.image',
      'spec.executor.image',
      'spec.driver.sidecars.0.image',
      'spec.executor.initContainers.0.image',
      'spec.sparkConf.spark\\.kubernetes\\.container\\.image',
      'spec.sparkConf.spark\\.kubernetes\\.executor\\.container\\.image',
    ],
  ],
  [
    'sparkoperator.k8s.io/v1beta2',
    'ScheduledSparkApplication',
    ['spec.template.image', 'spec.template.driver.image', 'spec.template.executor.sidecars.0.image'],
  ],
  [
    'sparkoperator.k8s.io/v1alpha1',
    'SparkConnect',
    ['spec.image', 'spec.sparkConf.spark\\.kubernetes\\.driver\\.container\\.image'],
  ],
  ['flink.apache.org/v1beta1', 'FlinkDeployment', ['spec.image', 'spec.podTemplate.spec.containers.0.image']],
  ['flink.apache.org/v1beta1', 'FlinkBlueGreenDeployment', ['spec.template.spec.image']],
  [
    'kafka.strimzi.io/v1beta2',
    'Kafka',
    [
      'spec.kafka.image',
      'spec.kafka.brokerRackInitImage',
      'spec.zookeeper.image',
      'spec.entityOperator.topicOperator.image',
      'spec.entityOperator.userOperator.image',
      'spec.entityOperator.tlsSidecar.image',
      'spec.cruiseControl.image',
      'spec.cruiseControl.tlsSidecar.image',
      'spec.kafkaExporter.image',
      'spec.jmxTrans.image',
    ],
  ],
  [
    'kafka.strimzi.io/v1',
    'KafkaConnect',
    ['spec.image', 'spec.clientRackInitImage', 'spec.plugins.0.artifacts.0.reference'],
  ],
  ['kafka.strimzi.io/v1', 'KafkaBridge', ['spec.image', 'spec.clientRackInitImage']],
  ['kafka.strimzi.io/v1beta2', 'KafkaMirrorMaker', ['spec.image']],
  ['kafka.strimzi.io/v1', 'KafkaMirrorMaker2', ['spec.image', 'spec.clientRackInitImage']],
  ['agent.k8s.elastic.co/v1alpha1', 'Agent', ['spec.image']],
  ['apm.k8s.elastic.co/v1', 'ApmServer', ['spec.image']],
  ['autoops.k8s.elastic.co/v1alpha1', 'AutoOpsAgentPolicy', ['spec.image']],
  ['beat.k8s.elastic.co/v1beta1', 'Beat', ['spec.image']],
  ['elasticsearch.k8s.elastic.co/v1', 'Elasticsearch', ['spec.image']],
  ['maps.k8s.elastic.co/v1alpha1', 'ElasticMapsServer', ['spec.image']],
  ['enterprisesearch.k8s.elastic.co/v1', 'EnterpriseSearch', ['spec.image']],
  ['kibana.k8s.elastic.co/v1', 'Kibana', ['spec.image']],
  ['logstash.k8s.elastic.co/v1alpha1', 'Logstash', ['spec.image']],
  ['packageregistry.k8s.elastic.co/v1alpha1', 'PackageRegistry', ['spec.image']],
  ['postgresql.cnpg.io/v1', 'Cluster', ['spec.imageName', 'spec.postgresql.extensions.0.image.reference']],
  ['postgresql.cnpg.io/v1', 'Pooler', ['spec.pgbouncer.image', 'spec.template.spec.containers.0.image']],
  ['postgresql.cnpg.io/v1', 'ImageCatalog', ['spec.images.0.image', 'spec.images.1.extensions.0.image.reference']],
  ['postgresql.cnpg.io/v1', 'ClusterImageCatalog', ['spec.images.0.image', 'spec.componentImages.0.image']],
  [
    'tekton.dev/v1',
    'Task',
    ['spec.steps.0.image', 'spec.steps.1.image', 'spec.sidecars.0.image', 'spec.stepTemplate.image'],
  ],
  [
    'postgres-operator.crunchydata.com/v1beta1',
    'PostgresCluster',
    [
      'spec.image',
      'spec.backups.pgbackrest.image',
      'spec.proxy.pgBouncer.image',
      'spec.monitoring.pgmonitor.exporter.image',
      'spec.userInterface.pgAdmin.image',
      'spec.instrumentation.image',
    ],
  ],
  ['postgres-operator.crunchydata.com/v1beta1', 'PGAdmin', ['spec.image', 'spec.instrumentation.image']],
  ['postgres-operator.crunchydata.com/v1beta1', 'PGUpgrade', ['spec.image']],
  [
    'acid.zalan.do/v1',
    'postgresql',
    ['spec.dockerImage', 'spec.connectionPooler.dockerImage', 'spec.sidecars.0.image'],
  ],
  ['rabbitmq.com/v1beta1', 'RabbitmqCluster', ['spec.image', 'spec.secretBackend.vault.defaultUserUpdaterImage']],
  ['actions.summerwind.dev/v1alpha1', 'Runner', ['spec.image', 'spec.sidecarContainers.0.image']],
  ['actions.summerwind.dev/v1alpha1', 'RunnerSet', ['spec.image', 'spec.template.spec.containers.0.image']],
  [
    'actions.summerwind.dev/v1alpha1',
    'RunnerDeployment',
    ['spec.template.spec.image', 'spec.template.spec.sidecarContainers.0.image'],
  ],
  ['actions.summerwind.dev/v1alpha1', 'RunnerReplicaSet', ['spec.template.spec.image']],
  ['tekton.dev/v1beta1', 'ClusterTask', ['spec.steps.0.image']],
  ['tekton.dev/v1', 'TaskRun', ['spec.taskSpec.steps.0.image', 'spec.taskSpec.stepTemplate.image']],
  ['tekton.dev/v1', 'Pipeline', ['spec.tasks.0.taskSpec.steps.0.image', 'spec.finally.0.taskSpec.sidecars.0.image']],
  ['tekton.dev/v1', 'PipelineRun', ['spec.pipelineSpec.tasks.0.taskSpec.steps.0.image']],
  ['tekton.dev/v1beta1', 'StepAction', ['spec.image']],
  [
    'argoproj.io/v1alpha1',
    'Workflow',
    [
      'spec.templates.0.container.image',
      'spec.templates.1.script.image',
      'spec.templates.0.sidecars.0.image',
      'spec.templates.0.initContainers.0.image',
      'spec.templates.2.containerSet.containers.0.image',
      'spec.templates.3.dag.tasks.0.inline.container.image',
      'spec.templates.4.steps.0.0.inline.script.image',
      'spec.templateDefaults.container.image',
    ],
  ],
  ['argoproj.io/v1alpha1', 'WorkflowTemplate', ['spec.templates.0.container.image']],
  ['argoproj.io/v1alpha1', 'ClusterWorkflowTemplate', ['spec.templates.0.script.image']],
  ['argoproj.io/v1alpha1', 'CronWorkflow', ['spec.workflowSpec.templates.0.container.image']],
];

/** An object with a value at each path. */
function withValues(values: Record<string, unknown>): any {
  const root: any = {};
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split(/(?<!\\)\./).map((key) => key.replace(/\\/g, ''));
    keys.reduce((owner, key, index) => {
      const isLast = index === keys.length - 1;
      owner[key] = isLast ? value : (owner[key] ?? (/^\d+$/.test(keys[index + 1]) ? [] : {}));
      return owner[key];
    }, root);
  }
  return JSON.parse(JSON.stringify(root));
}

const resource = (apiVersion: string, kind: string, values: Record<string, unknown>) => ({
  apiVersion,
  kind,
  metadata: { name: 'x' },
  ...withValues(values),
});

const plain = (path: string) => path.replace(/\\/g, '');
const imageAt = (kind: string, path: string) =>
  `quay.io/${kind.toLowerCase()}/${plain(path).toLowerCase().replace(/\./g, '-')}:1.2`;

describe('the images of operators go through the cache, and nothing else changes', () => {
  const documents = IMAGES.map(([apiVersion, kind, paths]) =>
    resource(apiVersion, kind, {
      'spec.version': '1.2',
      'spec.other': { url: 'https://quay.io/a/b', image: { tag: 'x' } },
      ...Object.fromEntries(paths.map((path) => [path, imageAt(kind, path)])),
    }),
  );
  const stack = newStack();
  manifest(stack, documents);
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const after = resources(stack, 'Custom::AWSCDK-EKS-KubernetesResource').Manifest.Manifest;

  test.each(
    IMAGES.map(([apiVersion, kind, paths], index): [string, string, string[], number] => [
      apiVersion,
      kind,
      paths,
      index,
    ]),
  )('%s %s', (_, kind, paths, index) => {
    expect(diff(documents[index], after[index])).toEqual(
      Object.fromEntries(
        paths.map((path) => {
          const image = imageAt(kind, path);
          return [plain(path), [image, image.replace('quay.io', `${REGISTRY}/quay`)]];
        }),
      ),
    );
  });

  test('all of them', () => {
    expect(redirection.report.filter(({ reason }) => reason !== undefined)).toEqual([]);
    expect(redirection.report).toHaveLength(IMAGES.flatMap(([, , paths]) => paths).length);
  });

  test('of another group are another matter, and told', () => {
    const found = IMAGES.filter(([, , [path]]) => path === 'spec.image').map(([, kind]) =>
      manifestSlots(resource('example.com/v1', kind, { 'spec.image': 'quay.io/a/b:1' })),
    );
    expect(found.length).toBeGreaterThan(10);
    found.forEach((slots) =>
      expect(slots).toEqual([
        expect.objectContaining({
          place: 'Manifest.spec.image',
          image: 'quay.io/a/b:1',
          leave: expect.stringMatching(/^only an operator knows/),
        }),
      ]),
    );
  });
});

/** What a row says has to be read off a CRD in the table above. */
test.each(
  OPERATORS.filter(({ images }) => images).map((row) => [`${row.group}: ${row.kinds.join(', ')}`, row] as const),
)('every kind and path of the row of %s is in the table of this test', (_, { group, kinds, images }) => {
  const pattern = (text: string) => new RegExp(`^${text.replace(/\./g, '\\.').replace(/\*/g, '.*')}$`);
  const samples = IMAGES.filter(
    ([apiVersion, kind]) => pattern(group).test(apiVersion.split('/')[0]) && kinds.includes(kind),
  );
  expect(new Set(samples.map(([, kind]) => kind))).toEqual(new Set(kinds));
  const paths = samples.flatMap(([, , all]) => all.map((path) => plain(path).replace(/(?<=\.)\d+(?=\.)/g, '*')));
  images!.forEach((image) => expect(paths.filter((path) => pattern(image).test(path))).not.toEqual([]));
});

test.each([
  ['kafkas.kafka.strimzi.io', 'Kafka'],
  ['kafka.kafka.strimzi.io', 'Kafka'],
  ['kafkas.v1beta2.kafka.strimzi.io', 'Kafka'],
  ['prometheuses.monitoring.coreos.com', 'Prometheus'],
  ['elasticsearches.elasticsearch.k8s.elastic.co', 'Elasticsearch'],
  ['clusters.postgresql.cnpg.io', 'Cluster'],
  ['ocirepositories.source.toolkit.fluxcd.io', 'OCIRepository'],
  ['kafka', undefined],
  ['deployments.apps', undefined],
  ['clusters.cluster.x-k8s.io', undefined],
  ['', undefined],
])('kubectl calls by %s the kind %s', (name, kind) => {
  expect(kindNamed(name)?.kind).toBe(kind);
});

test('a row is for its group and kinds', () => {
  expect(operatorOf('tekton.dev', 'Task')?.images).toContain('spec.*steps.*.image');
  expect(operatorOf('tekton.dev', 'CustomRun')).toBeUndefined();
  expect(operatorOf('evil-tekton.dev', 'Task')).toBeUndefined();
  expect(operatorOf('', 'Task')).toBeUndefined();
});

test.each([
  ['constraints.gatekeeper.sh', 'spec.parameters.repos.*', true],
  ['admissionregistration.k8s.io', 'spec.mutations.*.jsonPatch.expression', true],
  ['policies.kyverno.io', 'spec.mutations.*.applyConfiguration.expression', true],
  ['kyverno.io', 'spec.rules.*.validate.pattern.spec.containers.*.image', true],
  ['kyverno.io', 'spec.rules.*.mutate.patchStrategicMerge.spec.containers.*.image', false],
  ['kyverno.io', 'spec.rules.*.generate.data.spec.template.spec.containers.*.image', false],
  ['apps', 'spec.mutate.containers.*.image', false],
])('whether a policy of %s compares what stands at %s: %s', (group, path, expected) => {
  expect(comparesImages(group, path)).toBe(expected);
});

test('the name of PostgreSQL keeps its tag, by which CloudNativePG tells the version, also before a digest', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  const stack = newStack();
  manifest(stack, [
    resource('postgresql.cnpg.io/v1', 'Cluster', {
      'spec.imageName': `ghcr.io/cloudnative-pg/postgresql:17.2@${digest}`,
    }),
  ]);
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const [{ spec }] = resources(stack, 'Custom::AWSCDK-EKS-KubernetesResource').Manifest.Manifest;
  expect(spec.imageName).toBe(`${REGISTRY}/github/cloudnative-pg/postgresql:17.2@${digest}`);
  expect(lines(redirection)).toHaveLength(1);
});
