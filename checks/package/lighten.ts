import { readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';
import { bundle } from './bundle';
import { fail, ROOT } from '../support/run';

/** Takes from the compiled library what costs its users and serves none of them. Runs after jsii. */
const LIB = join(ROOT, 'lib');

/** What index.js calls for each name. */
const ON_DEMAND = `function onDemand(name, load) {
    const found = (value) => { Object.defineProperty(exports, name, { enumerable: true, value }); return value; };
    Object.defineProperty(exports, name, { enumerable: true, get: () => found(load()) });
}
`;

bundleOnDemand(join(LIB, 'index.js'));
leaveOutInnerDeclarations(join(LIB, 'index.d.ts'));

/**
 * Has index.js load a bundle when somebody asks for what is in it, and not before, as aws-cdk-lib does.
 *
 * The compiler writes `var one_1 = require("./one")` and a getter that returns `one_1.One`. Here the getter requires
 * the bundle itself, and what it gives takes its place. The compiler's `exports.One = void 0` stays: by it Node.js
 * knows the names for `import { One }` of ES modules, which it would forget for a getter that calls anything.
 */
function bundleOnDemand(index: string): void {
  const compiled = readFileSync(index, 'utf8');
  const files = new Map(
    [...compiled.matchAll(/^var (\w+) = require\("\.\/([^"]+)"\);$/gm)].map(([, variable, file]) => [variable, file]),
  );
  const loads = bundle(LIB, [...files.values()]);
  const light = compiled
    .replace(/^var .*\n/gm, '')
    .replace(
      /^Object\.defineProperty\(exports, ("\w+"), \{ .*function \(\) \{ return (\w+)\.(\w+); \} \}\);$/gm,
      (_, name, variable, member) => `onDemand(${name}, () => ${loads.get(files.get(variable)!)}.${member});`,
    );
  if (files.size === 0 || /_1\b|undefined/.test(light)) {
    fail(`${index} is not what this script knows the compiler to write`);
  }
  writeFileSync(index, `${light}${ON_DEMAND}`);
}

/** Keeps the declarations that the index exports and those that these speak of: nobody can import from the others. */
function leaveOutInnerDeclarations(index: string): void {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) {
      return;
    }
    reached.add(file);
    for (const [, other] of readFileSync(file, 'utf8').matchAll(/(?: from |import\()['"](\.[^'"]+)['"]/g)) {
      visit(join(dirname(file), `${other}.d.ts`));
    }
  };
  visit(index);
  readdirSync(LIB, { recursive: true, encoding: 'utf8' })
    .map((file) => join(LIB, file))
    .filter((file) => file.endsWith('.d.ts') && !reached.has(file))
    .forEach((file) => rmSync(file));
}
