import { spawnSync } from 'child_process';
import { existsSync, readdirSync } from 'fs';
import { join } from 'path';

export const ROOT = join(__dirname, '..', '..');
export const EXAMPLES = join(ROOT, 'examples');
export const CHECKS = join(ROOT, 'checks');
export const BENCH = join(CHECKS, 'bench');
export const QUICKSTART = join(EXAMPLES, 'quickstart');

/** The names of all examples, each an app in a folder of its own. */
export function exampleNames(checkout: string = ROOT): string[] {
  const examples = join(checkout, 'examples');
  return readdirSync(examples)
    .filter((name) => existsSync(join(examples, name, 'cdk.json')))
    .sort();
}

/** The context by which CDK's own validation is on, and whatever it finds is an error. */
export const STRICT_VALIDATION = {
  '@aws-cdk/core:validateAgainstDefaultRules': true,
  '@aws-cdk/core:strictCfnValidateErrors': true,
};

/** Keeps the tools on this machine: there are no credentials to be found, and nobody to report to. */
export const OFFLINE = { AWS_EC2_METADATA_DISABLED: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true' };

/** The status by which a check tells checks/main.ts that it could not check: EX_TEMPFAIL of sysexits.h. */
export const SKIPPED = 75;

export interface RunOptions {
  /** @default - the top of the repository */
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

export interface Outcome {
  readonly status: number | null;
  /** What it wrote to stdout. */
  readonly output: string;
  /** All that it said, for a message. */
  readonly said: string;
}

/** Runs a command to its end. */
export function attempt(command: string, args: string[], options: RunOptions = {}): Outcome {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...OFFLINE, ...options.env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    // npm and cdk are batch files on Windows, which start through a shell only.
    shell: process.platform === 'win32',
  });
  return { status, output: stdout ?? '', said: `${stdout ?? ''}${stderr ?? ''}${error ?? ''}` };
}

/** Runs a command that has to succeed, and gives what it wrote to stdout. */
export function run(command: string, args: string[], options: RunOptions = {}): string {
  const { status, output, said } = attempt(command, args, options);
  if (status !== 0) {
    fail(`${command} ${args.join(' ')}: ended with ${status}\n${said}`);
  }
  return output;
}

/**
 * Synthesizes an example by the CLI, with warnings as errors, and gives what it said.
 *
 * @param options for the CLI: without, the cloud assembly is `cdk.out` of the example
 */
export function synthesizeExample(name: string, options: string[] = [], env: Record<string, string> = {}): string {
  const { status, said } = attempt('cdk', ['synth', '--quiet', '--strict', ...options], {
    cwd: join(EXAMPLES, name),
    env,
  });
  return status === 0 ? said : fail(`the example ${name}: cdk synth ended with ${status}\n${said}`);
}

/** Ends this script with a message and no stack trace, which would say nothing of what went wrong. */
export function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
