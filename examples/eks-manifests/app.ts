import { readFileSync } from 'fs';
import { join } from 'path';
import { App, Stack, StackProps } from 'aws-cdk-lib';
import { Cluster, KubectlProvider } from 'aws-cdk-lib/aws-eks';
import { Role } from 'aws-cdk-lib/aws-iam';
import { PullThroughCache, Redirection, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

/** Manifests and a chart, as others wrote them, on a cluster that exists: their images go through the cache. */
class WorkloadsStack extends Stack {
  public readonly redirection: Redirection;

  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    const cache = new PullThroughCache(this, 'Cache', {
      upstreams: [
        UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
        UpstreamRegistry.kubernetes(),
        UpstreamRegistry.quay(),
      ],
    });

    const cluster = Cluster.fromClusterAttributes(this, 'Cluster', {
      clusterName: 'main',
      kubectlProvider: KubectlProvider.fromKubectlProviderAttributes(this, 'Kubectl', {
        functionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:main-kubectl',
        kubectlRoleArn: 'arn:aws:iam::111122223333:role/main-kubectl',
        handlerRole: Role.fromRoleArn(
          this,
          'KubectlHandlerRole',
          'arn:aws:iam::111122223333:role/main-kubectl-handler',
        ),
      }),
    });
    for (const name of ['web', 'node-exporter']) {
      cluster.addManifest(name, JSON.parse(readFileSync(join(__dirname, 'manifests', `${name}.json`), 'utf8')));
    }
    cluster.addHelmChart('MetricsServer', {
      chart: 'metrics-server',
      repository: 'https://kubernetes-sigs.github.io/metrics-server',
      version: '3.13.0',
      // A chart names its images itself; only what stands in its values is seen.
      values: { image: { repository: 'registry.k8s.io/metrics-server/metrics-server', tag: 'v0.8.0' } },
    });

    // The nodes pull. Of a cluster that the app itself makes, their roles would be known.
    this.redirection = cache.redirect(this, { nodeRoles: [Role.fromRoleName(this, 'NodeRole', 'main-nodes')] });
  }
}

const app = new App();
const { redirection } = new WorkloadsStack(app, 'EksManifests', {
  env: { account: '111122223333', region: 'eu-west-1' },
});
app.synth();

// Complete once the app is synthesized; on stderr, for `cdk synth` writes the template to stdout.
console.error(redirection.reportTable);
