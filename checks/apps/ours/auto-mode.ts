import { App, Stack } from 'aws-cdk-lib';
import { Cluster, HelmChart, KubernetesVersion } from 'aws-cdk-lib/aws-eks-v2';
import { LayerVersion } from 'aws-cdk-lib/aws-lambda';

/** A cluster in Auto Mode, which is what aws-eks-v2 makes: its nodes have a role, and there is no node group. */
const app = new App();
const stack = new Stack(app, 'AutoMode', { env: { account: '111122223333', region: 'eu-west-1' } });
const kubectlLayer = LayerVersion.fromLayerVersionArn(
  stack,
  'Kubectl',
  'arn:aws:lambda:eu-west-1:111122223333:layer:kubectl:1',
);
const cluster = new Cluster(stack, 'Cluster', {
  version: KubernetesVersion.V1_32,
  kubectlProviderOptions: { kubectlLayer },
});
cluster.addManifest('Web', {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] },
});
new HelmChart(stack, 'Alerts', {
  cluster,
  chart: 'alertmanager',
  repository: 'https://prometheus-community.github.io/helm-charts',
  values: { image: { registry: 'quay.io', repository: 'prometheus/alertmanager', tag: 'v0.28.0' } },
});
