import * as fc from 'fast-check';
import { manifestSlots } from '../../../src/redirect/locate/manifest-images';
import { diff } from '../../support/redirect';
import { runs } from '../../support/runs';

const pod = (image: string) => ({ containers: [{ name: 'main', image }] });

test.each<[string, any, [string, string][]]>([
  ['a pod', { kind: 'Pod', spec: pod('a') }, [['Manifest.spec.containers[0].image', 'a']]],
  [
    'its init and ephemeral containers',
    { spec: { containers: [], initContainers: [{ image: 'a' }], ephemeralContainers: [{ image: 'b' }] } },
    [
      ['Manifest.spec.initContainers[0].image', 'a'],
      ['Manifest.spec.ephemeralContainers[0].image', 'b'],
    ],
  ],
  [
    'its image volumes',
    {
      spec: {
        volumes: [
          { name: 'v', image: { reference: 'a', pullPolicy: 'Always' } },
          { name: 'w', emptyDir: {} },
        ],
      },
    },
    [['Manifest.spec.volumes[0].image.reference', 'a']],
  ],
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'].map((kind): [string, any, [string, string][]] => [
    `a ${kind}`,
    { kind, spec: { template: { spec: pod('a') } } },
    [['Manifest.spec.template.spec.containers[0].image', 'a']],
  ]),
  [
    'a CronJob',
    { kind: 'CronJob', spec: { jobTemplate: { spec: { template: { spec: pod('a') } } } } },
    [['Manifest.spec.jobTemplate.spec.template.spec.containers[0].image', 'a']],
  ],
  [
    'a List',
    { kind: 'List', items: [{ spec: pod('a') }, { kind: 'Service' }, { spec: pod('b') }] },
    [
      ['Manifest.items[0].spec.containers[0].image', 'a'],
      ['Manifest.items[2].spec.containers[0].image', 'b'],
    ],
  ],
  [
    'several manifests',
    [{ spec: pod('a') }, { spec: pod('b') }],
    [
      ['Manifest[0].spec.containers[0].image', 'a'],
      ['Manifest[1].spec.containers[0].image', 'b'],
    ],
  ],
  [
    'a custom resource with a pod template',
    { kind: 'SparkApplication', spec: { driver: { podTemplate: { spec: pod('a') } } } },
    [['Manifest.spec.driver.podTemplate.spec.containers[0].image', 'a']],
  ],
  ['the images of a node', { kind: 'Node', status: { images: [{ names: ['a'], image: 'a' }] } }, []],
  [
    'a config map that has a manifest as text',
    { kind: 'ConfigMap', data: { 'pod.yaml': 'spec: { containers: [{ image: a }] }' } },
    [['Manifest.data.pod.yaml', 'a']],
  ],
  [
    'a schema of containers',
    {
      kind: 'CustomResourceDefinition',
      properties: { containers: { type: 'array', items: { properties: { image: { type: 'string' } } } } },
    },
    [],
  ],
  [
    'containers that are no objects',
    { spec: { containers: ['a', null, { image: 5 }, {}], volumes: [null, 'v', { image: null }] } },
    [],
  ],
  ['nothing', null, []],
])('%s', (_, manifest, expected) => {
  expect(manifestSlots(manifest).map(({ place, image }) => [place, image])).toEqual(expected);
});

test('writes each image into its own place', () => {
  const manifest = {
    spec: { containers: [{ image: 'a:1' }, { image: 'b' }], volumes: [{ image: { reference: 'c' } }] },
  };
  manifestSlots(manifest).forEach(({ write }, index) =>
    write('registry', `prefix/${index}`, { suffix: ':tag' } as any),
  );
  expect(manifest).toEqual({
    spec: {
      containers: [{ image: 'registry/prefix/0:tag' }, { image: 'registry/prefix/1:tag' }],
      volumes: [{ image: { reference: 'registry/prefix/2:tag' } }],
    },
  });
});

const left = (manifest: any) =>
  manifestSlots(manifest)
    .filter(({ leave }) => leave !== undefined)
    .map(({ place, image, leave, isUnused }) => [place.replace('Manifest.', ''), image, leave!.slice(0, 28), isUnused]);
const IN_TEXT = 'it is part of a text, or sta';

