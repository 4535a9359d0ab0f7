import * as fc from 'fast-check';
import { eventually } from './api-server';
import { checkApplications } from './applications';
import { byLibrary, newCache, REGISTRY, smallCache } from './cache';
import { Cluster, imagesOf, pod } from './cluster';
import { REFERENCES } from './references';
import { SIDECAR, startInjector } from './sidecars';
import {
  AdmissionEngine,
  AdmissionFailurePolicy,
  AdmissionNamespaces,
  AdmissionPolicyOptions,
  AdmissionReport,
  PullThroughCache,
} from '../../src';
import { newCache as newCacheOfApplications, newStack } from '../../test/support/redirect';
import { mutated, references } from '../../test/support/reference-arbitraries';
import { check, checkEqual, step } from '../support/check';

/**
 * The admission policies, on a real kube-apiserver with its etcd. Every policy is that of the library, and every
 * image is compared with what `ImageReference` and the rules of the cache make of it.
 */

/** Namespaces with policies of their own. */
const OWN = ['apps', 'report', 'refuse', 'beta', 'patterns', 'opted-in', 'opted-out', 'all'];
const everywhereElse = AdmissionNamespaces.allExcept('kube-system', ...OWN);
const IMAGE = 'quay.io/prometheus/node-exporter:v1.8.2';
const CACHED = `${REGISTRY}/quay/prometheus/node-exporter:v1.8.2`;
const RANDOM = 4000;

const policyOf = (cache: PullThroughCache, options: AdmissionPolicyOptions) =>
  cache.admissionPolicy({ nodeRoles: [], ...options });

step(async () => {
  const cluster = await Cluster.start();
  for (const name of OWN) {
    await cluster.namespace(
      name,
      name.startsWith('opted') ? { 'ecr-cache': name === 'opted-in' ? 'enabled' : 'no' } : {},
    );
  }
  // A pod that was there before any policy.
  const old = (await cluster.make(pod({ containers: [IMAGE], initContainers: ['nginx:1'] }), 'default', false)).pod;

  const cache = newCache();
  // A pod for which an expression fails is refused, and the check ends there.
  const policy = policyOf(cache, { namespaces: everywhereElse, failurePolicy: AdmissionFailurePolicy.FAIL });
  const acts = async () => (await cluster.imageOf(IMAGE)) === CACHED;
  await cluster.install(policy, acts);

  await checkTable(cluster, cache);
  await checkRandom(cluster, cache);
  await checkChanges(cluster, old);
  await checkSidecars(cluster);
  await checkOptOuts(cluster, cache);
  await checkCost(cluster);
  await checkReport(cluster, cache);
  await checkBeta(cluster, cache);
  await checkUpdate(cluster);

  const applications = policyOf(newCacheOfApplications(newStack()), {
    name: 'applications',
    namespaces: AdmissionNamespaces.only('apps'),
  });
  await cluster.install(applications, async () => (await cluster.imageOf(IMAGE, 'apps')) === CACHED);
  const pods = await checkApplications(cluster, 'apps');

  await cluster.uninstall(applications, async () => (await cluster.imageOf(IMAGE, 'apps')) === IMAGE);
  check('a policy that is removed acts no more', true);
  const table = `${REFERENCES.length} references in four kinds of places`;
  return `${table}, ${RANDOM} random ones, and ${pods} pods of applications are as they should be`;
});

/** The table by hand, and twice through the policy. */
async function checkTable(cluster: Cluster, cache: PullThroughCache): Promise<void> {
  const images = REFERENCES.map(([image]) => image);
  const expected = REFERENCES.map(([image, cached]) => (cached === undefined ? image : `${REGISTRY}/${cached}`));
  check(
    `the table has ${images.length} references, none twice`,
    images.length >= 100 && new Set(images).size === images.length,
  );
  checkEqual(
    'the library makes of them what the table says',
    images.map((image) => byLibrary(cache, image)),
    expected,
  );
  checkEqual(
    'so does the cluster, in containers, init containers, ephemeral containers and image volumes',
    await cluster.everywhere(images),
    expected,
  );
  checkEqual('rewriting twice changes nothing', await cluster.everywhere(expected), expected);
}

