import { readFileSync } from 'fs';
import { join } from 'path';
import * as ts from 'typescript';
import { fail, ROOT } from '../support/run';

/**
 * Compiles the programs in pages of docs/, each inside the fixture that is around the examples of README.md.
 *
 *     tsx checks/docs/programs.ts
 */
const DOCS = join(ROOT, 'docs');
/** The pages whose programs take for granted what the fixture has. */
const PAGES = ['docker-builds.md', 'upgrading.md'];
const fixture = readFileSync(join(ROOT, 'rosetta', 'default.ts-fixture'), 'utf8');

/** The programs, by the file names that messages give them: each lies where the library is found. */
const programs = new Map(
  PAGES.flatMap((page) =>
    [...readFileSync(join(DOCS, page), 'utf8').matchAll(/^```(ts|diff)\n(.*?)^```$/gms)].map(
      ([, language, program], index) => [
        join(DOCS, `${page}-${index + 1}.ts`),
        inFixture(language === 'diff' ? changed(program) : program),
      ],
    ),
  ) as [string, string][],
);

/** A program as it is after its change. */
function changed(diff: string): string {
  return diff.replace(/^-.*\n/gm, '').replace(/^[+ ]/gm, '');
}

/** What a program declares stands outside of the class around it. */
function inFixture(program: string): string {
  const declarations = program.match(/^declare .*\n/gm) ?? [];
  return fixture
    .replace('class Example', (name) => declarations.join('') + name)
    .replace('/// here', () => program.replace(/^declare .*\n/gm, ''));
}

const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.dev.json'), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
const host = ts.createCompilerHost(options);
const { fileExists, getSourceFile } = host;
host.fileExists = (file) => programs.has(file) || fileExists.call(host, file);
host.getSourceFile = (file, language, ...others) => {
  const program = programs.get(file);
  return program === undefined
    ? getSourceFile.call(host, file, language, ...others)
    : ts.createSourceFile(file, program, language);
};
const compiled = ts.createProgram(
  [...programs.keys()],
  { ...options, isolatedModules: false, noUnusedLocals: false, noUnusedParameters: false },
  host,
);
const found = ts.getPreEmitDiagnostics(compiled);
if (found.length > 0) {
  fail(ts.formatDiagnostics(found, { ...host, getCanonicalFileName: (file) => file, getNewLine: () => '\n' }));
}
if (programs.size === 0) {
  fail('the docs have no programs');
}
console.log(`${programs.size} programs of the docs compile`);
