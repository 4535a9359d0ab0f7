import { ChildProcess, spawn } from 'child_process';
import { createHash } from 'crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { createServer } from 'http';
import { createRequire } from 'module';
import type { AddressInfo } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import { attempt, E2E, fail, Outcome, SKIPPED } from '../scripts/run';

export const ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '444455556666';
export const REGION = 'eu-west-1';

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
  if (!holds) { fail(`NOT SO: ${what}\n${typeof detail === 'string' ? detail : JSON.stringify(detail, null, 2)}`); }
  found += 1;
  console.log(`  ${what}`);
}

export function checkEqual(what: string, actual: unknown, expected: unknown): void {
  check(what, JSON.stringify(actual) === JSON.stringify(expected), `expected ${JSON.stringify(expected, null, 2)}\ngot ${JSON.stringify(actual, null, 2)}`);
}

/** Runs a step. */
export function step(body: () => Promise<string>): void {
  body().then((summary) => {
    console.log(`${found} findings: ${summary}`);
    process.exit(0);
  }, (error) => fail(String(error?.stack ?? error)));
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
export async function startServer(command: string, args: string[], env: Record<string, string>, url: string): Promise<() => string> {
  const { child, log } = start(command, args, env);
  for (let tries = 0; tries < 300 && child.exitCode === null; tries += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer) { return () => readFileSync(log, 'utf8'); }
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
    const child = spawn(command, args, { cwd: work, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => { output += data; });
    child.stderr.on('data', (data) => { errors += data; });
    child.on('error', (error) => resolve({ status: null, output, said: String(error) }));
    child.on('close', (status) => resolve({ status, output, said: output + errors }));
  });
}

/** A Python with the packages of a file, or no step. */
export function python(requirements: string): string {
  const system = process.platform === 'win32' ? 'python' : 'python3';
  const environment = join(E2E, '.venv', createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12));
  const executable = join(environment, process.platform === 'win32' ? 'Scripts' : 'bin', 'python');
  const complete = join(environment, 'complete');
  if (existsSync(complete) && attempt(executable, ['--version']).status === 0) { return executable; }

  if (attempt(system, ['--version']).status !== 0) { skip(`there is no ${system}`); }
  rmSync(environment, { recursive: true, force: true });
  if (attempt(system, ['-m', 'venv', environment]).status !== 0) { skip(`${system} cannot make a virtual environment`); }
  const installed = attempt(executable, ['-m', 'pip', '--disable-pip-version-check', 'install', '--quiet', '--requirement', requirements]);
  if (installed.status !== 0) { skip(`pip cannot install ${requirements}\n${installed.said}`); }
  writeFileSync(complete, '');
  return executable;
}

