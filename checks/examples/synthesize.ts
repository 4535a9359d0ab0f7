import { join, relative } from 'path';
import { imagesOf, outputsOf, readStacks, rulesOf } from '../support/assembly';
import { installLibrary } from '../support/library';
import { EXAMPLES, exampleNames, fail, ROOT, synthesizeExample } from '../support/run';

/**
 * Synthesizes the examples that are named, or all, with the compiled library, and prints what of them is about the
 * cache: rules, the images that come through it, and outputs.
 */
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
    printTable(
      ['PREFIX', 'UPSTREAM', 'AUTHENTICATION', 'EXAMPLE PULL URI'],
      rules.map((rule) => [rule.prefix, rule.upstreamUrl, rule.authentication, rule.exampleImage]),
    );
    printTable(
      ['IMAGE', 'NAMED BY'],
      imagesOf(stack).map(({ image, namedBy }) => [image, namedBy]),
    );
    printTable(
      ['OUTPUT', 'VALUE'],
      outputsOf(stack).filter(([, value]) => !rules.some(({ exampleImage }) => exampleImage === value)),
    );
    if (stacks.length > 1) {
      console.log();
    }
  }
  if (count === 0) {
    fail(`no pull through cache rule in ${assembly}`);
  }
  console.log(`\n${count} ${count === 1 ? 'rule' : 'rules'}; the cloud assembly is in ${relative(ROOT, assembly)}`);
}

/** Prints rows below their titles; nothing without a row, and no column that is empty. */
function printTable(titles: string[], rows: string[][]): void {
  if (rows.length === 0) {
    return;
  }
  const columns = titles.map((_, column) => column).filter((column) => rows.some((row) => row[column] !== ''));
  const table = [titles, ...rows].map((row) => columns.map((column) => row[column]));
  const widths = columns.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  console.log();
  for (const row of table) {
    console.log(
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column])))
        .join('  ')
        .trimEnd(),
    );
  }
}
