import { ChildProcess, spawn } from 'child_process';
import { createHash } from 'crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { createServer } from 'http';
import type { AddressInfo } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { pythonOf, virtualEnvironment } from '../scripts/python';
import { attempt, E2E, fail, Outcome, SKIPPED } from '../scripts/run';

const work = mkdtempSync(join(tmpdir(), 'e2e-'));
const children: ChildProcess[] = [];
process.on('exit', () => {
  children.forEach((child) => child.kill());
  rmSync(work, { recursive: true, force: true });
});

/** A new directory, which goes when the step is over. */
export function workDirectory(name: string): string {
  const directory = join(work, name);
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Ends a step that could not be done. */
export function skip(reason: string): never {
  console.log(`SKIP SKIP SKIP  This was NOT checked: ${reason}`);
  process.exit(SKIPPED);
}

let found = 0;

/** Says what was found, or ends the step. */
export function check(what: string, holds: boolean, detail: unknown = ''): void {
  if (!holds) {
    fail(`NOT SO: ${what}\n${typeof detail === 'string' ? detail : JSON.stringify(detail, null, 2)}`);
  }
  found += 1;
  console.log(`  ${what}`);
}

export function checkEqual(what: string, actual: unknown, expected: unknown): void {
  check(
    what,
    JSON.stringify(actual) === JSON.stringify(expected),
    `expected ${JSON.stringify(expected, null, 2)}\ngot ${JSON.stringify(actual, null, 2)}`,
  );
}

/** Runs a step. */
export function step(body: () => Promise<string>): void {
  body().then(
    (summary) => {
      console.log(`${found} findings: ${summary}`);
      process.exit(0);
    },
    (error) => fail(String(error?.stack ?? error)),
  );
}

/** Starts a program that runs until the step is over. */
function start(command: string, args: string[], env: Record<string, string>): { child: ChildProcess; log: string } {
  const log = join(work, `${children.length}.log`);
  const file = openSync(log, 'w');
  const child = spawn(command, args, { cwd: E2E, env: { ...process.env, ...env }, stdio: ['ignore', file, file] });
  closeSync(file);
  children.push(child);
  return { child, log };
}

/** Starts a server and waits until it answers. */
export async function startServer(
  command: string,
  args: string[],
  env: Record<string, string>,
  url: string,
): Promise<() => string> {
  const { child, log } = start(command, args, env);
  for (let tries = 0; tries < 300 && child.exitCode === null; tries += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer) {
      return () => readFileSync(log, 'utf8');
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  fail(`${command} ${args.join(' ')} does not answer at ${url}\n${readFileSync(log, 'utf8')}`);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a program while this one goes on to answer requests. */
export function attemptAside(command: string, args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: work,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      errors += data;
    });
    child.on('error', (error) => resolve({ status: null, output, said: String(error) }));
    child.on('close', (status) => resolve({ status, output, said: output + errors }));
  });
}

/** A Python with the packages of a file, or no step. */
export function python(requirements: string): string {
  const environment = join(
    E2E,
    '.venv',
    createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12),
  );
  const complete = join(environment, 'complete');
  if (existsSync(complete) && attempt(pythonOf(environment), ['--version']).status === 0) {
    return pythonOf(environment);
  }

  const executable = virtualEnvironment(environment, skip);
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
    skip(`pip cannot install ${requirements}\n${installed.said}`);
  }
  writeFileSync(complete, '');
  return executable;
}

/** Programs whose package has another name. */
const PACKAGES: Record<string, string> = { mcs: 'mono-mcs' };

/** Programs of the system, installed where that is possible. */
export function systemPrograms(programs: string[]): void {
  const missing = programs.filter((program) => attempt(program, ['--version']).status === null);
  if (missing.length === 0) {
    return;
  }
  if (process.getuid?.() !== 0 || attempt('apt-get', ['--version']).status !== 0) {
    skip(`${missing.join(' and ')} not found, and only root can install them`);
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // The service that the package would start is of no use here.
  const install = () =>
    attempt(
      'apt-get',
      [
        'install',
        '--yes',
        '--quiet',
        '--no-install-recommends',
        ...missing.map((program) => PACKAGES[program] ?? program),
      ],
      { env: { ...env, RUNLEVEL: '1' } },
    );
  const installed = install();
  if (installed.status === 0) {
    return;
  }
  attempt('apt-get', ['update', '--quiet'], { env });
  const again = install();
  if (again.status !== 0) {
    skip(`apt-get cannot install ${missing.join(' and ')}\n${again.said}`);
  }
}
