import { mkdirSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';
import { itemsOf, missingLines, Outcome, problemsOf, readResults, sameTemplates, summaryOf } from './expectation';
import { walked, Walked } from './surroundings';
import { Block, blocksOf, PAGES } from '../docs/pages';
import { fail, STRICT_VALIDATION } from '../support/run';

/** Findings of CDK's validation are errors; and nothing is bundled, for which there would have to be Docker. */
const CONTEXT = { ...STRICT_VALIDATION, 'aws:cdk:bundling-stacks': [] };

/** How many lines that a program prints are in the transcript. */
const SHOWN = 12;

/** A program that is to be run. */
interface Job {
  readonly file: string;
  readonly directory: string;
  readonly assembly: string;
  readonly context: object;
}

/**
 * Runs the programs of all pages in one language in an app outside of the repository, compares what they make with
 * what the pages say, and prints a transcript.
 *
 * @param extension of the files that the programs are written to
 * @param app the directory of the app
 * @param run runs the jobs of a file, and writes what became of them to another
 */
export function walk(
  language: 'ts' | 'python',
  extension: string,
  app: string,
  run: (jobs: string, results: string) => void,
): string {
  const pages = PAGES.map((page) => ({ page, blocks: blocksOf(page) }));
  const programs = pages.flatMap(({ blocks }) =>
    blocks.filter((block) => block.language === language && !isFile(block)).map(walked),
  );
  const unexpected = programs.filter(({ block, withoutIt }) => !withoutIt && itemsOf(block).length === 0);
  if (unexpected.length > 0) {
    fail(`nothing is said of what these make: ${unexpected.map(({ block }) => placeOf(block)).join(', ')}`);
  }
  pages.forEach(({ blocks }) => writeFiles(app, blocks));

  const jobs: Job[] = [];
  const add = ({ page, line }: Block, name: string, program: string) => {
    const directory = directoryOf(app, page);
    const file = join(directory, `${name}${line}.${extension}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, program);
    jobs.push({ file, directory, assembly: `${file}.out`, context: CONTEXT });
    return jobs.length - 1;
  };
  const places = programs.map(({ block, program, withoutIt }) => ({
    its: add(block, 'line', program),
    without: withoutIt === undefined ? undefined : add(block, 'around', withoutIt),
  }));

  const [jobsFile, resultsFile] = ['jobs.json', 'results.json'].map((file) => join(app, file));
  writeFileSync(jobsFile, JSON.stringify(jobs));
  run(jobsFile, resultsFile);
  const outcomes = readResults(resultsFile).map((result, index) => ({ ...result, assembly: jobs[index].assembly }));

  const problems = programs.flatMap((program, index) => {
    const { its, without } = places[index];
    const found = judge(program, outcomes[its], without === undefined ? undefined : outcomes[without]);
    transcribe(program, outcomes[its], found);
    return found.map((problem) => `${placeOf(program.block)}: ${problem}`);
  });
  if (problems.length > 0) {
    fail(`\n${problems.join('\n')}`);
  }
  return `${programs.length} programs of the pages, in ${language}`;
}

function judge({ block }: Walked, its: Outcome, without?: Outcome): string[] {
  const problems = problemsOf(block, its);
  if (problems.length > 0 || without === undefined) {
    return [...problems, ...shownAfter(block).flatMap((text) => missingLines(text, its.printed))];
  }
  const changesNothing = itemsOf(block).includes('nothing new');
  return sameTemplates(its, without) === changesNothing
    ? []
    : [changesNothing ? 'it changes the template' : 'it changes nothing, and the page does not say so'];
}

/** What the page shows of the output of a program, in the block that follows it. */
function shownAfter(block: Block): string[] {
  const blocks = blocksOf(block.page);
  const next = blocks[blocks.findIndex(({ line }) => line === block.line) + 1];
  return next?.info === 'prints' ? [next.text] : [];
}

function transcribe({ block }: Walked, outcome: Outcome, problems: string[]): void {
  console.log(`\n${placeOf(block)}`);
  if (outcome.printed !== '') {
    const lines = outcome.printed.split('\n');
    lines.slice(0, SHOWN).forEach((line) => console.log(`  | ${line}`));
    if (lines.length > SHOWN) {
      console.log(`  | ... ${lines.length - SHOWN} more lines`);
    }
  }
  console.log(problems.length > 0 ? problems.join('\n') : `  ${summaryOf(outcome)}`);
}

/** The files that the programs of a page read, as the page has them. */
function writeFiles(app: string, blocks: Block[]): void {
  for (const { page, info, text } of blocks.filter(isFile)) {
    const file = join(directoryOf(app, page), info);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** A block with the path of a file behind its language. */
const isFile = ({ info }: Block) => /[/.]/.test(info);
const directoryOf = (app: string, page: string) => join(app, page.replace(/\W/g, '-'));
const placeOf = ({ page, line }: Block) => `${page}:${line}`;
