from aws_cdk import App, Environment, Stack
from cdk_ecr_pull_through_cache import PullThroughCache, UpstreamCredentials, UpstreamRegistry
from constructs import Construct


class ChangeableStack(Stack):
    """A cache whose rules can get other secrets and roles."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        PullThroughCache(
            self, "Cache",
            upstreams=[
                # Name another secret, and deploy: the rule is updated.
                UpstreamRegistry.docker_hub(UpstreamCredentials.from_secret_name("docker-hub")),
                UpstreamRegistry.ecr(account="444455556666", region="us-east-1"),
            ],
            change_in_place=True,
        )


app = App()
ChangeableStack(app, "RulesChangedInPlace", env=Environment(account="111122223333", region="eu-west-1"))
app.synth()
