import * as fc from 'fast-check';
import { ImageReference } from '../../../src';
import { chartSlots } from '../../../src/redirect/locate/chart-images';

const PREFIXES: Record<string, string> = {
  'quay.io': 'quay',
  'docker.io': 'docker-hub',
  'ghcr.io': 'github',
  'registry.k8s.io': 'kubernetes',
};

/** Does to the slots of values what a redirection does, and gives the images that it wrote. */
function redirect(values: any, host = 'registry'): string[] {
  return chartSlots(values)
    .filter(({ image, leave }) => leave === undefined && typeof image === 'string')
    .flatMap(({ image, write }) => {
      const isAll = (image as string).endsWith('/*');
      let reference: ImageReference;
      try {
        reference = ImageReference.parse((image as string).replace(/\*$/, 'any'));
      } catch {
        return [];
      }
      const prefix = PREFIXES[reference.host];
      if (prefix === undefined) {
        return [];
      }
      const name = `${prefix}/${reference.repository}`;
      write(host, isAll ? name.replace(/\/any$/, '') : name, reference);
      return [image as string];
    });
}

/** Values, the image that is found in them, and the values when it goes through a cache at registry/prefix. */
test.each<[string, any, string, any]>([
  ['an image in one text', { image: 'quay.io/a/b:1' }, 'quay.io/a/b:1', { image: 'registry/quay/a/b:1' }],
  [
    'under a longer key',
    { web: { sidecarImage: 'quay.io/a/b' } },
    'quay.io/a/b',
    { web: { sidecarImage: 'registry/quay/a/b' } },
  ],
  ['under a name', { imageName: 'quay.io/a/b' }, 'quay.io/a/b', { imageName: 'registry/quay/a/b' }],
  ['under snake case', { docker_image: 'quay.io/a/b' }, 'quay.io/a/b', { docker_image: 'registry/quay/a/b' }],
  ['under images', { images: { server: 'quay.io/a/b' } }, 'quay.io/a/b', { images: { server: 'registry/quay/a/b' } }],
  ['in a list of images', { images: ['quay.io/a/b'] }, 'quay.io/a/b', { images: ['registry/quay/a/b'] }],
  [
    'instead of all parts',
    { image: { override: 'quay.io/a/b', tag: '1' } },
    'quay.io/a/b',
    { image: { override: 'registry/quay/a/b', tag: '1' } },
  ],
  [
    'in a list of containers',
    { sidecars: [{ name: 's', image: 'quay.io/a/b' }] },
    'quay.io/a/b',
    { sidecars: [{ name: 's', image: 'registry/quay/a/b' }] },
  ],
  [
    'with its host in the repository',
    { image: { repository: 'quay.io/a/b', tag: '1' } },
    'quay.io/a/b',
    { image: { repository: 'registry/quay/a/b', tag: '1' } },
  ],
  [
    'with a tag in its repository',
    { image: { repository: 'quay.io/a/b:1' } },
    'quay.io/a/b:1',
    { image: { repository: 'registry/quay/a/b:1' } },
  ],
  [
    'of Docker Hub, with its host in the repository',
    { image: { repository: 'docker.io/nginx', pullPolicy: 'Always', tag: '' } },
    'docker.io/nginx',
    { image: { repository: 'registry/docker-hub/library/nginx', pullPolicy: 'Always', tag: '' } },
  ],
  [
    'with an empty registry and a host',
    { image: { registry: '', repository: 'quay.io/a/b' } },
    'quay.io/a/b',
    { image: { registry: '', repository: 'registry/quay/a/b' } },
  ],
  [
    'with a registry',
    { image: { registry: 'quay.io', repository: 'a/b', tag: '1' } },
    'quay.io/a/b',
    { image: { registry: 'registry/quay', repository: 'a/b', tag: '1' } },
  ],
  [
    'with a registry that has a path',
    { image: { registry: 'quay.io/a', repository: 'b' } },
    'quay.io/a/b',
    { image: { registry: 'registry/quay/a', repository: 'b' } },
  ],
  [
    'with a registry that ends in a slash',
    { image: { registry: 'quay.io/', repository: 'a/b' } },
    'quay.io/a/b',
    { image: { registry: 'registry/quay/', repository: 'a/b' } },
  ],
  [
    'official, with a registry',
    { image: { registry: 'docker.io', repository: 'nginx', tag: '1' } },
    'docker.io/nginx',
    { image: { registry: 'registry/docker-hub/library', repository: 'nginx', tag: '1' } },
  ],
  [
    'with a default registry',
    { image: { registry: null, defaultRegistry: 'quay.io', repository: 'a/b' } },
    'quay.io/a/b',
    { image: { registry: null, defaultRegistry: 'registry/quay', repository: 'a/b' } },
  ],
  [
    'with a digest',
    { image: { registry: 'quay.io', repository: 'a/b', digest: 'sha256:x' } },
    'quay.io/a/b',
    { image: { registry: 'registry/quay', repository: 'a/b', digest: 'sha256:x' } },
  ],
  [
    'that calls its repository image',
    { image: { registry: 'quay.io', image: 'a/b', tag: '1' } },
    'quay.io/a/b',
    { image: { registry: 'registry/quay', image: 'a/b', tag: '1' } },
  ],
  [
    'with a name beside registry and repository',
    { image: { registry: 'ghcr.io', repository: 'a', name: 'b' } },
    'ghcr.io/a',
    { image: { registry: 'registry/github', repository: 'a', name: 'b' } },
  ],
  [
    'with keys that begin alike',
    { imageRegistry: 'quay.io', imageRepository: 'a/b', imageTag: '1' },
    'quay.io/a/b',
    { imageRegistry: 'registry/quay', imageRepository: 'a/b', imageTag: '1' },
  ],
  [
    'under another key',
    { images: { proxy: { image: 'b', registry: 'quay.io/a' } } },
    'quay.io/a/b',
    { images: { proxy: { image: 'b', registry: 'registry/quay/a' } } },
  ],
  [
    'under no key that says so',
    { controller: { registry: 'quay.io', repository: 'a/b', tag: 'v1' } },
    'quay.io/a/b',
    { controller: { registry: 'registry/quay', repository: 'a/b', tag: 'v1' } },
  ],
  ['at the top', { repository: 'quay.io/a/b', tag: '1' }, 'quay.io/a/b', { repository: 'registry/quay/a/b', tag: '1' }],
  [
    'of the whole chart',
    { global: { imageRegistry: 'quay.io' } },
    'quay.io/*',
    { global: { imageRegistry: 'registry/quay' } },
  ],
  [
    'of the whole chart, with the beginning of the names',
    { global: { registry: 'ghcr.io/a' } },
    'ghcr.io/a/*',
    { global: { registry: 'registry/github/a' } },
  ],
  [
    'of the whole chart, in a map',
    { global: { image: { registry: 'registry.k8s.io' } } },
    'registry.k8s.io/*',
    { global: { image: { registry: 'registry/kubernetes' } } },
  ],
  ['under hub', { hub: 'docker.io/a' }, 'docker.io/a/*', { hub: 'registry/docker-hub/a' }],
  [
    'whose name is that of the chart',
    { image: { registry: 'quay.io' } },
    'quay.io/*',
    { image: { registry: 'registry/quay' } },
  ],
])('an image %s', (_, values, image, expected) => {
  const slots = chartSlots(values).filter(({ leave }) => leave === undefined);
  expect(slots.map((slot) => slot.image)).toEqual([image]);
  // Charts add to names: `operator` becomes `operator-generic`.
  expect(slots.every((slot) => slot.mayGoOn)).toBe(true);
  redirect(values);
  expect(values).toEqual(expected);
});

