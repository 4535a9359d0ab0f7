from aws_cdk import App, CfnOutput, Environment, SecretValue, Stack
from cdk_ecr_pull_through_cache import PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry
from constructs import Construct


class QuickstartStack(Stack):
    """Every upstream that ECR supports, each with an image that is pulled through it."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        # These are open to all.
        self._cache("EcrPublic", UpstreamRegistry.ecr_public(), "amazonlinux/amazonlinux:2023")
        self._cache("Kubernetes", UpstreamRegistry.kubernetes(), "pause:3.10")
        self._cache("Quay", UpstreamRegistry.quay(), "prometheus/node-exporter:v1.8.2")

        # A secret that exists, by its ARN and by its name.
        self._cache("DockerHub", UpstreamRegistry.docker_hub(UpstreamCredentials.from_secret_complete_arn(
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/docker-hub-a1B2c3",
        )), "nginx:1.27")
        self._cache("Azure", UpstreamRegistry.azure("myregistry", UpstreamCredentials.from_secret_name("azure")), "team/app:1.0")

        # A secret that the stack makes, with a token that is kept elsewhere.
        self._cache("GitHub", UpstreamRegistry.github(UpstreamCredentials.new_secret(
            username="octocat",
            access_token=SecretValue.secrets_manager("github/read-packages", json_field="token"),
        )), "octocat/app:v1")

        # Secrets to be filled in after the first deployment, with the commands that the stack prints.
        self._cache("GitLab", UpstreamRegistry.gitlab(UpstreamCredentials.placeholder(username="group-bot")), "group/project/app:v1")
        self._cache("Chainguard", UpstreamRegistry.chainguard(UpstreamCredentials.placeholder()), "chainguard/node:latest")

        # A registry of another account: its role is made here.
        self._cache("SharedEcr", UpstreamRegistry.ecr(account="444455556666", region="us-east-1"), "team/app:1.0")

    def _cache(self, id: str, upstream: UpstreamRegistry, image: str) -> None:
        rule = PullThroughCacheRule(self, id, upstream=upstream)
        CfnOutput(self, f"{id}Image", value=rule.image(image).uri)


app = App()
QuickstartStack(app, "Quickstart", env=Environment(account="111122223333", region="eu-west-1"))
app.synth()
