import { ImageReference } from '../../../src';
import { chartSlots } from '../../../src/redirect/locate/chart-images';

/** Values, the image that is found in them, and the values when it is pulled as registry/prefix/<repository>. */
test.each<[string, any, string, any]>([
  ['an image in one string', { image: 'quay.io/a/b:1' }, 'quay.io/a/b:1', { image: 'registry/prefix/a/b:1' }],
  [
    'under a longer key',
    { web: { sidecarImage: 'quay.io/a/b' } },
    'quay.io/a/b',
    { web: { sidecarImage: 'registry/prefix/a/b' } },
  ],
  [
    'in a list',
    { sidecars: [{ name: 's', image: 'quay.io/a/b' }] },
    'quay.io/a/b',
    { sidecars: [{ name: 's', image: 'registry/prefix/a/b' }] },
  ],
  [
    'of helm create',
    { image: { repository: 'nginx', pullPolicy: 'IfNotPresent', tag: '' } },
    'nginx',
    { image: { repository: 'registry/prefix/library/nginx', pullPolicy: 'IfNotPresent', tag: '' } },
  ],
  [
    'with its host in the repository',
    { image: { repository: 'quay.io/a/b', tag: '1' } },
    'quay.io/a/b',
    { image: { repository: 'registry/prefix/a/b', tag: '1' } },
  ],
  [
    'with a registry',
    { image: { registry: 'quay.io', repository: 'a/b', tag: '1' } },
    'quay.io/a/b',
    { image: { registry: 'registry', repository: 'prefix/a/b', tag: '1' } },
  ],
  [
    'with a registry that has a path',
    { image: { registry: 'quay.io/a', repository: 'b' } },
    'quay.io/a/b',
    { image: { registry: 'registry', repository: 'prefix/a/b' } },
  ],
  [
    'with an empty registry and a host',
    { image: { registry: '', repository: 'quay.io/a/b' } },
    'quay.io/a/b',
    { image: { registry: 'registry', repository: 'prefix/a/b' } },
  ],
  [
    'with a default registry',
    { image: { registry: null, defaultRegistry: 'quay.io', repository: 'a/b' } },
    'quay.io/a/b',
    { image: { registry: 'registry', defaultRegistry: 'quay.io', repository: 'prefix/a/b' } },
  ],
  [
    'with a digest',
    { image: { registry: 'quay.io', repository: 'a/b', digest: 'sha256:x' } },
    'quay.io/a/b',
    { image: { registry: 'registry', repository: 'prefix/a/b', digest: 'sha256:x' } },
  ],
  [
    'that calls its repository image',
    { image: { registry: 'quay.io', image: 'a/b', tag: '1' } },
    'quay.io/a/b',
    { image: { registry: 'registry', image: 'prefix/a/b', tag: '1' } },
  ],
  [
    'the same, with its host',
    { image: { image: 'quay.io/a/b', tag: '1' } },
    'quay.io/a/b',
    { image: { image: 'registry/prefix/a/b', tag: '1' } },
  ],
  [
    'the same, under another key',
    { images: { proxy: { image: 'b', registry: 'quay.io/a' } } },
    'quay.io/a/b',
    { images: { proxy: { image: 'prefix/a/b', registry: 'registry' } } },
  ],
  [
    'under no key that says so',
    { controller: { registry: 'quay.io', repository: 'a/b', tag: 'v1' } },
    'quay.io/a/b',
    { controller: { registry: 'registry', repository: 'prefix/a/b', tag: 'v1' } },
  ],
  [
    'at the top',
    { repository: 'quay.io/a/b', tag: '1' },
    'quay.io/a/b',
    { repository: 'registry/prefix/a/b', tag: '1' },
  ],
  [
    'with a tag in its repository',
    { image: { repository: 'quay.io/a/b:1' } },
    'quay.io/a/b:1',
    { image: { repository: 'registry/prefix/a/b:1' } },
  ],
])('an image %s', (_, values, image, expected) => {
  const slots = chartSlots(values);
  expect(slots.map((slot) => [slot.image, slot.leave])).toEqual([[image, undefined]]);
  const reference = ImageReference.parse(image);
  slots[0].write('registry', `prefix/${reference.repository}`, reference);
  expect(values).toEqual(expected);
});

test.each<[string, any]>([
  ['a chart of Helm', { repository: 'https://charts.helm.sh/stable', tag: '1' }],
  ['source code', { git: { repository: 'owner/code', branch: 'main' } }],
  ['an empty repository', { image: { repository: '', tag: '1' } }],
  ['no repository', { image: { repository: null, tag: '1' } }],
  ['a pull secret', { imagePullSecrets: ['mine'], imagePullPolicy: 'Always' }],
  [
    'images that are something else',
    { imageRegistry: 'quay.io', images: { enabled: true }, image: true, imageTag: '1' },
  ],
  ['a list of texts under image', { image: ['a'] }],
  ['an empty image', { image: '' }],
  ['nothing', null],
])('%s is no image', (_, values) => {
  expect(chartSlots(values)).toEqual([]);
});

test.each<[string, any, RegExp]>([
  ['whose registry is empty', { image: { registry: '', repository: 'a/b' } }, /its registry is not beside its name/],
  [
    'whose registry is null',
    { image: { registry: null, repository: 'a/b', tag: '1' } },
    /its registry is not beside its name/,
  ],
  [
    'that calls its repository image, without registry',
    { image: { image: 'ingress-nginx/controller', tag: '1' } },
    /its registry is not beside its name/,
  ],
  [
    'below a global registry',
    { global: { imageRegistry: 'mirror' }, image: { registry: 'quay.io', repository: 'a/b' } },
    /a registry for the whole chart/,
  ],
  [
    'below a global registry in a map',
    { global: { image: { registry: 'mirror' } }, image: { repository: 'a/b' } },
    /a registry for the whole chart/,
  ],
  [
    'below a registry at the top',
    { imageRegistry: 'mirror', image: { repository: 'a/b' } },
    /a registry for the whole chart/,
  ],
])('an image %s is left as it is', (_, values, reason) => {
  expect(chartSlots(values).map(({ leave }) => leave)).toEqual([expect.stringMatching(reason)]);
});

test.each([null, '', undefined])('a global registry of %j is none', (imageRegistry) => {
  expect(
    chartSlots({
      global: { imageRegistry, image: { registry: imageRegistry } },
      image: { registry: 'quay.io', repository: 'a/b' },
    }).map(({ leave }) => leave),
  ).toEqual([undefined]);
});
