import { matchesGlob } from '../../core/glob';
import type { Json } from '../rendered-properties';

/**
 * Where the custom resources of an operator name images. Paths begin at the resource, have a `*` for each item of a
 * list, and are compared with patterns in which `*` stands for any text, like those of a redirection.
 */
export interface OperatorImages {
  /** The group of the API, a pattern. */
  readonly group: string;
  readonly kinds: string[];
  /** Whole names of images that nodes pull. */
  readonly images?: string[];
  /** Values of Helm charts. */
  readonly values?: string[];
  /** Lists of parameters of Helm charts, each with a name and a value. */
  readonly parameters?: string[];
  /** Lists of what Kustomize puts in the place of images. */
  readonly kustomize?: string[];
  /** What others than nodes pull, and why it stays. */
  readonly left?: OthersPull;
  /** For tools that install what is not in the manifest. */
  readonly installs?: Installation;
}

interface OthersPull {
  readonly paths: string[];
  readonly reason: string;
  /** True if nobody would expect it to go through the cache. */
  readonly isUnused?: boolean;
}

interface Installation {
  /** What names the chart, or the place where it is from. */
  readonly origins: (spec: Json) => unknown[];
  /** Tells whether it is installed in the cluster of the manifest. */
  readonly isHere: (spec: Json) => boolean;
}

const STRIMZI_BUILD = 'Strimzi pushes the image that it builds there';
const TEKTON_BUNDLE = 'the controller of Tekton reads the bundle, with credentials that are not known here';
const ARGO_CD = 'Argo CD itself pulls it, with credentials that are not known here';
// https://github.com/fluxcd/source-controller/issues/1951
const FLUX =
  'the source controller of Flux pulls it, which was reported not to get from the cache what is not there yet';
const FLUX_SCAN = 'Flux looks for new tags there; the cache lists no tags but those that were pulled';

const ARGO_CD_HERE: Installation = {
  origins: (spec) => {
    const { source, sources = [] } = spec.template?.spec ?? spec;
    return [source, ...sources].flatMap((one) => [one?.repoURL, one?.chart]);
  },
  isHere: (spec) => {
    const { server, name } = (spec.template?.spec ?? spec).destination ?? {};
    return server === 'https://kubernetes.default.svc' || name === 'in-cluster';
  },
};

