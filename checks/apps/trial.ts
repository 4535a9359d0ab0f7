import { existsSync, rmSync } from 'fs';
import { join } from 'path';
import { Assembly, readAssembly } from './assembly';
import { compare, FAILURES, Finding, RIGHT } from './compare';
import { AnApp } from './discover';
import { findImages } from './images';
import { Runner } from './runner';
import type { Done, Job } from './worker';

/** The redirection is made before the app makes anything, or right before the app is synthesized. */
const MODES = ['first', 'last'] as const;
type Mode = (typeof MODES)[number];

/** How many images and other findings there were of each verdict. */
export type Counts = Record<string, number>;

export interface Totals {
  readonly apps: number;
  readonly withImages: number;
  readonly 'redirected first': Counts;
  readonly 'redirected last': Counts;
  /** What the CLI would print of the redirected apps and not of the others, by ids. */
  readonly warnings: Counts;
}

/** An app before and after. */
export interface Sample {
  readonly before: Assembly;
  readonly after: Assembly;
}

/** Sends app after app through a cache, and keeps what was found. */
export class Trial {
  public readonly findings: (Finding & { app: string; mode: Mode })[] = [];
  public readonly skipped: { app: string; error: string }[] = [];
  /** Of apps whose images are redirected. */
  public readonly samples: Sample[] = [];
  private readonly runner = new Runner();
  private readonly warnings: Counts = {};
  private apps = 0;
  private withImages = 0;

  /**
   * @param work where the cloud assemblies go
   * @param isFetched whether the apps are of others, who have built and configured them
   */
  constructor(
    private readonly work: string,
    private readonly isFetched: boolean,
  ) {}

  public get failures(): number {
    return this.findings.filter(isFailure).length;
  }

  public async runAll(apps: AnApp[]): Promise<void> {
    for (const app of apps) {
      await this.run(app);
    }
  }

  public end(): void {
    this.runner.stop();
  }

  public totals(): Totals {
    const counts = (mode: Mode) =>
      Object.fromEntries(
        [...RIGHT, ...FAILURES].map((verdict) => [
          verdict,
          this.findings.filter((one) => one.mode === mode && one.verdict === verdict).length,
        ]),
      );
    return {
      apps: this.apps,
      withImages: this.withImages,
      'redirected first': counts('first'),
      'redirected last': counts('last'),
      warnings: { ...this.warnings },
    };
  }

  private async run(app: AnApp): Promise<void> {
    const plain = await this.synthesize(app, 'plain', []);
    if (plain.error !== undefined) {
      this.skipped.push({ app: app.name, error: firstLines(plain.error) });
      console.log(`-  ${app.name}: ${firstLines(plain.error)}`);
      return;
    }
    const before = readAssembly(join(this.work, 'plain'));
    const images = before.templates.flatMap(({ tree }) => findImages(tree)).length;
    this.apps += 1;
    this.withImages += images > 0 ? 1 : 0;
    for (const mode of MODES) {
      // Where there is no image, once is enough to see that nothing else changes.
      if (images > 0 || mode === 'first') {
        await this.redirect(app, mode, before, images);
      }
    }
  }

  private async redirect(app: AnApp, mode: Mode, before: Assembly, images: number): Promise<void> {
    const environments = [...new Set(before.templates.map(({ place }) => place))];
    const done = await this.synthesize(app, mode, environments, mode);
    if (/Cannot set context after children have been added/.test(done.error ?? '')) {
      console.log(
        `   ${app.name} (${mode}): it sets context after the stack of the trial was made, as no one author does`,
      );
      return;
    }
    const found: Finding[] = done.deprecated.map((what) => ({ verdict: 'crash', where: app.name, what }));
    if (done.error !== undefined) {
      found.push({ verdict: 'crash', where: app.name, what: done.error });
    } else {
      const after = readAssembly(join(this.work, mode));
      found.push(...compare(before, after, done.reports), ...this.newNotes(before, after));
      if (found.some(({ verdict }) => verdict === 'redirected')) {
        this.samples.push({ before, after });
      }
    }
    this.findings.push(...found.map((finding) => ({ app: app.name, mode, ...finding })));
    const failures = found.filter(isFailure);
    console.log(`${failures.length === 0 ? 'ok' : 'NO'} ${app.name} (${mode}): ${images} images`);
    failures.forEach(({ verdict, where, what }) => console.log(`     ${verdict}: ${where}: ${firstLines(what)}`));
  }

  /**
   * An error that the CLI would end with counts as a crash. What others say of the trial's own stacks does not count.
   */
  private newNotes(before: Assembly, after: Assembly): Finding[] {
    const known = new Set(before.notes.map(({ text }) => text));
    const added = after.notes
      .filter(({ text }) => !known.has(text))
      .filter(({ path, text }) => !path.includes('TrialCache') || text.includes('cdk-ecr-pull-through-cache'));
    for (const { text } of added.filter(({ level }) => level === 'warning')) {
      const id = /\[ack: ([^\]]+)\]/.exec(text)?.[1] ?? text;
      this.warnings[id] = (this.warnings[id] ?? 0) + 1;
      if (this.isFetched) {
        console.log(`     warning: ${text}`);
      }
    }
    return added
      .filter(({ level }) => level === 'error')
      .map(({ path, text }) => ({ verdict: 'crash', where: path, what: text }));
  }

  private async synthesize(
    app: AnApp,
    name: string,
    environments: string[],
    redirect?: Job['redirect'],
  ): Promise<Done> {
    const outdir = join(this.work, name);
    const job: Job = {
      entry: app.entry,
      cwd: app.cwd,
      outdir,
      context: {
        ...app.context,
        'aws:cdk:bundling-stacks': [],
        'aws:cdk:enable-path-metadata': true,
        'aws:cdk:enable-asset-metadata': true,
        'aws:cdk:disable-version-reporting': true,
      },
      env: app.env,
      environments,
      redirect,
      isFetched: this.isFetched,
    };
    const once = async () => {
      rmSync(outdir, { recursive: true, force: true });
      const done = await this.runner.run(job);
      const isThere = existsSync(join(outdir, 'manifest.json'));
      return done.error === undefined && !isThere ? { ...done, error: 'it makes no cloud assembly' } : done;
    };
    const done = await once();
    if (done.error !== undefined && redirect) {
      // Some apps, and some constructs of CDK, keep things in their process from one run to the next.
      this.runner.stop();
      return once();
    }
    return done;
  }
}

function isFailure({ verdict }: Finding): boolean {
  return (FAILURES as readonly string[]).includes(verdict);
}

function firstLines(text: string): string {
  return text.split('\n').slice(0, 2).join(' ').slice(0, 400);
}
