import { readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { fail, ROOT } from '../support/run';

/** Takes from the compiled library what costs its users and serves none of them. Runs after jsii. */
const LIB = join(ROOT, 'lib');

/** What index.js calls for each name. */
const ON_DEMAND = `function onDemand(name, load) {
    const found = (value) => { Object.defineProperty(exports, name, { enumerable: true, value }); return value; };
    Object.defineProperty(exports, name, { enumerable: true, get: () => found(load()) });
}
`;

loadOnDemand(join(LIB, 'index.js'));
for (const file of readdirSync(LIB, { recursive: true, encoding: 'utf8' })) {
  if (file.endsWith('.js')) {
    leaveOutComments(join(LIB, file));
  }
}

/**
 * Has index.js load a file when somebody asks for what is in it, and not before, as aws-cdk-lib does.
 *
 * The compiler writes `var one_1 = require("./one")` and a getter that returns `one_1.One`. Here the getter requires
 * the file itself, and what it gives takes its place. The compiler's `exports.One = void 0` stays: by it Node.js knows
 * the names for `import { One }` of ES modules, which it would forget for a getter that calls anything.
 */
function loadOnDemand(index: string): void {
  const compiled = readFileSync(index, 'utf8');
  const files = new Map(
    [...compiled.matchAll(/^var (\w+) = (require\("[^"]+"\));$/gm)].map(([, variable, load]) => [variable, load]),
  );
  const light = compiled
    .replace(/^var .*\n/gm, '')
    .replace(
      /^Object\.defineProperty\(exports, ("\w+"), \{ .*function \(\) \{ return (\w+)\.(\w+); \} \}\);$/gm,
      (_, name, variable, member) => `onDemand(${name}, () => ${files.get(variable)}.${member});`,
    );
  if (files.size === 0 || /_1\b|undefined/.test(light)) {
    fail(`${index} is not what this script knows the compiler to write`);
  }
  writeFileSync(index, `${light}${ON_DEMAND}`);
}

/** Editors read the comments of the declarations, and those who read the code read the sources. */
function leaveOutComments(file: string): void {
  const { outputText } = transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions: { removeComments: true, target: ScriptTarget.ES2022, module: ModuleKind.CommonJS },
  });
  writeFileSync(file, outputText);
}
