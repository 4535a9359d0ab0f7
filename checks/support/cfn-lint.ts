import { readFileSync } from 'fs';
import { dirname, join } from 'path';
import { pythonWith } from './python';
import { attempt, CHECKS, fail } from './run';

const REQUIREMENTS = join(CHECKS, 'support', 'requirements.txt');

/** The statuses of cfn-lint when it did its work: the sum of 2 for errors, 4 for warnings and 8 for information. */
const DONE = [0, 2, 4, 6, 8, 10, 12, 14];

/** What cfn-lint says of one place in a template. */
export interface LintFinding {
  /** The rule of cfn-lint, such as `E3031`: an error with E, a warning with W, information with I. */
  readonly id: string;
  readonly message: string;
  /** Where in the template, such as `Resources/Rule/Properties/UpstreamRegistry`. */
  readonly path: string;
}

/** The version that is pinned, such as `1.58.0`. */
export function cfnLintVersion(): string {
  return readFileSync(REQUIREMENTS, 'utf8').match(/^cfn-lint==(.+)$/m)![1];
}

/**
 * What cfn-lint says of templates, all in one call, for loading it takes longer than its work on a template.
 * Ends the step as skipped where it cannot be installed.
 *
 * @param templates paths of the files
 * @param regions for which regions, by whose schemas a template is judged
 * @returns the findings by the path of the file, in the order of the template; an empty list for one without
 */
export function cfnLint(templates: string[], regions: string[]): Map<string, LintFinding[]> {
  const program = join(dirname(pythonWith(REQUIREMENTS)), 'cfn-lint');
  const { status, output, said } = attempt(program, [
    '--format',
    'json',
    '--regions',
    ...regions,
    '--template',
    ...templates,
  ]);
  // With wrong arguments it ends with 2 too, but prints no JSON.
  if (status === null || !DONE.includes(status) || output === '') {
    fail(`cfn-lint ended with ${status}\n${said}`);
  }

  const findings = new Map<string, LintFinding[]>(templates.map((template) => [template, []]));
  for (const { Filename, Rule, Message, Location } of JSON.parse(output)) {
    const found = findings.get(Filename) ?? fail(`cfn-lint speaks of ${Filename}, which it was not given`);
    found.push({ id: Rule.Id, message: Message, path: (Location.Path ?? []).join('/') });
  }
  return findings;
}
