import { existsSync, readdirSync, readFileSync } from 'fs';
import { dirname, join } from 'path';
import type { Block } from '../docs/pages';
import { readStacks, SynthesizedStack } from '../support/assembly';

/** What became of a program. */
export interface Outcome {
  readonly printed: string;
  readonly assembly: string;
  readonly error?: string;
}

/**
 * What does not hold of a program. A page says what has to hold in a comment above it, as in
 *
 *     <!-- synth: 2 AWS::ECR::PullThroughCacheRule; docker-hub/library/nginx:1.27; warns CachedImage.noTag -->
 *
 * how many resources of a type there are, a text in a template or in what is printed, and a warning. A warning that is
 * not named is a problem. The words `nothing new` say of a part of an app that it changes no template.
 */
export function problemsOf(block: Block, outcome: Outcome): string[] {
  if (outcome.error !== undefined) {
    return [outcome.error];
  }
  const stacks = stacksBelow(outcome.assembly);
  const types = typesOf(stacks);
  const text = `${outcome.printed}\n${templatesText(stacks)}`;
  const warnings = new Set(
    stacks
      .flatMap(({ notes }) => notes)
      .filter(({ type }) => type === 'aws:cdk:warning' || type === 'aws:cdk:error')
      .map(({ data }) => String(data)),
  );
  const items = itemsOf(block);
  const problems = items.flatMap((item) => {
    const [, count, type] = /^(\d+) (\S+::\S+)$/.exec(item) ?? [];
    if (type !== undefined) {
      const found = types.get(type) ?? 0;
      return found === Number(count) ? [] : [`it has ${found} ${type} instead of ${count}`];
    }
    if (item.startsWith('warns ')) {
      const id = item.slice('warns '.length);
      const told = [...warnings].filter((warning) => warning.includes(id));
      told.forEach((warning) => warnings.delete(warning));
      return told.length > 0 ? [] : [`it does not warn of ${id}`];
    }
    return item === 'nothing new' || text.includes(item) ? [] : [`neither printed nor in a template: ${item}`];
  });
  return [...problems, ...[...warnings].map((warning) => `it warns: ${warning}`)];
}

/** What a page says of a block, item by item. */
export const itemsOf = ({ expectation = '' }: Block) =>
  expectation
    .split(';')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Whether two programs make the same templates. */
export const sameTemplates = (one: Outcome, other: Outcome) =>
  templatesText(stacksBelow(one.assembly)) === templatesText(stacksBelow(other.assembly));

/** How many resources an app has of each type, in words. */
export function summaryOf({ assembly }: Outcome): string {
  const types = [...typesOf(stacksBelow(assembly))].sort(([a], [b]) => a.localeCompare(b));
  return types.length === 0 ? 'no resources' : types.map(([type, count]) => `${count} ${type}`).join(', ');
}

/** The stacks of an app, those of its stages too. */
function stacksBelow(assembly: string): SynthesizedStack[] {
  if (!existsSync(assembly)) {
    return [];
  }
  return readdirSync(assembly, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('manifest.json'))
    .sort()
    .flatMap((file) => readStacks(dirname(join(assembly, file))));
}

function typesOf(stacks: SynthesizedStack[]): Map<string, number> {
  const types = new Map<string, number>();
  for (const { Type } of stacks.flatMap(({ template }) => Object.values(template.Resources ?? {}))) {
    types.set(Type, (types.get(Type) ?? 0) + 1);
  }
  return types;
}

const templatesText = (stacks: SynthesizedStack[]) =>
  stacks.map(({ template }) => JSON.stringify(template, null, 1).replace(/\\"/g, '"')).join('\n');

/** The lines of a block that has to be printed, without those that say that something is left out. */
export function missingLines(shown: string, printed: string): string[] {
  const lines = printed.split('\n').map((line) => line.trimEnd());
  return shown
    .trimEnd()
    .split('\n')
    .filter((line) => line.trim() !== '...' && !lines.includes(line.trimEnd()));
}

/** Reads what a worker wrote of the programs that it ran. */
export const readResults = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Omit<Outcome, 'assembly'>[];
