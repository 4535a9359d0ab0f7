import { CfnParameter, CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { manifestSlots } from '../../../src/redirect/locate/manifest-images';
import { patchSlots } from '../../../src/redirect/locate/patch-images';
import { deployed, lines, newCache, newStack, nodeRole, REGISTRY } from '../../support/redirect';

const TYPE = 'Custom::AWSCDK-EKS-KubernetesPatch';

interface Patch {
  readonly apply: any;
  readonly restore?: any;
  readonly type?: string;
  readonly name?: string;
}

/** What CDK's L2 of a patch renders. */
function patch(
  scope: Construct,
  { apply, restore = {}, type = 'strategic', name = 'deployment/web' }: Patch,
): CfnResource {
  const stack = Stack.of(scope);
  const properties = {
    ResourceName: name,
    ResourceNamespace: 'default',
    ApplyPatchJson: stack.toJsonString(apply),
    RestorePatchJson: stack.toJsonString(restore),
    ClusterName: 'cluster',
    PatchType: type,
  };
  return new CfnResource(scope, 'Patch', { type: TYPE, properties });
}

function redirected(given: Patch): { apply: any; restore: any; report: string[]; resource: any; template: Template } {
  const stack = newStack();
  const resource = patch(stack, given);
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const { Properties } = deployed(stack).Resources[stack.resolve(resource.logicalId)];
  const template = Template.fromStack(stack);
  return {
    apply: JSON.parse(Properties.ApplyPatchJson),
    restore: JSON.parse(Properties.RestorePatchJson),
    report: lines(redirection),
    resource: template.toJSON().Resources.Patch,
    template,
  };
}

const podTemplate = (...images: string[]) => ({
  spec: { template: { spec: { containers: images.map((image) => ({ name: 'x', image })) } } },
});

test.each(['strategic', 'merge'])(
  'the images of a %s patch go through the cache, both when it comes and when it goes',
  (type) => {
    const { apply, restore, report, template, resource } = redirected({
      apply: podTemplate('quay.io/a/b:2', 'mcr.microsoft.com/a/b:1'),
      restore: podTemplate('quay.io/a/b:1'),
      type,
    });
    expect(apply).toEqual(podTemplate(`${REGISTRY}/quay/a/b:2`, 'mcr.microsoft.com/a/b:1'));
    expect(restore).toEqual(podTemplate(`${REGISTRY}/quay/a/b:1`));
    expect(report).toEqual([
      'ApplyPatchJson.spec.template.spec.containers[0].image: quay.io/a/b:2 -> CACHE/quay/a/b:2',
      'ApplyPatchJson.spec.template.spec.containers[1].image: mcr.microsoft.com/a/b:1 -> (the cache has no rule for ' +
        'mcr.microsoft.com/a/b)',
      'RestorePatchJson.spec.template.spec.containers[0].image: quay.io/a/b:1 -> CACHE/quay/a/b:1',
    ]);
    // The nodes pull: the patch waits until they may.
    const [policy] = Object.keys(template.findResources('AWS::IAM::Policy'));
    expect(policy).toMatch(/^NodeRoleDefaultPolicy/);
    expect(resource.DependsOn).toContain(policy);
  },
);

test('what has no image is as it was', () => {
  const given = { apply: { spec: { replicas: 3 } }, restore: { spec: { replicas: 1 } } };
  const { apply, restore, report } = redirected(given);
  expect({ apply, restore }).toEqual(given);
  expect(report).toEqual([]);
});

test('the values of a json patch, by their paths', () => {
  const container = (image: string) => ({ name: 'x', image });
  const containers = '/spec/template/spec/containers';
  const { apply, report } = redirected({
    type: 'json',
    apply: [
      { op: 'test', path: `${containers}/0/image`, value: 'quay.io/a/old:1' },
      { op: 'replace', path: `${containers}/0/image`, value: 'quay.io/a/b:1' },
      { op: 'add', path: `${containers}/-`, value: container('quay.io/a/c:1') },
      { op: 'add', path: '/spec/template/spec/initContainers', value: [container('quay.io/a/d:1')] },
      { op: 'add', path: `${containers}/0/args`, value: ['--image=quay.io/a/e:1'] },
      { op: 'add', path: '/metadata/annotations/example.com~1image', value: 'quay.io/a/f:1' },
      { op: 'replace', path: '/spec/template/spec/volumes/0/image/reference', value: 'quay.io/a/g:1' },
      { op: 'remove', path: `${containers}/1` },
      { op: 'replace', path: '/spec/replicas', value: 3 },
    ],
    restore: [{ op: 'replace', path: `${containers}/0/image`, value: 'quay.io/a/old:1' }],
  });
  const value = (name: string) => `${REGISTRY}/quay/a/${name}:1`;
  expect(apply.map((operation: any) => operation.value)).toEqual([
    'quay.io/a/old:1',
    value('b'),
    container(value('c')),
    [container(value('d'))],
    ['--image=quay.io/a/e:1'],
    'quay.io/a/f:1',
    value('g'),
    undefined,
    3,
  ]);
  const left = report.filter((line) => line.endsWith(')')).map((line) => line.split(' (')[0]);
  expect(left).toEqual(['ApplyPatchJson[4].value[0]: quay.io/a/e:1 ->', 'ApplyPatchJson[5].value: quay.io/a/f:1 ->']);
  expect(report).toContain('RestorePatchJson[0].value: quay.io/a/old:1 -> CACHE/quay/a/old:1');
});

test.each<[string, Patch]>([
  [
    'beside the containers',
    { apply: { spec: { imagePullSecrets: [{ name: 'x' }], containers: [{ image: 'quay.io/a/b:1' }] } } },
  ],
  [
    'in another operation',
    {
      type: 'json',
      apply: [
        { op: 'add', path: '/spec/template/spec/imagePullSecrets/-', value: { name: 'x' } },
        { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'quay.io/a/b:1' },
      ],
    },
  ],
  [
    'in a value',
    {
      type: 'json',
      apply: [
        { op: 'add', path: '/spec/template', value: { spec: { imagePullSecrets: [{ name: 'x' }] } } },
        { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'quay.io/a/b:1' },
      ],
    },
  ],
])('credentials %s keep the images', (_, given) => {
  const { apply, report } = redirected(given);
  expect(apply).toEqual(given.apply);
  expect(report).toEqual([expect.stringContaining('quay.io/a/b:1 -> (it is pulled with credentials of its own)')]);
});

test('the resource of an operator is known by its name with its group', () => {
  const apply = { spec: { kafka: { image: 'quay.io/a/b:1' } } };
  expect(redirected({ apply, type: 'merge', name: 'kafkas.kafka.strimzi.io/events' }).apply.spec.kafka.image).toBe(
    `${REGISTRY}/quay/a/b:1`,
  );
  const { report } = redirected({ apply, type: 'merge', name: 'kafka/events' });
  expect(report).toEqual([expect.stringMatching(/^ApplyPatchJson\.spec\.kafka\.image: quay\.io\/a\/b:1 -> \(/)]);
  const operations = [{ op: 'replace', path: '/spec/kafka/image', value: 'quay.io/a/b:1' }];
  expect(redirected({ apply: operations, type: 'json', name: 'kafkas.kafka.strimzi.io/events' }).apply[0].value).toBe(
    `${REGISTRY}/quay/a/b:1`,
  );
});

test.each<[string, any]>([
  ['that is no list', { op: 'replace', path: '/a', value: 'quay.io/a/b:1' }],
  ['of what is no operation', [null, 'quay.io/a/b:1', { path: 5, value: {} }, { op: 'add', value: 1 }]],
])('a json patch %s is no harm', (_, apply) => {
  expect(redirected({ apply, type: 'json' }).apply).toEqual(apply);
});

test('a patch that is a token is reported, and tokens in a patch survive', () => {
  const stack = newStack();
  const tag = new CfnParameter(stack, 'Tag').valueAsString;
  const resource = patch(stack, {
    apply: { ...podTemplate(`quay.io/a/b:${tag}`, 'quay.io/a/c:1'), metadata: { labels: { tag } } },
  });
  resource.addPropertyOverride('RestorePatchJson', tag);
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const { Properties } = Template.fromStack(stack).toJSON().Resources.Patch;
  expect(Properties.RestorePatchJson).toEqual({ Ref: 'Tag' });
  expect(Properties.ApplyPatchJson['Fn::Join'][1]).toEqual([
    '{"spec":{"template":{"spec":{"containers":[{"name":"x","image":"quay.io/a/b:',
    { Ref: 'Tag' },
    `"},{"name":"x","image":"${REGISTRY}/quay/a/c:1"}]}}},"metadata":{"labels":{"tag":"`,
    { Ref: 'Tag' },
    '"}}}',
  ]);
  const token = '(token) -> (it is a token, whose value is not known at synth)';
  expect(lines(redirection)).toEqual([
    `ApplyPatchJson.spec.template.spec.containers[0].image: ${token}`,
    'ApplyPatchJson.spec.template.spec.containers[1].image: quay.io/a/c:1 -> CACHE/quay/a/c:1',
    `RestorePatchJson: ${token}`,
  ]);
});

/** A json patch says in two parts, a path and a value, what a manifest says in one. */
test('an operation at any place of a manifest has the images that the manifest has there', () => {
  const manifest = {
    ...podTemplate('quay.io/a/b:1', 'quay.io/a/c:1'),
    more: {
      volumes: [{ image: { reference: 'quay.io/a/d:1' } }, { image: 'x' }],
      containers: { image: 'quay.io/a/e:1' },
    },
  };
  const pointers: [string, any][] = [];
  const walk = (value: any, pointer: string) => {
    pointers.push([pointer, value]);
    if (typeof value === 'object') {
      Object.entries(value).forEach(([key, part]) => walk(part, `${pointer}/${key}`));
    }
  };
  walk(manifest, '');
  const images = (slots: any[]) => slots.filter(({ leave }) => leave === undefined).map(({ image }) => image);
  const all = images(manifestSlots(manifest));
  for (const [path, value] of pointers) {
    const slots = patchSlots([{ op: 'replace', path, value }], 'Patch', { name: 'deployment/x', type: 'json' });
    expect([path, images(slots)]).toEqual([path, all.filter((image) => JSON.stringify(value).includes(image))]);
  }
  expect(pointers.length).toBe(20);
  expect(all).toEqual(['quay.io/a/b:1', 'quay.io/a/c:1', 'quay.io/a/d:1']);
});
