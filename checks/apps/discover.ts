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
        const found = ofCdkJson(folder, directory);
        apps.push(...found);
        otherLanguages += found.length === 0 ? 1 : 0;
      } else if (/^integ\..*(?<!\.d|\.test)\.ts$/.test(item.name)) {
        apps.push({ name: relative(folder, path), entry: path, cwd: directory, context: {}, env: {} });
      }
    }
  };
  visit(folder);
  return { apps, otherLanguages };
}

/** The apps of a folder, each a file. */
export function ofFolder(folder: string): AnApp[] {
  return readdirSync(folder)
    .sort()
    .map((file) => ({ name: file, entry: join(folder, file), cwd: folder, context: {}, env: {} }));
}

function ofCdkJson(folder: string, cwd: string): AnApp[] {
  const json = (file: string) => {
    try {
      return JSON.parse(readFileSync(join(cwd, file), 'utf8'));
    } catch {
      return {};
    }
  };
  const { app, context } = json('cdk.json');
  const { entries, ...trial } = json('trial.json');
  const name = relative(folder, cwd);
  const common = {
    cwd,
    context: { ...context, ...json('cdk.context.json'), ...trial.context },
    env: { ...trial.env },
  };
  if (Array.isArray(entries)) {
    return entries.map((entry: string) => ({ ...common, name: join(name, entry), entry: join(cwd, entry) }));
  }
  const entry = entryOf(app, cwd);
  return entry === undefined ? [] : [{ ...common, name: name || basename(dirname(entry)), entry }];
}

/** The program that a command such as `npx ts-node --prefer-ts-exts bin/app.ts` runs, if it is one for Node.js. */
function entryOf(command: unknown, cwd: string): string | undefined {
  const words = typeof command === 'string' ? command.split(/[\s;&]+/).reverse() : [];
  const file = words.find((word) => /\.[cm]?[jt]s$/.test(word)) ?? (words[1] === 'node' ? words[0] : undefined);
  return file === undefined
    ? undefined
    : [file, file.replace(/\.js$/, '.ts'), `${file}.ts`].map((one) => join(cwd, one)).find(existsSync);
}
