import { aws_s3 as s3, CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { chart, ENV, lines, newCache, newStack, nodeRole, REGISTRY, resources } from '../../support/redirect';

const TYPE = 'Custom::AWSCDK-EKS-HelmChart';

test('the images in the values of a chart go through the cache, and nothing else changes', () => {
  const stack = newStack();
  chart(stack, {
    image: { repository: 'quay.io/a/b', tag: '1' },
    sidecar: { image: 'nginx:1' },
    webhook: { registry: 'registry.k8s.io', repository: 'hook/hook', tag: 'v1' },
    other: { image: { registry: 'mcr.microsoft.com', repository: 'a/b' } },
    replicas: 3,
  });
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  expect(resources(stack, TYPE).Chart.Values).toEqual({
    image: { repository: `${REGISTRY}/quay/a/b`, tag: '1' },
    sidecar: { image: `${REGISTRY}/docker-hub/library/nginx:1` },
    webhook: { registry: REGISTRY, repository: 'kubernetes/hook/hook', tag: 'v1' },
    other: { image: { registry: 'mcr.microsoft.com', repository: 'a/b' } },
    replicas: 3,
  });
  expect(lines(redirection)).toEqual([
    'Values.image: quay.io/a/b -> CACHE/quay/a/b',
    'Values.sidecar.image: nginx:1 -> CACHE/docker-hub/library/nginx:1',
    'Values.webhook: registry.k8s.io/hook/hook -> CACHE/kubernetes/hook/hook',
    'Values.other.image: mcr.microsoft.com/a/b -> (the cache has no rule for mcr.microsoft.com/a/b)',
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

test('a chart without values has no images', () => {
  const stack = newStack();
  chart(stack, undefined);
  expect(newCache(stack).redirect(stack).report).toEqual([]);
  expect(resources(stack, TYPE).Chart.Values).toBeUndefined();
});

test('values that are a token are reported', () => {
  const stack = newStack();
  chart(stack, {}).addPropertyOverride('Values', new CfnParameter(stack, 'Text').valueAsString);
  const redirection = newCache(stack).redirect(stack);
  Template.fromStack(stack);
  expect(lines(redirection)).toEqual(['Values: (token) -> (it is a token, whose value is not known at synth)']);
});
