from aws_cdk import App, CfnOutput, Environment, Size, Stack
from aws_cdk.aws_batch import (
    EcsFargateContainerDefinition,
    EcsJobDefinition,
    FargateComputeEnvironment,
    JobQueue,
    OrderedComputeEnvironment,
)
from aws_cdk.aws_codebuild import BuildEnvironment, BuildSpec, LinuxBuildImage, Project
from aws_cdk.aws_ec2 import Vpc
from cdk_ecr_pull_through_cache import PullThroughCache
from constructs import Construct


class JobsStack(Stack):
    """A batch job and a build, each in an image of the cache."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        # The three registries that ask for no credentials.
        cache = PullThroughCache(self, "Cache")

        # Batch: the execution role of the job pulls.
        environment = FargateComputeEnvironment(
            self, "Environment",
            vpc=Vpc(self, "Vpc", max_azs=2, nat_gateways=1),
        )
        queue = JobQueue(
            self, "Queue",
            compute_environments=[OrderedComputeEnvironment(compute_environment=environment, order=1)],
        )
        job = EcsJobDefinition(
            self, "Job",
            container=EcsFargateContainerDefinition(
                self, "Container",
                image=cache.image("quay.io/prometheus/prometheus:v3.5.0").to_container_image(),
                command=["promtool", "--version"],
                cpu=0.25,
                memory=Size.mebibytes(512),
            ),
        )

        # CodeBuild: the role of the project pulls.
        image = cache.image("public.ecr.aws/docker/library/node:22")
        build = Project(
            self, "Build",
            environment=BuildEnvironment(build_image=LinuxBuildImage.from_ecr_repository(image.repository, image.tag)),
            build_spec=BuildSpec.from_object({"version": "0.2", "phases": {"build": {"commands": ["node --version"]}}}),
        )

        CfnOutput(self, "RunJob", value=f"aws batch submit-job --job-name try --job-queue {queue.job_queue_name} --job-definition {job.job_definition_name}")
        CfnOutput(self, "RunBuild", value=f"aws codebuild start-build --project-name {build.project_name}")


app = App()
JobsStack(app, "BatchAndCodeBuild", env=Environment(account="111122223333", region="eu-west-1"))
app.synth()
