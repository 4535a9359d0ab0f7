import * as fc from 'fast-check';
import { isChina, isGovCloud } from '../../src/environment/partition';
import {
  adviceFor,
  azureHost,
  canonicalHost,
  ecrHost,
  kindOfHost,
  parseEcrHost,
  REGISTRIES,
  SUPPORTED_HOSTS,
} from '../../src/upstream/catalogue';
import { runs } from '../support/runs';

describe('the table of registries', () => {
  test.each([
    ['ecrPublic', 'ecr-public', 'public.ecr.aws', 'ecr-public', 'none'],
    ['kubernetes', 'k8s', 'registry.k8s.io', 'kubernetes', 'none'],
    ['quay', 'quay', 'quay.io', 'quay', 'none'],
    ['dockerHub', 'docker-hub', 'registry-1.docker.io', 'docker-hub', 'secret'],
    ['github', 'github-container-registry', 'ghcr.io', 'github', 'secret'],
    ['azure', 'azure-container-registry', '<name>.azurecr.io', 'azure', 'secret'],
    ['gitlab', 'gitlab-container-registry', 'registry.gitlab.com', 'gitlab', 'secret'],
    ['chainguard', 'chainguard', 'cgr.dev', 'chainguard', 'secret'],
    ['ecr', 'ecr', '<account>.dkr.ecr.<region>.amazonaws.com', 'ecr', 'role'],
  ] as const)('%s', (name, upstreamRegistry, url, defaultPrefix, authentication) => {
    expect(REGISTRIES[name]).toMatchObject({ upstreamRegistry, url, defaultPrefix, authentication });
    expect(SUPPORTED_HOSTS.split(', ')).toContain(url);
  });

  test('has nine', () => {
    expect(Object.keys(REGISTRIES)).toHaveLength(9);
    expect(SUPPORTED_HOSTS.split(', ')).toHaveLength(9);
  });
});

describe('the host of a registry', () => {
  test.each([
    ['docker.io', 'registry-1.docker.io'],
    ['index.docker.io', 'registry-1.docker.io'],
    ['GHCR.io', 'ghcr.io'],
    ['gallery.ecr.aws', 'public.ecr.aws'],
    ['gitlab.com', 'registry.gitlab.com'],
    ['harbor.example.com', 'harbor.example.com'],
    ['111122223333.dkr.ecr-fips.us-east-1.amazonaws.com', '111122223333.dkr.ecr.us-east-1.amazonaws.com'],
    ['111122223333.dkr-ecr.eu-west-1.on.aws', '111122223333.dkr.ecr.eu-west-1.amazonaws.com'],
    ['111122223333.dkr-ecr-fips.us-east-1.on.aws', '111122223333.dkr.ecr.us-east-1.amazonaws.com'],
  ])('%s is known as %s', (host, canonical) => {
    expect(canonicalHost(host)).toBe(canonical);
    expect(canonicalHost(canonical)).toBe(canonical);
  });

  test('belongs to one kind, whatever its case', () => {
    const hosts = Object.values(REGISTRIES).flatMap((kind) =>
      kind.url.includes('<') ? [] : [kind.url, ...kind.aliases].map((host) => ({ host, kind })),
    );
    fc.assert(
      fc.property(fc.constantFrom(...hosts), fc.infiniteStream(fc.boolean()), ({ host, kind }, upper) => {
        const written = [...host].map((letter) => (upper.next().value ? letter.toUpperCase() : letter)).join('');
        return kindOfHost(written) === kind;
      }),
      runs(1000),
    );
  });

  test('of an Azure registry is found again from its name', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z0-9]{5,50}$/),
        (name) =>
          azureHost(name) === `${name}.azurecr.io` &&
          azureHost(`${name}.azurecr.io`) === `${name}.azurecr.io` &&
          kindOfHost(azureHost(name)) === REGISTRIES.azure,
      ),
      runs(1000),
    );
  });

  test('of an ECR registry is found again from account and region', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[0-9]{12}$/),
        fc.constantFrom('us-east-1', 'eu-west-1', 'ap-southeast-7', 'us-gov-west-1'),
        (account, region) => {
          expect(parseEcrHost(ecrHost(account, region))).toEqual({ account, region });
          expect(kindOfHost(ecrHost(account, region))).toBe(REGISTRIES.ecr);
        },
      ),
      runs(1000),
    );
  });

  test.each([
    ['azurecr.io'],
    ['.azurecr.io'],
    ['a.b.azurecr.io'],
    ['-a.azurecr.io'],
    ['myreg.azurecr.io.example.com'],
    ['quay.io.example.com'],
    ['xquay.io'],
    ['notdocker.io'],
    ['11112222333.dkr.ecr.eu-west-1.amazonaws.com'],
    ['1111222233334.dkr.ecr.eu-west-1.amazonaws.com'],
    ['dkr.ecr.eu-west-1.amazonaws.com'],
    ['toString'],
    ['__proto__'],
    [''],
  ])('%j is of no kind', (host) => {
    expect(kindOfHost(host)).toBeUndefined();
  });
});

describe('advice for a host that is not supported', () => {
  test.each([
    ['k8s.gcr.io', 'registry.k8s.io'],
    ['gcr.io', 'Google'],
    ['eu.gcr.io', 'Google'],
    ['europe-docker.pkg.dev', 'Google'],
    ['mcr.microsoft.com', 'Azure Container Registry'],
    ['dhi.io', 'Docker Hub'],
    ['docker.elastic.co', 'Docker Hub'],
    ['myreg.azurecr.cn', 'public Azure cloud'],
    ['harbor.example.com', 'copy the image'],
    ['notgcr.io', 'use a registry that ECR supports'],
  ])('%s: %s', (host, advice) => {
    expect(adviceFor(host)).toContain(advice);
  });
});

test.each([
  ['cn-north-1', { china: true, govCloud: false }],
  ['cn-northwest-1', { china: true, govCloud: false }],
  ['us-gov-west-1', { china: false, govCloud: true }],
  ['us-gov-east-1', { china: false, govCloud: true }],
  ['eu-west-1', { china: false, govCloud: false }],
])('%s is %j', (region, { china, govCloud }) => {
  expect([isChina(region), isGovCloud(region)]).toEqual([china, govCloud]);
});