/** Programs of the system, installed where that is possible. */
export function systemPrograms(programs: string[]): void {
  const missing = programs.filter((program) => attempt(program, ['--version']).status === null);
  if (missing.length === 0) { return; }
  if (process.getuid?.() !== 0 || attempt('apt-get', ['--version']).status !== 0) { skip(`${missing.join(' and ')} not found, and only root can install them`); }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // The service that the package would start is of no use here.
  const install = () => attempt('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...missing], { env: { ...env, RUNLEVEL: '1' } });
  const installed = install();
  if (installed.status === 0) { return; }
  attempt('apt-get', ['update', '--quiet'], { env });
  const again = install();
  if (again.status !== 0) { skip(`apt-get cannot install ${missing.join(' and ')}\n${again.said}`); }
}

const load = createRequire(__filename);
const SERVICES = { 'cloudformation': 'CloudFormation', 'ecr': 'ECR', 'iam': 'IAM', 'secrets-manager': 'SecretsManager' };

/** An AWS account on this machine: moto, with what it lacks of pull through cache. */
export class Account {
  public static async start(): Promise<Account> {
    const port = await freePort();
    const executable = python(join(E2E, 'moto', 'requirements.txt'));
    // By its name: the virtual hosts of S3 lie below it.
    const endpoint = `http://localhost:${port}`;
    const env = { MOTO_ACCOUNT_ID: ACCOUNT, PYTHONDONTWRITEBYTECODE: '1' };
    const log = await startServer(executable, [join(E2E, 'moto', 'server.py'), '--host', '127.0.0.1', '--port', String(port)], env, `${endpoint}/moto-api/`);
    return new Account(endpoint, log);
  }

  private readonly clients = new Map<string, any>();
  private readonly env: Record<string, string>;

  private constructor(private readonly endpoint: string, public readonly log: () => string) {
    this.env = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      AWS_CONFIG_FILE: join(work, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(work, 'none'),
      NO_PROXY: 'localhost,127.0.0.1',
      no_proxy: 'localhost,127.0.0.1',
    };
    // The SDK reads these too. A profile would say which account.
    Object.assign(process.env, this.env);
    delete process.env.AWS_PROFILE;
  }

  /** Calls an AWS API by the SDK. */
  public async call(service: keyof typeof SERVICES, command: string, input: object = {}): Promise<any> {
    const sdk = load(`@aws-sdk/client-${service}`);
    const client = this.clients.get(service) ?? new sdk[`${SERVICES[service]}Client`]({
      endpoint: this.endpoint, region: REGION, credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' }, maxAttempts: 1,
    });
    this.clients.set(service, client);
    return client.send(new sdk[`${command}Command`](input));
  }

  /** Calls an AWS API that should refuse, and gives what it says. */
  public async refusal(...request: Parameters<Account['call']>): Promise<string> {
    return this.call(...request).then(() => 'nothing, it did as it was told', (error) => `${error.name}: ${error.message}`);
  }

  /** Runs the CDK CLI. */
  public attemptCdk(args: string[], cwd: string = E2E): Outcome {
    return attempt('cdk', [...args, '--no-color', '--no-notices'], { cwd, env: this.env });
  }

  /** Runs the CDK CLI, which has to succeed, and gives all that it says. */
  public cdk(args: string[], cwd?: string): string {
    const { status, said } = this.attemptCdk(args, cwd);
    if (status !== 0) { fail(`cdk ${args.join(' ')}: ended with ${status}\n${said}\n${this.log().split('\n').slice(-30).join('\n')}`); }
    return said;
  }

  public bootstrap(): void {
    this.cdk(['bootstrap', `aws://${ACCOUNT}/${REGION}`, '--app', '']);
  }

  public async rules(): Promise<Rule[]> {
    return (await this.call('ecr', 'DescribePullThroughCacheRules')).pullThroughCacheRules;
  }

  public async templates(): Promise<any[]> {
    return (await this.call('ecr', 'DescribeRepositoryCreationTemplates')).repositoryCreationTemplates;
  }

  public async registryPolicy(): Promise<any> {
    return JSON.parse((await this.call('ecr', 'GetRegistryPolicy')).policyText);
  }

  public async secretValue(id: string): Promise<any> {
    return JSON.parse((await this.call('secrets-manager', 'GetSecretValue', { SecretId: id })).SecretString);
  }

  public async outputs(stack: string): Promise<Record<string, string>> {
    const { Stacks: [{ Outputs = [] }] } = await this.call('cloudformation', 'DescribeStacks', { StackName: stack });
    return Object.fromEntries(Outputs.map((output: any) => [output.OutputKey, output.OutputValue]));
  }

  /** What CloudFormation did to the resources of a stack: `CREATE_COMPLETE AWS::ECR::PullThroughCacheRule <logical id>`, the first event first. */
  public async events(stack: string): Promise<string[]> {
    const { StackEvents } = await this.call('cloudformation', 'DescribeStackEvents', { StackName: stack });
    return StackEvents
      .sort((one: any, other: any) => Number(one.Timestamp) - Number(other.Timestamp))
      .map((event: any) => `${event.ResourceStatus} ${event.ResourceType} ${event.LogicalResourceId}`);
  }
}

/** A rule as ECR describes it. */
export interface Rule {
  readonly ecrRepositoryPrefix: string;
  readonly upstreamRegistryUrl: string;
  readonly upstreamRegistry?: string;
  readonly upstreamRepositoryPrefix: string;
  readonly credentialArn?: string;
  readonly customRoleArn?: string;
  readonly createdAt: Date;
}