async function checkRandom(cluster: Cluster, cache: PullThroughCache): Promise<void> {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  const hosts = [
    'ghcr.io/acme/',
    'quay.io/deep/',
    'quay.io/',
    'registry.k8s.io/',
    'gallery.ecr.aws/',
    'cgr.dev/',
    `${REGISTRY}/`,
    'library/',
  ];
  const below = fc.tuple(fc.constantFrom(...hosts), references(8)).map((parts) => parts.join(''));
  const images = fc
    .sample(fc.oneof(references(6), references(40), mutated(6), below), { seed, numRuns: RANDOM * 2 })
    // The API server refuses these itself.
    .filter((image) => image !== '' && image === image.trim())
    .slice(0, RANDOM);
  const expected = images.map((image) => byLibrary(cache, image));
  const changed = expected.filter((image, index) => image !== images[index]).length;
  const found = await cluster.inContainers(images);
  const wrong = images.flatMap((image, index) =>
    found[index] === expected[index] ? [] : [{ image, expected: expected[index], found: found[index] }],
  );
  check(
    `${images.length} random references become what ImageReference makes of them, ${changed} changed (seed ${seed})`,
    wrong.length === 0 && images.length === RANDOM && changed > RANDOM / 4,
    wrong.slice(0, 10),
  );
}

/** Pods that are there are changed only where somebody changes an image. */
async function checkChanges(cluster: Cluster, old: any): Promise<void> {
  const path = `/api/v1/namespaces/default/pods/${old.metadata.name}`;
  const patch = async (body: object) =>
    (await cluster.server.call('PATCH', path, body, 'application/strategic-merge-patch+json')).body;
  const labelled = await patch({ metadata: { labels: { touched: 'yes' } } });
  checkEqual('a pod that was there before keeps its images when it is labelled', imagesOf(labelled), imagesOf(old));
  const changed = await patch({ spec: { containers: [{ name: 'c0', image: 'ghcr.io/acme/app:2' }] } });
  checkEqual(
    'an image that is set later goes through the cache, and the others stay',
    [imagesOf(changed).containers, imagesOf(changed).initContainers],
    [[`${REGISTRY}/team/a/app:2`], ['nginx:1']],
  );
  const debugged = await cluster.debug(['busybox:1.37'], 'default', changed);
  const again = await cluster.debug(['ghcr.io/acme/debug:1'], 'default', debugged);
  checkEqual('so do the containers of kubectl debug, one after the other', imagesOf(again), {
    containers: [`${REGISTRY}/team/a/app:2`],
    initContainers: ['nginx:1'],
    ephemeralContainers: [`${REGISTRY}/official/busybox:1.37`, `${REGISTRY}/team/a/debug:1`],
    volumes: [],
  });
}

async function checkSidecars(cluster: Cluster): Promise<void> {
  const stop = await startInjector(cluster, 'default');
  const sidecar = async () => (await cluster.make(pod({ containers: [IMAGE] }))).pod;
  await eventually('the injector acts', async () => imagesOf(await sidecar()).containers.length === 2);
  const made = await sidecar();
  checkEqual(
    'a sidecar that a webhook adds goes through the cache, and what was there before is not changed again',
    imagesOf(made).containers,
    [CACHED, `${REGISTRY}/hub/${SIDECAR.replace('docker.io/', '')}`],
  );
  check(
    'the webhook saw the image of the cache',
    made.metadata.annotations['seen-by-injector'] === CACHED,
    made.metadata,
  );
  await stop();
  await eventually('the injector has gone', async () => imagesOf(await sidecar()).containers.length === 1);
}

