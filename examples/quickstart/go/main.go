package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	cache "github.com/cdk-ecr-pull-through-cache/cdk-ecr-pull-through-cache-go/cdkecrpullthroughcache"
)

// NewQuickstartStack has every upstream that ECR supports, each with an image that is pulled through it.
func NewQuickstartStack(scope constructs.Construct, id string, props *awscdk.StackProps) awscdk.Stack {
	stack := awscdk.NewStack(scope, &id, props)

	// These are open to all.
	addRule(stack, "EcrPublic", cache.UpstreamRegistry_EcrPublic(), "amazonlinux/amazonlinux:2023")
	addRule(stack, "Kubernetes", cache.UpstreamRegistry_Kubernetes(), "pause:3.10")
	addRule(stack, "Quay", cache.UpstreamRegistry_Quay(), "prometheus/node-exporter:v1.8.2")

	// A secret that exists, by its ARN and by its name.
	addRule(stack, "DockerHub", cache.UpstreamRegistry_DockerHub(cache.UpstreamCredentials_FromSecretCompleteArn(
		jsii.String("arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/docker-hub-a1B2c3"),
	)), "nginx:1.27")
	addRule(stack, "Azure", cache.UpstreamRegistry_Azure(jsii.String("myregistry"), cache.UpstreamCredentials_FromSecretName(jsii.String("azure"))), "team/app:1.0")

	// A secret that the stack makes, with a token that is kept elsewhere.
	addRule(stack, "GitHub", cache.UpstreamRegistry_Github(cache.UpstreamCredentials_NewSecret(&cache.NewSecretOptions{
		Username: jsii.String("octocat"),
		AccessToken: awscdk.SecretValue_SecretsManager(jsii.String("github/read-packages"), &awscdk.SecretsManagerSecretOptions{
			JsonField: jsii.String("token"),
		}),
	})), "octocat/app:v1")

	// Secrets to be filled in after the first deployment, with the commands that the stack prints.
	addRule(stack, "GitLab", cache.UpstreamRegistry_Gitlab(cache.UpstreamCredentials_Placeholder(&cache.PlaceholderOptions{
		Username: jsii.String("group-bot"),
	})), "group/project/app:v1")
	addRule(stack, "Chainguard", cache.UpstreamRegistry_Chainguard(cache.UpstreamCredentials_Placeholder(nil)), "chainguard/node:latest")

	// A registry of another account: its role is made here.
	addRule(stack, "SharedEcr", cache.UpstreamRegistry_Ecr(&cache.EcrUpstreamOptions{
		Account: jsii.String("444455556666"),
		Region:  jsii.String("us-east-1"),
	}), "team/app:1.0")

	return stack
}

func addRule(scope constructs.Construct, id string, upstream cache.UpstreamRegistry, image string) {
	rule := cache.NewPullThroughCacheRule(scope, &id, &cache.PullThroughCacheRuleProps{Upstream: upstream})
	awscdk.NewCfnOutput(scope, jsii.String(id+"Image"), &awscdk.CfnOutputProps{Value: rule.Image(&image, nil).Uri()})
}

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(nil)
	NewQuickstartStack(app, "Quickstart", &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String("eu-west-1")},
	})
	app.Synth(nil)
}
