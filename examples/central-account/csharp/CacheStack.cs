using Amazon.CDK;
using Amazon.CDK.AWS.IAM;
using CdkEcrPullThroughCache;
using Constructs;

namespace CentralAccount
{
    /// <summary>In the account of the platform team: one cache, and one Docker Hub token, for the whole organization.</summary>
    public class CacheStack : Stack
    {
        public CacheStack(Construct scope, string id, IStackProps props) : base(scope, id, props)
        {
            new PullThroughCache(this, "Cache", new PullThroughCacheProps
            {
                Upstreams = new[]
                {
                    UpstreamRegistry.DockerHub(UpstreamCredentials.Placeholder(new PlaceholderOptions { Username = "example-org" })),
                    UpstreamRegistry.Quay(),
                },
                Repositories = new RepositoryCreationTemplateOptions
                {
                    LifecycleRules = new[] { RepositoryLifecycleRule.ExpireAfter(Duration.Days(30)) },
                },
                // The policies of the registry, and of the repositories that pulls create.
                AllowPullFrom = new IPrincipal[] { new OrganizationPrincipal("o-exampleorg1") },
                OutputPrefixes = true,
            });
        }
    }
}
