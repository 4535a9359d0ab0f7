from aws_cdk import App, CfnOutput, Environment, Stack
from aws_cdk.aws_lambda import Architecture, DockerImageFunction
from cdk_ecr_pull_through_cache import PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry
from constructs import Construct


class FunctionStack(Stack):
    """A function of AWS Lambda of an image of Docker Hub."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        # A prefix of its own, so that no lifecycle rule of other images removes that of the function.
        functions = PullThroughCacheRule(
            self, "Functions",
            upstream=UpstreamRegistry.docker_hub(UpstreamCredentials.from_secret_name("docker-hub")),
            ecr_repository_prefix="functions",
        )

        # In the cache before the function is made, and let into its repository.
        image = functions.prefetch("myorg/thumbnails:1.4")
        DockerImageFunction(
            self, "Thumbnails",
            code=image.to_lambda_code(architecture=Architecture.ARM_64),
            architecture=Architecture.ARM_64,
        )

        CfnOutput(self, "Digest", value=image.platform_digest("linux/arm64"))


app = App()
FunctionStack(app, "LambdaFromDockerHub", env=Environment(account="111122223333", region="eu-west-1"))
app.synth()
