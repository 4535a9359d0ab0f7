import { CfnParameter } from 'aws-cdk-lib';
import { diff, lines, manifest, newCache, newStack, nodeRole, REGISTRY, resources } from '../../support/redirect';

const CACHED = `${REGISTRY}/quay`;
const UNSEEN =
  'Manifest[0]: (images of what is installed) -> (only the place from where it is installed names them; an admission ' +
  'policy of the cache sees every image that the chart makes)';
const ELSEWHERE = 'it is installed in another cluster, or it is not said in which, so that nobody knows who pulls';

/** What a redirection changes in a resource, and what it says of its images. */
function redirected(resource: any): { changes: Record<string, [unknown, unknown]>; report: string[]; left: string[] } {
  const stack = newStack();
  manifest(stack, [resource]);
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const [after] = resources(stack, 'Custom::AWSCDK-EKS-KubernetesResource').Manifest.Manifest;
  const report = lines(redirection);
  return { changes: diff(resource, after), report, left: report.filter((line) => line.endsWith(')')) };
}

const HERE = { server: 'https://kubernetes.default.svc', namespace: 'web' };

const application = (source: any, destination: any = HERE) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web' },
  spec: { project: 'default', destination, source: { repoURL: 'https://charts.example.com', ...source } },
});

describe('Argo CD', () => {
  test('values and parameters of charts, and images of Kustomize', () => {
    const { changes, report } = redirected(
      application({
        chart: 'web',
        helm: {
          valuesObject: {
            image: { registry: 'quay.io', repository: 'a/b', tag: '1' },
            sidecar: { image: 'quay.io/a/c:1' },
          },
          parameters: [
            { name: 'init.image.registry', value: 'quay.io' },
            { name: 'init.image.repository', value: 'a/d', forceString: true },
            { name: 'proxy.image', value: 'quay.io/a/e:1' },
            { name: 'replicas', value: '3' },
          ],
        },
        kustomize: { images: ['quay.io/a/f:1', 'nginx=quay.io/a/g:2', 'mcr.microsoft.com/a/b:1'] },
      }),
    );
    const source = 'spec.source.';
    expect(changes).toEqual({
      [`${source}helm.valuesObject.image.registry`]: ['quay.io', CACHED],
      [`${source}helm.valuesObject.sidecar.image`]: ['quay.io/a/c:1', `${CACHED}/a/c:1`],
      [`${source}helm.parameters.0.value`]: ['quay.io', CACHED],
      [`${source}helm.parameters.2.value`]: ['quay.io/a/e:1', `${CACHED}/a/e:1`],
      [`${source}kustomize.images.0`]: ['quay.io/a/f:1', `quay.io/a/f=${CACHED}/a/f:1`],
      [`${source}kustomize.images.1`]: ['nginx=quay.io/a/g:2', `nginx=${CACHED}/a/g:2`],
    });
    expect(report).toContain(UNSEEN);
    expect(report).toContain(
      'Manifest[0].spec.source.kustomize.images[2]: mcr.microsoft.com/a/b:1 -> (the cache has no rule for ' +
        'mcr.microsoft.com/a/b)',
    );
  });

  test('several sources, and sets of applications', () => {
    const { spec } = application({ kustomize: { images: ['quay.io/a/b:1'] } });
    const { changes } = redirected({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      spec: {
        generators: [{ list: { elements: [{ name: 'one' }] } }],
        template: {
          spec: {
            ...spec,
            source: undefined,
            sources: [spec.source, { helm: { valuesObject: { image: 'quay.io/a/c' } } }],
          },
        },
      },
    });
    expect(Object.keys(changes)).toEqual([
      'spec.template.spec.sources.0.kustomize.images.0',
      'spec.template.spec.sources.1.helm.valuesObject.image',
    ]);
  });

  test.each([
    ['another server', { server: 'https://elsewhere.example.com' }],
    ['a server that only the set knows', { server: '{{.url}}' }],
    ['another name', { name: 'elsewhere' }],
    ['none', undefined],
  ])('a destination with %s is one whose nodes nobody knows', (_, destination) => {
    const { changes, left } = redirected({
      ...application(
        { helm: { valuesObject: { image: 'quay.io/a/b:1' } }, kustomize: { images: ['quay.io/a/c:1'] } },
        destination ?? {},
      ),
    });
    expect(changes).toEqual({});
    expect(left).toEqual([
      `Manifest[0].spec.source.helm.valuesObject.image: quay.io/a/b:1 -> (${ELSEWHERE})`,
      `Manifest[0].spec.source.kustomize.images[0]: quay.io/a/c:1 -> (${ELSEWHERE})`,
      UNSEEN,
    ]);
  });

  test('the cluster has a name, too', () => {
    const { changes } = redirected(application({ kustomize: { images: ['quay.io/a/b:1'] } }, { name: 'in-cluster' }));
    expect(Object.keys(changes)).toHaveLength(1);
  });

  test('values that are text, and charts in a registry, are told', () => {
    const { changes, left } = redirected(
      application({
        repoURL: 'ghcr.io/team/charts',
        chart: 'web',
        helm: { values: 'image:\n  repository: quay.io/a/b\n' },
      }),
    );
    expect(changes).toEqual({});
    expect(left).toEqual([
      'Manifest[0].spec.source.repoURL: ghcr.io/team/charts -> (Argo CD itself pulls it, with credentials that are ' +
        'not known here)',
      expect.stringMatching(/^Manifest\[0\]\.spec\.source\.helm\.values: quay\.io\/a\/b -> \(it is part of a text/),
      UNSEEN,
    ]);
  });

  test('charts of Bitnami refuse another registry here, too', () => {
    const values = { image: { registry: 'docker.io', repository: 'bitnami/nginx' } };
    const { changes, left } = redirected(
      application({ repoURL: 'https://charts.bitnami.com/bitnami', chart: 'nginx', helm: { valuesObject: values } }),
    );
    expect(changes).toEqual({});
    expect(left[0]).toContain('the charts of Bitnami refuse');
  });

  test.each([
    ['quay.io/a/b', `quay.io/a/b=${CACHED}/a/b`],
    ['*=quay.io/a/b:1', `*=${CACHED}/a/b:1`],
    ['nginx:1.27', `nginx=${REGISTRY}/docker-hub/library/nginx:1.27`],
    [`quay.io/a/b@sha256:${'a'.repeat(64)}`, `quay.io/a/b=${CACHED}/a/b@sha256:${'a'.repeat(64)}`],
    ['quay.io/a/b=:1', 'quay.io/a/b=:1'],
    ['quay.io/a/b=*', 'quay.io/a/b=*'],
    ['quay.io/a/*', 'quay.io/a/*'],
    ['quay.io/a/b:${ARGOCD_APP_REVISION}', 'quay.io/a/b:${ARGOCD_APP_REVISION}'],
  ])('Kustomize replaces %s by %s', (image, after) => {
    const { changes } = redirected(application({ kustomize: { images: [image] } }));
    expect(changes).toEqual(after === image ? {} : { 'spec.source.kustomize.images.0': [image, after] });
  });

  test('parameters that are no values of their own are left', () => {
    const { changes, left } = redirected(
      application({
        helm: {
          parameters: [
            { name: 'image', value: 'quay.io/a/b:1' },
            { name: 'image.tag', value: '2' },
            { name: 'image', value: 'quay.io/a/c:1' },
            { value: 'quay.io/a/d:1' },
            null,
          ],
        },
      }),
    );
    expect(Object.keys(changes)).toEqual(['spec.source.helm.parameters.0.value']);
    expect(left.map((line) => line.split(' -> ')[0])).toEqual([
      'Manifest[0].spec.source.helm.parameters: quay.io/a/c:1',
      'Manifest[0].spec.source.helm.parameters: quay.io/a/d:1',
      'Manifest[0]: (images of what is installed)',
    ]);
  });
});

const release = (spec: any) => ({
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  spec: { chart: { spec: { chart: 'web', sourceRef: { kind: 'HelmRepository', name: 'charts' } } }, ...spec },
});
const kustomization = (spec: any) => ({ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', spec });

describe('Flux', () => {
  test('the values of a release, and what is changed in the manifests that it renders', () => {
    const { changes, left } = redirected(
      release({
        values: { image: { repository: 'quay.io/a/b', tag: '1' }, other: { image: 'a/b' } },
        postRenderers: [{ kustomize: { images: [{ name: 'quay.io/a/c', newTag: '2' }] } }],
      }),
    );
    expect(changes).toEqual({
      'spec.values.image.repository': ['quay.io/a/b', `${CACHED}/a/b`],
      'spec.postRenderers.0.kustomize.images.0.newName': [undefined, `${CACHED}/a/c`],
    });
    expect(left).toEqual([
      expect.stringMatching(/^Manifest\[0\]\.spec\.values\.other\.image: a\/b -> \(only the chart knows its registry/),
      UNSEEN,
    ]);
  });

  test('the images of Kustomize', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const images = [
      { name: 'nginx', newName: 'quay.io/a/b', newTag: '1' },
      { name: 'redis', newTag: '7' },
      { name: 'app', newName: 'quay.io/a/c', newTag: '1', digest },
      { newTag: '1' },
      { name: 'mcr.microsoft.com/a/b', newTag: '1' },
    ];
    const { changes, report } = redirected(kustomization({ path: './', images }));
    expect(changes).toEqual({
      'spec.images.0.newName': ['quay.io/a/b', `${CACHED}/a/b`],
      'spec.images.1.newName': [undefined, `${REGISTRY}/docker-hub/library/redis`],
      'spec.images.2.newName': ['quay.io/a/c', `${CACHED}/a/c`],
    });
    expect(report).toEqual([
      'Manifest[0].spec.images[0]: quay.io/a/b:1 -> CACHE/quay/a/b:1',
      'Manifest[0].spec.images[1]: redis:7 -> CACHE/docker-hub/library/redis:7',
      `Manifest[0].spec.images[2]: quay.io/a/c@${digest} -> CACHE/quay/a/c@${digest}`,
      'Manifest[0].spec.images[4]: mcr.microsoft.com/a/b:1 -> (the cache has no rule for mcr.microsoft.com/a/b)',
      UNSEEN,
    ]);
  });

  test.each([
    ['a release', release({ kubeConfig: { secretRef: { name: 'x' } }, values: { image: 'quay.io/a/b:1' } })],
    ['a kustomization', kustomization({ kubeConfig: {}, images: [{ name: 'quay.io/a/b', newTag: '1' }] })],
  ])('%s for another cluster has nodes that nobody knows', (_, resource) => {
    const { changes, left } = redirected(resource);
    expect(changes).toEqual({});
    expect(left[0]).toMatch(new RegExp(`quay.io/a/b:1 -> \\(${ELSEWHERE}\\)$`));
  });

  test.each([
    ['OCIRepository', 'oci://ghcr.io/team/manifests', 'ghcr.io/team/manifests'],
    ['HelmRepository', 'oci://public.ecr.aws/karpenter', 'public.ecr.aws/karpenter'],
  ])('an %s is pulled by its own controller', (kind, url, image) => {
    const { changes, left } = redirected({ apiVersion: 'source.toolkit.fluxcd.io/v1', kind, spec: { url } });
    expect(changes).toEqual({});
    expect(left).toEqual([
      `Manifest[0].spec.url: ${image} -> (the source controller of Flux pulls it, which was reported not to get from ` +
        'the cache what is not there yet)',
    ]);
  });

  test('repositories of charts at an address are no images, nor is what is looked up for tags warned of', () => {
    const repository = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      spec: { url: 'https://quay.io/x' },
    };
    expect(redirected(repository).report).toEqual([]);
    const scan = { apiVersion: 'image.toolkit.fluxcd.io/v1', kind: 'ImageRepository', spec: { image: 'quay.io/a/b' } };
    expect(redirected(scan).left).toEqual([
      'Manifest[0].spec.image: quay.io/a/b -> (Flux looks for new tags there; the cache lists no tags but those that ' +
        'were pulled)',
    ]);
  });
});

test('what Tekton reads and Strimzi pushes stays', () => {
  const pipeline = {
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'PipelineRun',
    spec: { pipelineRef: { bundle: 'quay.io/a/b:1' } },
  };
  expect(redirected(pipeline).left[0]).toContain('the controller of Tekton reads the bundle');
  const build = { output: { type: 'docker', image: 'quay.io/a/b:1' } };
  const connect = { apiVersion: 'kafka.strimzi.io/v1', kind: 'KafkaConnect', spec: { image: 'quay.io/a/c:1', build } };
  const { changes, left } = redirected(connect);
  expect(Object.keys(changes)).toEqual(['spec.image']);
  expect(left).toEqual([
    'Manifest[0].spec.build.output.image: quay.io/a/b:1 -> (Strimzi pushes the image that it builds there)',
  ]);
});

test('credentials for some pods of an operator keep its images', () => {
  const pull = { imagePullSecrets: [{ name: 'x' }] };
  const kafka = (template: any) => ({
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'Kafka',
    spec: { kafka: { image: 'quay.io/a/b:1', template } },
  });
  expect(redirected(kafka({ pod: pull })).left).toEqual([
    'Manifest[0].spec.kafka.image: quay.io/a/b:1 -> (it is pulled with credentials of its own)',
  ]);
  expect(redirected(kafka({ pod: { imagePullSecrets: [] } })).left).toEqual([]);
});

test('images with tokens are left, and the tokens survive', () => {
  const stack = newStack();
  const tag = new CfnParameter(stack, 'Tag').valueAsString;
  manifest(stack, [
    application({
      kustomize: { images: [`quay.io/a/b:${tag}`, 'quay.io/a/c:1'] },
      helm: { valuesObject: { image: `quay.io/a/d:${tag}`, tag } },
    }),
    { apiVersion: 'kafka.strimzi.io/v1', kind: 'Kafka', spec: { kafka: { image: `quay.io/a/e:${tag}` } } },
    { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'OCIRepository', spec: { url: `oci://quay.io/a/f-${tag}` } },
  ]);
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const [first, second, third] = resources(stack, 'Custom::AWSCDK-EKS-KubernetesResource').Manifest.Manifest;
  expect(first.spec.source).toMatchObject({
    kustomize: { images: ['quay.io/a/b:Tag', `quay.io/a/c=${CACHED}/a/c:1`] },
    helm: { valuesObject: { image: 'quay.io/a/d:Tag', tag: 'Tag' } },
  });
  expect(second.spec.kafka.image).toBe('quay.io/a/e:Tag');
  expect(third.spec.url).toBe('oci://quay.io/a/f-Tag');
  expect(lines(redirection).filter((line) => line.includes('(token) -> (it is a token'))).toHaveLength(4);
});
