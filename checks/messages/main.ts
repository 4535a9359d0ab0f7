import { existsSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { EXPLANATIONS, programs } from './examples';
import { FoundId, idsOfSource } from './ids';
import { Entry, page } from './page';
import type { Results } from './run';
import { workDirectory } from '../support/check';
import { installLibrary } from '../support/library';
import { attempt, CHECKS, fail, ROOT } from '../support/run';

/**
 * Checks that each error and each warning of src is explained in docs/messages.md, by a program that raises it. The
 * page is written by
 *
 *     npx tsx checks/messages/main.ts --write
 */
const PAGE = join(ROOT, 'docs', 'messages.md');

/** In a process of its own: the library has just been installed. */
function runAll(): Results {
  const work = workDirectory('messages');
  const file = join(work, 'results.json');
  const { status, said } = attempt(
    process.execPath,
    ['--import', 'tsx', join(CHECKS, 'messages', 'run.ts'), workDirectory('messages/apps'), file],
    { env: { CDK_VALIDATION: 'false' } },
  );
  if (status !== 0 || !existsSync(file)) {
    fail(`the programs could not be run\n${said}`);
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** What a message says, and how to fix that: what it ends with, unless the explanation tells. */
function split(text: string, told?: string): [message: string, fix: string] {
  if (told !== undefined) {
    return [text.endsWith(told) ? text.slice(0, -told.length).replace(/[;:,] $/, '') : text, told];
  }
  const mark = text.includes('; to fix: ') ? '; to fix: ' : '; ';
  const at = text.lastIndexOf(mark);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
}

installLibrary(CHECKS);
const { ids, problems } = idsOfSource();
const found = new Map<string, FoundId>(ids.map((one) => [one.id, one]));
const written = programs();
const { examples, mistakes } = runAll();

function entryOf(id: string): Entry {
  const explanation = EXPLANATIONS[id];
  const common = { id, cause: explanation.cause, mistakes: mistakes[id] ?? [] };
  if ('noExample' in explanation) {
    const { kind, text } = found.get(id)!;
    const [message, fix] = split(text, explanation.fix);
    return { ...common, kind, message, fix, noExample: explanation.noExample };
  }
  const raised = [...new Set(examples[id].map((message) => message.id))];
  if (raised.length !== 1 || raised[0] !== id) {
    problems.push(`${id}: its program raises ${raised.join(' and ') || 'nothing'}`);
  }
  const { kind, text } = examples[id][0] ?? { kind: 'Error', text: '' };
  const [message, fix] = split(text, explanation.fix);
  return { ...common, kind, message, fix, program: written.get(id) };
}

const unexplained = [...found.keys()].filter((id) => !(id in EXPLANATIONS));
const unknown = Object.keys(EXPLANATIONS).filter((id) => !found.has(id));
problems.push(
  ...unexplained.map((id) => `${id}: src has it, and checks/messages/examples does not explain it`),
  ...unknown.map((id) => `${id}: checks/messages/examples explains it, and src does not have it`),
);
const entries = Object.keys(EXPLANATIONS)
  .filter((id) => found.has(id))
  .sort()
  .map(entryOf);
problems.push(...entries.filter(({ fix }) => fix === '').map(({ id }) => `${id}: nothing says how to fix it`));

const text = page(entries);
if (process.argv.includes('--write')) {
  writeFileSync(PAGE, text);
} else if (!existsSync(PAGE) || readFileSync(PAGE, 'utf8') !== text) {
  problems.push('docs/messages.md is not what the programs say: run npx tsx checks/messages/main.ts --write');
}
if (problems.length > 0) {
  fail(`${problems.join('\n')}\n\n${problems.length} problems`);
}
const count = entries.filter(({ program }) => program !== undefined).length;
console.log(`${entries.length} messages, ${count} of them raised by their programs`);
