from aws_cdk import App, Environment, Stack
from aws_cdk.aws_ecs import FargateTaskDefinition, PortMapping
from aws_cdk.aws_iam import AccountPrincipal, Role
from cdk_ecr_pull_through_cache import PullThroughCache, UpstreamCredentials, UpstreamRegistry
from constructs import Construct


class CacheStack(Stack):
    """The cache, and who may build with it. It is deployed before the first build."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        self.cache = PullThroughCache(
            self, "Cache",
            upstreams=[
                UpstreamRegistry.docker_hub(UpstreamCredentials.from_secret_name("docker-hub")),
                UpstreamRegistry.ecr_public(),
            ],
        )

        # With this role of the bootstrap stack, `cdk deploy` signs in to the registry to which it pushes images.
        publisher = f"cdk-hnb659fds-image-publishing-role-{self.account}-{self.region}"
        self.cache.grants.pull(Role.from_role_name(self, "Publisher", publisher))

        # Machines that build for other accounts and regions sign in with a file, and a role that may pull and no more.
        self.cache.docker_credentials_file("BuildMachines", assumed_by=AccountPrincipal(self.account))


class ServiceStack(Stack):
    """A container whose image is built of a directory. All that its Dockerfile names is pulled through the cache."""

    def __init__(self, scope: Construct, id: str, *, cache: PullThroughCache, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        build = cache.docker_build("service", build_args={"NODE_VERSION": "24"})
        task_definition = FargateTaskDefinition(self, "Task")
        task_definition.add_container(
            "service",
            image=build.to_container_image(),
            port_mappings=[PortMapping(container_port=80)],
        )


app = App()
env = Environment(account="111122223333", region="eu-west-1")
cache_stack = CacheStack(app, "DockerBuildsCache", env=env)
ServiceStack(app, "DockerBuildsService", cache=cache_stack.cache, env=env)
app.synth()
