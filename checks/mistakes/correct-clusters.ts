import { Fn, Stack } from 'aws-cdk-lib';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import {
  CfnNodegroup,
  Cluster,
  EndpointAccess,
  FargateCluster,
  HelmChart,
  ICluster,
  KubernetesManifest,
  KubernetesVersion,
} from 'aws-cdk-lib/aws-eks';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { SetUp } from './mistake';
import { cacheOf, redirected } from './ours';

/** Clusters of EKS and what runs on them, in the shapes that public apps have. */

const container = (image: string, name = 'main') => ({ name, image });
const pod = (image: string) => ({ containers: [container(image)] });
const deployment = (name: string, spec: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec } },
});
const vpcOf = (stack: Stack) =>
  new Vpc(stack, 'Vpc', { availabilityZones: [0, 1].map((index) => Fn.select(index, Fn.getAzs())), natGateways: 1 });
const kubectlLayer = (stack: Stack) =>
  LayerVersion.fromLayerVersionArn(stack, 'Kubectl', 'arn:aws:lambda:eu-west-1:111122223333:layer:kubectl:1');
const nodeRole = (stack: Stack, id = 'NodeRole') =>
  new Role(stack, id, {
    assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    managedPolicies: ['AmazonEKSWorkerNodePolicy', 'AmazonEKS_CNI_Policy', 'AmazonEC2ContainerRegistryReadOnly'].map(
      (name) => ManagedPolicy.fromAwsManagedPolicyName(name),
    ),
  });

/** A cluster with a node group, in a stack that is redirected. */
function onNodes(setUp: string, more: (cluster: Cluster, stack: Stack) => void): SetUp {
  return {
    setUp,
    build: (stack) => {
      redirected(stack);
      const cluster = new Cluster(stack, 'Cluster', {
        vpc: vpcOf(stack),
        version: KubernetesVersion.V1_32,
        kubectlLayer: kubectlLayer(stack),
        endpointAccess: EndpointAccess.PUBLIC_AND_PRIVATE,
        defaultCapacity: 0,
      });
      cluster.addNodegroupCapacity('Nodes', {
        instanceTypes: [new InstanceType('m7i.large')],
        nodeRole: nodeRole(stack),
      });
      more(cluster, stack);
    },
  };
}

/** A cluster of another app, by its name, in a stack that is redirected. */
function elsewhere(setUp: string, more: (cluster: ICluster, stack: Stack) => void): SetUp {
  return {
    setUp,
    build: (stack) => {
      cacheOf(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
      more(
        Cluster.fromClusterAttributes(stack, 'Cluster', {
          clusterName: 'shared',
          kubectlRoleArn: 'arn:aws:iam::111122223333:role/kubectl',
          kubectlLayer: kubectlLayer(stack),
        }),
        stack,
      );
    },
  };
}

export const CLUSTERS: SetUp[] = [
  onNodes('a deployment on a node group', (cluster) =>
    cluster.addManifest('Web', deployment('web', pod('nginx:1.27'))),
  ),
  onNodes('a deployment and its service in one manifest', (cluster) =>
    cluster.addManifest('Web', deployment('web', pod('public.ecr.aws/nginx/nginx:1.27')), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { ports: [{ port: 80 }], selector: { app: 'web' } },
    }),
  ),
  onNodes('a pod with init containers', (cluster) =>
    cluster.addManifest(
      'Web',
      deployment('web', { ...pod('ghcr.io/example/app:v1'), initContainers: [container('busybox:1.37', 'wait')] }),
    ),
  ),
  onNodes('a daemon set of a logger', (cluster) =>
    cluster.addManifest('Logs', {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'logs' },
      spec: {
        selector: { matchLabels: { app: 'logs' } },
        template: {
          metadata: { labels: { app: 'logs' } },
          spec: pod('public.ecr.aws/aws-observability/aws-for-fluent-bit:2.32.4'),
        },
      },
    }),
  ),
  onNodes('a report every night', (cluster) =>
    cluster.addManifest('Report', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'report' },
      spec: {
        schedule: '0 2 * * *',
        jobTemplate: { spec: { template: { spec: { ...pod('python:3.13-slim'), restartPolicy: 'Never' } } } },
      },
    }),
  ),
  onNodes('a controller from the registry of Kubernetes', (cluster) =>
    cluster.addManifest(
      'Controller',
      deployment('controller', pod('registry.k8s.io/external-dns/external-dns:v0.15.1')),
    ),
  ),
  onNodes('a pod of AWS’s own registry of add-ons', (cluster) =>
    cluster.addManifest(
      'Controller',
      deployment(
        'controller',
        pod('666677778888.dkr.ecr.eu-west-1.amazonaws.com/amazon/aws-load-balancer-controller:v2.10.1'),
      ),
    ),
  ),
  onNodes('a manifest without an image', (cluster) =>
    cluster.addManifest('Namespace', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }),
  ),
  onNodes('two manifests, of which one waits for the other', (cluster) => {
    const namespace = cluster.addManifest('Namespace', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop' },
    });
    cluster.addManifest('Web', deployment('web', pod('httpd:2.4'))).node.addDependency(namespace);
  }),
  onNodes('a chart whose values name registry and repository', (cluster) =>
    cluster.addHelmChart('Alerts', {
      chart: 'alertmanager',
      repository: 'https://prometheus-community.github.io/helm-charts',
      values: { image: { registry: 'quay.io', repository: 'prometheus/alertmanager', tag: 'v0.28.0' } },
    }),
  ),
  onNodes('a chart whose values name a whole image', (cluster) =>
    cluster.addHelmChart('Exporter', {
      chart: 'exporter',
      repository: 'https://charts.example.com',
      values: { image: 'quay.io/prometheus/node-exporter:v1.9.0' },
    }),
  ),
  {
    setUp: 'a node group of the L1',
    build: (stack) => {
      redirected(stack);
      const cluster = new Cluster(stack, 'Cluster', {
        vpc: vpcOf(stack),
        version: KubernetesVersion.V1_32,
        kubectlLayer: kubectlLayer(stack),
        defaultCapacity: 0,
      });
      const role = nodeRole(stack);
      cluster.addNodegroupCapacity('Nodes', { nodeRole: role, instanceTypes: [new InstanceType('m7i.large')] });
      new CfnNodegroup(stack, 'More', {
        clusterName: cluster.clusterName,
        nodeRole: role.roleArn,
        subnets: ['subnet-0123456789abcdef0'],
      });
      cluster.addManifest('Web', deployment('web', pod('caddy:2.9')));
    },
  },
  {
    setUp: 'a cluster on Fargate alone',
    build: (stack) => {
      redirected(stack);
      const cluster = new FargateCluster(stack, 'Cluster', {
        vpc: vpcOf(stack),
        version: KubernetesVersion.V1_32,
        kubectlLayer: kubectlLayer(stack),
      });
      cluster.addManifest('Web', deployment('web', pod('nginx:1.27')));
    },
  },
  elsewhere('a manifest for a cluster of another app, whose nodes are named', (cluster, stack) => {
    new KubernetesManifest(stack, 'Web', { cluster, manifest: [deployment('web', pod('traefik:v3.2'))] });
  }),
  elsewhere('a chart for a cluster of another app, whose nodes are named', (cluster, stack) => {
    new HelmChart(stack, 'Alerts', {
      cluster,
      chart: 'alertmanager',
      repository: 'https://prometheus-community.github.io/helm-charts',
      values: { image: { registry: 'quay.io', repository: 'prometheus/alertmanager' } },
    });
  }),
];
