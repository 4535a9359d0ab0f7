import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { readStacks } from '../support/assembly';
import { check, checkEqual, skip, step, workDirectory } from '../support/check';
import { pack, PACKAGE } from '../support/library';
import { attempt, CHECKS, EXAMPLES, fail, ROOT, run } from '../support/run';

/** Releases of Node: those with long-term support, and the newest. */
const NODE_RELEASES = ['22', '24', 'latest'];
const APPS = { quickstart: join(EXAMPLES, 'quickstart', 'app.ts'), pull: join(CHECKS, 'apps', 'pull.ts') };

interface Peers {
  readonly 'aws-cdk-lib': string;
  readonly constructs: string;
}

/** The packed library with the lowest and the newest CDK that it is for, on each Node that can be had. */
step(async () => {
  const library = pack(workDirectory('packed')).tarball;
  const floor = readJson(join(ROOT, 'package.json')).peerDependencies;
  const newest = readJson(join(CHECKS, 'package.json')).dependencies;
  const projects = [
    newProject(library, {
      'aws-cdk-lib': floor['aws-cdk-lib'].replace('^', ''),
      constructs: floor.constructs.replace('^', ''),
    }),
    newProject(library, newest),
  ];
  check('the newest CDK is not the lowest', projects[0].title !== projects[1].title);

  const nodes = NODE_RELEASES.flatMap(installNode);
  if (nodes.length === 0) {
    skip('no release of Node can be had');
  }
  const versions = nodes.map((node) => run(node, ['--version']).trim());
  check('the newest Node is not one of the others', new Set(versions).size === versions.length, versions);
  for (const app of Object.keys(APPS) as (keyof typeof APPS)[]) {
    const results = projects.flatMap((project) =>
      nodes.map((node, index) => ({
        title: `${app} with ${project.title} on Node ${versions[index]}`,
        resources: synthesize(node, project.directory, app),
      })),
    );
    const [first, ...others] = results;
    check(`${first.title} is synthesized`, first.resources.length > 0);
    for (const { title, resources } of others) {
      checkEqual(`${title} has the same ${resources.length} resources`, resources, first.resources);
    }
  }
  return `${projects.map(({ title }) => title).join(' and ')}, each on Node ${versions.join(', ')}`;
});

function readJson(file: string): any {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** A project of a user, with the library and certain versions of its peers. */
function newProject(library: string, { 'aws-cdk-lib': cdk, constructs }: Peers): { title: string; directory: string } {
  const directory = workDirectory(`project-${cdk}`);
  const dependencies = { 'aws-cdk-lib': cdk, constructs, [PACKAGE]: `file:${library}` };
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ private: true, dependencies }));
  run('npm', ['install', '--no-audit', '--no-fund'], { cwd: directory });
  const installed = (name: string) => readJson(join(directory, 'node_modules', name, 'package.json')).version;
  if (installed('aws-cdk-lib') !== cdk) {
    fail(`aws-cdk-lib ${installed('aws-cdk-lib')} is installed, and ${cdk} was asked for`);
  }
  mkdirSync(join(directory, 'apps'));
  for (const [app, file] of Object.entries(APPS)) {
    writeFileSync(join(directory, 'apps', `${app}.ts`), readFileSync(file));
  }
  return { title: `aws-cdk-lib ${cdk} and constructs ${installed('constructs')}`, directory };
}

/** A release of Node from npm, where its binaries are packages like others. */
function installNode(release: string): string[] {
  const name = `node-${process.platform}-${process.arch}`;
  const directory = workDirectory(`node-${release}`);
  const { status, said } = attempt(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', directory, `${name}@${release}`],
    { cwd: directory },
  );
  if (status === 0) {
    return [join(directory, 'node_modules', name, 'bin', 'node')];
  }
  console.log(`  NOT on Node ${release}, which cannot be had: ${said.split('\n')[0]}`);
  return [];
}

/** The resources that an app makes, by their logical ids. */
function synthesize(node: string, project: string, app: string): unknown[] {
  const assembly = mkdtempSync(join(workDirectory('assemblies'), 'of-'));
  run(node, ['--import', require.resolve('tsx'), join(project, 'apps', `${app}.ts`), assembly], {
    cwd: project,
    env: {
      CDK_OUTDIR: assembly,
      CDK_CONTEXT_JSON: '{"aws:cdk:disable-version-reporting":true}',
      CDK_VALIDATION: 'false',
    },
  });
  return readStacks(assembly).flatMap(({ template }) => Object.entries(template.Resources ?? {}));
}
