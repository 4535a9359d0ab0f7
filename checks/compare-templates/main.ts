import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'fs';
import { tmpdir } from 'os';
import { join, relative } from 'path';
import { intrinsicOf, joinText, TextPart, textParts } from '../../src/core/cloudformation-text';
import { attempt, exampleNames, fail, ROOT, run } from '../support/run';

/**
 * Compares the templates of all examples and scenarios with those of an earlier commit, byte for byte:
 *
 *     npm run compare-templates -- <commit> [<file with accepted differences>]
 *
 * Each side is synthesized by its own sources with its own library and one version of CDK, so that an API may change
 * and the templates may not. A line of the file names a template whose difference is meant: `<name>: <reason>`.
 */
const [commit, acceptedFile] = process.argv.slice(2);
if (!commit) {
  fail('usage: npm run compare-templates -- <commit> [<file with accepted differences>]');
}

/** Apps of the checks; the folder that holds them may have another name in the other commit. */
const SCENARIOS = ['apps/pull.ts', 'apps/updates.ts', 'mistakes/synthesize.ts'];
const SETTINGS = { CDK_VALIDATION: 'false', CDK_CONTEXT_JSON: '{"aws:cdk:disable-version-reporting":true}' };

const work = mkdtempSync(join(tmpdir(), 'templates-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

/** A file or folder whose path ends with a name, in a checkout. */
function find(checkout: string, name: string): string {
  const folder = ['checks', 'e2e'].find((candidate) => existsSync(join(checkout, candidate, name)));
  return folder ? join(checkout, folder, name) : fail(`${checkout} has no ${name}`);
}

/** A host is the same whether CloudFormation fills in its suffix or CDK has written it. */
function withUrlSuffix(value: any): unknown {
  if (Array.isArray(value)) {
    return value.map(withUrlSuffix);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (['Ref', 'Fn::Join'].includes(intrinsicOf(value)?.name ?? '')) {
    return joinText(textParts(value).map((part) => (isUrlSuffix(part) ? 'amazonaws.com' : part)));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withUrlSuffix(item)]));
}

const isUrlSuffix = (part: TextPart) => typeof part !== 'string' && part.argument === 'AWS::URLSuffix';

/** Builds a checkout and synthesizes its apps; gives the templates by app and file name. */
function templatesOf(title: string, checkout: string): Map<string, string> {
  const tsx = (args: string[], cwd: string, env: Record<string, string> = {}) =>
    run(join(checkout, 'node_modules', '.bin', 'tsx'), args, { cwd, env: { ...SETTINGS, ...env } });
  const templates = new Map<string, string>();
  const collect = (app: string, directory: string) => {
    for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
      if (file.endsWith('.template.json') && statSync(join(directory, file)).isFile()) {
        templates.set(
          `${app}/${file}`,
          JSON.stringify(withUrlSuffix(JSON.parse(readFileSync(join(directory, file), 'utf8')))),
        );
      }
    }
  };
  console.log(`building ${title}`);
  run('npx', ['projen', 'compile'], { cwd: checkout });
  run('npm', ['run', 'example', '--', '--all'], { cwd: checkout });
  for (const name of exampleNames(checkout)) {
    const outdir = join(work, title, name);
    mkdirSync(outdir, { recursive: true });
    tsx(['app.ts'], join(checkout, 'examples', name), { CDK_OUTDIR: outdir });
    collect(`examples/${name}`, outdir);
  }
  for (const scenario of SCENARIOS) {
    const file = find(checkout, scenario);
    const outdir = join(work, title, scenario);
    mkdirSync(outdir, { recursive: true });
    // The scenarios use the packed library that the mistakes install beside them.
    const project = join(file, '..', '..');
    run(join(checkout, 'node_modules', '.bin', 'tsx'), ['-e', installer(checkout), project], { cwd: checkout });
    tsx([relative(project, file), outdir, join(work, `${title}.json`)], project);
    collect(scenario, outdir);
  }
  return templates;
}

/** What installs the library, wherever the other commit has it. */
function installer(checkout: string): string {
  const file = ['checks/support/library', 'scripts/library'].find((candidate) =>
    existsSync(join(checkout, `${candidate}.ts`)),
  );
  return `import { installLibrary } from './${file}'; installLibrary(process.argv[process.argv.length - 1]);`;
}

const other = join(work, 'checkout');
run('git', ['worktree', 'add', '--detach', other, commit]);
process.on('exit', () => attempt('git', ['worktree', 'remove', '--force', other]));
run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: other });

const [before, after] = [templatesOf('before', other), templatesOf('after', ROOT)];
const accepted = new Map(
  acceptedFile
    ? readFileSync(acceptedFile, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(': ', 2) as [string, string])
    : [],
);
const names = [...new Set([...before.keys(), ...after.keys()])];
const different = names.filter((name) => before.get(name) !== after.get(name));
const unexpected = different.filter((name) => !accepted.has(name));
for (const name of different) {
  console.log(`${accepted.get(name) ?? 'DIFFERENT'}: ${name}`);
}
if (unexpected.length > 0) {
  fail(`${unexpected.length} of ${names.length} templates differ from those of ${commit}`);
}
console.log(
  `${names.length - different.length} of ${names.length} templates are equal, ${different.length} differ as accepted`,
);
