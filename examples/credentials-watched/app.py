from aws_cdk import App, Environment, Stack
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sns_subscriptions import EmailSubscription
from cdk_ecr_pull_through_cache import PullThroughCache, UpstreamCredentials, UpstreamRegistry
from constructs import Construct


class WatchedStack(Stack):
    """Tells people that a token does not work any more, before somebody's pull fails."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        cache = PullThroughCache(
            self, "Cache",
            upstreams=[
                UpstreamRegistry.docker_hub(UpstreamCredentials.from_secret_name("docker-hub")),
                UpstreamRegistry.github(UpstreamCredentials.from_secret_name("github")),
            ],
        )

        # A deployment that gives a rule a secret fails if ECR cannot sign in with it.
        cache.verify_credentials()

        # Every six hours ECR signs in for each rule.
        watch = cache.watch_credentials()
        topic = Topic(self, "Invalid", enforce_ssl=True)
        topic.add_subscription(EmailSubscription("platform@example.com"))
        watch.alarm.add_alarm_action(SnsAction(topic))


app = App()
WatchedStack(app, "CredentialsWatched", env=Environment(account="111122223333", region="eu-west-1"))
app.synth()
