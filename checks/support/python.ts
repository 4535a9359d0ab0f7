import { createHash } from 'crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { skip as skipCheck } from './check';
import { attempt, CHECKS, EXAMPLES, fail, Outcome, run } from './run';

/** A virtual environment of Python with the library and what the examples require. */
export interface PythonEnvironment {
  readonly python: string;
  /** The version of aws-cdk-lib. */
  readonly version: string;
}

/** Ends what needs Python, with the reason why it is not at hand. */
export type Skip = (reason: string) => never;

/** The Python of a new virtual environment. */
export function virtualEnvironment(directory: string, skip: Skip): string {
  const system = process.platform === 'win32' ? 'python' : 'python3';
  if (attempt(system, ['--version']).status !== 0) {
    skip(`there is no ${system}`);
  }
  if (attempt(system, ['-m', 'venv', '--clear', directory]).status !== 0) {
    skip(`${system} cannot make a virtual environment`);
  }
  return pythonOf(directory);
}

/** The Python of a virtual environment that is there. */
export function pythonOf(environment: string): string {
  return join(environment, process.platform === 'win32' ? 'Scripts' : 'bin', 'python');
}

/**
 * Builds the Python package and installs it, next to what the examples require.
 *
 * @param work where to put it all
 */
export function installPython(work: string, skip: Skip): PythonEnvironment {
  const python = virtualEnvironment(join(work, 'venv'), skip);
  const pip = (...args: string[]): Outcome => attempt(python, ['-m', 'pip', '--disable-pip-version-check', ...args]);
  // A small package that whatever jsii makes for Python needs.
  const reach = pip('download', '--no-deps', '--no-cache-dir', '--dest', join(work, 'reach'), 'publication');
  if (reach.status !== 0) {
    skip(`the Python registry cannot be reached\n${reach.said}`);
  }

  const wheels = join(work, 'dist');
  run('jsii-pacmak', ['--target', 'python', '--outdir', wheels]);
  const wheel =
    readdirSync(join(wheels, 'python')).find((file) => file.endsWith('.whl')) ??
    fail(`jsii-pacmak made no wheel in ${wheels}`);

  const installed = pip('install', join(wheels, 'python', wheel), '--requirement', join(EXAMPLES, 'requirements.txt'));
  if (installed.status !== 0) {
    fail(`pip cannot install the wheel and its requirements\n${installed.said}`);
  }
  return {
    python,
    version: run(python, ['-c', 'import importlib.metadata as m; print(m.version("aws-cdk-lib"))']).trim(),
  };
}

/** A Python with the packages of a file, or the check is skipped. */
export function pythonWith(requirements: string): string {
  const environment = join(
    CHECKS,
    '.venv',
    createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12),
  );
  const complete = join(environment, 'complete');
  if (existsSync(complete) && attempt(pythonOf(environment), ['--version']).status === 0) {
    return pythonOf(environment);
  }

  const executable = virtualEnvironment(environment, skipCheck);
  const installed = attempt(executable, [
    '-m',
    'pip',
    '--disable-pip-version-check',
    'install',
    '--quiet',
    '--requirement',
    requirements,
  ]);
  if (installed.status !== 0) {
    skipCheck(`pip cannot install ${requirements}\n${installed.said}`);
  }
  writeFileSync(complete, '');
  return executable;
}
