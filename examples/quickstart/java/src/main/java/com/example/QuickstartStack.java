package com.example;

import io.github.cdkecrpullthroughcache.EcrUpstreamOptions;
import io.github.cdkecrpullthroughcache.NewSecretOptions;
import io.github.cdkecrpullthroughcache.PlaceholderOptions;
import io.github.cdkecrpullthroughcache.PullThroughCacheRule;
import io.github.cdkecrpullthroughcache.UpstreamCredentials;
import io.github.cdkecrpullthroughcache.UpstreamRegistry;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.SecretValue;
import software.amazon.awscdk.SecretsManagerSecretOptions;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.constructs.Construct;

/** Every upstream that ECR supports, each with an image that is pulled through it. */
public class QuickstartStack extends Stack {
    public QuickstartStack(final Construct scope, final String id, final StackProps props) {
        super(scope, id, props);

        // These are open to all.
        cache("EcrPublic", UpstreamRegistry.ecrPublic(), "amazonlinux/amazonlinux:2023");
        cache("Kubernetes", UpstreamRegistry.kubernetes(), "pause:3.10");
        cache("Quay", UpstreamRegistry.quay(), "prometheus/node-exporter:v1.8.2");

        // A secret that exists, by its ARN and by its name.
        cache("DockerHub", UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretCompleteArn(
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/docker-hub-a1B2c3")), "nginx:1.27");
        cache("Azure", UpstreamRegistry.azure("myregistry", UpstreamCredentials.fromSecretName("azure")), "team/app:1.0");

        // A secret that the stack makes, with a token that is kept elsewhere.
        cache("GitHub", UpstreamRegistry.github(UpstreamCredentials.newSecret(NewSecretOptions.builder()
                .username("octocat")
                .accessToken(SecretValue.secretsManager("github/read-packages", SecretsManagerSecretOptions.builder().jsonField("token").build()))
                .build())), "octocat/app:v1");

        // Secrets to be filled in after the first deployment, with the commands that the stack prints.
        cache("GitLab", UpstreamRegistry.gitlab(UpstreamCredentials.placeholder(PlaceholderOptions.builder()
                .username("group-bot")
                .build())), "group/project/app:v1");
        cache("Chainguard", UpstreamRegistry.chainguard(UpstreamCredentials.placeholder()), "chainguard/node:latest");

        // A registry of another account: its role is made here.
        cache("SharedEcr", UpstreamRegistry.ecr(EcrUpstreamOptions.builder().account("444455556666").region("us-east-1").build()), "team/app:1.0");
    }

    private void cache(final String id, final UpstreamRegistry upstream, final String image) {
        PullThroughCacheRule rule = PullThroughCacheRule.Builder.create(this, id).upstream(upstream).build();
        CfnOutput.Builder.create(this, id + "Image").value(rule.image(image).getUri()).build();
    }
}
