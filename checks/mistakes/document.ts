/* eslint max-len: 'off' -- the lines of the document are written as it has them */
import type { Row, Verdict } from './verdicts';

/** What the document is made of. */
export interface Findings {
  readonly versions: { readonly cdk: string; readonly cfnLint: string };
  readonly sections: { readonly title: string; readonly file: string; readonly rows: Row[] }[];
  readonly correct: string[];
}

const caughtBy = (verdict: Verdict) => verdict.kind !== 'nothing';
const of = (rows: Row[], column: 'cdk' | 'cfnLint' | 'ours') =>
  `${rows.filter((row) => caughtBy(row[column])).length} of ${rows.length}`;
const cell = (text: string) => text.replace(/\|/g, '\\|');
const line = (...cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;

/** The totals, for people at a terminal and for the document. */
export function totals({ sections, versions }: Findings): string[] {
  const seen = sections.map(({ title, rows }) => ({ title, rows: rows.filter(({ unseen }) => unseen === undefined) }));
  const all = seen.flatMap(({ rows }) => rows);
  const row = (title: string, rows: Row[]) => line(title, of(rows, 'cdk'), of(rows, 'cfnLint'), of(rows, 'ours'));
  return [
    line('mistakes that synth can see', `CDK ${versions.cdk}`, `cfn-lint ${versions.cfnLint}`, 'this library'),
    '|---|---|---|---|',
    ...seen.map(({ title, rows }) => row(title, rows)),
    row('**all**', all),
  ];
}

/** How this library catches what it catches. */
export function kinds({ sections }: Findings): string {
  const ours = sections
    .flatMap(({ rows }) => rows)
    .filter(({ unseen }) => unseen === undefined)
    .map((row) => row.ours.kind);
  const count = (kind: Verdict['kind']) => ours.filter((one) => one === kind).length;
  return `Of those, this library refuses ${count('error')} and warns of ${count('warning')}; ${count('right')} it makes right by itself, and ${count('untyped')} do not compile.`;
}

export function document(findings: Findings): string {
  const { versions, sections, correct } = findings;
  const unseen = sections.flatMap(({ rows }) => rows).filter((row) => row.unseen !== undefined);
  return `<!-- Written by npm run mistakes, from the cases in checks/mistakes. Do not edit. -->

# Mistakes, and who sees them

Every way that we know to misconfigure pull through cache, each as the smallest app that does it. What the columns say was computed by
\`npm run mistakes\`, and is checked by \`.ci/run\`:

- **CDK**: the app with CDK's own constructs and aws-cdk-lib ${versions.cdk}, whose CloudFormation validator runs at synth, here with all its findings as errors.
- **cfn-lint**: cfn-lint ${versions.cfnLint} on the template of that app, without \`W3005\`, by which it finds CDK's own dependencies on roles redundant.
- **this library**: the same with this library. An error is given by its beginning, a warning by its id without \`cdk-ecr-pull-through-cache:\`.
  Where it says *made right*, the nearest that one writes with it gives the right template, which was looked at; what does not compile was compiled.

An empty cell is silence: the app is deployed, and fails there or at the first pull. The rules of the two validators are shown with the property that
they are about. The cases are in [checks/mistakes](../checks/mistakes). What each error and
warning of this library means is in [messages.md](messages.md).

${totals(findings).join('\n')}

${kinds(findings)}

${sections
  .map(
    ({ title, file, rows }) => `## ${title}

From [${file}](../checks/mistakes/${file}).

| mistake | CDK | cfn-lint | this library |
|---|---|---|---|
${rows
  .filter((row) => row.unseen === undefined)
  .map((row) => line(row.mistake, row.cdk.says, row.cfnLint.says, row.ours.says))
  .join('\n')}
`,
  )
  .join('\n')}
## What nobody can see at synth

${unseen.length} mistakes do not stand in the app, so that CDK, cfn-lint and this library say nothing of them. \`onCacheFailure\` tells of those that make a pull fail.

| mistake | why |
|---|---|
${unseen.map((row) => line(row.mistake, row.unseen!)).join('\n')}

## Set-ups that are right

${correct.length} set-ups, the unusual ones among them, pass CDK's validator with all its findings as errors, and this library warns of none.
cfn-lint has nothing to say of their templates either. They are in [correct.ts](../checks/mistakes/correct.ts).

${correct.map((setUp) => `- ${setUp}`).join('\n')}
`;
}
