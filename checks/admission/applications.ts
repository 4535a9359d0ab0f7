import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { parseAllDocuments } from 'yaml';
import { REGISTRY } from './cache';
import { Cluster, imagesOf } from './cluster';
import { check, checkEqual } from '../support/check';
import { fail, ROOT } from '../support/run';

/** What becomes of the images of an application, by kind and name of what makes the pods. */
type Expected = Record<string, string[]>;

const OURS = join(__dirname, 'manifests');
const OF_OTHERS = join(ROOT, 'test', 'redirect', 'data');
const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

/** Applications as projects publish them, and some of ours: the file, and what a cache makes of its images. */
function applications(): { file: string; expected: Expected }[] {
  const ours = Object.entries<Expected>(json(join(OURS, 'expected.json')));
  const ofOthers = readdirSync(OF_OTHERS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(OF_OTHERS, name))
    .filter((folder) => readdirSync(folder).includes('manifest.yaml'));
  return [
    ...ours.map(([name, expected]) => ({ file: join(OURS, name), expected })),
    ...ofOthers.map((folder) => ({
      file: join(folder, 'manifest.yaml'),
      expected: json(join(folder, 'expected.json'))['manifest.yaml'] as Expected,
    })),
  ];
}

/** The pod that a controller would make of an object. */
function podOf({ kind, metadata, spec }: any): any {
  const template =
    kind === 'Pod' ? { metadata, spec } : kind === 'CronJob' ? spec.jobTemplate.spec.template : spec?.template;
  return template?.spec?.containers === undefined
    ? undefined
    : {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { ...template.metadata, name: `${metadata.name}-0`, namespace: undefined },
        spec: template.spec,
      };
}

/** A base of kustomize has no labels, which kustomize adds. */
function withLabels(object: any): any {
  if (object.kind !== 'Deployment' || object.spec.selector !== undefined) {
    return object;
  }
  const labels = { app: object.metadata.name };
  const { template } = object.spec;
  const labelled = { ...template, metadata: { ...template.metadata, labels } };
  return { ...object, spec: { ...object.spec, selector: { matchLabels: labels }, template: labelled } };
}

/** Applies applications on trial, and looks at every pod that they would have. */
export async function checkApplications(cluster: Cluster, namespace: string): Promise<number> {
  const all = applications();
  let pods = 0;
  for (const { file, expected } of all) {
    const documents = parseAllDocuments(readFileSync(file, 'utf8'))
      .map((document) => document.toJS())
      .filter((document) => document !== null);
    const found: Expected = {};
    for (const document of documents) {
      const object = withLabels({ ...document, metadata: { ...document.metadata, namespace: undefined } });
      const { status, body } = await cluster.server.apply(object, namespace, true);
      if (status >= 300) {
        fail(`${file}: ${document.kind} ${document.metadata.name} is refused: ${body.message ?? body}`);
      }
      const pod = podOf(object);
      if (pod) {
        pods += 1;
        const { initContainers, containers, volumes } = imagesOf((await cluster.make(pod, namespace)).pod);
        found[`${document.kind}/${document.metadata.name}`] = [...initContainers, ...containers, ...volumes];
      }
    }
    const sorted = (images: Expected) =>
      Object.fromEntries(
        Object.entries(images)
          .sort()
          .map(([name, list]) => [name, list.map((image) => image.replace('CACHE', REGISTRY)).sort()]),
      );
    checkEqual(`every pod of ${file.slice(ROOT.length + 1)} pulls what it should`, sorted(found), sorted(expected));
  }
  check(`${all.length} applications are as people have them`, all.length >= 10);
  return pods;
}
