import * as fc from 'fast-check';
import { ImageRule, rewritesOf } from '../../src/admission/image-rules';
import { cacheRepository } from '../../src/image/cache-path';
import { ImageReference } from '../../src/image/image-reference';

const REGISTRY = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';

const rule = (
  ecrRepositoryPrefix: string,
  upstreamRegistryUrl: string,
  upstreamRepositoryPrefix = 'ROOT',
): ImageRule => ({
  registry: REGISTRY,
  ecrRepositoryPrefix,
  upstreamRegistryUrl,
  upstreamRepositoryPrefix,
});

/** What a policy does with the table: the first row that fits. */
function byTable(rules: ImageRule[], reference: ImageReference): string | undefined {
  const name = `${reference.host}/${reference.repository}`;
  const row = rewritesOf(rules).find(
    ({ from, to }) => name.startsWith(from) && to.length + name.length - from.length <= 256,
  );
  return row && row.registry + row.to + name.slice(row.from.length) + reference.suffix;
}

/** What a cache does: the rule with the longest upstream prefix that has a repository for the image. */
function byCache(rules: ImageRule[], reference: ImageReference): string | undefined {
  const depth = (one: ImageRule) => (one.upstreamRepositoryPrefix === 'ROOT' ? 0 : one.upstreamRepositoryPrefix.length);
  for (const one of [...rules].sort((a, b) => depth(b) - depth(a))) {
    const { name, problems } = cacheRepository(one, reference);
    if (problems.length === 0) {
      return `${REGISTRY}/${name}${reference.suffix}`;
    }
  }
  return undefined;
}

test('the rows of a cache', () => {
  expect(
    rewritesOf([
      rule('hub', 'registry-1.docker.io'),
      rule('team', 'ghcr.io', 'acme'),
      rule('ROOT', 'cgr.dev'),
      rule('ecr-public', 'public.ecr.aws'),
      rule('official', 'docker.io', 'library'),
      rule('azure', 'corp.azurecr.io'),
    ]).map(({ from, registry, to }) => [from, registry, to]),
  ).toEqual([
    ['docker.io/library/', `${REGISTRY}/`, 'official/'],
    ['ghcr.io/acme/', `${REGISTRY}/`, 'team/'],
    ['docker.io/', `${REGISTRY}/`, 'hub/'],
    ['cgr.dev/', `${REGISTRY}/`, ''],
    ['public.ecr.aws/', `${REGISTRY}/`, 'ecr-public/'],
    ['gallery.ecr.aws/', `${REGISTRY}/`, 'ecr-public/'],
    ['corp.azurecr.io/', `${REGISTRY}/`, 'azure/'],
  ]);
});

test('the table says of every image what the rules say', () => {
  const hosts = [
    'docker.io',
    'index.docker.io',
    'ghcr.io',
    'quay.io',
    'gitlab.com',
    'registry.gitlab.com',
    'gallery.ecr.aws',
    'public.ecr.aws',
  ];
  const prefix = fc.constantFrom('p1', 'p/q', 'x'.repeat(30));
  const upstreamPrefix = fc.constantFrom('ROOT', 'ROOT', 'library', 'aa', 'aa/bb');
  const rules = fc
    .array(
      fc
        .tuple(fc.oneof(fc.constant('ROOT'), prefix), fc.constantFrom(...hosts), upstreamPrefix)
        .map((parts) => rule(...parts)),
      { minLength: 1, maxLength: 6 },
    )
    .map((some) => some.filter((one) => one.ecrRepositoryPrefix !== 'ROOT' || one.upstreamRepositoryPrefix === 'ROOT'));
  const path = fc
    .array(
      fc.oneof(
        fc.constantFrom('aa', 'bb', 'library', 'aab'),
        fc.integer({ min: 200, max: 250 }).map((n) => 'l'.repeat(n)),
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((parts) => parts.join('/'))
    .filter((text) => text.length <= 255);
  const ends = fc.constantFrom('', ':1', `@sha256:${'a'.repeat(64)}`, `:1@sha256:${'a'.repeat(64)}`);
  let found = 0;
  fc.assert(
    fc.property(
      rules,
      fc.constantFrom('', ...hosts.map((host) => `${host}/`)),
      path,
      ends,
      (some, host, below, end) => {
        const reference = ImageReference.parse(host + below + end);
        const expected = byCache(some, reference);
        expect(byTable(some, reference)).toBe(expected);
        found += expected === undefined ? 0 : 1;
      },
    ),
    { numRuns: 2000 },
  );
  expect(found).toBeGreaterThan(200);
});
