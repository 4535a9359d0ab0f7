import { App, Stack } from 'aws-cdk-lib';
import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import {
  Cluster,
  CfnAddon,
  HelmChart,
  KubernetesManifest,
  KubernetesVersion,
  NodegroupAmiType,
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
new CfnAddon(stack, 'Dns', { addonName: 'coredns', clusterName: cluster.clusterName });
