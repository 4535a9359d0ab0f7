import { aws_s3 as s3, CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PullThroughCache, PullThroughCacheRule, RedirectOptions, UpstreamRegistry } from '../../../src';
import { chart, ENV, lines, newCache, newStack, nodeRole, REGISTRY, resources } from '../../support/redirect';

const ONLY_THE_CHART = 'Values: (images that only the chart names)';
const SEES_ALL = 'an admission policy of the cache sees every image that the chart makes';
const UNNAMED = `${ONLY_THE_CHART} -> (the values do not name them, if there are any; ${SEES_ALL})`;

const TYPE = 'Custom::AWSCDK-EKS-HelmChart';

test('the images in the values of a chart go through the cache, and nothing else changes', () => {
  const stack = newStack();
  chart(stack, {
    image: { repository: 'quay.io/a/b', tag: '1' },
    sidecar: { image: 'docker.io/nginx:1' },
    webhook: { registry: 'registry.k8s.io', repository: 'hook/hook', tag: 'v1' },
    other: { image: { registry: 'mcr.microsoft.com', repository: 'a/b' } },
    replicas: 3,
  });
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  expect(resources(stack, TYPE).Chart.Values).toEqual({
    image: { repository: `${REGISTRY}/quay/a/b`, tag: '1' },
    sidecar: { image: `${REGISTRY}/docker-hub/library/nginx:1` },
    webhook: { registry: `${REGISTRY}/kubernetes`, repository: 'hook/hook', tag: 'v1' },
    other: { image: { registry: 'mcr.microsoft.com', repository: 'a/b' } },
    replicas: 3,
  });
  expect(lines(redirection)).toEqual([
    'Values.image: quay.io/a/b -> CACHE/quay/a/b',
    'Values.sidecar.image: docker.io/nginx:1 -> CACHE/docker-hub/library/nginx:1',
    'Values.webhook: registry.k8s.io/hook/hook -> CACHE/kubernetes/hook/hook',
    'Values.other.image: mcr.microsoft.com/a/b -> (the cache has no rule for mcr.microsoft.com/a/b)',
    UNNAMED,
  ]);
});

test('tokens in the values survive, and images with tokens are left alone', () => {
  const stack = newStack();
  const bucket = new s3.Bucket(new Stack(stack.node.root as any, 'Other', { env: ENV }), 'Bucket');
  const tag = new CfnParameter(stack, 'Tag').valueAsString;
  chart(stack, {
    image: 'quay.io/a/b',
    other: { image: `quay.io/a/b:${tag}` },
    image2: { repository: `quay.io/${tag}`, tag },
    bucket: bucket.bucketName,
  });
  newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources(TYPE));
  expect(Properties.Values).toEqual({
    'Fn::Join': [
      '',
      [
        '{"image":"111122223333.dkr.ecr.eu-west-1.amazonaws.com/quay/a/b","other":{"image":"quay.io/a/b:',
        { Ref: 'Tag' },
        '"},"image2":{"repository":"quay.io/',
        { Ref: 'Tag' },
        '","tag":"',
        { Ref: 'Tag' },
        '"},"bucket":"',
        { 'Fn::ImportValue': expect.stringMatching(/^Other:ExportsOutputRefBucket/) },
        '"}',
      ],
    ],
  });
});

test.each([undefined, {}, { replicas: 3 }])('a chart whose values name no image says so: %j', (values) => {
  const stack = newStack();
  chart(stack, values);
  const redirection = newCache(stack).redirect(stack);
  expect(resources(stack, TYPE).Chart.Values).toEqual(values);
  expect(lines(redirection)).toEqual([
    `${ONLY_THE_CHART} -> (the values name no image, and the images of the chart are not seen: ` +
      `name them there with their hosts; ${SEES_ALL})`,
  ]);
});

test('the nodes may pull what begins with the name, for charts add to it', () => {
  const stack = newStack();
  chart(stack, {
    operator: { registry: 'quay.io', repository: 'a/operator', tag: '1' },
    image: { registry: 'registry.k8s.io' },
    web: { image: 'ghcr.io/a/web:1' },
    off: { enabled: false, image: 'ghcr.io/a/off:1' },
  });
  newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const { PolicyDocument } = resources(stack, 'AWS::IAM::Policy').NodeRoleDefaultPolicy;
  const pulls = PolicyDocument.Statement.find(({ Action }: any) => Action.includes('ecr:BatchImportUpstreamImage'));
  expect(pulls.Resource.map((arn: string) => arn.replace(/^.*:repository\//, '')).sort()).toEqual([
    'github/a/web*',
    'kubernetes/*',
    'quay/a/operator*',
  ]);
});

test.each<[string, RedirectOptions, boolean]>([
  ['without options', {}, true],
  ['with its registry', { only: ['quay.io/*'] }, true],
  ['with a part of it', { only: ['quay.io/a/*'] }, false],
  ['less a part of it', { exclude: ['quay.io/a/*'] }, false],
  ['less a tag', { exclude: ['*:latest'] }, false],
  ['less another registry', { exclude: ['ghcr.io/*'] }, true],
])('a registry for the whole chart, %s', (_, options, isReplaced) => {
  const stack = newStack();
  chart(stack, { global: { imageRegistry: 'quay.io' } });
  newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)], ...options });
  const { global } = resources(stack, TYPE).Chart.Values;
  expect(global.imageRegistry).toBe(isReplaced ? `${REGISTRY}/quay` : 'quay.io');
});

test('a registry for the whole chart of which the cache has a part only stays as it is', () => {
  const stack = newStack();
  chart(stack, { global: { imageRegistry: 'quay.io' } });
  const rule = new PullThroughCacheRule(stack, 'Rule', {
    upstream: UpstreamRegistry.quay(),
    ecrRepositoryPrefix: 'prom',
    upstreamRepositoryPrefix: 'prometheus',
  });
  const cache = new PullThroughCache(stack, 'Cache', {
    existingRules: [rule],
    upstreams: [UpstreamRegistry.kubernetes()],
  });
  const redirection = cache.redirect(stack, { nodeRoles: [nodeRole(stack)] });
  expect(resources(stack, TYPE).Chart.Values.global.imageRegistry).toBe('quay.io');
  expect(lines(redirection)[0]).toBe(
    'Values.global.imageRegistry: quay.io/* -> (the cache has no rule that can grant all of quay.io/*)',
  );
});

test('values that are a token are reported', () => {
  const stack = newStack();
  chart(stack, {}).addPropertyOverride('Values', new CfnParameter(stack, 'Text').valueAsString);
  const redirection = newCache(stack).redirect(stack);
  Template.fromStack(stack);
  expect(lines(redirection)).toEqual([
    'Values: (token) -> (it is a token, whose value is not known at synth)',
    UNNAMED,
  ]);
});

test.each([
  ['Chart', 'oci://registry-1.docker.io/bitnamicharts/nginx'],
  ['Repository', 'https://charts.bitnami.com/bitnami'],
])('a chart of Bitnami is known by its %s', (property, value) => {
  const stack = newStack();
  const image = { registry: 'docker.io', repository: 'nginx' };
  chart(stack, { image }).addPropertyOverride(property, value);
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  expect(resources(stack, TYPE).Chart.Values).toEqual({ image });
  expect(lines(redirection).join('\n')).toContain('the charts of Bitnami refuse images of another registry');
});
