import { App, Stack, StackProps } from 'aws-cdk-lib';
import { Cluster, KubectlProvider } from 'aws-cdk-lib/aws-eks-v2';
import { Role } from 'aws-cdk-lib/aws-iam';
import {
  AdmissionNamespaces,
  AdmissionPolicy,
  AdmissionReport,
  PullThroughCache,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

/** A cluster in which every pod pulls through the cache, whoever makes it: charts, operators, injectors, kubectl. */
class ClusterStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    const cache = new PullThroughCache(this, 'Cache', {
      upstreams: [
        UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
        UpstreamRegistry.kubernetes(),
        UpstreamRegistry.quay(),
        UpstreamRegistry.ecrPublic(),
      ],
    });

    const policy = cache.admissionPolicy({
      namespaces: AdmissionNamespaces.allExcept('kube-system', 'istio-system'),
      // Operators that compare the images of their pods: CloudNativePG, and the catalogs of OLM.
      excludePods: [...AdmissionPolicy.OPERATOR_PODS, 'olm.catalogSource'],
      exclude: ['docker.io/acme/*'],
      // What does not come through the cache all the same is in the audit log.
      report: [AdmissionReport.AUDIT],
      // The nodes pull: those of the node groups and those that Karpenter brings, which have one role here.
      nodeRoles: [Role.fromRoleName(this, 'NodeRole', 'main-nodes')],
    });

    const cluster = Cluster.fromClusterAttributes(this, 'Cluster', {
      clusterName: 'main',
      kubectlProvider: KubectlProvider.fromKubectlProviderAttributes(this, 'Kubectl', {
        serviceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:main-kubectl',
        role: Role.fromRoleArn(this, 'KubectlRole', 'arn:aws:iam::111122223333:role/main-kubectl'),
      }),
    });
    // Each on its own, so that CDK takes out of the cluster what goes from here;
    // and after the rules and the permissions.
    for (const manifest of policy.manifests) {
      cluster.addManifest(manifest.kind, manifest).node.addDependency(policy);
    }
  }
}

const app = new App();
new ClusterStack(app, 'EksAdmissionPolicy', { env: { account: '111122223333', region: 'eu-west-1' } });
