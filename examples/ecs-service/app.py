from aws_cdk import App, Duration, Environment, Stack
from aws_cdk.aws_ec2 import Vpc
from aws_cdk.aws_ecs import Cluster, DeploymentCircuitBreaker, FargateService, FargateTaskDefinition, PortMapping
from cdk_ecr_pull_through_cache import (
    PullThroughCache,
    RepositoryCreationTemplateOptions,
    RepositoryLifecycleRule,
    UpstreamCredentials,
    UpstreamRegistry,
)
from constructs import Construct


class ServiceStack(Stack):
    """A service on Fargate that pulls all its images through the cache."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        cache = PullThroughCache(
            self, "Cache",
            upstreams=[
                UpstreamRegistry.docker_hub(UpstreamCredentials.from_secret_name("docker-hub")),
                UpstreamRegistry.ecr_public(),
            ],
            # What ECR removes after a month is fetched again by the next pull.
            repositories=RepositoryCreationTemplateOptions(
                lifecycle_rules=[RepositoryLifecycleRule.expire_after(Duration.days(30))],
            ),
        )

        task_definition = FargateTaskDefinition(self, "Task")
        task_definition.add_container(
            "web",
            image=cache.image("nginx:1.27").to_container_image(),
            port_mappings=[PortMapping(container_port=80)],
        )
        task_definition.add_container(
            "redis",
            image=cache.image("public.ecr.aws/docker/library/redis:7.4").to_container_image(),
            essential=False,
        )

        # The service waits for the rules, and for what its execution role needs for the first pull.
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
ServiceStack(app, "EcsService", env=Environment(account="111122223333", region="eu-west-1"))
app.synth()
