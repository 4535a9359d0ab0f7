import json
import sys
from pathlib import Path

from aws_cdk import App, Environment, Stack
from aws_cdk.aws_eks import Cluster, KubectlProvider
from aws_cdk.aws_iam import Role
from cdk_ecr_pull_through_cache import PullThroughCache, UpstreamCredentials, UpstreamRegistry
from constructs import Construct

MANIFESTS = Path(__file__).parent / "manifests"


class WorkloadsStack(Stack):
    """Manifests and a chart, as others wrote them, on a cluster that exists: their images go through the cache."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        cache = PullThroughCache(
            self, "Cache",
            upstreams=[
                UpstreamRegistry.docker_hub(UpstreamCredentials.from_secret_name("docker-hub")),
                UpstreamRegistry.kubernetes(),
                UpstreamRegistry.quay(),
            ],
        )

        cluster = Cluster.from_cluster_attributes(
            self, "Cluster",
            cluster_name="main",
            kubectl_provider=KubectlProvider.from_kubectl_provider_attributes(
                self, "Kubectl",
                function_arn="arn:aws:lambda:eu-west-1:111122223333:function:main-kubectl",
                kubectl_role_arn="arn:aws:iam::111122223333:role/main-kubectl",
                handler_role=Role.from_role_arn(self, "KubectlHandlerRole", "arn:aws:iam::111122223333:role/main-kubectl-handler"),
            ),
        )
        for name in ["web", "node-exporter"]:
            cluster.add_manifest(name, json.loads((MANIFESTS / f"{name}.json").read_text(encoding="utf-8")))
        cluster.add_helm_chart(
            "MetricsServer",
            chart="metrics-server",
            repository="https://kubernetes-sigs.github.io/metrics-server",
            version="3.13.0",
            # A chart names its images itself; only what stands in its values is seen.
            values={"image": {"repository": "registry.k8s.io/metrics-server/metrics-server", "tag": "v0.8.0"}},
        )

        # The nodes pull. Of a cluster that the app itself makes, their roles would be known.
        self.redirection = cache.redirect(self, node_roles=[Role.from_role_name(self, "NodeRole", "main-nodes")])


app = App()
workloads = WorkloadsStack(app, "EksManifests", env=Environment(account="111122223333", region="eu-west-1"))
app.synth()

# Complete once the app is synthesized; on stderr, for `cdk synth` writes the template to stdout.
print(workloads.redirection.report_table, file=sys.stderr)
