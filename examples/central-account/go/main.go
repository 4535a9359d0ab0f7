package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsecs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	cache "github.com/cdk-ecr-pull-through-cache/cdk-ecr-pull-through-cache-go/cdkecrpullthroughcache"
)

const (
	region       = "eu-west-1"
	cacheAccount = "111122223333"
	teamAccount  = "444455556666"
)

// NewCacheStack is in the account of the platform team: one cache, and one Docker Hub token, for the whole organization.
func NewCacheStack(scope constructs.Construct, id string, props *awscdk.StackProps) awscdk.Stack {
	stack := awscdk.NewStack(scope, &id, props)
	cache.NewPullThroughCache(stack, jsii.String("Cache"), &cache.PullThroughCacheProps{
		Upstreams: &[]cache.UpstreamRegistry{
			cache.UpstreamRegistry_DockerHub(cache.UpstreamCredentials_Placeholder(&cache.PlaceholderOptions{
				Username: jsii.String("example-org"),
			})),
			cache.UpstreamRegistry_Quay(),
		},
		Repositories: &cache.RepositoryCreationTemplateOptions{
			LifecycleRules: &[]cache.RepositoryLifecycleRule{
				cache.RepositoryLifecycleRule_ExpireAfter(awscdk.Duration_Days(jsii.Number(30)), nil),
			},
		},
		// The policies of the registry, and of the repositories that pulls create.
		AllowPullFrom:  &[]awsiam.IPrincipal{awsiam.NewOrganizationPrincipal(jsii.String("o-exampleorg1"))},
		OutputPrefixes: jsii.Bool(true),
	})
	return stack
}

// NewTeamStack is in the account of any team: it knows of the cache no more than the account, the prefix and the upstream.
func NewTeamStack(scope constructs.Construct, id string, props *awscdk.StackProps) awscdk.Stack {
	stack := awscdk.NewStack(scope, &id, props)
	hub := cache.PullThroughCacheRule_FromPullThroughCacheRuleAttributes(stack, jsii.String("DockerHub"), &cache.PullThroughCacheRuleAttributes{
		EcrRepositoryPrefix: jsii.String("docker-hub"),
		UpstreamRegistryUrl: jsii.String("docker.io"),
		Account:             jsii.String(cacheAccount),
		Region:              jsii.String(region),
	})

	taskDefinition := awsecs.NewFargateTaskDefinition(stack, jsii.String("Task"), nil)
	taskDefinition.AddContainer(jsii.String("web"), &awsecs.ContainerDefinitionOptions{
		Image: hub.Image(jsii.String("nginx:1.27"), nil).ToContainerImage(),
	})
	awsecs.NewFargateService(stack, jsii.String("Service"), &awsecs.FargateServiceProps{
		Cluster: awsecs.NewCluster(stack, jsii.String("Cluster"), &awsecs.ClusterProps{
			Vpc: awsec2.NewVpc(stack, jsii.String("Vpc"), &awsec2.VpcProps{MaxAzs: jsii.Number(2), NatGateways: jsii.Number(1)}),
		}),
		TaskDefinition:    taskDefinition,
		MinHealthyPercent: jsii.Number(100),
		CircuitBreaker:    &awsecs.DeploymentCircuitBreaker{Rollback: jsii.Bool(true)},
	})
	return stack
}

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	NewCacheStack(app, "CentralCache", &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String(cacheAccount), Region: jsii.String(region)},
	})
	NewTeamStack(app, "Team", &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String(teamAccount), Region: jsii.String(region)},
	})
	app.Synth(nil)
}