async function checkOptOuts(cluster: Cluster, cache: PullThroughCache): Promise<void> {
  check('kube-system is left alone', (await cluster.imageOf(IMAGE, 'kube-system')) === IMAGE);
  const labels = { 'cnpg.io/cluster': 'main' };
  check('pods of CloudNativePG are left alone', (await cluster.imageOf(IMAGE, 'default', { labels })) === IMAGE);
  const mirror = pod({ containers: [IMAGE] }, { annotations: { 'kubernetes.io/config.mirror': 'abc' } });
  mirror.spec.nodeName = 'node';
  check('mirror pods are left alone', imagesOf((await cluster.make(mirror)).pod).containers[0] === IMAGE);

  const patterns = policyOf(cache, {
    name: 'patterns',
    namespaces: AdmissionNamespaces.only('patterns'),
    excludePods: ['keep', 'app=old'],
    only: ['quay.io/*', 'docker.io/library/*:1*', 'ghcr.io/acme/app'],
    exclude: ['*/kept/*', 'quay.io/prometheus/*-exporter:v1.9*', 'docker.io/library/a.b'],
  });
  const imageOf = (image: string, with_: object = {}) => cluster.imageOf(image, 'patterns', { labels: with_ });
  await cluster.install(patterns, async () => (await imageOf(IMAGE)) === CACHED);
  const TABLE: [string, string?][] = [
    ['quay.io/a/b:1', 'quay/a/b:1'],
    ['quay.io/prometheus/node-exporter:v1.8.0', 'quay/prometheus/node-exporter:v1.8.0'],
    ['quay.io/prometheus/node-exporter:v1.9.0'],
    ['quay.io/prometheus/node-exporter', 'quay/prometheus/node-exporter'],
    ['quay.io/kept/b:1'],
    ['quay.io/a/kept/b:1'],
    ['nginx:1.27', 'official/nginx:1.27'],
    ['nginx:2'],
    ['nginx'],
    ['a.b:1'],
    ['aXb:1'],
    ['axb:1', 'official/axb:1'],
    ['ghcr.io/acme/app:1', 'team/a/app:1'],
    ['ghcr.io/acme/app', 'team/a/app'],
    ['ghcr.io/acme/app2:1'],
    ['registry.k8s.io/pause:3.10'],
  ];
  const found: string[] = [];
  for (const [image] of TABLE) {
    found.push(await imageOf(image));
  }
  checkEqual(
    'only and exclude hold as they do for a redirection',
    found,
    TABLE.map(([image, cached]) => (cached === undefined ? image : `${REGISTRY}/${cached}`)),
  );
  checkEqual(
    'pods are left alone by label, with any value or one',
    [await imageOf(IMAGE, { keep: '' }), await imageOf(IMAGE, { app: 'old' }), await imageOf(IMAGE, { app: 'new' })],
    [IMAGE, IMAGE, CACHED],
  );

  const optIn = policyOf(cache, { name: 'opt-in', namespaces: AdmissionNamespaces.labelled('ecr-cache', 'enabled') });
  await cluster.install(optIn, async () => (await cluster.imageOf(IMAGE, 'opted-in')) === CACHED);
  check('namespaces opt in by a label', (await cluster.imageOf(IMAGE, 'opted-out')) === IMAGE);

  const all = policyOf(cache, { name: 'all', namespaces: AdmissionNamespaces.allExcept() });
  await cluster.install(all, async () => (await cluster.imageOf(IMAGE, 'all')) === CACHED);
  check('kube-system may be included', (await cluster.imageOf(IMAGE, 'kube-system')) === CACHED);
  await cluster.uninstall(all, async () => (await cluster.imageOf(IMAGE, 'all')) === IMAGE);
}

/** Kubernetes stops expressions that cost too much. */
async function checkCost(cluster: Cluster): Promise<void> {
  const images = Array.from(
    { length: 200 },
    (_, index) => `ghcr.io/acme/${'component/'.repeat(10)}app${index}:1.0.${index}`,
  );
  const found = await cluster.inContainers(images, images.length);
  check(
    `a pod of ${images.length} images with long names is not too much`,
    found.every((image) => image.startsWith(`${REGISTRY}/team/a/`)),
    found.slice(0, 3),
  );
}

