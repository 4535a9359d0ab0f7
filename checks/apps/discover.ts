import { existsSync, readdirSync, readFileSync } from 'fs';
import { basename, dirname, join, relative } from 'path';

/** An app, and how it is run. */
export interface AnApp {
  readonly name: string;
  readonly entry: string;
  readonly cwd: string;
  readonly context: Record<string, unknown>;
  /** What its author would have in the environment. */
  readonly env: Record<string, string>;
}

const SKIPPED = /^(node_modules|cdk\.out|\.git|.*\.snapshot|coverage|frontend|website)$/;

/** All apps in TypeScript or JavaScript below a folder: those of a cdk.json, and integration tests. */
export function discover(folder: string): { apps: AnApp[]; otherLanguages: number } {
  const apps: AnApp[] = [];
  let otherLanguages = 0;
  const visit = (directory: string) => {
    for (const item of readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(directory, item.name);
      if (item.isDirectory() && !SKIPPED.test(item.name)) {
        visit(path);
      } else if (item.name === 'cdk.json') {
        const app = ofCdkJson(folder, directory);
        apps.push(...(app ? [app] : []));
        otherLanguages += app ? 0 : 1;
      } else if (/^integ\..*\.ts$/.test(item.name) && !item.name.endsWith('.d.ts')) {
        apps.push({ name: relative(folder, path), entry: path, cwd: directory, context: {}, env: {} });
      }
    }
  };
  visit(folder);
  return { apps, otherLanguages };
}

function ofCdkJson(folder: string, cwd: string): AnApp | undefined {
  const json = (file: string) => {
    try {
      return JSON.parse(readFileSync(join(cwd, file), 'utf8'));
    } catch {
      return {};
    }
  };
  const { app, context = {} } = json('cdk.json');
  const words = typeof app === 'string' ? app.split(/[\s;&]+/).reverse() : [];
  const file = words.find((word) => /\.[cm]?[jt]s$/.test(word)) ?? (/^node /.test(app) ? words[0] : undefined);
  const entry = [file, file?.replace(/\.js$/, '.ts'), `${file}.ts`]
    .filter((one) => one !== undefined)
    .map((one) => join(cwd, one!))
    .find(existsSync);
  if (!entry) {
    return undefined;
  }
  // Context and environment that an author gives by hand stand in a file beside those of CDK.
  const trial = json('trial.json');
  return {
    name: relative(folder, cwd) || basename(dirname(entry)),
    entry,
    cwd,
    context: { ...context, ...json('cdk.context.json'), ...trial.context },
    env: trial.env ?? {},
  };
}

/** The apps of a folder, each a file. */
export function ofFolder(folder: string): AnApp[] {
  return readdirSync(folder)
    .sort()
    .map((file) => ({ name: file, entry: join(folder, file), cwd: folder, context: {}, env: {} }));
}
