import { App, CfnOutput, SecretValue, Stack } from 'aws-cdk-lib';
import { FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { AccountPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  CachedImage,
  PullThroughCache,
  PullThroughCacheRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';

/**
 * Rules of all kinds, the URIs of images by the host and path at which their upstream has them, and roles that may
 * pull more or less of them.
 *
 *     tsx apps/pull.ts <directory>
 */
const account = '111122223333';
const region = 'eu-west-1';
const app = new App({ outdir: process.argv[2] });
const stack = new Stack(app, 'Pull', { env: { account, region } });

const cache = new PullThroughCache(stack, 'Cache', {
  upstreams: [
    UpstreamRegistry.ecrPublic(),
    UpstreamRegistry.kubernetes(),
    UpstreamRegistry.dockerHub(UpstreamCredentials.placeholder({ username: 'ann' })),
    UpstreamRegistry.github(
      UpstreamCredentials.newSecret({
        username: 'octocat',
        accessToken: SecretValue.secretsManager('github/read-packages', { jsonField: 'token' }),
      }),
    ),
    UpstreamRegistry.azure('myregistry', UpstreamCredentials.fromSecretName('azure')),
    UpstreamRegistry.gitlab(UpstreamCredentials.fromSecretName('gitlab')),
    UpstreamRegistry.chainguard(UpstreamCredentials.fromSecretName('chainguard')),
    UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1' }),
  ],
  rules: [{ upstream: UpstreamRegistry.quay(), repositories: { resourceTags: { team: 'platform' } } }],
});
const hub = cache.rule('docker.io');
const team = new PullThroughCacheRule(stack, 'Team', {
  upstream: UpstreamRegistry.quay(),
  ecrRepositoryPrefix: 'team-a/tools',
  upstreamRepositoryPrefix: 'prometheus',
});
const rest = new PullThroughCacheRule(stack, 'Rest', {
  upstream: UpstreamRegistry.ecrPublic(),
  ecrRepositoryPrefix: PullThroughCacheRule.ROOT,
});
team.allowPullFrom(new AccountPrincipal('444455556666'));

const images: Record<string, CachedImage> = {
  EcrPublic: cache.image('public.ecr.aws/amazonlinux/amazonlinux:2023'),
  Kubernetes: cache.image('registry.k8s.io/pause:3.10'),
  KubernetesNested: cache.image('registry.k8s.io/ingress-nginx/controller:v1.11.2'),
  Quay: cache.image('quay.io/prometheus/node-exporter:v1.8.2'),
  DockerHubOfficial: cache.image('nginx:1.27'),
  DockerHubInFull: cache.image('docker.io/library/redis:7'),
  DockerHubUser: cache.image('grafana/grafana:11.1.0'),
  GitHub: cache.image('ghcr.io/octocat/app:v1'),
  Azure: cache.image('myregistry.azurecr.io/team/app:1.0'),
  GitLab: cache.image('registry.gitlab.com/group/project/app:v1'),
  Chainguard: cache.image('cgr.dev/chainguard/node:latest'),
  SharedEcr: cache.image('444455556666.dkr.ecr.us-east-1.amazonaws.com/team/app:1.0'),
  UpstreamPrefix: team.image('prometheus/alertmanager:v0.27.0'),
  Root: rest.image('docker/library/busybox:1.36'),
};
for (const [name, image] of Object.entries(images)) {
  new CfnOutput(stack, `Image${name}`, { value: image.uri });
}

const role = (name: string, scope = stack) => {
  const made = new Role(scope, name, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  new CfnOutput(scope, `Role${name}`, { value: made.roleName });
  return made;
};
const everything = role('Everything');
cache.grants.pull(everything);
team.grants.pull(everything);
rest.grants.pull(everything);
hub.grants.pullImage(role('OneImage'), 'nginx:1.27');
hub.grants.pullCached(role('CachedOnly'));
role('Nothing');

// The seam to the integrations of CDK: nobody grants anything here.
const task = new FargateTaskDefinition(stack, 'Task');
task.addContainer('app', { image: images.GitHub.toContainerImage() });
new CfnOutput(stack, 'RoleTask', { value: task.executionRole!.roleName });

// In the other account: half of the permissions is there.
const consumer = new Stack(app, 'Consumer', { env: { account: '444455556666', region } });
const elsewhere = role('Elsewhere', consumer);
PullThroughCacheRule.fromPullThroughCacheRuleAttributes(consumer, 'Team', {
  ecrRepositoryPrefix: 'team-a/tools',
  upstreamRegistryUrl: 'quay.io',
  upstreamRepositoryPrefix: 'prometheus',
  account,
  region,
}).grants.pull(elsewhere);
PullThroughCacheRule.fromPullThroughCacheRuleAttributes(consumer, 'Hub', {
  ecrRepositoryPrefix: 'docker-hub',
  upstreamRegistryUrl: 'docker.io',
  account,
  region,
}).grants.pull(elsewhere);
app.synth();
