import { manifestSlots } from '../../../src/redirect/locate/manifest-images';

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
