import { deepStrictEqual } from 'assert';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { readStacks } from './assembly';
import { attempt, EXAMPLES, fail, QUICKSTART, run, SKIPPED } from './run';

/**
 * Builds the Python package, installs it with the requirements of the quickstart, and compares what the Python
 * twin synthesizes with what `npm run quickstart` left behind.
 */
const work = mkdtempSync(join(tmpdir(), 'quickstart-python-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

function skip(reason: string): never {
  console.log(`SKIP SKIP SKIP  The Python twin was NOT checked: ${reason}`);
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
const installed = pip('install', join(wheels, 'python', wheel), '--requirement', join(QUICKSTART, 'requirements.txt'), `aws-cdk-lib<=${newest}`);
if (installed.status !== 0) { fail(`pip cannot install the wheel and its requirements\n${installed.said}`); }
const version = run(python, ['-c', 'import importlib.metadata as m; print(m.version("aws-cdk-lib"))']).trim();

const assembly = join(work, 'cdk.out');
run('cdk', ['synth', '--quiet', '--strict', '--app', `${python} app.py`, '--output', assembly], { cwd: QUICKSTART });

const templates = (directory: string) => Object.fromEntries(readStacks(directory).map(({ name, template }) => [name, template]));
const expected = templates(join(QUICKSTART, 'cdk.out'));
const actual = templates(assembly);
try {
  deepStrictEqual(actual, expected);
} catch (error) {
  fail(`the Python twin of the quickstart synthesizes another template\n${(error as Error).message}`);
}
// deepStrictEqual does not look at the order of keys, by which the text of a template differs too.
if (JSON.stringify(actual) !== JSON.stringify(expected)) { fail('the template of the Python twin has the same content in another order'); }

console.log(`${Object.keys(actual).length} template of Python, with aws-cdk-lib ${version}, is that of TypeScript, with ${newest}`);
