import type { Template } from 'aws-cdk-lib/assertions';
import { UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import { Mistake, OTHER_ACCOUNT, OTHER_REGION, Topic } from './mistake';
import { credentials, rule } from './ours';
import { hubRule, quayRule, secretArn } from './plain';

const RULE = 'AWS::ECR::PullThroughCacheRule';

/** The rule that has this registry and this URL. */
const hasUpstream = (UpstreamRegistryName: string, UpstreamRegistryUrl: string) => (template: Template) =>
  template.hasResourceProperties(RULE, { UpstreamRegistry: UpstreamRegistryName, UpstreamRegistryUrl });

/** A name of Docker Hub that ECR does not know: the library writes the one that it knows. */
const hubByAnotherName = (host: string): Mistake => ({
  mistake: `\`${host}\` for Docker Hub`,
  plain: (stack) => hubRule(stack, { upstreamRegistryUrl: host }),
  instead: (stack) => rule(stack, { upstream: UpstreamRegistry.fromUrl(host, credentials) }),
  gives: '`fromUrl` gives `registry-1.docker.io`',
  check: hasUpstream('docker-hub', 'registry-1.docker.io'),
});

/** A URL that ECR does not take, for whatever registry. */
const wrongUrl = (mistake: string, url: string, upstreamRegistry?: string): Mistake => ({
  mistake,
  plain: (stack) => quayRule(stack, { upstreamRegistryUrl: url, upstreamRegistry }),
  ours: (stack) => rule(stack, { upstream: UpstreamRegistry.fromUrl(url) }),
});

const unsupported = (name: string, host: string): Mistake =>
  wrongUrl(`${name}, \`${host}\`, which ECR does not support`, host);

export const UPSTREAMS: Topic = {
  title: 'Upstream registries',
  file: 'upstreams.ts',
  mistakes: [
    ...['docker.io', 'index.docker.io', 'hub.docker.com'].map(hubByAnotherName),
    wrongUrl('a URL with a scheme', 'https://quay.io', 'quay'),
    wrongUrl('a URL with a path', 'quay.io/prometheus', 'quay'),
    wrongUrl('a URL with a slash at its end', 'quay.io/', 'quay'),
    wrongUrl('a URL with a port', 'quay.io:443', 'quay'),
    wrongUrl('a URL with a user', 'ann@quay.io', 'quay'),
    wrongUrl('an empty URL', '', 'quay'),
    unsupported('Microsoft Artifact Registry', 'mcr.microsoft.com'),
    unsupported('Google Container Registry', 'gcr.io'),
    unsupported('Google Artifact Registry', 'europe-docker.pkg.dev'),
    unsupported('the old registry of Kubernetes', 'k8s.gcr.io'),
    unsupported('Docker Hardened Images', 'dhi.io'),
    unsupported('Elastic', 'docker.elastic.co'),
    unsupported('NVIDIA NGC', 'nvcr.io'),
    unsupported("a GitLab of one's own", 'gitlab.example.com'),
    unsupported("a Quay of one's own", 'quay.example.com'),
    unsupported('Harbor', 'harbor.example.com'),
    unsupported('Artifactory', 'example.jfrog.io'),
    unsupported('a registry on this machine', 'localhost:5000'),
    unsupported('Azure in China', 'myregistry.azurecr.cn'),
    {
      mistake: 'registry and URL that disagree',
      plain: (stack) => hubRule(stack, { upstreamRegistry: 'github-container-registry' }),
      instead: (stack) => rule(stack, { upstream: UpstreamRegistry.github(credentials) }),
      gives: 'a factory gives both',
      check: hasUpstream('github-container-registry', 'ghcr.io'),
    },
    {
      mistake: 'a registry that does not exist, `dockerhub`',
      plain: (stack) => hubRule(stack, { upstreamRegistry: 'dockerhub' }),
      untyped: 'UpstreamRegistry.dockerhub(credentials)',
      typed: 'UpstreamRegistry.dockerHub(credentials)',
    },
    {
      mistake: 'a default prefix in place of the registry, `kubernetes`',
      plain: (stack) => quayRule(stack, { upstreamRegistry: 'kubernetes', upstreamRegistryUrl: 'registry.k8s.io' }),
      instead: (stack) => rule(stack, { upstream: UpstreamRegistry.kubernetes() }),
      gives: "a factory knows CloudFormation's name",
      check: hasUpstream('k8s', 'registry.k8s.io'),
    },
    {
      mistake: 'no URL',
      plain: (stack) => quayRule(stack, { upstreamRegistryUrl: undefined }),
      instead: (stack) => rule(stack, { upstream: UpstreamRegistry.quay() }),
      gives: 'a factory gives it',
      check: hasUpstream('quay', 'quay.io'),
    },
    {
      mistake: 'no upstream at all',
      plain: (stack) => quayRule(stack, { upstreamRegistryUrl: undefined, upstreamRegistry: undefined }),
      untyped: "new PullThroughCacheRule(stack, 'Rule', {})",
      typed: "new PullThroughCacheRule(stack, 'Rule', { upstream })",
    },
    {
      mistake: 'Azure by the name of the registry alone',
      plain: (stack) =>
        hubRule(stack, { upstreamRegistry: 'azure-container-registry', upstreamRegistryUrl: 'myregistry' }),
      instead: (stack) => rule(stack, { upstream: UpstreamRegistry.azure('myregistry', credentials) }),
      gives: '`.azurecr.io` is added',
      check: hasUpstream('azure-container-registry', 'myregistry.azurecr.io'),
    },
    {
      mistake: 'a name that no Azure registry has',
      plain: (stack) =>
        hubRule(stack, { upstreamRegistry: 'azure-container-registry', upstreamRegistryUrl: 'my_registry.azurecr.io' }),
      ours: (stack) => rule(stack, { upstream: UpstreamRegistry.azure('my_registry', credentials) }),
    },
    {
      mistake: 'the FIPS host of an ECR upstream',
      plain: (stack) =>
        quayRule(stack, {
          upstreamRegistry: 'ecr',
          upstreamRegistryUrl: `111122223333.dkr.ecr-fips.${OTHER_REGION}.amazonaws.com`,
        }),
      instead: (stack) =>
        rule(stack, { upstream: UpstreamRegistry.fromUrl(`111122223333.dkr.ecr-fips.${OTHER_REGION}.amazonaws.com`) }),
      gives: 'the host that ECR takes',
      check: hasUpstream('ecr', `111122223333.dkr.ecr.${OTHER_REGION}.amazonaws.com`),
    },
    {
      mistake: 'an ECR upstream whose account has 11 digits',
      plain: (stack) =>
        quayRule(stack, {
          upstreamRegistry: 'ecr',
          upstreamRegistryUrl: `44445555666.dkr.ecr.${OTHER_REGION}.amazonaws.com`,
        }),
      ours: (stack) =>
        rule(stack, { upstream: UpstreamRegistry.ecr({ account: '44445555666', region: OTHER_REGION }) }),
    },
    {
      mistake: 'an ECR upstream in a region by its title, `Ireland`',
      plain: (stack) =>
        quayRule(stack, { upstreamRegistry: 'ecr', upstreamRegistryUrl: '111122223333.dkr.ecr.Ireland.amazonaws.com' }),
      ours: (stack) => rule(stack, { upstream: UpstreamRegistry.ecr({ account: '111122223333', region: 'Ireland' }) }),
    },
    {
      mistake: 'an ECR upstream in China',
      plain: (stack) =>
        quayRule(stack, {
          upstreamRegistry: 'ecr',
          upstreamRegistryUrl: `${OTHER_ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn`,
        }),
      ours: (stack) =>
        rule(stack, { upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'cn-north-1' }) }),
    },
    {
      mistake: 'credentials for a registry that takes none',
      plain: (stack) => quayRule(stack, { credentialArn: secretArn() }),
      untyped: 'UpstreamRegistry.quay(credentials)',
      typed: 'UpstreamRegistry.quay()',
    },
    {
      mistake: 'credentials for a registry that takes none, by its host',
      plain: (stack) =>
        quayRule(stack, {
          upstreamRegistry: 'k8s',
          upstreamRegistryUrl: 'registry.k8s.io',
          credentialArn: secretArn(),
        }),
      ours: (stack) => rule(stack, { upstream: UpstreamRegistry.fromUrl('registry.k8s.io', credentials) }),
    },
    {
      mistake: 'a role for a registry other than ECR',
      plain: (stack) => quayRule(stack, { customRoleArn: 'arn:aws:iam::111122223333:role/cache' }),
      untyped: 'UpstreamRegistry.quay({ role })',
      typed: "UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1', role })",
    },
  ],
};