test('a rule for a part of a registry, with other names than its upstream, gets the whole name', () => {
  const values = { image: { registry: 'quay.io', repository: 'prometheus/node', tag: '1' } };
  chartSlots(values)[0].write('registry', 'prom/node', ImageReference.parse('quay.io/prometheus/node'));
  expect(values).toEqual({ image: { registry: 'registry', repository: 'prom/node', tag: '1' } });
});

test.each<[string, any]>([
  ['a chart of Helm', { repository: 'https://charts.example.com/stable', tag: '1' }],
  ['source code', { git: { repository: 'owner/code', branch: 'main' } }],
  ['an empty repository', { image: { repository: '', tag: '1' } }],
  ['no repository', { image: { repository: null, tag: '1' } }],
  ['a pull secret', { imagePullSecrets: ['mine'], imagePullPolicy: 'Always' }],
  ['the registry of a pull secret', { imagePullSecret: { registry: 'quay.io', username: 'a' } }],
  ['a picture', { backgroundImage: 'themes/sea.png', logoImage: 'logo', image: 'a/b.svg' }],
  ['the disk of a machine', { osImage: 'family/ubuntu', amiImage: 'ami-1' }],
  ['an address', { apiUrl: 'https://quay.io/api/v1', image: 'https://example.com/a' }],
  ['an artifact at an address', { url: 'oci://ghcr.io/a/b' }],
  ['a registry that is no host', { registry: 'txt', repository: null }],
  ['images that are something else', { images: { enabled: true }, image: true, imageTag: '1' }],
  ['a list of texts under image', { image: ['a'] }],
  ['an empty image', { image: '' }],
  ['nothing', null],
])('%s is no image', (_, values) => {
  expect(chartSlots(values)).toEqual([]);
});

