import { existsSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { parseAllDocuments, stringify } from 'yaml';
import { byLibrary, newCache, REGISTRY } from './cache';
import { imagesOf, pod } from './cluster';
import { goProgram } from './go-program';
import { REFERENCES } from './references';
import { AdmissionEngine, AdmissionNamespaces, AdmissionPolicyOptions } from '../../src';
import { checkEqual, step, workDirectory } from '../support/check';
import { attempt, fail } from '../support/run';

/**
 * The policy for Kyverno, evaluated by Kyverno's own command line: the same table as on the API server. It knows
 * pods that are made, and neither updates nor webhooks.
 */

const BATCH = 25;
const IMAGE = 'quay.io/prometheus/node-exporter:v1.8.2';

step(async () => {
  const kyverno = goProgram(join(__dirname, 'kyverno'), 'kyverno');
  const cache = newCache();
  let runs = 0;

  /** What becomes of pods, in their order. */
  const apply = (pods: any[], options: AdmissionPolicyOptions = {}): any[] => {
    runs += 1;
    const directory = workDirectory(`kyverno${runs}`);
    const [policy, resources, output] = ['policy', 'resources', 'output'].map((name) =>
      join(directory, `${name}.yaml`),
    );
    const made = cache.admissionPolicy({ nodeRoles: [], engine: AdmissionEngine.KYVERNO, ...options });
    writeFileSync(policy, made.toYaml());
    writeFileSync(resources, pods.map((one) => stringify(one)).join('---\n'));
    const { status, said } = attempt(kyverno, ['apply', policy, '--resource', resources, '--output', output]);
    if (status !== 0 || !/error: 0/.test(said)) {
      fail(`kyverno apply: ended with ${status}\n${said.slice(-3000)}`);
    }
    const changed = existsSync(output)
      ? parseAllDocuments(readFileSync(output, 'utf8'))
          .map((document) => document.toJS())
          .filter((document) => document !== null)
      : [];
    return pods.map((one) => changed.find(({ metadata }) => metadata.name === one.metadata.name) ?? one);
  };

  const images = REFERENCES.map(([image]) => image);
  const expected = REFERENCES.map(([image, cached]) => (cached === undefined ? image : `${REGISTRY}/${cached}`));
  checkEqual(
    'the library makes of the table what it says',
    images.map((image) => byLibrary(cache, image)),
    expected,
  );
  const batches = (all: string[]) =>
    Array.from({ length: Math.ceil(all.length / BATCH) }, (_, index) => all.slice(index * BATCH, (index + 1) * BATCH));
  const everywhere = (all: string[]) =>
    apply(batches(all).map((some) => pod({ containers: some, initContainers: some, volumes: some }))).map(imagesOf);
  const found = everywhere(images);
  for (const list of ['containers', 'initContainers', 'volumes'] as const) {
    checkEqual(
      `so does Kyverno, in ${list}`,
      found.flatMap((made) => made[list]),
      expected,
    );
  }
  checkEqual(
    'rewriting twice changes nothing',
    everywhere(expected).flatMap((made) => made.containers),
    expected,
  );

  const mirror = pod({ containers: [IMAGE] }, { annotations: { 'kubernetes.io/config.mirror': 'abc' } });
  const database = pod({ containers: [IMAGE] }, { labels: { 'cnpg.io/cluster': 'main' } });
  const left = apply([mirror, database]).map((made) => imagesOf(made).containers[0]);
  checkEqual('mirror pods and pods of CloudNativePG are left alone', left, [IMAGE, IMAGE]);
  const patterns = { only: ['quay.io/*'], exclude: ['quay.io/kept/*'], namespaces: AdmissionNamespaces.allExcept() };
  checkEqual(
    'only and exclude hold',
    imagesOf(apply([pod({ containers: [IMAGE, 'quay.io/kept/a:1', 'nginx'] })], patterns)[0]).containers,
    [`${REGISTRY}/quay/prometheus/node-exporter:v1.8.2`, 'quay.io/kept/a:1', 'nginx'],
  );
  return `${REFERENCES.length} references in three kinds of places are as they should be`;
});
