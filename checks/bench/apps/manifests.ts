import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { CfnCluster } from 'aws-cdk-lib/aws-eks';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { passBy, redirect } from './redirected';
import { ENVIRONMENT, newApp, numbers, overStacks } from './support';

const OF_STACK = 250;

/** A manifest of 100 kB: twenty deployments, and a configuration. */
const CONFIGURATION = { kind: 'ConfigMap', metadata: { name: 'text' }, data: { text: 'some words\n'.repeat(8_000) } };

function manifest(index: number): object[] {
  const deployments = numbers(20).map((number) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `app-${number}`, labels: { app: `app-${number}` } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: `app-${number}` } },
      template: {
        metadata: { labels: { app: `app-${number}` } },
        spec: {
          containers: [
            {
              name: 'app',
              image: `quay.io/team-${index % 50}/app-${number}:v1`,
              ports: [{ containerPort: 8080 }],
              resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
            },
          ],
        },
      },
    },
  }));
  return [...deployments, { apiVersion: 'v1', ...CONFIGURATION }];
}

/** What `KubernetesManifest` of aws-eks renders. */
function app(manifests: number, extend: (app: App, nodeRoles: Role[]) => void): void {
  const scope = newApp();
  const nodes = new Stack(scope, 'Nodes', { env: ENVIRONMENT });
  extend(scope, [new Role(nodes, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') })]);
  overStacks(scope, manifests, OF_STACK, (stack, index) => {
    const cluster =
      (stack.node.tryFindChild('Cluster') as CfnCluster | undefined) ??
      new CfnCluster(stack, 'Cluster', {
        roleArn: 'arn:aws:iam::111122223333:role/eks',
        resourcesVpcConfig: { subnetIds: [] },
      });
    new CfnResource(stack, `Manifest${index}`, {
      type: 'Custom::AWSCDK-EKS-KubernetesResource',
      properties: { ClusterName: cluster.ref, Manifest: stack.toJsonString(manifest(index)) },
    });
  });
  scope.synth();
}

export const ours = (manifests: number) => app(manifests, redirect);
export const theirs = (manifests: number) => app(manifests, passBy);
