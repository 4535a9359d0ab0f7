from aws_cdk import App, Environment, Stack
from aws_cdk.aws_ec2 import Vpc
from aws_cdk.aws_ecs import Cluster, DeploymentCircuitBreaker, FargateService, FargateTaskDefinition
from cdk_ecr_pull_through_cache import PullThroughCache
from constructs import Construct

# The digest that was looked at and found good.
NODE_EXPORTER = (
    "quay.io/prometheus/node-exporter:v1.8.2"
    "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)


class PinnedStack(Stack):
    """A service of an image that is pinned to its digest."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        cache = PullThroughCache(self, "Cache")

        # Fetched by its tag. The deployment fails if the tag has another digest by then.
        image = cache.prefetch(NODE_EXPORTER)

        task_definition = FargateTaskDefinition(self, "Task")
        task_definition.add_container("exporter", image=image.to_container_image())

        # The task, and so the service, waits for the image.
        FargateService(
            self, "Service",
            cluster=Cluster(
                self, "Cluster",
                vpc=Vpc(self, "Vpc", max_azs=2, nat_gateways=1),
            ),
            task_definition=task_definition,
            min_healthy_percent=100,
            circuit_breaker=DeploymentCircuitBreaker(rollback=True),
        )


app = App()
PinnedStack(app, "PinnedByDigest", env=Environment(account="111122223333", region="eu-west-1"))
app.synth()
