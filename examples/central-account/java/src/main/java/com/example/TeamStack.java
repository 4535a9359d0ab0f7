package com.example;

import io.github.cdkecrpullthroughcache.IPullThroughCacheRule;
import io.github.cdkecrpullthroughcache.PullThroughCacheRule;
import io.github.cdkecrpullthroughcache.PullThroughCacheRuleAttributes;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.ecs.Cluster;
import software.amazon.awscdk.services.ecs.ContainerDefinitionOptions;
import software.amazon.awscdk.services.ecs.DeploymentCircuitBreaker;
import software.amazon.awscdk.services.ecs.FargateService;
import software.amazon.awscdk.services.ecs.FargateTaskDefinition;
import software.constructs.Construct;

/** In the account of any team: it knows of the cache no more than the account, the prefix and the upstream. */
public class TeamStack extends Stack {
    public TeamStack(final Construct scope, final String id, final StackProps props) {
        super(scope, id, props);
        IPullThroughCacheRule hub = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(this, "DockerHub", PullThroughCacheRuleAttributes.builder()
                .ecrRepositoryPrefix("docker-hub")
                .upstreamRegistryUrl("docker.io")
                .account(CentralAccountApp.CACHE_ACCOUNT)
                .region(CentralAccountApp.REGION)
                .build());

        FargateTaskDefinition taskDefinition = new FargateTaskDefinition(this, "Task");
        taskDefinition.addContainer("web", ContainerDefinitionOptions.builder().image(hub.image("nginx:1.27").toContainerImage()).build());
        FargateService.Builder.create(this, "Service")
                .cluster(Cluster.Builder.create(this, "Cluster")
                        .vpc(Vpc.Builder.create(this, "Vpc").maxAzs(2).natGateways(1).build())
                        .build())
                .taskDefinition(taskDefinition)
                .minHealthyPercent(100)
                .circuitBreaker(DeploymentCircuitBreaker.builder().rollback(true).build())
                .build();
    }
}
