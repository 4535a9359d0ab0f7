import { App, Stack } from 'aws-cdk-lib';
import { IPullThroughCacheRule, PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { renderText } from '../../src/core/cloudformation-text';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const HOST = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;

const secret = UpstreamCredentials.fromSecretName('upstream');

const RULES = {
  'docker-hub': { upstream: UpstreamRegistry.dockerHub(secret) },
  github: { upstream: UpstreamRegistry.github(secret) },
  quay: { upstream: UpstreamRegistry.quay() },
  kubernetes: { upstream: UpstreamRegistry.kubernetes() },
  'ecr-public': { upstream: UpstreamRegistry.ecrPublic() },
  azure: { upstream: UpstreamRegistry.azure('corp', secret) },
  gitlab: { upstream: UpstreamRegistry.gitlab(secret) },
  chainguard: { upstream: UpstreamRegistry.chainguard(secret) },
  ecr: { upstream: UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1' }) },
  'hub at ROOT': { upstream: UpstreamRegistry.dockerHub(secret), ecrRepositoryPrefix: PullThroughCacheRule.ROOT },
  'quay at ROOT': { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: PullThroughCacheRule.ROOT },
  'team of ghcr': {
    upstream: UpstreamRegistry.github(secret),
    ecrRepositoryPrefix: 'team/a',
    upstreamRepositoryPrefix: 'acme',
  },
  official: {
    upstream: UpstreamRegistry.dockerHub(secret),
    ecrRepositoryPrefix: 'official',
    upstreamRepositoryPrefix: 'library',
  },
};
export type RuleName = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES) as RuleName[];

/** A rule in an app of its own, so that no two of them meet. */
export function ruleFor(
  name: RuleName,
  env: { account?: string; region?: string } = { account: ACCOUNT, region: REGION },
): IPullThroughCacheRule {
  return new PullThroughCacheRule(new Stack(new App(), 'Stack', { env }), 'Rule', RULES[name]);
}

/** A string of CDK as CloudFormation would make it. */
export function deployed(rule: IPullThroughCacheRule, text: string): string {
  return rendered(Stack.of(rule).resolve(text));
}

const PSEUDO: Record<string, string> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

function rendered(value: unknown): string {
  return renderText(value, ({ name, argument }) => {
    if (name !== 'Ref' || PSEUDO[argument] === undefined) {
      throw new Error(`cannot render ${JSON.stringify(value)}`);
    }
    return PSEUDO[argument];
  });
}

export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
export const SHA512 = `sha512:${'0123456789abcdef'.repeat(8)}`;

/** Rule, reference as written, its host, repository, tag and digest, and the repository of ECR that caches it. */
export type Row = readonly [
  rule: RuleName,
  written: string,
  host: string,
  repository: string,
  tag: string,
  digest: string,
  cached: string,
];

/** An empty tag or digest stands for none. */
export const REFERENCES: readonly Row[] = [
  // Docker Hub: official images
  ['docker-hub', 'nginx', 'docker.io', 'library/nginx', '', '', 'docker-hub/library/nginx'],
  ['docker-hub', 'nginx:1.27', 'docker.io', 'library/nginx', '1.27', '', 'docker-hub/library/nginx'],
  [
    'docker-hub',
    'nginx:1.27-alpine3.20',
    'docker.io',
    'library/nginx',
    '1.27-alpine3.20',
    '',
    'docker-hub/library/nginx',
  ],
  ['docker-hub', 'library/nginx:1.27', 'docker.io', 'library/nginx', '1.27', '', 'docker-hub/library/nginx'],
  ['docker-hub', 'docker.io/nginx:1.27', 'docker.io', 'library/nginx', '1.27', '', 'docker-hub/library/nginx'],
  ['docker-hub', 'docker.io/library/nginx:1.27', 'docker.io', 'library/nginx', '1.27', '', 'docker-hub/library/nginx'],
  ['docker-hub', 'index.docker.io/nginx:1.27', 'docker.io', 'library/nginx', '1.27', '', 'docker-hub/library/nginx'],
  [
    'docker-hub',
    'index.docker.io/library/nginx:1.27',
    'docker.io',
    'library/nginx',
    '1.27',
    '',
    'docker-hub/library/nginx',
  ],
  [
    'docker-hub',
    'registry-1.docker.io/nginx:1.27',
    'docker.io',
    'library/nginx',
    '1.27',
    '',
    'docker-hub/library/nginx',
  ],
  [
    'docker-hub',
    'registry-1.docker.io/library/nginx',
    'docker.io',
    'library/nginx',
    '',
    '',
    'docker-hub/library/nginx',
  ],
  ['docker-hub', 'Docker.IO/nginx:1.27', 'docker.io', 'library/nginx', '1.27', '', 'docker-hub/library/nginx'],
  ['docker-hub', 'localhost:1.27', 'docker.io', 'library/localhost', '1.27', '', 'docker-hub/library/localhost'],
  ['docker-hub', '3proxy:0.9', 'docker.io', 'library/3proxy', '0.9', '', 'docker-hub/library/3proxy'],
  [
    'docker-hub',
    'mongo_express:1_0',
    'docker.io',
    'library/mongo_express',
    '1_0',
    '',
    'docker-hub/library/mongo_express',
  ],
  ['docker-hub', 'a__b:1', 'docker.io', 'library/a__b', '1', '', 'docker-hub/library/a__b'],
  ['docker-hub', 'a---b:1', 'docker.io', 'library/a---b', '1', '', 'docker-hub/library/a---b'],
  ['docker-hub', 'a.b:1', 'docker.io', 'library/a.b', '1', '', 'docker-hub/library/a.b'],
  ['docker-hub', 'node:_internal', 'docker.io', 'library/node', '_internal', '', 'docker-hub/library/node'],
  ['docker-hub', 'node:LTS-Alpine', 'docker.io', 'library/node', 'LTS-Alpine', '', 'docker-hub/library/node'],
  [
    'docker-hub',
    `node:${'t'.repeat(128)}`,
    'docker.io',
    'library/node',
    't'.repeat(128),
    '',
    'docker-hub/library/node',
  ],
  ['docker-hub', `nginx@${DIGEST}`, 'docker.io', 'library/nginx', '', DIGEST, 'docker-hub/library/nginx'],
  ['docker-hub', `nginx:1.27@${DIGEST}`, 'docker.io', 'library/nginx', '1.27', DIGEST, 'docker-hub/library/nginx'],
  ['docker-hub', `nginx@${SHA512}`, 'docker.io', 'library/nginx', '', SHA512, 'docker-hub/library/nginx'],
  // Docker Hub: everybody else's, which get no library/
  ['docker-hub', 'grafana/grafana', 'docker.io', 'grafana/grafana', '', '', 'docker-hub/grafana/grafana'],
  ['docker-hub', 'grafana/grafana:11.3.0', 'docker.io', 'grafana/grafana', '11.3.0', '', 'docker-hub/grafana/grafana'],
  [
    'docker-hub',
    'docker.io/grafana/grafana:11.3.0',
    'docker.io',
    'grafana/grafana',
    '11.3.0',
    '',
    'docker-hub/grafana/grafana',
  ],
  ['docker-hub', 'index.docker.io/bitnami/redis', 'docker.io', 'bitnami/redis', '', '', 'docker-hub/bitnami/redis'],
  [
    'docker-hub',
    'registry-1.docker.io/bitnami/redis:7',
    'docker.io',
    'bitnami/redis',
    '7',
    '',
    'docker-hub/bitnami/redis',
  ],
  ['docker-hub', `bitnami/redis:7@${DIGEST}`, 'docker.io', 'bitnami/redis', '7', DIGEST, 'docker-hub/bitnami/redis'],
  ['docker-hub', 'a/b/c/d:1', 'docker.io', 'a/b/c/d', '1', '', 'docker-hub/a/b/c/d'],
  ['docker-hub', 'library/a/b:1', 'docker.io', 'library/a/b', '1', '', 'docker-hub/library/a/b'],
  [
    'docker-hub',
    'docker-hub/library/nginx:1',
    'docker.io',
    'docker-hub/library/nginx',
    '1',
    '',
    'docker-hub/docker-hub/library/nginx',
  ],
  // GitHub
  ['github', 'ghcr.io/actions/runner:2.320.0', 'ghcr.io', 'actions/runner', '2.320.0', '', 'github/actions/runner'],
  ['github', 'GHCR.io/actions/runner:2.320.0', 'ghcr.io', 'actions/runner', '2.320.0', '', 'github/actions/runner'],
  ['github', 'actions/runner:2.320.0', 'ghcr.io', 'actions/runner', '2.320.0', '', 'github/actions/runner'],
  [
    'github',
    'ghcr.io/org/group/app:sha-0a1b2c3',
    'ghcr.io',
    'org/group/app',
    'sha-0a1b2c3',
    '',
    'github/org/group/app',
  ],
  ['github', `ghcr.io/org/app@${DIGEST}`, 'ghcr.io', 'org/app', '', DIGEST, 'github/org/app'],
  ['github', 'ghcr.io/app', 'ghcr.io', 'app', '', '', 'github/app'],
  // Quay
  [
    'quay',
    'quay.io/prometheus/node-exporter:v1.8.2',
    'quay.io',
    'prometheus/node-exporter',
    'v1.8.2',
    '',
    'quay/prometheus/node-exporter',
  ],
  ['quay', 'prometheus/node-exporter', 'quay.io', 'prometheus/node-exporter', '', '', 'quay/prometheus/node-exporter'],
  [
    'quay',
    `quay.io/argoproj/argocd:v2.13.0@${DIGEST}`,
    'quay.io',
    'argoproj/argocd',
    'v2.13.0',
    DIGEST,
    'quay/argoproj/argocd',
  ],
  // Kubernetes: single names get no library/
  ['kubernetes', 'registry.k8s.io/pause:3.10', 'registry.k8s.io', 'pause', '3.10', '', 'kubernetes/pause'],
  ['kubernetes', 'pause:3.10', 'registry.k8s.io', 'pause', '3.10', '', 'kubernetes/pause'],
  [
    'kubernetes',
    'registry.k8s.io/ingress-nginx/controller:v1.11.3',
    'registry.k8s.io',
    'ingress-nginx/controller',
    'v1.11.3',
    '',
    'kubernetes/ingress-nginx/controller',
  ],
  ['kubernetes', `registry.k8s.io/pause@${DIGEST}`, 'registry.k8s.io', 'pause', '', DIGEST, 'kubernetes/pause'],
  // ECR Public
  [
    'ecr-public',
    'public.ecr.aws/amazonlinux/amazonlinux:2023',
    'public.ecr.aws',
    'amazonlinux/amazonlinux',
    '2023',
    '',
    'ecr-public/amazonlinux/amazonlinux',
  ],
  [
    'ecr-public',
    'public.ecr.aws/docker/library/python:3.13-slim',
    'public.ecr.aws',
    'docker/library/python',
    '3.13-slim',
    '',
    'ecr-public/docker/library/python',
  ],
  ['ecr-public', 'x1y2z3a4/app', 'public.ecr.aws', 'x1y2z3a4/app', '', '', 'ecr-public/x1y2z3a4/app'],
  // Azure
  ['azure', 'corp.azurecr.io/shop/cart:4', 'corp.azurecr.io', 'shop/cart', '4', '', 'azure/shop/cart'],
  ['azure', 'corp.azurecr.io/cart:4', 'corp.azurecr.io', 'cart', '4', '', 'azure/cart'],
  ['azure', 'cart:4', 'corp.azurecr.io', 'cart', '4', '', 'azure/cart'],
  // GitLab
  [
    'gitlab',
    'registry.gitlab.com/gitlab-org/gitlab-runner:alpine',
    'registry.gitlab.com',
    'gitlab-org/gitlab-runner',
    'alpine',
    '',
    'gitlab/gitlab-org/gitlab-runner',
  ],
  [
    'gitlab',
    'registry.gitlab.com/a/b/c/d/e/app:1',
    'registry.gitlab.com',
    'a/b/c/d/e/app',
    '1',
    '',
    'gitlab/a/b/c/d/e/app',
  ],
  [
    'gitlab',
    'gitlab-org/gitlab-runner',
    'registry.gitlab.com',
    'gitlab-org/gitlab-runner',
    '',
    '',
    'gitlab/gitlab-org/gitlab-runner',
  ],
  // Chainguard
  [
    'chainguard',
    'cgr.dev/chainguard/python:latest',
    'cgr.dev',
    'chainguard/python',
    'latest',
    '',
    'chainguard/chainguard/python',
  ],
  [
    'chainguard',
    'cgr.dev/acme.com/go:latest-dev',
    'cgr.dev',
    'acme.com/go',
    'latest-dev',
    '',
    'chainguard/acme.com/go',
  ],
  // ECR
  [
    'ecr',
    '444455556666.dkr.ecr.us-east-1.amazonaws.com/base/java:21',
    '444455556666.dkr.ecr.us-east-1.amazonaws.com',
    'base/java',
    '21',
    '',
    'ecr/base/java',
  ],
  ['ecr', 'base/java:21', '444455556666.dkr.ecr.us-east-1.amazonaws.com', 'base/java', '21', '', 'ecr/base/java'],
  ['ecr', `java@${DIGEST}`, '444455556666.dkr.ecr.us-east-1.amazonaws.com', 'java', '', DIGEST, 'ecr/java'],
  // ROOT: no prefix
  ['hub at ROOT', 'nginx:1.27', 'docker.io', 'library/nginx', '1.27', '', 'library/nginx'],
  ['hub at ROOT', 'grafana/grafana:11.3.0', 'docker.io', 'grafana/grafana', '11.3.0', '', 'grafana/grafana'],
  [
    'quay at ROOT',
    'quay.io/prometheus/node-exporter:v1.8.2',
    'quay.io',
    'prometheus/node-exporter',
    'v1.8.2',
    '',
    'prometheus/node-exporter',
  ],
  ['quay at ROOT', 'single:1', 'quay.io', 'single', '1', '', 'single'],
  // An upstream prefix drops out of the path
  ['team of ghcr', 'ghcr.io/acme/shop/cart:4', 'ghcr.io', 'acme/shop/cart', '4', '', 'team/a/shop/cart'],
  ['team of ghcr', 'acme/cart', 'ghcr.io', 'acme/cart', '', '', 'team/a/cart'],
  ['team of ghcr', 'acme/acme/cart:4', 'ghcr.io', 'acme/acme/cart', '4', '', 'team/a/acme/cart'],
  ['official', 'nginx:1.27', 'docker.io', 'library/nginx', '1.27', '', 'official/nginx'],
  ['official', 'docker.io/library/nginx:1.27', 'docker.io', 'library/nginx', '1.27', '', 'official/nginx'],
];

/** The end of a reference that has a tag, a digest, both or none. */
export function suffix(tag: string, digest: string): string {
  return (tag && `:${tag}`) + (digest && `@${digest}`);
}