/** The operators whose custom resources are known, from their CRDs. What is not here is reported. */
export const OPERATORS: OperatorImages[] = [
  // https://github.com/prometheus-operator/prometheus-operator: `baseImage` is a part of a name, and reported.
  { group: 'monitoring.coreos.com', kinds: ['Prometheus'], images: ['spec.image', 'spec.thanos.image'] },
  {
    group: 'monitoring.coreos.com',
    kinds: ['Alertmanager', 'PrometheusAgent', 'ThanosRuler'],
    images: ['spec.image'],
  },
  // https://github.com/open-telemetry/opentelemetry-operator
  {
    group: 'opentelemetry.io',
    kinds: ['OpenTelemetryCollector'],
    images: ['spec.image', 'spec.targetAllocator.image', 'spec.additionalContainers.*.image'],
  },
  {
    group: 'opentelemetry.io',
    kinds: ['TargetAllocator', 'OpAMPBridge'],
    images: ['spec.image', 'spec.additionalContainers.*.image'],
  },
  { group: 'opentelemetry.io', kinds: ['Instrumentation'], images: ['spec.*.image'] },
  // https://github.com/kubeflow/spark-operator
  {
    group: 'sparkoperator.k8s.io',
    kinds: ['SparkApplication', 'ScheduledSparkApplication'],
    images: [
      'spec.image',
      'spec.template.image',
      'spec.*driver.image',
      'spec.*executor.image',
      'spec.*sidecars.*.image',
      'spec.*sparkConf.spark.kubernetes.*container.image',
    ],
  },
  {
    group: 'sparkoperator.k8s.io',
    kinds: ['SparkConnect'],
    images: ['spec.image', 'spec.sparkConf.spark.kubernetes.*container.image'],
  },
  // https://github.com/apache/flink-kubernetes-operator
  {
    group: 'flink.apache.org',
    kinds: ['FlinkDeployment', 'FlinkBlueGreenDeployment'],
    images: ['spec.image', 'spec.template.spec.image'],
  },
  // https://github.com/strimzi/strimzi-kafka-operator, with the fields of v1beta2 that v1 has no more.
  {
    group: 'kafka.strimzi.io',
    kinds: ['Kafka'],
    images: [
      'spec.kafka.image',
      'spec.kafka.brokerRackInitImage',
      'spec.zookeeper.image',
      'spec.entityOperator.*.image',
      'spec.cruiseControl.image',
      'spec.cruiseControl.tlsSidecar.image',
      'spec.kafkaExporter.image',
      'spec.jmxTrans.image',
    ],
  },
  {
    group: 'kafka.strimzi.io',
    kinds: ['KafkaConnect', 'KafkaBridge', 'KafkaMirrorMaker', 'KafkaMirrorMaker2'],
    images: ['spec.image', 'spec.clientRackInitImage', 'spec.plugins.*.artifacts.*.reference'],
    left: { paths: ['spec.build.output.image'], reason: STRIMZI_BUILD, isUnused: true },
  },
  // https://github.com/elastic/cloud-on-k8s
  {
    group: '*.k8s.elastic.co',
    kinds: [
      'Agent',
      'ApmServer',
      'AutoOpsAgentPolicy',
      'Beat',
      'Elasticsearch',
      'ElasticMapsServer',
      'EnterpriseSearch',
      'Kibana',
      'Logstash',
      'PackageRegistry',
    ],
    images: ['spec.image'],
  },
  // https://github.com/cloudnative-pg/cloudnative-pg: it reads the version of PostgreSQL from the tag, which stays,
  // also in front of a digest. It compares pods with this very name: what an admission policy writes would not do.
  {
    group: 'postgresql.cnpg.io',
    kinds: ['Cluster'],
    images: ['spec.imageName', 'spec.postgresql.extensions.*.image.reference'],
  },
  { group: 'postgresql.cnpg.io', kinds: ['Pooler'], images: ['spec.pgbouncer.image'] },
  {
    group: 'postgresql.cnpg.io',
    kinds: ['ImageCatalog', 'ClusterImageCatalog'],
    images: ['spec.images.*.image', 'spec.images.*.extensions.*.image.reference', 'spec.componentImages.*.image'],
  },
  // https://github.com/CrunchyData/postgres-operator
  {
    group: 'postgres-operator.crunchydata.com',
    kinds: ['PostgresCluster', 'PGAdmin', 'PGUpgrade'],
    images: [
      'spec.image',
      'spec.backups.pgbackrest.image',
      'spec.proxy.pgBouncer.image',
      'spec.monitoring.pgmonitor.exporter.image',
      'spec.userInterface.pgAdmin.image',
      'spec.instrumentation.image',
    ],
  },
  // https://github.com/zalando/postgres-operator
  {
    group: 'acid.zalan.do',
    kinds: ['postgresql'],
    images: ['spec.dockerImage', 'spec.connectionPooler.dockerImage', 'spec.sidecars.*.image'],
  },
  // https://github.com/rabbitmq/cluster-operator
  {
    group: 'rabbitmq.com',
    kinds: ['RabbitmqCluster'],
    images: ['spec.image', 'spec.secretBackend.vault.defaultUserUpdaterImage'],
  },
  // https://github.com/actions/actions-runner-controller
  {
    group: 'actions.summerwind.dev',
    kinds: ['Runner', 'RunnerSet', 'RunnerDeployment', 'RunnerReplicaSet'],
    images: ['spec.image', 'spec.template.spec.image', 'spec.*sidecarContainers.*.image'],
  },
  // https://github.com/tektoncd/pipeline: tasks stand in pipelines and runs, too.
  {
    group: 'tekton.dev',
    kinds: ['Task', 'ClusterTask', 'TaskRun', 'Pipeline', 'PipelineRun'],
    images: ['spec.*steps.*.image', 'spec.*sidecars.*.image', 'spec.*stepTemplate.image'],
    left: { paths: ['spec.*Ref.bundle'], reason: TEKTON_BUNDLE },
  },
  { group: 'tekton.dev', kinds: ['StepAction'], images: ['spec.image'] },
  // https://github.com/argoproj/argo-workflows: templates also stand in the tasks of others.
  {
    group: 'argoproj.io',
    kinds: ['Workflow', 'WorkflowTemplate', 'ClusterWorkflowTemplate', 'CronWorkflow'],
    images: ['spec.*container.image', 'spec.*script.image', 'spec.*sidecars.*.image'],
  },
  // https://github.com/argoproj/argo-cd
  {
    group: 'argoproj.io',
    kinds: ['Application', 'ApplicationSet'],
    values: ['spec.*helm.valuesObject'],
    parameters: ['spec.*helm.parameters'],
    kustomize: ['spec.*kustomize.images'],
    left: { paths: ['spec.*repoURL'], reason: ARGO_CD },
    installs: ARGO_CD_HERE,
  },
  // https://github.com/fluxcd/helm-controller, kustomize-controller, source-controller, image-reflector-controller
  {
    group: 'helm.toolkit.fluxcd.io',
    kinds: ['HelmRelease'],
    values: ['spec.values'],
    kustomize: ['spec.postRenderers.*.kustomize.images'],
    installs: {
      origins: ({ chart, chartRef }) => [chart?.spec?.chart, chart?.spec?.sourceRef?.name, chartRef?.name],
      isHere: ({ kubeConfig }) => kubeConfig === undefined,
    },
  },
  {
    group: 'kustomize.toolkit.fluxcd.io',
    kinds: ['Kustomization'],
    kustomize: ['spec.images'],
    installs: { origins: () => [], isHere: ({ kubeConfig }) => kubeConfig === undefined },
  },
  {
    group: 'source.toolkit.fluxcd.io',
    kinds: ['OCIRepository', 'HelmRepository'],
    left: { paths: ['spec.url'], reason: FLUX },
  },
  {
    group: 'image.toolkit.fluxcd.io',
    kinds: ['ImageRepository'],
    left: { paths: ['spec.image'], reason: FLUX_SCAN, isUnused: true },
  },
];