async function checkReport(cluster: Cluster, cache: PullThroughCache): Promise<void> {
  const namespaces = AdmissionNamespaces.only('report');
  const dryRun = policyOf(cache, {
    name: 'trial',
    namespaces,
    dryRun: true,
    report: [AdmissionReport.WARN, AdmissionReport.AUDIT],
    exclude: ['mcr.microsoft.com/*'],
  });
  const warningsOf = async (images: string[]) => (await cluster.make(pod({ containers: images }), 'report')).warnings;
  await cluster.install(dryRun, async () => (await warningsOf([IMAGE])).length > 0);
  const named = `${IMAGE} (cached as ${CACHED})`;
  const reporter = "ValidatingAdmissionPolicy 'trial-report' with binding 'trial-report'";
  checkEqual('a report changes nothing, and names what would be pulled', await warningsOf([IMAGE, IMAGE]), [
    `Validation failed for ${reporter}: not pulled through the cache: ${named}`,
  ]);
  const made = (await cluster.make(pod({ containers: [IMAGE] }), 'report')).pod;
  check('the pod keeps its image', imagesOf(made).containers[0] === IMAGE);
  checkEqual(
    'what no rule covers is named too',
    (await warningsOf(['gcr.io/a/b:1', 'My App']))[0].split(': ').pop(),
    'gcr.io/a/b:1, My App',
  );
  checkEqual(
    'images in ECR, and those of the option exclude, are not named',
    await warningsOf([
      CACHED,
      '666677778888.dkr.ecr.eu-west-1.amazonaws.com/eks/pause:3.10',
      'mcr.microsoft.com/dotnet/aspnet:9.0',
    ]),
    [],
  );
  const many = Array.from({ length: 100 }, (_, index) => `docker.elastic.co/${'component/'.repeat(10)}app${index}:1`);
  const [long] = await warningsOf(many);
  check('a long report is cut short', long.includes(many[10]) && long.endsWith('...') && long.length > 3500, long);
  const key = 'validation.policy.admission.k8s.io/validation_failure';
  const failures = cluster.server.auditLog
    .map(({ annotations }) => annotations?.[key])
    .filter((text) => text?.includes('trial-report'));
  check(
    'the audit log has it',
    failures.some((text) => JSON.parse(text)[0].message.endsWith(named)),
    failures[0],
  );
  await cluster.uninstall(dryRun, async () => (await warningsOf([IMAGE])).length === 0);

  const both = policyOf(cache, { name: 'both', namespaces, report: [AdmissionReport.WARN] });
  await cluster.install(both, async () => (await warningsOf(['gcr.io/a/b:1'])).length > 0);
  await eventually('the policy beside the report acts', async () => (await warningsOf([IMAGE])).length === 0);
  checkEqual(
    'beside a policy, the report names what that does not change',
    (await warningsOf([IMAGE, 'gcr.io/a/b:1']))[0].split(': ').pop(),
    'gcr.io/a/b:1',
  );
  const warned = (await cluster.make(pod({ containers: [IMAGE] }, { labels: { 'cnpg.io/cluster': 'main' } }), 'report'))
    .warnings;
  checkEqual('pods that are left alone are not reported', warned, []);
}

/** The same policy by its earlier version, where the server has it; it refuses pods where it fails. */
async function checkBeta(cluster: Cluster, cache: PullThroughCache): Promise<void> {
  const beta = policyOf(cache, {
    name: 'beta',
    engine: AdmissionEngine.KUBERNETES_V1BETA1,
    failurePolicy: AdmissionFailurePolicy.FAIL,
    namespaces: AdmissionNamespaces.only('beta'),
  });
  await cluster.install(beta, async () => (await cluster.imageOf(IMAGE, 'beta')) === CACHED);
  check('v1beta1 does the same', (await cluster.imageOf('nginx', 'beta')) === `${REGISTRY}/official/nginx`);
}

/** Another cache under the name of the first. */
async function checkUpdate(cluster: Cluster): Promise<void> {
  const other = smallCache();
  const pause = 'registry.k8s.io/pause:3.10';
  await cluster.install(
    policyOf(other, { namespaces: everywhereElse }),
    async () => (await cluster.imageOf(IMAGE)) === IMAGE,
  );
  checkEqual(
    'a policy that is applied again with other rules goes by those',
    [await cluster.imageOf(pause), await cluster.imageOf('nginx'), await cluster.imageOf('public.ecr.aws/a/b:1')],
    [`${REGISTRY}/kubernetes/pause:3.10`, 'nginx', `${REGISTRY}/ecr-public/a/b:1`],
  );
}
