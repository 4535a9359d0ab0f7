import { join } from 'path';
import * as ts from 'typescript';
import { afterChange, blocksOf, inFixture, isProgram, PAGES } from './pages';
import { fail, ROOT } from '../support/run';

/**
 * Compiles the programs of the README and of docs/, those that are shown as a diff as they are after it. What is a part
 * of an app is compiled inside the fixture that is around the examples of docstrings.
 *
 *     tsx checks/docs/programs.ts
 */
/** The programs, by the file names that messages give them: each lies where the library is found. */
const programs = new Map(
  PAGES.flatMap(blocksOf)
    .filter(({ language }) => language === 'ts' || language === 'diff')
    .map((block) => (block.language === 'diff' ? { ...block, text: afterChange(block.text) } : block))
    .map((block) => [
      join(ROOT, `${block.page}-${block.line}.ts`),
      isProgram(block) ? block.text : inFixture(block.text),
    ]),
);

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
console.log(`${programs.size} programs of the README and the docs compile`);
