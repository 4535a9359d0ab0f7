import { execFileSync } from 'child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'fs';
import { dirname, join, resolve } from 'path';
import { discover, ofFolder } from './discover';
import { sabotage } from './sabotage';
import { Totals, Trial } from './trial';
import { workDirectory } from '../support/check';
import { installLibrary, pack, PACKAGE } from '../support/library';
import { CHECKS, EXAMPLES, fail } from '../support/run';

/**
 * Synthesizes apps as they are and with all their images sent through a cache, and compares the templates by a reader
 * that shares nothing with the library:
 *
 *     npm run check -- apps
 *
 * On the apps of `ours` and on the examples there may be no failures, and the counts of `ours` have to be those of
 * `expected.json`, which `tsx checks/apps/main.ts --write` writes anew. Apps that others wrote are looked at so:
 *
 *     APPS=<folder> [ONLY=<pattern>] [FINDINGS=<file for all findings>] npm run check -- apps
 *
 * Modules are looked for in the folder or above it, where aws-cdk-lib has to be. Apps run without a network and without
 * other programs. What an author gives by hand may stand in a `trial.json` beside `cdk.json`: `context`, `env`, and the
 * `entries` of several apps.
 */
async function main(): Promise<void> {
  await (process.env.APPS === undefined ? ours() : theirs(resolve(process.env.APPS)));
}

async function ours(): Promise<void> {
  installLibrary(CHECKS);
  installLibrary(EXAMPLES);
  const trial = new Trial(workDirectory('apps'), false);
  await trial.runAll(ofFolder(join(__dirname, 'ours')));
  const totals = trial.totals();
  // Examples come and go, and are counted by nobody.
  await trial.runAll(discover(EXAMPLES).apps);
  trial.end();
  const unseen = sabotage(trial.samples);
  report(trial);
  const problems = [
    ...unseen.map((what) => `the comparison does not see ${what}`),
    ...trial.skipped.map(({ app, error }) => `${app}: ${error}`),
    ...(trial.failures > 0 ? [`${trial.failures} failures`] : []),
    ...difference(totals),
  ];
  if (problems.length > 0) {
    fail(problems.join('\n'));
  }
}

async function theirs(folder: string): Promise<void> {
  unpackLibrary(folder);
  const { apps, otherLanguages } = discover(folder);
  const only = new RegExp(process.env.ONLY ?? '');
  const trial = new Trial(workDirectory('apps'), true);
  await trial.runAll(apps.filter(({ name }) => only.test(name)));
  trial.end();
  report(trial);
  console.log(`${otherLanguages} apps are in other languages`);
  if (process.env.FINDINGS) {
    const { findings, skipped } = trial;
    writeFileSync(process.env.FINDINGS, JSON.stringify({ totals: trial.totals(), skipped, findings }, null, 1));
  }
  if (trial.failures > 0) {
    fail(`${trial.failures} failures`);
  }
}

/** As npm would install it, but beside modules that npm knows nothing of. */
function unpackLibrary(folder: string): void {
  let place = folder;
  while (!existsSync(join(place, 'node_modules', 'aws-cdk-lib'))) {
    if (place === dirname(place)) {
      fail(`there is no aws-cdk-lib in ${folder} or above`);
    }
    place = dirname(place);
  }
  const { tarball } = pack(workDirectory('library'));
  const target = join(place, 'node_modules', PACKAGE);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['xzf', tarball, '--strip-components=1', '-C', target]);
}

function report(trial: Trial): void {
  const { apps, withImages, warnings, ...modes } = trial.totals();
  console.log(`\n${apps} apps, ${withImages} with images; ${trial.skipped.length} do not synthesize here`);
  Object.entries(modes).forEach(([mode, counts]) =>
    console.log(
      `${mode}: ${Object.entries(counts)
        .map(([verdict, count]) => `${count} ${verdict}`)
        .join(', ')}`,
    ),
  );
  Object.entries(warnings).forEach(([id, times]) => console.log(`warning ${id}: ${times}`));
}

function difference(totals: Totals): string[] {
  const file = join(__dirname, 'expected.json');
  const found = `${JSON.stringify(totals, null, 2)}\n`;
  if (process.argv.includes('--write')) {
    writeFileSync(file, found);
  }
  const expected = readFileSync(file, 'utf8');
  return expected === found ? [] : [`expected.json has\n${expected}and this was found:\n${found}`];
}

main().catch((error) => fail(String(error.stack)));
