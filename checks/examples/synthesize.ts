import { join, relative } from 'path';
import { readStacks, rulesOf, SynthesizedRule } from '../support/assembly';
import { installLibrary } from '../support/library';
import { EXAMPLES, exampleNames, fail, ROOT, synthesizeExample } from '../support/run';

/** Synthesizes the examples that are named, or all, with the compiled library, and prints their rules. */
const names = process.argv.slice(2);
const known = exampleNames();
const all = names.length === 1 && names[0] === '--all';
const unknown = all ? [] : names.filter((name) => !known.includes(name));
if (names.length === 0 || unknown.length > 0) {
  fail(`usage: npm run example -- <name>; the examples are ${known.join(', ')}`);
}

installLibrary();
for (const name of all ? known : names) {
  synthesize(name);
}

function synthesize(name: string): void {
  if (all) {
    console.log(`\n--- ${name}`);
  }
  const directory = join(EXAMPLES, name);
  const said = synthesizeExample(name);
  if (said.trim() !== '') {
    console.log(`${said.trimEnd()}\n`);
  }

  const assembly = join(directory, 'cdk.out');
  const stacks = readStacks(assembly);
  let count = 0;
  for (const stack of stacks) {
    const rules = rulesOf(stack);
    count += rules.length;
    if (stacks.length > 1) {
      console.log(`${stack.name}, in ${stack.environment}`);
    }
    if (rules.length > 0) {
      printTable(rules);
    }
    if (stacks.length > 1) {
      console.log();
    }
  }
  if (count === 0) {
    fail(`no pull through cache rule in ${assembly}`);
  }
  console.log(`${stacks.length > 1 ? '' : '\n'}${count} rules; the cloud assembly is in ${relative(ROOT, assembly)}`);
}

function printTable(rules: SynthesizedRule[]): void {
  const table = [
    ['PREFIX', 'UPSTREAM', 'AUTHENTICATION', 'EXAMPLE PULL URI'],
    ...rules.map((rule) => [rule.prefix, rule.upstreamUrl, rule.authentication, rule.exampleImage]),
  ].map((row) => (rules.some((rule) => rule.exampleImage !== '') ? row : row.slice(0, -1)));
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
  }
}
