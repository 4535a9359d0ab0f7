import { existsSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { compile } from './compiler';
import { document, Findings, kinds, totals } from './document';
import type { Results, Synthesized, SynthesizedMistake } from './synthesize';
import { cdkVerdict, cfnLintVerdict, complaints, ourVerdict, Row } from './verdicts';
import { cfnLint, cfnLintVersion, LintFinding } from '../support/cfn-lint';
import { workDirectory } from '../support/check';
import { installLibrary } from '../support/library';
import { attempt, CHECKS, fail, ROOT } from '../support/run';

/**
 * Makes every mistake, asks CDK, cfn-lint and this library about it, and writes what they say into the document:
 *
 *     npm run mistakes
 *
 * With --check the document has to say that already. Fails where this library misses a mistake that can be seen,
 * and where anybody complains of a set-up that is right.
 */
const DOCUMENT = join(ROOT, 'docs', 'mistakes.md');
const check = process.argv.includes('--check');

installLibrary(CHECKS);
const work = workDirectory('mistakes');

/** In a process of its own: the library has just been installed, and the validator prints all that it finds. */
function synthesizeAll(): Results {
  const file = join(work, 'results.json');
  const { status, said } = attempt(process.execPath, [
    '--import',
    'tsx',
    join(CHECKS, 'mistakes', 'synthesize.ts'),
    work,
    file,
  ]);
  if (status !== 0 || !existsSync(file)) {
    fail(`the apps could not be synthesized\n${said}`);
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

/**
 * Dependencies that are there twice. CDK's own dependency on a role names the role and its policy, of which
 * the template refers to the role anyway: neither a mistake nor of use.
 */
const REDUNDANT_DEPENDENCY = 'W3005';

/** What cfn-lint says of templates, each by the schemas of its region. */
function lint(templates: Synthesized['templates']): Map<string, LintFinding[]> {
  const regions = [...new Set(templates.map(({ region }) => region))];
  const found = regions.flatMap((region) => [
    ...cfnLint(
      templates.filter((one) => one.region === region).map(({ path }) => path),
      [region],
    ),
  ]);
  return new Map(found.map(([path, findings]) => [path, findings.filter(({ id }) => id !== REDUNDANT_DEPENDENCY)]));
}

function findingsOf({ topics, correct }: Results, problems: string[]): Findings {
  const plain = topics.flatMap(({ mistakes }) => mistakes.map((one) => one.plain));
  const linted = lint([...plain, ...correct.map(({ app }) => app)].flatMap(({ templates }) => templates));
  const lintOf = ({ templates }: Synthesized) => templates.flatMap(({ path }) => linted.get(path)!);
  const expressions = topics.flatMap(({ mistakes }) => mistakes).flatMap((one) => Object.values(one.expressions ?? {}));
  const compiled = compile(expressions, workDirectory('expressions'));

  const rowOf = (title: string, one: SynthesizedMistake): Row => {
    const { verdict, wrong } = ourVerdict(one, compiled);
    if (wrong) {
      problems.push(`${title}: ${one.mistake}: ${wrong}`);
    }
    const row = {
      mistake: one.mistake,
      unseen: one.unseen,
      cdk: cdkVerdict(one.plain),
      cfnLint: cfnLintVerdict(lintOf(one.plain)),
      ours: verdict,
    };
    // The document says so.
    if (row.unseen !== undefined && (row.cdk.says || row.cfnLint.says)) {
      problems.push(`${title}: ${one.mistake}: others see it`);
    }
    return row;
  };
  const versions = {
    cdk: JSON.parse(readFileSync(join(CHECKS, 'node_modules', 'aws-cdk-lib', 'package.json'), 'utf8')).version,
    cfnLint: cfnLintVersion(),
  };
  return {
    versions,
    sections: topics.map(({ title, file, mistakes }) => ({
      title,
      file,
      rows: mistakes.map((one) => rowOf(title, one)),
    })),
    correct: correct.map(({ setUp, app }) => {
      const lintFindings = lintOf(app).map(({ id, message, path }) => `cfn-lint: ${id} ${path}: ${message}`);
      problems.push(
        ...[...complaints(app), ...lintFindings].map((complaint) => `a right set-up: ${setUp}: ${complaint}`),
      );
      return setUp;
    }),
  };
}

function report(findings: Findings, problems: string[]): void {
  for (const { title, rows } of findings.sections) {
    console.log(`\n${title}`);
    for (const { mistake, unseen, cdk, cfnLint: linter, ours } of rows) {
      console.log(
        `  ${mistake}\n    CDK: ${cdk.says || '-'}  cfn-lint: ${linter.says || '-'}\n` +
          `    ${ours.says || `- (${unseen ?? 'NOT SEEN'})`}`,
      );
    }
  }
  console.log(`\n${totals(findings).join('\n')}\n\n${kinds(findings)}`);
  console.log(`${findings.correct.length} set-ups that are right`);

  const text = document(findings);
  const isCurrent = existsSync(DOCUMENT) && readFileSync(DOCUMENT, 'utf8') === text;
  if (check && !isCurrent) {
    problems.push('docs/mistakes.md is not what was found: run npm run mistakes');
  }
  if (!check) {
    writeFileSync(DOCUMENT, text);
  }
  if (problems.length > 0) {
    fail(`\n${problems.join('\n')}\n\n${problems.length} problems`);
  }
}

const problems: string[] = [];
report(findingsOf(synthesizeAll(), problems), problems);