/** Groups whose resources compare images with patterns. */
const POLICIES = [
  'admissionregistration.k8s.io',
  'kyverno.io',
  'policies.kyverno.io',
  '*.gatekeeper.sh',
  'policy.sigstore.dev',
];

/** The row for the kind of a resource, if it is of an operator that is known. */
export function operatorOf(group: string, kind: string): OperatorImages | undefined {
  return OPERATORS.find((row) => matchesGlob(row.group, group) && row.kinds.includes(kind));
}

/** A kind of resource, with the group of its API. */
export interface ResourceKind {
  readonly group: string;
  readonly kind: string;
}

/** The kind that `kubectl` knows by a name with its group, such as `kafkas.kafka.strimzi.io`. */
export function kindNamed(name: string): ResourceKind | undefined {
  const [, plural, group] = /^([^.]*)\.(?:v\d\w*\.)?(.*)$/.exec(name) ?? [];
  const names = [plural, plural?.replace(/s$/, ''), plural?.replace(/es$/, ''), plural?.replace(/ies$/, 'y')];
  const ofGroup = OPERATORS.filter((row) => group && matchesGlob(row.group, group));
  const kind = ofGroup.flatMap(({ kinds }) => kinds).find((one) => names.includes(one.toLowerCase()));
  return kind === undefined ? undefined : { group, kind };
}

/** Where the policies of Kyverno say what is to be, and not what is compared with it. */
const OF_KYVERNO = ['*mutate.*', '*generate.*'];

/** Tells whether a resource says at the end of a path which images pods may have, and names none that is pulled. */
export function comparesImages(group: string, path: string): boolean {
  return matchesAny(POLICIES, group) && !(group === 'kyverno.io' && matchesAny(OF_KYVERNO, path));
}

/** Tells whether one of several patterns, if there are any, is that of a text. */
export function matchesAny(patterns: string[] | undefined, text: string): boolean {
  return patterns?.some((pattern) => matchesGlob(pattern, text)) ?? false;
}
