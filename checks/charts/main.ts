import { existsSync, readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { isDeepStrictEqual } from 'util';
import { parse } from 'yaml';
import { findHelm, render } from './helm';
import { textsOf } from './images';
import { usualOverrides } from './overrides';
import { redirect } from './trial';
import { judge, Verdict } from './verdict';
import { fail, SKIPPED } from '../support/run';

/**
 * Renders charts by real Helm, before and after a redirection changed their values, with the default values of each
 * chart and with overrides as users write them, and counts what became of the images:
 *
 *     npx tsx checks/charts/main.ts                     the charts of this folder, as a check
 *     CHARTS=<folder> npx tsx checks/charts/main.ts     the charts of another folder, each with its dependencies
 *
 * `ONLY=<text>` takes the charts with that text in their name, `DETAILS=1` lists every image that did not go well.
 */
const KINDS = ['right', 'reported', 'unseen', 'silent', 'broken', 'needless', 'untrue'] as const;
const AT_ONCE = 4;
const REQUIRED = '0-required-values.yaml';

const folder = process.env.CHARTS ?? join(__dirname, 'shapes');
const helm = findHelm();
if (helm === undefined) {
  console.log('SKIPPED: there is no Helm on this machine, and no Go to build it');
  process.exit(SKIPPED);
}

interface Case {
  readonly chart: string;
  readonly name: string;
  readonly values: unknown;
}

interface Outcome extends Case {
  /** Nothing where the chart refuses the values as they were. */
  readonly verdict?: Verdict;
  readonly refusal?: string;
}

async function run({ chart, name, values }: Case): Promise<Outcome> {
  const path = join(folder, chart);
  const { before, after } = redirect(chart, values);
  const rendered = await render(helm!, path, before);
  if ('refusal' in rendered) {
    return { chart, name, values, refusal: rendered.refusal };
  }
  const then =
    JSON.stringify(before) === JSON.stringify(after.values) ? rendered : await render(helm!, path, after.values);
  if ('refusal' in then) {
    const nothing = { right: [], reported: [], unseen: [], silent: [], needless: [], untrue: [] };
    return { chart, name, values, verdict: { ...nothing, broken: [`the chart refuses: ${then.refusal}`] } };
  }
  const again = async () => {
    const once = await render(helm!, path, before, true);
    return 'manifests' in once ? textsOf(once.manifests) : new Map();
  };
  const texts = { before: textsOf(rendered.manifests), after: textsOf(then.manifests), again };
  return { chart, name, values, verdict: await judge(before, after, texts) };
}

/** Charts refuse to render without values that have no default. The tool that tests charts has them in `ci`. */
function casesOf(chart: string): Case[] {
  const defaults = read(join(folder, chart, 'values.yaml'));
  const needed = readdirSync(join(folder, chart)).includes('ci') ? read(join(folder, chart, 'ci', REQUIRED)) : {};
  const overrides = process.env.OVERRIDES === '0' ? [] : usualOverrides(defaults);
  return [
    { chart, name: 'default values', values: merged(defaults, needed) },
    ...overrides.map(({ name, values }) => ({ chart, name, values: merged(values, needed) })),
  ];
}

function read(file: string): any {
  return (existsSync(file) ? parse(readFileSync(file, 'utf8'), { merge: true, maxAliasCount: -1 }) : {}) ?? {};
}

function merged(values: any, over: any): any {
  const isMap = (value: any) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const keys = Object.keys(over).map((key) => [
    key,
    isMap(values[key]) && isMap(over[key]) ? merged(values[key], over[key]) : over[key],
  ]);
  return { ...values, ...Object.fromEntries(keys) };
}

function summary(title: string, outcomes: Outcome[]): string {
  const judged = outcomes.filter(({ verdict }) => verdict !== undefined);
  const count = (kind: (typeof KINDS)[number]) => judged.reduce((sum, { verdict }) => sum + verdict![kind].length, 0);
  const charts = (list: Outcome[]) => new Set(list.map(({ chart }) => chart)).size;
  const broken = charts(judged.filter(({ verdict }) => verdict!.broken.length > 0));
  return (
    `${title}: ${charts(judged)} charts, ${judged.length} renderings; images: ${count('right')} right, ` +
    `${count('reported')} left and reported, ${count('unseen')} named by the chart alone, ${count('silent')} left in ` +
    `silence, ${count('broken')} broken in ${broken} charts; ${count('needless')} needless grants, ` +
    `${count('untrue')} said to go through the cache and not pulled; ` +
    `${outcomes.length - judged.length} renderings that the chart refuses anyway`
  );
}

/** The charts of this folder say what has to become of their images. */
function isExpected({ chart, name, verdict }: Outcome): boolean {
  const file = join(folder, chart, 'expected.json');
  if (name !== 'default values' || !existsSync(file)) {
    return true;
  }
  const images = (kind: (typeof KINDS)[number]) => verdict?.[kind].map((line) => line.replace(/^.*: /, '')).sort();
  const actual = { right: images('right'), reported: images('reported'), unseen: images('unseen') };
  return isDeepStrictEqual(actual, JSON.parse(readFileSync(file, 'utf8')));
}

async function main(): Promise<void> {
  const charts = readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'Chart.yaml')) && name.includes(process.env.ONLY ?? ''))
    .sort();
  const queue = charts.flatMap(casesOf);
  const outcomes: Outcome[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      outcomes.push(await run(next));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const { chart, name, verdict, refusal } of process.env.DETAILS ? outcomes : []) {
    console.log(refusal ? `REFUSED ${chart} (${name}): ${refusal}` : '');
    for (const kind of KINDS) {
      verdict?.[kind].forEach((line) => console.log(`${kind.toUpperCase()} ${chart} (${name}): ${line}`));
    }
  }
  const byDefault = outcomes.filter(({ name }) => name === 'default values');
  console.log(summary('default values', byDefault));
  console.log(
    summary(
      'overrides',
      outcomes.filter((outcome) => !byDefault.includes(outcome)),
    ),
  );
  const wrong = outcomes.filter(
    (outcome) =>
      (outcome.verdict && outcome.verdict.broken.length + outcome.verdict.silent.length > 0) || !isExpected(outcome),
  );
  if (charts.length === 0 || wrong.length > 0) {
    fail(
      charts.length === 0
        ? `there are no charts in ${folder}`
        : `wrong: ${wrong.map(({ chart, name }) => `${chart} (${name})`).join(', ')}`,
    );
  }
}

void main();
