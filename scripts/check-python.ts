import { deepStrictEqual } from 'assert';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { readStacks } from './assembly';
import { attempt, EXAMPLES, exampleNames, fail, run, SKIPPED } from './run';

/**
 * Builds the Python package, installs it with the requirements of the examples, and compares what each Python
 * twin synthesizes with what `npm run example -- --all` left behind.
 */
const work = mkdtempSync(join(tmpdir(), 'examples-python-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

function skip(reason: string): never {
  console.log(`SKIP SKIP SKIP  The Python twins were NOT checked: ${reason}`);
  process.exit(SKIPPED);
}

const system = process.platform === 'win32' ? 'python' : 'python3';
const environment = join(work, 'venv');
const bin = join(environment, process.platform === 'win32' ? 'Scripts' : 'bin');
const python = join(bin, 'python');

if (attempt(system, ['--version']).status !== 0) { skip(`there is no ${system}`); }
if (attempt(system, ['-m', 'venv', environment]).status !== 0) { skip(`${system} cannot make a virtual environment`); }
const pip = (...args: string[]) => attempt(python, ['-m', 'pip', '--disable-pip-version-check', ...args]);
// A small package that whatever jsii makes for Python needs.
const reach = pip('download', '--no-deps', '--no-cache-dir', '--dest', join(work, 'reach'), 'publication');
if (reach.status !== 0) { skip(`the Python registry cannot be reached\n${reach.said}`); }

const wheels = join(work, 'dist');
run('jsii-pacmak', ['--target', 'python', '--outdir', wheels]);
const wheel = readdirSync(join(wheels, 'python')).find((file) => file.endsWith('.whl')) ?? fail(`jsii-pacmak made no wheel in ${wheels}`);

// Python's registry may not have the newest aws-cdk-lib yet.
const newest = JSON.parse(readFileSync(join(EXAMPLES, 'package.json'), 'utf8')).dependencies['aws-cdk-lib'];
const installed = pip('install', join(wheels, 'python', wheel), '--requirement', join(EXAMPLES, 'requirements.txt'), `aws-cdk-lib<=${newest}`);
if (installed.status !== 0) { fail(`pip cannot install the wheel and its requirements\n${installed.said}`); }
const version = run(python, ['-c', 'import importlib.metadata as m; print(m.version("aws-cdk-lib"))']).trim();

const templates = (directory: string) => Object.fromEntries(readStacks(directory).map(({ name, template }) => [name, template]));
const names = exampleNames();
let count = 0;
for (const name of names) {
  const directory = join(EXAMPLES, name);
  const assembly = join(work, name);
  run('cdk', ['synth', '--quiet', '--strict', '--app', `${python} app.py`, '--output', assembly], { cwd: directory });

  const expected = templates(join(directory, 'cdk.out'));
  const actual = templates(assembly);
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    fail(`the Python twin of ${name} synthesizes another template\n${(error as Error).message}`);
  }
  // deepStrictEqual does not look at the order of keys, by which the text of a template differs too.
  if (JSON.stringify(actual) !== JSON.stringify(expected)) { fail(`the template of the Python twin of ${name} has the same content in another order`); }
  count += Object.keys(actual).length;
}

console.log(`${count} templates of ${names.length} Python twins, with aws-cdk-lib ${version}, are those of TypeScript, with ${newest}`);
