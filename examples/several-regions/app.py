from aws_cdk import App, Environment, Stack
from aws_cdk.aws_secretsmanager import ReplicaRegion, Secret, SecretStringGenerator
from cdk_ecr_pull_through_cache import PullThroughCache, UpstreamCredentials, UpstreamRegistry
from constructs import Construct

ACCOUNT = "111122223333"
HOME = "eu-west-1"
REPLICAS = ["us-east-1", "ap-southeast-2"]


class TokenStack(Stack):
    """The token, filled in once: Secrets Manager keeps a copy in each region, where the rule of that region reads it."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        Secret(
            self, "DockerHub",
            secret_name="ecr-pullthroughcache/docker-hub",
            # A random token until it is filled in. Leave the block as it is: CloudFormation would make a new one.
            generate_secret_string=SecretStringGenerator(
                secret_string_template='{"username":"placeholder"}',
                generate_string_key="accessToken",
                exclude_punctuation=True,
            ),
            replica_regions=[ReplicaRegion(region=region) for region in REPLICAS],
        )


class CacheStack(Stack):
    """Rules are regional, so that each region has the whole cache."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        PullThroughCache(
            self, "Cache",
            upstreams=[
                UpstreamRegistry.docker_hub(UpstreamCredentials.from_secret_name("docker-hub")),
                UpstreamRegistry.ecr_public(),
                UpstreamRegistry.quay(),
            ],
            output_prefixes=True,
        )


app = App()
token = TokenStack(app, "Token", env=Environment(account=ACCOUNT, region=HOME))
for region in [HOME, *REPLICAS]:
    cache = CacheStack(app, f"Cache-{region}", env=Environment(account=ACCOUNT, region=region))
    # ECR looks for the secret when it creates the rule.
    cache.node.add_dependency(token)
app.synth()
