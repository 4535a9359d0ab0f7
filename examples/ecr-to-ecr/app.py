from aws_cdk import App, CfnOutput, Environment, Stack
from aws_cdk.aws_iam import AccountPrincipal
from cdk_ecr_pull_through_cache import PullThroughCacheRule, RegistryPolicy, UpstreamRegistry
from constructs import Construct

OWN_ACCOUNT = "111122223333"
BUILD_ACCOUNT = "444455556666"


class UpstreamStack(Stack):
    """In the account that builds images: lets the other account cache what lies below `team/`."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        RegistryPolicy.of(self).allow_caching_by(AccountPrincipal(OWN_ACCOUNT), "team")


class CacheStack(Stack):
    """Close to the workloads: images of another region, and of another account."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        # The same account in another region: ECR needs no role.
        own = PullThroughCacheRule(
            self, "OwnImages",
            upstream=UpstreamRegistry.ecr(account=OWN_ACCOUNT, region="us-east-1"),
            ecr_repository_prefix="us-east-1",
        )
        CfnOutput(self, "OwnImage", value=own.image("shop/web:1.0").uri)

        # Another account: the role with which ECR reads there is made here. `team/` drops out of the path.
        built = PullThroughCacheRule(
            self, "BuiltImages",
            upstream=UpstreamRegistry.ecr(account=BUILD_ACCOUNT, region="us-east-1"),
            ecr_repository_prefix="builds",
            upstream_repository_prefix="team",
        )
        CfnOutput(self, "BuiltImage", value=built.image("team/app:1.0").uri)


app = App()
upstream = UpstreamStack(app, "Upstream", env=Environment(account=BUILD_ACCOUNT, region="us-east-1"))
cache = CacheStack(app, "Cache", env=Environment(account=OWN_ACCOUNT, region="eu-west-1"))
# The first pull needs the permission of the upstream.
cache.node.add_dependency(upstream)
app.synth()
