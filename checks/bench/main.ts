import { fork } from 'child_process';
import { readFileSync, writeFileSync } from 'fs';
import { cpus } from 'os';
import { join } from 'path';
import type { Result } from './result';
import { installLibrary, PACKAGE } from '../support/library';
import { BENCH, fail } from '../support/run';

/**
 * Runs the rows that are named, or all, each in a process of its own, one after the other:
 *
 *     npm run bench
 *     npm run bench -- rules grants
 *     npm run bench -- --quick
 *
 * Prints a table, and writes it with the versions and the machine to checks/bench/results.json.
 */
const ROWS = ['require', 'rules', 'environments', 'references', 'redirect', 'grants', 'size', 'python'];

/** It installs what Python needs for longer than all other rows take in a quick run. */
const NOT_QUICK = ['python'];

const quick = process.argv.includes('--quick');
const asked = process.argv.slice(2).filter((argument) => argument !== '--quick');
const unknown = asked.filter((row) => !ROWS.includes(row));
if (unknown.length > 0) {
  fail(`no such row: ${unknown.join(', ')}; there are ${ROWS.join(', ')}`);
}
const rows = ROWS.filter((row) => (asked.length === 0 ? !(quick && NOT_QUICK.includes(row)) : asked.includes(row)));

const COLUMNS: Record<keyof Result, string> = {
  what: 'what',
  against: 'against',
  ours: 'ours',
  theirs: 'theirs',
  ratio: 'ratio',
  aim: 'aim',
  met: 'met',
};

void main();

async function main(): Promise<void> {
  installLibrary(BENCH);
  const results: Result[] = [];
  for (const row of rows) {
    console.error(`${row} ...`);
    results.push(...(await run(row)));
  }

  const about = describe();
  console.log(about.map(([name, value]) => `${name}: ${value}`).join('\n'));
  // One small run each says nothing about an aim.
  console.log(`\n${markdown(quick ? results.map((result) => ({ ...result, met: undefined })) : results)}`);
  if (!quick) {
    writeFileSync(
      join(BENCH, 'results.json'),
      `${JSON.stringify({ ...Object.fromEntries(about), results }, null, 2)}\n`,
    );
  }
}

function run(row: string): Promise<Result[]> {
  return new Promise((resolve) => {
    let results: Result[] = [];
    // CDK's validation takes seconds at each synth, whatever is synthesized.
    const env = { ...process.env, CDK_VALIDATION: 'false', JSII_DEPRECATED: 'quiet', BENCH_QUICK: String(quick) };
    const child = fork(join(BENCH, 'rows', `${row}.ts`), { cwd: BENCH, env, execArgv: ['--import', 'tsx'] });
    child.on('message', (message: Result[]) => {
      results = message;
    });
    child.on('exit', (status) => {
      if (status !== 0 || results.length === 0) {
        fail(`the row ${row} ended with ${status}, and with ${results.length} results`);
      }
      resolve(results);
    });
  });
}

function describe(): [string, string][] {
  const { dependencies } = JSON.parse(readFileSync(join(BENCH, 'package.json'), 'utf8'));
  const version = (name: string) =>
    JSON.parse(readFileSync(join(BENCH, 'node_modules', name, 'package.json'), 'utf8')).version;
  return [
    ['machine', `${cpus().length} cores, ${cpus()[0].model}, ${process.platform}`],
    ['Node.js', process.version],
    [
      'versions',
      Object.keys(dependencies)
        .map((name) => `${name} ${version(name)}`)
        .join(', '),
    ],
    [
      'settings',
      `CDK_VALIDATION=false: ${PACKAGE} and what it is compared with are synthesized without CDK's own validation`,
    ],
    [
      'figures',
      quick
        ? 'of one small run each, which say nothing but that the rows run'
        : 'CPU time; the median, in brackets the middle half of the runs and their number',
    ],
  ];
}

function markdown(results: Result[]): string {
  const cell = (value: unknown) =>
    value === true ? 'yes' : value === false ? '**no**' : value === undefined ? '' : String(value);
  const lines = [
    Object.values(COLUMNS),
    Object.values(COLUMNS).map(() => '---'),
    ...results.map((result) => (Object.keys(COLUMNS) as (keyof Result)[]).map((column) => cell(result[column]))),
  ];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}
