import { ChildProcess, spawn } from 'child_process';
import { closeSync, openSync, readFileSync } from 'fs';
import { createServer } from 'http';
import type { AddressInfo } from 'net';
import { join } from 'path';
import { workDirectory } from './check';
import { CHECKS, fail, Outcome } from './run';

const children: ChildProcess[] = [];
process.on('exit', () => children.forEach((child) => child.kill()));

/** Starts a program that runs until the check is over. */
function start(command: string, args: string[], env: Record<string, string>): { child: ChildProcess; log: string } {
  const log = join(workDirectory('logs'), `${children.length}.log`);
  const file = openSync(log, 'w');
  const child = spawn(command, args, { cwd: CHECKS, env: { ...process.env, ...env }, stdio: ['ignore', file, file] });
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
      cwd: workDirectory('aside'),
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
