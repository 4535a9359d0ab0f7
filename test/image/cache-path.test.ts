import { Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { ImageReference } from '../../src';
import { cacheRepository, upstreamPrefixProblems } from '../../src/image/cache-path';
import { runs } from '../support/runs';

const image = (text: string) => ImageReference.parse(text);
const mapping = (ecrRepositoryPrefix: string, upstreamRepositoryPrefix = 'ROOT', upstreamRegistryUrl = 'ghcr.io') => ({
  ecrRepositoryPrefix,
  upstreamRepositoryPrefix,
  upstreamRegistryUrl,
});

// The table of the ECR user guide: which pulled repository is which upstream repository.
test.each([
  // ecr prefix, upstream prefix, upstream repository, pulled repository
  ['ecr-public', 'ROOT', 'my-app/image1', 'ecr-public/my-app/image1'],
  ['ROOT', 'ROOT', 'my-app/image1', 'my-app/image1'],
  ['team-a', 'team-a', 'team-a/myapp/image1', 'team-a/myapp/image1'],
  ['my-app', 'upstream-app', 'upstream-app/image1', 'my-app/image1'],
  ['a/b', 'c/d', 'c/d/e/f', 'a/b/e/f'],
  ['a', 'a', 'a/a', 'a/a'],
])('prefix %s of %s: %s is pulled as %s', (ecrPrefix, upstreamPrefix, upstream, pulled) => {
  expect(cacheRepository(mapping(ecrPrefix, upstreamPrefix), image(`ghcr.io/${upstream}`))).toEqual({
    name: pulled,
    problems: [],
  });
});

test.each([
  ['beside the prefix', 'acme', 'other/app'],
  ['with a name that only begins like the prefix', 'acme', 'acme-corp/app'],
  ['that is the prefix itself', 'acme', 'acme'],
  ['above the prefix', 'acme/shop', 'acme/app'],
  ['with the prefix further down', 'acme', 'other/acme/app'],
])('an image %s is outside', (_what, upstreamPrefix, repository) => {
  const { name, problems } = cacheRepository(mapping('gh', upstreamPrefix), image(`ghcr.io/${repository}`));
  expect(name).toBe('');
  expect(problems).toEqual([
    expect.objectContaining({
      what: 'this image lies outside the upstream prefix that the rule caches',
      given: `ghcr.io/${repository}`,
      allowed: `repositories below ghcr.io/${upstreamPrefix}/`,
      fix: expect.stringContaining('upstreamRepositoryPrefix'),
    }),
  ]);
});

test.each([
  // upstream, image, same registry
  ['registry-1.docker.io', 'nginx', true],
  ['docker.io', 'registry-1.docker.io/nginx', true],
  ['index.docker.io', 'nginx', true],
  ['ghcr.io', 'GHCR.IO/a/b', true],
  ['444455556666.dkr.ecr.us-east-1.amazonaws.com', '444455556666.dkr-ecr.us-east-1.on.aws/a', true],
  ['444455556666.dkr.ecr.us-east-1.amazonaws.com', '444455556666.dkr.ecr-fips.us-east-1.amazonaws.com/a', true],
  ['444455556666.dkr.ecr.us-east-1.amazonaws.com', '444455556666.dkr.ecr.us-east-2.amazonaws.com/a', false],
  ['444455556666.dkr.ecr.us-east-1.amazonaws.com', '111122223333.dkr.ecr.us-east-1.amazonaws.com/a', false],
  ['ghcr.io', 'nginx', false],
  ['ghcr.io', 'ghcr.io:443/a', false],
  ['one.azurecr.io', 'two.azurecr.io/a', false],
  ['quay.io', 'notquay.io/a', false],
])('upstream %s and image %s are of one registry: %s', (url, text, same) => {
  const { problems } = cacheRepository(mapping('p1', 'ROOT', url), image(text));
  expect(problems.map((problem) => problem.what)).toEqual(
    same ? [] : ['this image is of another registry than the rule caches'],
  );
});

test.each([
  // ecr prefix, length of the path, whether it fits
  ['docker-hub', 245, true],
  ['docker-hub', 246, false],
  ['ROOT', 255, true],
  ['a'.repeat(30), 225, true],
  ['a'.repeat(30), 226, false],
])('below %s, a path of %d characters fits: %s', (prefix, length, fits) => {
  const { name, problems } = cacheRepository(mapping(prefix), image(`ghcr.io/${'x'.repeat(length)}`));
  if (fits) {
    expect([name.length, problems]).toEqual([prefix === 'ROOT' ? length : prefix.length + 1 + length, []]);
  } else {
    expect(problems).toEqual([
      expect.objectContaining({
        what: 'the repository of this image would have a name of 257 characters',
        allowed: 'at most 256 characters, the prefix included',
        fix: expect.stringContaining('a shorter ecrRepositoryPrefix'),
      }),
    ]);
  }
});

test('an upstream prefix can bring a long name below the limit', () => {
  const long = image(`ghcr.io/${'u'.repeat(20)}/${'x'.repeat(230)}`);
  expect(cacheRepository(mapping('docker-hub'), long).problems).toHaveLength(1);
  expect(cacheRepository(mapping('docker-hub', 'u'.repeat(20)), long).problems).toEqual([]);
});

describe('tokens', () => {
  const token = Lazy.string({ produce: () => 'x' });

  test('a host that is one may be the same', () => {
    expect(cacheRepository(mapping('gh'), ImageReference.fromParts({ host: token, repository: 'a/b' }))).toEqual({
      name: 'gh/a/b',
      problems: [],
    });
    expect(cacheRepository(mapping('gh', 'ROOT', token), image('quay.io/a/b'))).toEqual({
      name: 'gh/a/b',
      problems: [],
    });
  });

  test('a repository that is one is the path below the upstream prefix', () => {
    expect(
      cacheRepository(mapping('gh', 'acme'), ImageReference.fromParts({ host: 'ghcr.io', repository: token })),
    ).toEqual({ name: `gh/${token}`, problems: [] });
  });

  test('a name that holds one has no length yet', () => {
    expect(cacheRepository(mapping(token), image(`ghcr.io/${'x'.repeat(255)}`)).problems).toEqual([]);
  });
});

test('different images of a rule have different repositories, as long as the prefixes are well formed', () => {
  const name = fc.stringMatching(/^[a-z0-9]{1,5}(\/[a-z0-9]{1,5}){0,2}$/);
  fc.assert(
    fc.property(
      fc.constantFrom('ROOT', 'p1', 'p/q'),
      fc.constantFrom('ROOT', 'u'),
      name,
      name,
      (ecrPrefix, upstreamPrefix, one, other) => {
        const below = (path: string) =>
          image(`ghcr.io/${upstreamPrefix === 'ROOT' ? '' : `${upstreamPrefix}/`}${path}`);
        const rule = mapping(ecrPrefix, ecrPrefix === 'ROOT' ? 'ROOT' : upstreamPrefix);
        const names = [one, other].map((path) => cacheRepository(rule, below(path)).name);
        expect(names[0] === names[1]).toBe(one === other);
      },
    ),
    runs(500),
  );
});

test.each([
  ['ROOT', 'acme', 1],
  ['ROOT', 'ROOT', 0],
  ['ROOT', undefined, 0],
  ['gh', 'acme', 0],
  ['gh', undefined, 0],
])('ECR prefix %s with upstream prefix %s: %d problems', (ecrPrefix, upstreamPrefix, count) => {
  expect(upstreamPrefixProblems(ecrPrefix, upstreamPrefix)).toHaveLength(count);
});
