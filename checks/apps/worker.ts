import { existsSync, readFileSync } from 'fs';
import Module, { createRequire } from 'module';
import { dirname, join } from 'path';
import { pathToFileURL } from 'url';
import type { App } from 'aws-cdk-lib';
import type { Reports } from './compare';
import { PREFIXES } from './expected';
import { stayOnThisMachine, takeAwayChance, watchDeprecated } from './isolation';
import { makeAsset, missingAsset, missingContext, refusedContext } from './missing';
import type { Redirection } from '../../src';

/** An app to run in this process. */
export interface Job {
  readonly entry: string;
  readonly cwd: string;
  readonly outdir: string;
  readonly context: Record<string, unknown>;
  readonly env: Record<string, string>;
  /** When the redirection is made: before the app makes anything, right before synthesis, or not at all. */
  readonly redirect?: 'first' | 'last';
  /** Account and region of each cache, as the manifest names them. */
  readonly environments: string[];
  /** Whether what a build would make is made empty, and context that a user would give is made up. */
  readonly isFetched: boolean;
}

export interface Done {
  readonly error?: string;
  /** What each redirection reports, by the environment of its cache. */
  readonly reports: Reports;
  /** What the library calls although CDK asks not to: users are told, and can make it an error. */
  readonly deprecated: string[];
}

type Any = any;
const OWN_MODULES = new Set(Object.keys(require.cache));
const PACKAGE = 'cdk-ecr-pull-through-cache';
const load = (Module as Any)._load as (request: string, parent: unknown, isMain: boolean) => unknown;

stayOnThisMachine();
const chance = takeAwayChance();
const deprecated = watchDeprecated(PACKAGE);
let running: Running | undefined;

interface Running {
  readonly job: Job;
  readonly apps: App[];
  readonly redirections: { environment: string; redirection: Redirection }[];
  readonly env: NodeJS.ProcessEnv;
}

process.on('message', (job: Job) => {
  process.channel!.unref();
  void start(job);
});
process.on('beforeExit', finish);
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => end(error ?? 'rejected'));
}

async function start(job: Job): Promise<void> {
  running = { job, apps: [], redirections: [], env: { ...process.env } };
  chance.reset();
  try {
    process.chdir(job.cwd);
    process.argv = [process.argv[0], job.entry];
    Object.assign(process.env, job.env);
    process.env.CDK_OUTDIR = job.outdir;
    process.env.CDK_CONTEXT_JSON = JSON.stringify(job.context);
    hookApp(createRequire(job.entry));
    if (isEsm(job.entry)) {
      await import(pathToFileURL(job.entry).href);
    } else {
      forget();
      load(job.entry, null, true);
    }
  } catch (error) {
    end(error);
  }
}

/** When nothing is left to do, CDK synthesizes. */
function finish(): void {
  if (!running) {
    return;
  }
  try {
    if (running.apps.length === 0) {
      throw new Error('it makes no App of aws-cdk-lib');
    }
    running.apps.forEach((app) => app.synth());
    end();
  } catch (error) {
    end(error);
  }
}

function end(error?: Any): void {
  if (!running) {
    return;
  }
  const { job, redirections, env } = running;
  const again = job.isFetched ? mended(job, error) : undefined;
  running = undefined;
  process.removeAllListeners('beforeExit').on('beforeExit', finish);
  Object.keys(process.env).forEach((name) => delete process.env[name]);
  Object.assign(process.env, env);
  if (again) {
    void start(again);
    return;
  }
  const done: Done = {
    deprecated: deprecated.splice(0),
    error: error === undefined ? undefined : String(error?.stack ?? error),
    reports: Object.fromEntries(
      job.environments.map((one) => [
        one,
        redirections.filter(({ environment }) => environment === one).flatMap(({ redirection }) => redirection.report),
      ]),
    ),
  };
  process.channel!.ref();
  process.send!(done);
}

/** The job, once more, where it failed for want of what only the author of the app has. */
function mended(job: Job, error: unknown): Job | undefined {
  const asset = missingAsset(error);
  if (asset !== undefined && !existsSync(asset)) {
    makeAsset(asset);
    return job;
  }
  const wanted = missingContext(error);
  if (wanted !== undefined && !(wanted in job.context)) {
    return { ...job, context: { ...job.context, [wanted]: 'trial' } };
  }
  const refused = refusedContext(error);
  if (refused !== undefined && refused in job.context) {
    const { [refused]: _, ...context } = job.context;
    return { ...job, context };
  }
  return undefined;
}

/** Of the app everything is loaded anew, of packages nothing. */
function forget(): void {
  Object.keys(require.cache)
    .filter((file) => !file.includes('node_modules') && !OWN_MODULES.has(file))
    .forEach((file) => delete require.cache[file]);
}

function isEsm(entry: string): boolean {
  if (/\.m[jt]s$/.test(entry)) {
    return true;
  }
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      return JSON.parse(readFileSync(file, 'utf8')).type === 'module';
    }
  }
  return false;
}

/** Puts a subclass in the place of CDK's App, which tells us of each app, and redirects it. */
function hookApp(require: NodeJS.Require): void {
  const folder = dirname(require.resolve('aws-cdk-lib/package.json'));
  const module = require(join(folder, 'core', 'lib', 'app.js')) as { App: Any };
  if (module.App.isHooked) {
    return;
  }
  const Original = module.App;
  module.App = class HookedApp extends Original {
    public static readonly isHooked = true;
    private isRedirected = false;

    constructor(props: object) {
      super({ ...props, outdir: running!.job.outdir });
      running!.apps.push(this as Any);
      this.redirectIf('first');
    }

    public synth(options?: object): unknown {
      this.redirectIf('last');
      return super.synth(options);
    }

    private redirectIf(mode: Job['redirect']): void {
      if (running?.job.redirect === mode && !this.isRedirected) {
        this.isRedirected = true;
        redirect(require, this as Any);
      }
    }
  };
}

/** A cache with all upstreams in each environment, in a stack of its own; each redirects the whole app. */
function redirect(require: NodeJS.Require, app: App): void {
  const { Stack } = require('aws-cdk-lib') as typeof import('aws-cdk-lib');
  const { PullThroughCache, UpstreamCredentials, UpstreamRegistry } = require(PACKAGE) as typeof import('../../src');
  const credentials = (name: string) => UpstreamCredentials.fromSecretName(`trial/${name}`);
  const upstreams = [
    UpstreamRegistry.ecrPublic(),
    UpstreamRegistry.kubernetes(),
    UpstreamRegistry.quay(),
    UpstreamRegistry.dockerHub(credentials('hub')),
    UpstreamRegistry.github(credentials('github')),
    UpstreamRegistry.gitlab(credentials('gitlab')),
    UpstreamRegistry.azure('trial', credentials('azure')),
    UpstreamRegistry.chainguard(credentials('chainguard')),
    UpstreamRegistry.ecr({ account: '444455556666', region: 'eu-north-1' }),
  ];
  running!.job.environments.forEach((environment, index) => {
    const [account, region] = environment.split('/').map((part) => (part.startsWith('unknown-') ? undefined : part));
    const cache = new PullThroughCache(new Stack(app, `TrialCache${index}`, { env: { account, region } }), 'Cache', {
      upstreams: [],
      rules: upstreams.map((upstream) => ({
        upstream,
        ecrRepositoryPrefix: PREFIXES[upstream.upstreamRegistryUrl.replace('registry-1.', '')],
      })),
    });
    running!.redirections.push({ environment, redirection: cache.redirect(app) });
  });
}
