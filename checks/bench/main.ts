import { readFileSync, writeFileSync } from 'fs';
import { cpus, loadavg } from 'os';
import { join } from 'path';
import { plot } from './plot';
import { PART, QUICK } from './processes';
import type { Outcome, Result, Series } from './result';
import { installLibrary } from '../support/library';
import { BENCH, fail, ROOT } from '../support/run';

/**
 * Runs the rows that are named, or all, one after the other, each side of each run in a process of its own:
 *
 *     npm run bench
 *     npm run bench -- rules grants
 *     npm run bench -- --part=0.2
 *     npm run bench -- --quick
 *
 * Prints a table, and writes it with the versions and the machine to checks/bench/results.json. With all rows, the
 * table goes into docs/performance.md too, and the plot beside it.
 */
const ROWS = [
  'require',
  'rules',
  'environments',
  'roles',
  'references',
  'redirect',
  'grants',
  'provider',
  'size',
  'python',
];

/** It installs what Python needs for longer than all other rows take in a quick run. */
const NOT_QUICK = ['python'];

const given = process.argv.slice(2);
const [options, asked] = [true, false].map((isOption) => given.filter((one) => one.startsWith('--') === isOption));
const unknown = asked.filter((row) => !ROWS.includes(row));
if (unknown.length > 0) {
  fail(`no such row: ${unknown.join(', ')}; there are ${ROWS.join(', ')}`);
}
const wrong = options.filter((option) => !/^--(quick|part=.*)$/.test(option));
if (wrong.length > 0 || !(PART > 0 && PART <= 1)) {
  fail(`no such option: ${options.join(' ')}; there are --quick, and --part= with a number above 0, and at most 1`);
}
const rows = ROWS.filter((row) => (asked.length === 0 ? !(QUICK && NOT_QUICK.includes(row)) : asked.includes(row)));

const COLUMNS: Record<keyof Result, string> = {
  what: 'what',
  against: 'against',
  ours: 'ours',
  theirs: 'theirs',
  ratio: 'ratio',
  aim: 'aim',
  met: 'met',
};

/** What stands around the table in docs/performance.md. */
const BEGIN = '<!-- from checks/bench -->';
const END = '<!-- end of table -->';

const ofPart = PART < 1 ? `; with ${PART} of the runs of a whole benchmark` : '';

/** More is to be done than there are cores: ratios hold, and milliseconds say little. */
const isShared = loadavg()[0] > cpus().length;

main();

function main(): void {
  // CDK's validation takes seconds at each synth, whatever is synthesized.
  Object.assign(process.env, { CDK_VALIDATION: 'false', JSII_DEPRECATED: 'quiet' });
  installLibrary(BENCH);
  const about = describe();
  const results: Result[] = [];
  const series: Series[] = [];
  for (const row of rows) {
    console.error(`${row} ...`);
    const { measure }: { measure: () => Outcome } = require(join(BENCH, 'rows', row));
    const outcome = measure();
    results.push(...outcome.results);
    series.push(...(outcome.series ?? []));
    if (!QUICK) {
      // After each row, for the next may fail.
      const written = JSON.stringify({ ...Object.fromEntries(about), results, series }, null, 2);
      writeFileSync(join(BENCH, 'results.json'), `${written}\n`);
    }
  }

  // One small run each says nothing about an aim.
  const table = markdown(QUICK ? results.map((result) => ({ ...result, met: undefined })) : results);
  console.log(`${about.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n${table}`);
  const picture = plot(series);
  if (!QUICK && rows.length === ROWS.length) {
    writeFileSync(join(ROOT, 'docs', 'performance.svg'), picture);
    insert(join(ROOT, 'docs', 'performance.md'), [...about.map(([name, value]) => `- ${name}: ${value}`), '', table]);
  }
}

function describe(): [string, string][] {
  const { dependencies } = JSON.parse(readFileSync(join(BENCH, 'package.json'), 'utf8'));
  const version = (name: string) =>
    JSON.parse(readFileSync(join(BENCH, 'node_modules', name, 'package.json'), 'utf8')).version;
  return [
    [
      'Machine',
      `${cpus().length} cores, ${cpus()[0].model}, ${process.platform}${isShared ? ', shared with other work' : ''}`,
    ],
    ['Node.js', process.version],
    [
      'Versions',
      Object.keys(dependencies)
        .map((name) => `${name} ${version(name)}`)
        .join(', '),
    ],
    [
      'Figures',
      QUICK
        ? 'of one small run each, which say nothing but that the rows run'
        : `CPU time; the median, in brackets the middle half of the runs and their number${ofPart}`,
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

/** Puts lines in the place of those between the two marks. */
function insert(file: string, lines: string[]): void {
  const text = readFileSync(file, 'utf8');
  const [start, end] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  if (start < BEGIN.length || end < start) {
    fail(`${file} has no place for the table: ${BEGIN} and ${END}`);
  }
  writeFileSync(file, `${text.slice(0, start)}\n\n${lines.join('\n')}\n\n${text.slice(end)}`);
}
