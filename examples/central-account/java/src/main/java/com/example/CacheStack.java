package com.example;

import io.github.cdkecrpullthroughcache.PlaceholderOptions;
import io.github.cdkecrpullthroughcache.PullThroughCache;
import io.github.cdkecrpullthroughcache.RepositoryCreationTemplateOptions;
import io.github.cdkecrpullthroughcache.RepositoryLifecycleRule;
import io.github.cdkecrpullthroughcache.UpstreamCredentials;
import io.github.cdkecrpullthroughcache.UpstreamRegistry;
import java.util.List;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.services.iam.OrganizationPrincipal;
import software.constructs.Construct;

/** In the account of the platform team: one cache, and one Docker Hub token, for the whole organization. */
public class CacheStack extends Stack {
    public CacheStack(final Construct scope, final String id, final StackProps props) {
        super(scope, id, props);
        PullThroughCache.Builder.create(this, "Cache")
                .upstreams(List.of(
                        UpstreamRegistry.dockerHub(UpstreamCredentials.placeholder(PlaceholderOptions.builder()
                                .username("example-org")
                                .build())),
                        UpstreamRegistry.quay()))
                .repositories(RepositoryCreationTemplateOptions.builder()
                        .lifecycleRules(List.of(RepositoryLifecycleRule.expireAfter(Duration.days(30))))
                        .build())
                // The policies of the registry, and of the repositories that pulls create.
                .allowPullFrom(List.of(new OrganizationPrincipal("o-exampleorg1")))
                .outputPrefixes(true)
                .build();
    }
}
