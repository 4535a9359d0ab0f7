"""What examples/quickstart/app.py makes, with the classes of aws-cdk-lib alone."""
from typing import Any, Optional

from aws_cdk import App, Aws, CfnOutput, Environment, RemovalPolicy, SecretValue, Stack
from aws_cdk.aws_ecr import CfnPullThroughCacheRule
from aws_cdk.aws_iam import CfnRole
from aws_cdk.aws_secretsmanager import Secret, SecretStringGenerator
from constructs import Construct


class QuickstartStack(Stack):
    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        self._cache("EcrPublicC01CEF16", "ecr-public", "ecr-public", "public.ecr.aws")
        self._image("EcrPublic", "ecr-public/amazonlinux/amazonlinux:2023")
        self._cache("Kubernetes94ABCB2D", "kubernetes", "k8s", "registry.k8s.io")
        self._image("Kubernetes", "kubernetes/pause:3.10")
        self._cache("Quay33888E30", "quay", "quay", "quay.io")
        self._image("Quay", "quay/prometheus/node-exporter:v1.8.2")

        self._cache("DockerHubF08745BB", "docker-hub", "docker-hub", "registry-1.docker.io",
                    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/docker-hub-a1B2c3")
        self._image("DockerHub", "docker-hub/library/nginx:1.27")
        self._cache("Azure79F43C3B", "azure", "azure-container-registry", "myregistry.azurecr.io",
                    f"arn:{Aws.PARTITION}:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/azure")
        self._image("Azure", "azure/team/app:1.0")

        github = self._secret("GithubC0B0109D", "github", secret_object_value={
            "username": SecretValue.unsafe_plain_text("octocat"),
            "accessToken": SecretValue.secrets_manager("github/read-packages", json_field="token"),
        })
        self._cache("GithubC0B0109D", "github", "github-container-registry", "ghcr.io", github)
        self._image("GitHub", "github/octocat/app:v1")

        gitlab = self._placeholder("Gitlab9D96D9D5", "gitlab", "group-bot")
        self._cache("Gitlab9D96D9D5", "gitlab", "gitlab-container-registry", "registry.gitlab.com", gitlab)
        self._image("GitLab", "gitlab/group/project/app:v1")
        chainguard = self._placeholder("Chainguard9E6D6722", "chainguard", "<username>")
        self._cache("Chainguard9E6D6722", "chainguard", "chainguard", "cgr.dev", chainguard)
        self._image("Chainguard", "chainguard/chainguard/node:latest")

        role = self._role()
        rule = self._cache("Ecr02915C17", "ecr", "ecr", "444455556666.dkr.ecr.us-east-1.amazonaws.com", role_arn=role.attr_arn)
        rule.add_resource_dependency(role)
        self._image("SharedEcr", "ecr/team/app:1.0")

    def _cache(
        self, id: str, prefix: str, registry: str, url: str, credential_arn: Optional[str] = None, role_arn: Optional[str] = None,
    ) -> CfnPullThroughCacheRule:
        return CfnPullThroughCacheRule(
            self, f"PullThroughCacheRule{id}", ecr_repository_prefix=prefix, upstream_registry=registry, upstream_registry_url=url,
            credential_arn=credential_arn, custom_role_arn=role_arn,
        )

    def _image(self, id: str, path: str) -> None:
        CfnOutput(self, f"{id}Image", value=f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/{path}")

    def _secret(self, id: str, name: str, **props: Any) -> str:
        secret = Secret(self, f"Secret{id}", secret_name=f"ecr-pullthroughcache/{name}", **props)
        secret.node.default_child.override_logical_id(f"PullThroughCacheSecret{id}")
        return secret.secret_arn

    def _placeholder(self, id: str, name: str, username: str) -> str:
        arn = self._secret(
            id, name, removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, generate_secret_string=SecretStringGenerator(
                secret_string_template='{"username":"placeholder"}', generate_string_key="accessToken", exclude_punctuation=True,
            ),
        )
        CfnOutput(
            self, f"FillInSecret{id}",
            description=f"Fills in ecr-pullthroughcache/{name}, from which ECR reads the access token of the upstream registry",
            value=f"aws secretsmanager put-secret-value --region eu-west-1 --secret-id ecr-pullthroughcache/{name} "
                  f"--secret-string '{{\"username\":\"{username}\",\"accessToken\":\"<access token>\"}}'",
        )
        return arn

    def _role(self) -> CfnRole:
        theirs = f"arn:{Aws.PARTITION}:ecr:us-east-1:444455556666:repository/*"
        ours = f"arn:{Aws.PARTITION}:ecr:eu-west-1:111122223333:repository/ecr/*"
        read = ["ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:GetDownloadUrlForLayer", "ecr:GetImageCopyStatus"]
        write = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
        return CfnRole(
            self, "PullThroughCacheRoleEcr02915C17",
            assume_role_policy_document={
                "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "pullthroughcache.ecr.amazonaws.com"}}],
                "Version": "2012-10-17",
            },
            policies=[CfnRole.PolicyProperty(policy_name="PullThroughCache", policy_document={
                "Statement": [
                    {"Action": read, "Effect": "Allow", "Resource": [theirs, ours]},
                    {"Action": write, "Effect": "Allow", "Resource": ours},
                    {"Action": "ecr:GetAuthorizationToken", "Effect": "Allow", "Resource": "*"},
                ],
                "Version": "2012-10-17",
            })],
        )


app = App()
QuickstartStack(app, "Quickstart", env=Environment(account="111122223333", region="eu-west-1"))
app.synth()
