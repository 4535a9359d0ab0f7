import { App, Stack } from 'aws-cdk-lib';
import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import {
  Cluster,
  CfnAddon,
  HelmChart,
  KubernetesManifest,
  KubernetesPatch,
  KubernetesVersion,
  NodegroupAmiType,
  PatchType,
} from 'aws-cdk-lib/aws-eks';
import { LayerVersion } from 'aws-cdk-lib/aws-lambda';

/** A cluster with workloads as public apps make them: manifests of objects and lists, charts with overrides. */
const app = new App();
const stack = new Stack(app, 'Cluster', { env: { account: '111122223333', region: 'eu-west-1' } });
const cluster = new Cluster(stack, 'Cluster', {
  version: KubernetesVersion.V1_33,
  kubectlLayer: LayerVersion.fromLayerVersionArn(
    stack,
    'Kubectl',
    'arn:aws:lambda:eu-west-1:111122223333:layer:kubectl:1',
  ),
  defaultCapacity: 0,
});
cluster.addNodegroupCapacity('Nodes', {
  instanceTypes: [new InstanceType('m7g.large')],
  amiType: NodegroupAmiType.BOTTLEROCKET_ARM_64,
});

const deployment = (name: string, containers: object[], more: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers, ...more } },
  },
});
cluster.addManifest(
  'Shop',
  deployment('shop', [{ name: 'web', image: 'nginx' }], {
    initContainers: [{ name: 'wait', image: 'busybox:1.37' }],
  }),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop' },
    spec: { ports: [{ port: 80 }], selector: { app: 'shop' } },
  },
);
cluster.addManifest('Pause', deployment('pause', [{ name: 'pause', image: 'registry.k8s.io/pause:3.10' }]));
cluster.addManifest(
  'Private',
  deployment('private', [{ name: 'app', image: 'example/private:1' }], { imagePullSecrets: [{ name: 'hub' }] }),
);
new KubernetesManifest(stack, 'Job', {
  cluster,
  manifest: [
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'report' },
      spec: {
        schedule: '0 2 * * *',
        jobTemplate: {
          spec: {
            template: {
              spec: {
                restartPolicy: 'Never',
                containers: [
                  { name: 'report', image: 'public.ecr.aws/docker/library/python:3.13' },
                  { name: 'upload', image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/upload:1' },
                ],
              },
            },
          },
        },
      },
    },
  ],
});
cluster.addHelmChart('Monitoring', {
  chart: 'kube-prometheus-stack',
  repository: 'https://prometheus-community.github.io/helm-charts',
  values: {
    alertmanager: {
      alertmanagerSpec: { image: { registry: 'quay.io', repository: 'prometheus/alertmanager', tag: 'v0.28.0' } },
    },
    grafana: { image: { repository: 'grafana/grafana', tag: '11.4.0' } },
  },
});
new HelmChart(stack, 'WithoutValues', {
  cluster,
  chart: 'metrics-server',
  repository: 'https://kubernetes-sigs.github.io/metrics-server',
});
cluster.addHelmChart('Karpenter', {
  chart: 'karpenter',
  repository: 'oci://public.ecr.aws/karpenter/karpenter',
  version: '1.8.0',
  values: { controller: { image: { repository: 'public.ecr.aws/karpenter/controller', tag: '1.8.0' } } },
});
cluster.addHelmChart('Range', {
  chart: 'app',
  repository: 'oci://ghcr.io/example/charts/app',
  version: '^2.0.0',
});

const resource = (apiVersion: string, kind: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name: kind.toLowerCase() },
  spec,
});
cluster.addManifest(
  'Operators',
  resource('monitoring.coreos.com/v1', 'Prometheus', {
    image: 'quay.io/prometheus/prometheus:v3.5.0',
    thanos: { image: 'quay.io/thanos/thanos:v0.39.0' },
  }),
  resource('postgresql.cnpg.io/v1', 'Cluster', { imageName: 'ghcr.io/cloudnative-pg/postgresql:17.5', instances: 3 }),
  resource('kafka.strimzi.io/v1', 'Kafka', { kafka: { image: 'quay.io/strimzi/kafka:0.47.0-kafka-4.0.0' } }),
  resource('tekton.dev/v1', 'Task', {
    stepTemplate: { image: 'busybox:1.37' },
    steps: [{ name: 'build', image: 'docker.io/library/golang:1.25', script: 'go build ./...' }],
    sidecars: [{ name: 'cache', image: 'redis:8' }],
  }),
  resource('argoproj.io/v1alpha1', 'Workflow', {
    templates: [
      { name: 'run', container: { image: 'python:3.13' } },
      { name: 'inline', script: { image: 'ghcr.io/example/tool:1', source: 'true' } },
    ],
  }),
  resource('example.com/v1', 'Unknown', { image: 'quay.io/example/unknown:1' }),
);
cluster.addManifest(
  'Delivery',
  resource('helm.toolkit.fluxcd.io/v2', 'HelmRelease', {
    chart: { spec: { chart: 'podinfo', sourceRef: { kind: 'HelmRepository', name: 'podinfo' } } },
    values: { image: 'ghcr.io/stefanprodan/podinfo:6.9.0' },
  }),
);
new KubernetesPatch(stack, 'Proxy', {
  cluster,
  resourceName: 'daemonset/proxy',
  applyPatch: { spec: { template: { spec: { containers: [{ name: 'proxy', image: 'quay.io/example/proxy:2' }] } } } },
  restorePatch: { spec: { template: { spec: { containers: [{ name: 'proxy', image: 'quay.io/example/proxy:1' }] } } } },
});
new KubernetesPatch(stack, 'Tool', {
  cluster,
  resourceName: 'deployment/tool',
  patchType: PatchType.JSON,
  applyPatch: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'quay.io/example/tool:2' }],
  restorePatch: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'quay.io/example/tool:1' }],
});
new CfnAddon(stack, 'Dns', { addonName: 'coredns', clusterName: cluster.clusterName });
