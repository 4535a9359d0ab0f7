import { App, Stack, StackProps } from 'aws-cdk-lib';
import { GatewayVpcEndpointAwsService, InterfaceVpcEndpointAwsService, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { AwsLogDriver, Cluster, FargateService, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { PullThroughCache } from 'cdk-ecr-pull-through-cache';
import type { Construct } from 'constructs';

/** A service in private subnets, which reaches ECR by VPC endpoints. */
class PrivateSubnetsStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);

    // The first pull of an image needs a route to the internet, here by a NAT gateway. Later pulls need none.
    const subnets = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
    const vpc = new Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 1,
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC },
        { name: 'private', ...subnets },
      ],
    });

    // Sign-in, manifests, and the layers, which ECR keeps in S3. Through them large pulls cost no NAT traffic.
    vpc.addInterfaceEndpoint('EcrApi', { service: InterfaceVpcEndpointAwsService.ECR, subnets });
    vpc.addInterfaceEndpoint('EcrDocker', { service: InterfaceVpcEndpointAwsService.ECR_DOCKER, subnets });
    vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3, subnets: [subnets] });
    // For the log of the task, not for its image.
    vpc.addInterfaceEndpoint('Logs', { service: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS, subnets });

    const cache = new PullThroughCache(this, 'Cache');
    const taskDefinition = new FargateTaskDefinition(this, 'Task');
    taskDefinition.addContainer('prometheus', {
      image: cache.image('quay.io/prometheus/prometheus:v3.5.0').toContainerImage(),
      logging: new AwsLogDriver({ streamPrefix: 'prometheus' }),
    });
    new FargateService(this, 'Service', {
      cluster: new Cluster(this, 'Cluster', { vpc }),
      taskDefinition,
      vpcSubnets: subnets,
      minHealthyPercent: 100,
      circuitBreaker: { rollback: true },
    });
  }
}

const app = new App();
new PrivateSubnetsStack(app, 'PrivateSubnets', { env: { account: '111122223333', region: 'eu-west-1' } });
