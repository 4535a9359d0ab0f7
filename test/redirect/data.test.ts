import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { parse, parseAllDocuments } from 'yaml';
import { chart, diff, manifest, newCache, newStack, nodeRole, REGISTRY, resources } from '../support/redirect';

/** Charts and manifests of other projects, and what was found in them by reading: see data/NOTICE. */
const DATA = join(__dirname, 'data');
const projects = readdirSync(DATA, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const read = (project: string, file: string) => readFileSync(join(DATA, project, file), 'utf8');
const filesNamed = (file: string) =>
  projects
    .map((project) => ({ project, expected: JSON.parse(read(project, 'expected.json'))[file] }))
    .filter(({ expected }) => expected !== undefined)
    .map(({ project, expected }) => [project, expected] as [string, any]);

/** The registry of the cache is CACHE in the lists. */
const short = (value: unknown) =>
  JSON.parse(
    JSON.stringify(value ?? null)
      .split(REGISTRY)
      .join('CACHE'),
  );

/** The images of a workload as a person reads them off: init containers, then containers. */
function images(document: any): string[] {
  const { initContainers = [], containers = [] } = document?.spec?.template?.spec ?? document?.spec ?? {};
  return [...initContainers, ...containers].map(({ image }) => image);
}

test('there are ten projects and more, each with its origin', () => {
  expect(projects.length).toBeGreaterThanOrEqual(10);
  const notice = readFileSync(join(DATA, 'NOTICE'), 'utf8');
  projects.forEach((project) =>
    readdirSync(join(DATA, project))
      .filter((file) => file !== 'expected.json')
      .forEach((file) => {
        expect(notice).toContain(`\n${project}/${file}\n  https://github.com/`);
        expect(Object.keys(JSON.parse(read(project, 'expected.json')))).toContain(file);
      }),
  );
});

test.each(filesNamed('values.yaml'))(
  'the values of %s',
  (project, expected: { changes: Record<string, string>; left: string[] }) => {
    const values = parse(read(project, 'values.yaml'));
    const stack = newStack();
    chart(stack, values);
    const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
    // What is null is left out: charts take it for nothing.
    const before = JSON.parse(JSON.stringify(values, (_, value) => value ?? undefined));
    const after = JSON.parse(
      JSON.stringify(resources(stack, 'Custom::AWSCDK-EKS-HelmChart').Chart.Values, (_, value) => value ?? undefined),
    );
    const changes = Object.fromEntries(
      Object.entries(diff(before, after)).map(([path, [, value]]) => [path, short(value)]),
    );
    expect(changes).toEqual(expected.changes);
    const left = redirection.report.filter(({ reason }) => reason !== undefined).map(({ image }) => image);
    expect(left).toEqual([...expected.left, '(images that only the chart names)']);
  },
);

test.each(filesNamed('manifest.yaml'))('the manifest of %s', (project, expected: Record<string, string[]>) => {
  const documents = parseAllDocuments(read(project, 'manifest.yaml'))
    .map((document) => document.toJS())
    .filter((document) => document !== null);
  const stack = newStack();
  manifest(stack, documents);
  newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const after: any[] = resources(stack, 'Custom::AWSCDK-EKS-KubernetesResource').Manifest.Manifest;
  const found = Object.fromEntries(
    after
      .filter((document) => images(document).length > 0)
      .map((document) => [`${document.kind}/${document.metadata.name}`, short(images(document))]),
  );
  expect(found).toEqual(expected);
  const changes = diff(JSON.parse(JSON.stringify(documents)), after);
  expect(Object.keys(changes).filter((path) => !/ontainers\.\d+\.image$/.test(path))).toEqual([]);
  const changed = Object.values(expected)
    .flat()
    .filter((image) => image.startsWith('CACHE/')).length;
  expect(Object.keys(changes)).toHaveLength(changed);
});

test('a chart that keeps its registry elsewhere goes through the cache by that registry', () => {
  const values = parse(read('ingress-nginx', 'values.yaml'));
  const stack = newStack();
  chart(stack, values);
  newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  const { Values: after } = resources(stack, 'Custom::AWSCDK-EKS-HelmChart').Chart;
  expect(after.global.image.registry).toBe(`${REGISTRY}/kubernetes`);
  expect(after.controller.image.image).toBe('ingress-nginx/controller');
});
