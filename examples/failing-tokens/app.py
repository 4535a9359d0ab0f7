from aws_cdk import App, Environment, Stack
from aws_cdk.aws_events import EventField, RuleTargetInput
from aws_cdk.aws_events_targets import SnsTopic
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sns_subscriptions import EmailSubscription
from cdk_ecr_pull_through_cache import PullThroughCache, UpstreamCredentials, UpstreamRegistry
from constructs import Construct


class FailingTokensStack(Stack):
    """Tells people when pulls through the cache fail, as they do once a token of an upstream registry has expired."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        cache = PullThroughCache(
            self, "Cache",
            upstreams=[
                UpstreamRegistry.docker_hub(UpstreamCredentials.from_secret_name("docker-hub")),
                # A pull token of Chainguard expires after 30 days unless it was made to last longer.
                UpstreamRegistry.chainguard(UpstreamCredentials.from_secret_name("chainguard")),
            ],
        )

        topic = Topic(self, "Failures", enforce_ssl=True)
        topic.add_subscription(EmailSubscription("platform@example.com"))
        cache.on_cache_failure(
            "OnFailure",
            description="Pulls through the cache that fail",
            target=SnsTopic(
                topic,
                message=RuleTargetInput.from_text(
                    f"{EventField.from_path('$.detail.upstream-registry-url')} refuses {EventField.from_path('$.detail.repository-name')}: "
                    f"{EventField.from_path('$.detail.failure-code')} {EventField.from_path('$.detail.failure-reason')}",
                ),
            ),
        )


app = App()
FailingTokensStack(app, "FailingTokens", env=Environment(account="111122223333", region="eu-west-1"))
app.synth()