/** In the first two columns what stands where; then the images that are told. */
test.each<[string, any, string[]]>([
  [
    'arguments',
    { containers: [{ args: ['--image=quay.io/a/b:1', 'x', '--other', 'ghcr.io/a/b'] }] },
    ['quay.io/a/b:1', 'ghcr.io/a/b'],
  ],
  ['commands', { containers: [{ command: ['crane', 'copy', 'quay.io/a/b:1', 'x'] }] }, ['quay.io/a/b:1']],
  [
    'variables',
    { containers: [{ env: [{ name: 'RELATED_IMAGE', value: 'quay.io/a/b@sha256:' + 'a'.repeat(64) }] }] },
    ['quay.io/a/b@sha256:' + 'a'.repeat(64)],
  ],
  [
    'a script',
    { script: '#!/bin/sh\ndocker run quay.io/a/b:1 && echo public.ecr.aws/a/b.' },
    ['quay.io/a/b:1', 'public.ecr.aws/a/b'],
  ],
  [
    'a template in YAML',
    { data: { template: 'spec:\n  containers:\n  - name: x\n    image: nginx:1\n' } },
    ['nginx:1'],
  ],
  ['a template in JSON', { data: { template: '{"image":"nginx:1","b":{"image": "a/b"}}' } }, ['nginx:1', 'a/b']],
  ['an annotation', { metadata: { annotations: { 'sidecar.example.com/image': 'quay.io/a/b' } } }, ['quay.io/a/b']],
  ['a host alone', { data: { registry: 'quay.io' } }, ['quay.io']],
])('an image in %s is told', (_, part, images) => {
  const slots = manifestSlots({ apiVersion: 'v1', kind: 'ConfigMap', ...part });
  expect(slots.map(({ image }) => image)).toEqual(images);
  slots.forEach(({ leave, isUnused }) => expect([leave?.slice(0, 28), isUnused]).toEqual([IN_TEXT, undefined]));
});

test.each<[string, any]>([
  ['addresses', { data: { a: 'https://quay.io/a/b', b: 'oci://ghcr.io/a/b', c: 'see https://registry.k8s.io/v2/.' } }],
  ['ARNs', { data: { a: 'arn:aws:ecr:eu-west-1:111122223333:repository/quay/a/b' } }],
  ['images of ECR', { data: { a: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/quay/a/b:1' } }],
  ['labels', { metadata: { labels: { 'app.kubernetes.io/name': 'x', 'node.k8s.io/quay': 'y' } } }],
  [
    'names of labels and groups',
    { spec: { key: 'topology.kubernetes.io/zone', group: 'gateway.networking.k8s.io/v1' } },
  ],
  ['websites of registries', { data: { a: 'gitlab.com/group/project', b: 'hub.docker.com/r/a/b' } }],
  ['mail and users', { data: { a: 'me@quay.io/x', b: 'user@ghcr.io' } }],
  ['paths', { data: { a: '/etc/quay.io/a', b: './ghcr.io/a/b' } }],
  ['a chart that is a map', { data: { a: 'image:\n  repository: nginx\n', b: 'not-an-image:1' } }],
  ['a description', { spec: { description: 'like quay.io/a/b:1' } }],
  [
    'what was applied before',
    { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'quay.io/a/b' } } },
  ],
  ['a status', { status: { image: 'quay.io/a/b', containers: [{ image: 'quay.io/a/b' }] } }],
])('nothing is told of %s', (_, part) => {
  expect(manifestSlots({ apiVersion: 'example.com/v1', kind: 'Example', ...part })).toEqual([]);
});

test('the schema of a resource is told of where it is a default', () => {
  const image = {
    type: 'string',
    description: 'Like quay.io/a/b:1',
    default: 'quay.io/a/c:1',
    example: 'quay.io/a/d:1',
  };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    spec: { versions: [{ schema: { openAPIV3Schema: { properties: { spec: { properties: { image } } } } } }] },
  };
  expect(left(definition).map(([, name]) => name)).toEqual(['quay.io/a/c:1']);
});

test('an image of a resource that is not known is told, also without its host', () => {
  const unknown = (apiVersion: string) => ({
    apiVersion,
    kind: 'Shop',
    spec: { web: { image: 'nginx' }, image: 'a b' },
  });
  expect(left(unknown('example.com/v1'))).toEqual([
    ['spec.web.image', 'nginx', 'only an operator knows wheth', undefined],
  ]);
  expect(left(unknown('v1'))).toEqual([]);
});

