using Amazon.CDK;
using CdkEcrPullThroughCache;
using Constructs;

namespace Quickstart
{
    /// <summary>Every upstream that ECR supports, each with an image that is pulled through it.</summary>
    public class QuickstartStack : Stack
    {
        public QuickstartStack(Construct scope, string id, IStackProps props) : base(scope, id, props)
        {
            // These are open to all.
            Cache("EcrPublic", UpstreamRegistry.EcrPublic(), "amazonlinux/amazonlinux:2023");
            Cache("Kubernetes", UpstreamRegistry.Kubernetes(), "pause:3.10");
            Cache("Quay", UpstreamRegistry.Quay(), "prometheus/node-exporter:v1.8.2");

            // A secret that exists, by its ARN and by its name.
            Cache("DockerHub", UpstreamRegistry.DockerHub(UpstreamCredentials.FromSecretCompleteArn(
                "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/docker-hub-a1B2c3")), "nginx:1.27");
            Cache("Azure", UpstreamRegistry.Azure("myregistry", UpstreamCredentials.FromSecretName("azure")), "team/app:1.0");

            // A secret that the stack makes, with a token that is kept elsewhere.
            Cache("GitHub", UpstreamRegistry.Github(UpstreamCredentials.NewSecret(new NewSecretOptions
            {
                Username = "octocat",
                AccessToken = SecretValue.SecretsManager("github/read-packages", new SecretsManagerSecretOptions { JsonField = "token" }),
            })), "octocat/app:v1");

            // Secrets to be filled in after the first deployment, with the commands that the stack prints.
            Cache("GitLab", UpstreamRegistry.Gitlab(UpstreamCredentials.Placeholder(new PlaceholderOptions { Username = "group-bot" })), "group/project/app:v1");
            Cache("Chainguard", UpstreamRegistry.Chainguard(UpstreamCredentials.Placeholder()), "chainguard/node:latest");

            // A registry of another account: its role is made here.
            Cache("SharedEcr", UpstreamRegistry.Ecr(new EcrUpstreamOptions { Account = "444455556666", Region = "us-east-1" }), "team/app:1.0");
        }

        private void Cache(string id, UpstreamRegistry upstream, string image)
        {
            var rule = new PullThroughCacheRule(this, id, new PullThroughCacheRuleProps { Upstream = upstream });
            new CfnOutput(this, $"{id}Image", new CfnOutputProps { Value = rule.Image(image).Uri });
        }
    }
}
