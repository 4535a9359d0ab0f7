from aws_cdk import App, Environment, Stack
from aws_cdk.aws_ec2 import (
    GatewayVpcEndpointAwsService,
    InterfaceVpcEndpointAwsService,
    SubnetConfiguration,
    SubnetSelection,
    SubnetType,
    Vpc,
)
from aws_cdk.aws_ecs import AwsLogDriver, Cluster, DeploymentCircuitBreaker, FargateService, FargateTaskDefinition
from cdk_ecr_pull_through_cache import PullThroughCache
from constructs import Construct


class PrivateSubnetsStack(Stack):
    """A service in private subnets, which reaches ECR by VPC endpoints."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)

        # The first pull of an image needs a route to the internet, here by a NAT gateway. Later pulls need none.
        subnets = SubnetSelection(subnet_type=SubnetType.PRIVATE_WITH_EGRESS)
        vpc = Vpc(
            self, "Vpc",
            max_azs=2,
            nat_gateways=1,
            subnet_configuration=[
                SubnetConfiguration(name="public", subnet_type=SubnetType.PUBLIC),
                SubnetConfiguration(name="private", subnet_type=SubnetType.PRIVATE_WITH_EGRESS),
            ],
        )

        # Sign-in, manifests, and the layers, which ECR keeps in S3. Through them large pulls cost no NAT traffic.
        vpc.add_interface_endpoint("EcrApi", service=InterfaceVpcEndpointAwsService.ECR, subnets=subnets)
        vpc.add_interface_endpoint("EcrDocker", service=InterfaceVpcEndpointAwsService.ECR_DOCKER, subnets=subnets)
        vpc.add_gateway_endpoint("S3", service=GatewayVpcEndpointAwsService.S3, subnets=[subnets])
        # For the log of the task, not for its image.
        vpc.add_interface_endpoint("Logs", service=InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS, subnets=subnets)

        cache = PullThroughCache(self, "Cache")
        task_definition = FargateTaskDefinition(self, "Task")
        task_definition.add_container(
            "prometheus",
            image=cache.image("quay.io/prometheus/prometheus:v3.5.0").to_container_image(),
            logging=AwsLogDriver(stream_prefix="prometheus"),
        )
        FargateService(
            self, "Service",
            cluster=Cluster(self, "Cluster", vpc=vpc),
            task_definition=task_definition,
            vpc_subnets=subnets,
            min_healthy_percent=100,
            circuit_breaker=DeploymentCircuitBreaker(rollback=True),
        )


app = App()
PrivateSubnetsStack(app, "PrivateSubnets", env=Environment(account="111122223333", region="eu-west-1"))
app.synth()
