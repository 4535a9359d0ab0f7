from aws_cdk import App, Environment, Stack
from aws_cdk.aws_eks_v2 import Cluster, KubectlProvider
from aws_cdk.aws_iam import Role
from cdk_ecr_pull_through_cache import (
    AdmissionNamespaces,
    AdmissionPolicy,
    AdmissionReport,
    PullThroughCache,
    UpstreamCredentials,
    UpstreamRegistry,
)
from constructs import Construct


class ClusterStack(Stack):
    """A cluster in which every pod pulls through the cache, whoever makes it: charts, operators, injectors, kubectl."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        cache = PullThroughCache(
            self, "Cache",
            upstreams=[
                UpstreamRegistry.docker_hub(UpstreamCredentials.from_secret_name("docker-hub")),
                UpstreamRegistry.kubernetes(),
                UpstreamRegistry.quay(),
                UpstreamRegistry.ecr_public(),
            ],
        )

        policy = cache.admission_policy(
            namespaces=AdmissionNamespaces.all_except("kube-system", "istio-system"),
            # Operators that compare the images of their pods: CloudNativePG, and the catalogs of OLM.
            exclude_pods=[*AdmissionPolicy.OPERATOR_PODS, "olm.catalogSource"],
            exclude=["docker.io/acme/*"],
            # What does not come through the cache all the same is in the audit log.
            report=[AdmissionReport.AUDIT],
            # The nodes pull: those of the node groups and those that Karpenter brings, which have one role here.
            node_roles=[Role.from_role_name(self, "NodeRole", "main-nodes")],
        )

        cluster = Cluster.from_cluster_attributes(
            self, "Cluster",
            cluster_name="main",
            kubectl_provider=KubectlProvider.from_kubectl_provider_attributes(
                self, "Kubectl",
                service_token="arn:aws:lambda:eu-west-1:111122223333:function:main-kubectl",
                role=Role.from_role_arn(self, "KubectlRole", "arn:aws:iam::111122223333:role/main-kubectl"),
            ),
        )
        # Each on its own, so that CDK takes out of the cluster what goes from here;
        # and after the rules and the permissions.
        for manifest in policy.manifests:
            cluster.add_manifest(manifest["kind"], manifest).node.add_dependency(policy)


app = App()
ClusterStack(app, "EksAdmissionPolicy", env=Environment(account="111122223333", region="eu-west-1"))
app.synth()