test('what policies compare is left, and nothing to be warned of', () => {
  const policy = {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    spec: {
      rules: [
        { validate: { message: 'use quay.io/a/b', pattern: { spec: { containers: [{ image: 'quay.io/*' }] } } } },
      ],
    },
  };
  expect(left(policy)).toEqual([
    ['spec.rules[0].validate.pattern.spec.containers[0].image', 'quay.io/*', 'a policy compares it with th', true],
  ]);
  const expression = "image.startsWith('quay.io/a/b')";
  expect(
    left({ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingAdmissionPolicy', spec: { expression } }),
  ).toEqual([]);
});

test('a pattern is no name of an image', () => {
  const rule = { apiVersion: 'example.com/v1', kind: 'Rule', spec: { containers: [{ image: 'quay.io/*' }] } };
  expect(left(rule)).toEqual([['spec.containers[0].image', 'quay.io/*', 'it is a pattern, and no name', undefined]]);
});

test('what a policy of Kyverno puts into pods is pulled', () => {
  const rule = { mutate: { patchStrategicMerge: { spec: { containers: [{ image: 'quay.io/a/b:1' }] } } } };
  const policy = { apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', spec: { rules: [rule] } };
  expect(manifestSlots(policy).map(({ image, leave }) => [image, leave])).toEqual([['quay.io/a/b:1', undefined]]);
});

test('of what a secret holds nothing is told', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', stringData: { url: 'quay.io', config: 'image: quay.io/a/b:1' } };
  expect(manifestSlots(secret)).toEqual([]);
  expect(manifestSlots({ ...secret, kind: 'ConfigMap' })).toHaveLength(2);
});

describe('service accounts', () => {
  const account = (name: string, more: any = {}) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, ...more },
    imagePullSecrets: [{ name: 'x' }],
  });
  const podOf = (spec: any, namespace?: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x', namespace },
    spec: { ...spec, containers: [{ image: 'quay.io/a/b:1' }] },
  });
  const isLeft = (...documents: any[]) => manifestSlots(documents).map(({ leave }) => leave !== undefined);

  test.each<[string, any[], boolean]>([
    ['with credentials', [account('web'), podOf({ serviceAccountName: 'web' })], true],
    ['by its old name', [podOf({ serviceAccount: 'web' }), account('web')], true],
    ['in a list', [{ kind: 'List', items: [account('web')] }, podOf({ serviceAccountName: 'web' })], true],
    ['that pods have which name none', [account('default'), podOf({})], true],
    ['of the same namespace', [account('web', { namespace: 'a' }), podOf({ serviceAccountName: 'web' }, 'a')], true],
    ['of another namespace', [account('web', { namespace: 'a' }), podOf({ serviceAccountName: 'web' }, 'b')], false],
    ['of another name', [account('web'), podOf({ serviceAccountName: 'api' })], false],
    ['without credentials', [{ ...account('web'), imagePullSecrets: [] }, podOf({ serviceAccountName: 'web' })], false],
    ['without a manifest', [podOf({ serviceAccountName: 'web' })], false],
  ])('an account %s', (_, documents, expected) => {
    expect(isLeft(...documents)).toEqual([expected]);
  });

  test('of a resource of an operator', () => {
    const prometheus = {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'Prometheus',
      spec: { image: 'quay.io/a/b:1', serviceAccountName: 'web' },
    };
    expect(isLeft(account('web'), prometheus)).toEqual([true]);
    expect(isLeft(account('api'), prometheus)).toEqual([false]);
  });
});

test('resources in resources are read as what they are', () => {
  const task = {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: {},
    spec: { taskSpec: { steps: [{ image: 'quay.io/a/b:1' }] } },
  };
  const template = {
    apiVersion: 'triggers.tekton.dev/v1beta1',
    kind: 'TriggerTemplate',
    spec: { resourcetemplates: [task] },
  };
  expect(manifestSlots(template)).toEqual([
    expect.objectContaining({
      place: 'Manifest.spec.resourcetemplates[0].spec.taskSpec.steps[0].image',
      leave: undefined,
    }),
  ]);
  const reference = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', name: 'x' };
  expect(manifestSlots({ apiVersion: 'v1', kind: 'ConfigMap', data: { healthChecks: [reference] } })).toEqual([]);
});

describe('in any manifest', () => {
  const image = fc.constantFrom('quay.io/a/b:1', 'ghcr.io/c/d', 'x', '--image=quay.io/a/e:1');
  const key = fc.constantFrom(
    'spec',
    'containers',
    'image',
    'volumes',
    'reference',
    'template',
    'env',
    'imagePullSecrets',
    'steps',
    'values',
    'images',
  );
  const { part } = fc.letrec<{ part: any }>((tie) => ({
    part: fc.oneof(
      { depthSize: 'small' },
      image,
      fc.array(tie('part'), { maxLength: 3 }),
      fc.dictionary(key, tie('part'), { maxKeys: 4 }),
    ),
  }));
  const document = fc.record({
    apiVersion: fc.constantFrom('v1', 'tekton.dev/v1', 'argoproj.io/v1alpha1', 'helm.toolkit.fluxcd.io/v2'),
    kind: fc.constantFrom('Pod', 'Task', 'Workflow', 'Application', 'HelmRelease'),
    spec: part,
  });
  const texts = (value: any): string[] =>
    typeof value === 'string' ? [value] : Object.values(value).flatMap((one) => texts(one));

  test('no name with a host is passed over in silence, and only names change', () => {
    fc.assert(
      fc.property(fc.array(document, { maxLength: 3 }), (manifest) => {
        const after = JSON.parse(JSON.stringify(manifest));
        const slots = manifestSlots(after);
        const named = texts(manifest).flatMap((text) => /(quay|ghcr)\.io.*/.exec(text)?.[0] ?? []);
        const seen = slots.map((slot) => String(slot.image)).join(' ');
        named.forEach((name) => expect(seen).toContain(name));
        slots
          .filter(
            (slot) => slot.leave === undefined && /^\w/.test(String(slot.image)) && !String(slot.image).endsWith('/*'),
          )
          .forEach((slot) => slot.write('CACHE', 'name', { suffix: '' } as any));
        const changes = Object.values(diff(manifest, after)).filter(([before]) => before !== undefined);
        changes.forEach(([before, changed]) => {
          expect(texts([before]).join()).toMatch(/^(quay\.io|ghcr\.io|x)/);
          expect(texts([changed]).join()).toContain('CACHE/name');
        });
      }),
      runs(500),
    );
  });
});
