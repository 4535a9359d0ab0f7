from aws_cdk import App, Duration, Environment, Stack
from aws_cdk.aws_ec2 import Vpc
from aws_cdk.aws_ecs import Cluster, DeploymentCircuitBreaker, FargateService, FargateTaskDefinition
from aws_cdk.aws_iam import OrganizationPrincipal
from cdk_ecr_pull_through_cache import (
    PullThroughCache,
    PullThroughCacheRule,
    RepositoryCreationTemplateOptions,
    RepositoryLifecycleRule,
    UpstreamCredentials,
    UpstreamRegistry,
)
from constructs import Construct

REGION = "eu-west-1"
CACHE_ACCOUNT = "111122223333"
TEAM_ACCOUNT = "444455556666"


class CacheStack(Stack):
    """In the account of the platform team: one cache, and one Docker Hub token, for the whole organization."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        PullThroughCache(
            self, "Cache",
            upstreams=[
                UpstreamRegistry.docker_hub(UpstreamCredentials.placeholder(username="example-org")),
                UpstreamRegistry.quay(),
            ],
            repositories=RepositoryCreationTemplateOptions(
                lifecycle_rules=[RepositoryLifecycleRule.expire_after(Duration.days(30))],
            ),
            # The policies of the registry, and of the repositories that pulls create.
            allow_pull_from=[OrganizationPrincipal("o-exampleorg1")],
            output_prefixes=True,
        )


class TeamStack(Stack):
    """In the account of any team: it knows of the cache no more than the account, the prefix and the upstream."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        hub = PullThroughCacheRule.from_pull_through_cache_rule_attributes(
            self, "DockerHub",
            ecr_repository_prefix="docker-hub",
            upstream_registry_url="docker.io",
            account=CACHE_ACCOUNT,
            region=REGION,
        )

        task_definition = FargateTaskDefinition(self, "Task")
        task_definition.add_container("web", image=hub.image("nginx:1.27").to_container_image())
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
CacheStack(app, "CentralCache", env=Environment(account=CACHE_ACCOUNT, region=REGION))
TeamStack(app, "Team", env=Environment(account=TEAM_ACCOUNT, region=REGION))
app.synth()