const NO_REGISTRY = /only the chart knows its registry: write its host in front of the name, or set "registry"/;
const SIGNS_IN = /credentials of its own/;
const IN_TEXT = /part of a text/;

test.each<[string, any, string, RegExp]>([
  ['of helm create', { image: { repository: 'nginx', pullPolicy: 'Always', tag: '' } }, 'nginx', NO_REGISTRY],
  ['whose registry is empty', { image: { registry: '', repository: 'a/b' } }, 'a/b', NO_REGISTRY],
  ['whose registry is null', { image: { registry: null, repository: 'a/b', tag: '1' } }, 'a/b', NO_REGISTRY],
  ['in one text without host', { sidecarImage: 'nginx:1' }, 'nginx:1', NO_REGISTRY],
  ['of a container without host', { sidecars: [{ name: 's', image: 'nginx:1' }] }, 'nginx:1', NO_REGISTRY],
  ['that calls its repository image', { image: { image: 'a/controller', tag: '1' } }, 'a/controller', NO_REGISTRY],
  ['that is a fragment', { pilot: { image: 'pilot' } }, 'pilot', NO_REGISTRY],
  ['under images, without host', { images: { server: 'a/server' } }, 'a/server', NO_REGISTRY],
  ['under a name, without host', { imageName: 'a/b' }, 'a/b', NO_REGISTRY],
  [
    'with two registries',
    { image: { registry: 'docker.io', repository: 'quay.io/a/b' } },
    'docker.io/quay.io/a/b',
    /its name has a host, and a registry stands beside it/,
  ],
  [
    'that may have an owner before its name',
    { image: { registry: 'ghcr.io', name: 'app', tag: '1' } },
    'ghcr.io/app',
    /only the chart knows the whole of its name/,
  ],
  [
    'of Docker Hub, in three parts',
    { image: { registry: 'docker.io', repository: 'a', name: 'b' } },
    'docker.io/a',
    /only the chart knows the whole of its name/,
  ],
  [
    'of Docker Hub, in two parts',
    { image: { repository: 'docker.io/a', image: 'b' } },
    'docker.io/a',
    /only the chart knows the whole of its name/,
  ],
  ['of the chart, of Docker Hub', { global: { imageRegistry: 'docker.io' } }, 'docker.io/*', /need "library\/"/],
  ['whose registry alone is Docker Hub', { image: { registry: 'docker.io' } }, 'docker.io/*', /need "library\/"/],
  [
    'that the chart checks',
    { image: { registry: 'docker.io', repository: 'bitnami/nginx' } },
    'docker.io/bitnami/nginx',
    /global.security.allowInsecureImages: true/,
  ],
  ['that is off', { web: { enabled: false, image: 'quay.io/a/b' } }, 'quay.io/a/b', /"enabled: false"/],
  ['with pull secrets', { imagePullSecrets: ['mine'], a: { image: 'quay.io/a/b' } }, 'quay.io/a/b', SIGNS_IN],
  ['with one pull secret', { imagePullSecret: 'mine', a: { image: 'quay.io/a/b' } }, 'quay.io/a/b', SIGNS_IN],
  [
    'with pull secrets of its own',
    { image: { pullSecrets: ['mine'], registry: 'quay.io', repository: 'a/b' } },
    'quay.io/a/b',
    SIGNS_IN,
  ],
  [
    'with pull secrets for all',
    { global: { imagePullSecrets: ['mine'] }, image: 'quay.io/a/b' },
    'quay.io/a/b',
    SIGNS_IN,
  ],
  [
    'of a registry with a user',
    { image: { registry: 'quay.io', repository: 'a/b', username: 'me' } },
    'quay.io/a/b',
    SIGNS_IN,
  ],
  ['in arguments', { args: ['--image=quay.io/a/b:1'] }, 'quay.io/a/b:1', IN_TEXT],
  ['in variables', { env: [{ name: 'WORKER', value: 'quay.io/a/b:1' }] }, 'quay.io/a/b:1', IN_TEXT],
  ['in a text in YAML', { extra: '- name: a\n  image: nginx:1\n' }, 'nginx:1', IN_TEXT],
  ['of another program', { dbRepository: 'ghcr.io/a/db' }, 'ghcr.io/a/db', IN_TEXT],
  ['in one text with its tag', { runnerRepositoryAndTag: 'quay.io/a/b:1' }, 'quay.io/a/b:1', IN_TEXT],
  ['by a registry under another key', { repositoryDomainMap: { one: 'quay.io' } }, 'quay.io', IN_TEXT],
])('an image %s is left as it is, and told', (_, values, image, reason) => {
  const before = JSON.stringify(values);
  expect(chartSlots(values).map(({ image: named, leave }) => [named, leave])).toEqual([
    [image, expect.stringMatching(reason)],
  ]);
  redirect(values);
  expect(JSON.stringify(values)).toBe(before);
});

