using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.ECS;
using CdkEcrPullThroughCache;
using Constructs;

namespace CentralAccount
{
    /// <summary>In the account of any team: it knows of the cache no more than the account, the prefix and the upstream.</summary>
    public class TeamStack : Stack
    {
        public TeamStack(Construct scope, string id, IStackProps props) : base(scope, id, props)
        {
            var hub = PullThroughCacheRule.FromPullThroughCacheRuleAttributes(this, "DockerHub", new PullThroughCacheRuleAttributes
            {
                EcrRepositoryPrefix = "docker-hub",
                UpstreamRegistryUrl = "docker.io",
                Account = Program.CacheAccount,
                Region = Program.Region,
            });

            var taskDefinition = new FargateTaskDefinition(this, "Task");
            taskDefinition.AddContainer("web", new ContainerDefinitionOptions { Image = hub.Image("nginx:1.27").ToContainerImage() });
            new FargateService(this, "Service", new FargateServiceProps
            {
                Cluster = new Cluster(this, "Cluster", new ClusterProps
                {
                    Vpc = new Vpc(this, "Vpc", new VpcProps { MaxAzs = 2, NatGateways = 1 }),
                }),
                TaskDefinition = taskDefinition,
                MinHealthyPercent = 100,
                CircuitBreaker = new DeploymentCircuitBreaker { Rollback = true },
            });
        }
    }
}
