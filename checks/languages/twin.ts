import { cpSync, existsSync, readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { check, checkEqual, workDirectory } from '../support/check';
import { installLibrary } from '../support/library';
import { EXAMPLES, exampleNames, run, synthesizeExample } from '../support/run';

/**
 * Builds the library for a language, and also for TypeScript, with which its twins are compared.
 *
 * @param target the language, as jsii calls it
 * @returns the directory with what was built
 */
export function build(target: string, args: string[] = [], env: Record<string, string> = {}): string {
  installLibrary();
  const directory = workDirectory('dist');
  run('jsii-pacmak', ['--target', target, '--outdir', directory, ...args], { env });
  return join(directory, target);
}

/** What the tools of the languages leave in a twin. */
const BUILT = /[\\/](target|bin|obj|go\.sum)$/;

/** A twin of an example. */
export interface Twin {
  readonly example: string;
  /** A copy of its folder, with nothing built yet. */
  readonly directory: string;
}

/**
 * The twins of all examples that have one in a language.
 *
 * @param folder where an example has its twin, as in `java`
 */
export function twins(folder: string): Twin[] {
  return exampleNames()
    .filter((example) => existsSync(join(EXAMPLES, example, folder)))
    .map((example) => {
      const directory = workDirectory(join('twins', folder, example));
      cpSync(join(EXAMPLES, example, folder), directory, { recursive: true, filter: (file) => !BUILT.test(file) });
      return { example, directory };
    });
}

/**
 * Synthesizes an example by TypeScript and by its twin, whose templates have to be the same to the byte.
 *
 * @param app the command that runs the twin
 */
export function checkTwin(example: string, language: string, app: string, env: Record<string, string> = {}): void {
  const expected = synthesize(example, 'TypeScript');
  // The findings of CDK's own validation are those of a release, and a twin may have another one than TypeScript.
  const actual = synthesize(example, language, ['--app', app], { ...env, CDK_VALIDATION: 'false' });

  checkEqual(
    `${example}: ${language} makes the templates that TypeScript makes`,
    [...actual.keys()],
    [...expected.keys()],
  );
  for (const [file, text] of expected) {
    check(`${example}: ${file} is the same`, actual.get(file) === text, firstDifference(actual.get(file)!, text));
  }
}

/** The texts of the templates, by their files. */
function synthesize(
  example: string,
  language: string,
  args: string[] = [],
  env: Record<string, string> = {},
): Map<string, string> {
  const assembly = workDirectory(`${example}-${language}`);
  synthesizeExample(example, ['--output', assembly, ...args], env);
  const files = readdirSync(assembly, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.template.json'))
    .sort();
  return new Map(files.map((file) => [file, readFileSync(join(assembly, file), 'utf8')]));
}

function firstDifference(actual: string, expected: string): string {
  const lines = actual.split('\n');
  const wanted = expected.split('\n');
  const at = wanted.findIndex((line, index) => line !== lines[index]);
  return `line ${at + 1}\nexpected ${wanted[at]}\ngot      ${lines[at]}`;
}