test('an image of another registry than that of the whole chart is left as it is', () => {
  const values = { global: { imageRegistry: 'quay.io' }, a: { image: { registry: 'docker.io', repository: 'a/b' } } };
  expect(chartSlots(values).map(({ place, image, leave }) => [place, image, leave])).toEqual([
    ['Values.global.imageRegistry', 'quay.io/*', undefined],
    ['Values.a.image', 'docker.io/a/b', expect.stringMatching(/a registry for the whole chart/)],
  ]);
});

test('an image of the registry of the whole chart goes with that, but Docker Hub stays for both', () => {
  const of = (registry: string) => ({ global: { imageRegistry: registry }, image: { registry, repository: 'a/b' } });
  expect(redirect(of('quay.io'))).toEqual(['quay.io/*', 'quay.io/a/b']);
  expect(redirect(of('docker.io'))).toEqual([]);
});

test.each([null, '', undefined])('a registry of the whole chart of %j is none', (imageRegistry) => {
  const values = {
    global: { imageRegistry, image: { registry: imageRegistry } },
    image: { registry: 'quay.io', repository: 'a/b' },
  };
  expect(chartSlots(values).map(({ leave }) => leave)).toEqual([undefined]);
});

test('a chart of Bitnami checks every image in parts, and no other', () => {
  const values = { image: { registry: 'docker.io', repository: 'nginx' }, sidecars: [{ image: 'quay.io/a/b' }] };
  expect(chartSlots(values, true).map(({ image, leave }) => [image, leave])).toEqual([
    ['docker.io/nginx', expect.stringMatching(/allowInsecureImages/)],
    ['quay.io/a/b', undefined],
  ]);
});

test('what a chart checks is replaced where the values allow it', () => {
  const values = {
    global: { security: { allowInsecureImages: true } },
    image: { registry: 'docker.io', repository: 'bitnami/nginx' },
  };
  expect(redirect(values)).toEqual(['docker.io/bitnami/nginx']);
  expect(values.image).toEqual({ registry: 'registry/docker-hub', repository: 'bitnami/nginx' });
});

const text = fc.constantFrom(
  'quay.io/a/b:1',
  'docker.io/nginx',
  'docker.io',
  'quay.io',
  'ghcr.io/a',
  'a/b',
  'nginx:1',
  'bitnami/app',
  '',
  'true',
  'https://quay.io/a',
  '--image=quay.io/a/b',
  'image: quay.io/a/b',
  'a.png',
);
const key = fc.constantFrom(
  ...['image', 'images', 'sidecarImage', 'imageRegistry', 'registry', 'defaultRegistry', 'repository', 'name', 'tag'],
  ...['global', 'hub', 'override', 'imagePullSecrets', 'pullSecrets', 'enabled', 'username', 'args', 'web', 'security'],
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
  ),
}));

test('property: to redirect twice changes nothing more', () => {
  fc.assert(
    fc.property(tree, (values) => {
      const once = { values: structuredClone(values) };
      redirect(once, '111122223333.dkr.ecr.eu-west-1.amazonaws.com');
      const twice = structuredClone(once);
      redirect(twice, '111122223333.dkr.ecr.eu-west-1.amazonaws.com');
      expect(twice).toEqual(once);
    }),
    { numRuns: 500 },
  );
});

test('property: only texts that have a host change, and only at the host', () => {
  const leaves = (node: any): [string, unknown][] =>
    typeof node === 'object' && node !== null
      ? Object.entries(node).flatMap(([name, value]) =>
          leaves(value).map(([path, leaf]): [string, unknown] => [`${name}.${path}`, leaf]),
        )
      : [['', node]];
  const undone = (leaf: unknown) =>
    typeof leaf === 'string'
      ? Object.entries(PREFIXES).reduce(
          (result, [host, prefix]) => result.replace(`registry/${prefix}`, host).replace('/library', ''),
          leaf,
        )
      : leaf;
  fc.assert(
    fc.property(tree, (values) => {
      const after = { values: structuredClone(values) };
      redirect(after);
      const before = leaves({ values });
      expect(leaves(after).map(([path, leaf]) => [path, undone(leaf)])).toEqual(before);
      const changed = leaves(after).filter(([, leaf], index) => leaf !== before[index][1]);
      const saysImage = /(image|registry|hub|repository|name|override)\w*\.(\d+\.)*$|images\.(\d+\.)*\w+\.(\d+\.)*$/i;
      expect(changed.filter(([path]) => !saysImage.test(path))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
