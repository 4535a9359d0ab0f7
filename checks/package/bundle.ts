import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { dirname, join, sep } from 'path';
import { loadOnDemand, nameOf, OnDemandFile } from './on-demand';

/*
 * Puts the many files of the compiled library together into a few, of which an app loads those that it needs. For
 * Node.js it takes longer to find a file than to run it. Each file stays a function of its own that runs once, when it
 * is first asked for, with its name above it, and its code as the compiler wrote it.
 */

/** A file of the library: its path below lib, without its ending. */
type File = string;

/** The folder of the bundles; as deep as that of a room, so that `__dirname/..` is lib in both. */
const FOLDER = 'bundle';

/** What runs as soon as all names of the index are asked for. */
const CLASSES = 'classes';

/** Where everything else is, by rooms: most apps load the first of these, and some another. */
const BUNDLES: Record<string, string[]> = {
  rules: ['access', 'cache', 'core', 'environment', 'image', 'rule', 'template', 'upstream'],
  redirect: ['redirect'],
  admission: ['admission'],
  build: ['build'],
  functions: ['credentials', 'prefetch', 'provider'],
};

/**
 * Bundles all files of lib but its index.
 *
 * @param named the files that the index names
 * @returns for each of these the code that loads it, in the index
 */
export function bundle(lib: string, named: File[]): Map<File, string> {
  const paths = readdirSync(lib, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.js') && path !== 'index.js')
    .map((path) => path.slice(0, -'.js'.length).split(sep).join('/'));
  const files = new Map(
    paths.map((file) => {
      const find = (path: string) => importedBy(file, path, paths);
      return [file, loadOnDemand(readFileSync(join(lib, `${file}.js`), 'utf8'), find)];
    }),
  );
  const atOnce = runWith(files, named);
  const bundleOf = (file: File) => (atOnce.has(file) ? CLASSES : bundleOfRoom(file.split('/')[0]));
  mkdirSync(join(lib, FOLDER));
  for (const name of [CLASSES, ...Object.keys(BUNDLES)]) {
    const own = paths.filter((file) => bundleOf(file) === name).sort();
    writeFileSync(join(lib, FOLDER, `${name}.js`), write(own, files, bundleOf));
  }
  paths.forEach((file) => rmSync(join(lib, `${file}.js`)));
  return new Map(named.map((file) => [file, `require("./${FOLDER}/${bundleOf(file)}").${nameOf(file)}()`]));
}

function bundleOfRoom(room: string): string {
  const name = Object.keys(BUNDLES).find((one) => BUNDLES[one].includes(room));
  if (name === undefined) {
    throw new Error(`no bundle has the room ${room}: add it to BUNDLES in checks/package/bundle.ts`);
  }
  return name;
}

/** What a file imports: another file, with a slash before it, or a package. */
function importedBy(file: File, path: string, files: File[]): string {
  if (!path.startsWith('.')) {
    return path;
  }
  const target = join(dirname(file), path).split(sep).join('/');
  const found = [target, `${target}/index`].find((one) => files.includes(one));
  if (found === undefined) {
    throw new Error(`${file} imports ${path}, and there is no such file`);
  }
  return `/${found}`;
}

const isFile = (path: string) => path.startsWith('/');
const toFile = (path: string): File => path.slice(1);

/** Some files, and those that run as soon as these run. */
function runWith(files: Map<File, OnDemandFile>, some: File[]): Set<File> {
  const found = new Set<File>();
  const visit = (file: File): void => {
    if (!found.has(file)) {
      found.add(file);
      [...files.get(file)!.atOnce].filter(isFile).map(toFile).forEach(visit);
    }
  };
  some.forEach(visit);
  return found;
}

/** Writes a bundle: other bundles and packages, the files, and how other bundles get them. */
function write(own: File[], files: Map<File, OnDemandFile>, bundleOf: (file: File) => string): string {
  const isOwn = (path: string) => isFile(path) && own.includes(toFile(path));
  const imported = [...new Set(own.flatMap((file) => [...files.get(file)!.imports]))].filter((path) => !isOwn(path));
  const bundles = new Set(imported.filter(isFile).map((path) => bundleOf(toFile(path))));
  const packages = imported.filter((path) => !isFile(path));
  const loadedBy = (path: string) =>
    isFile(path) && !isOwn(path) ? `in_${bundleOf(toFile(path))}().${nameOf(path)}()` : `${nameOf(path)}()`;
  return escaped(
    [
      '"use strict";',
      'const once = (make) => { let made; return () => (made ??= make()); };',
      ...[...bundles].sort().map((name) => `const in_${name} = once(() => require("./${name}"));`),
      ...packages.sort().map((path) => `const ${nameOf(path)} = once(() => require("${path}"));`),
      ...own.map((file) =>
        [
          `// ${file}`,
          // By the parenthesis V8 knows that the function is called soon, and reads what is in it once and not twice.
          `const ${nameOf(file)} = once((function (exports = {}) {`,
          files.get(file)!.write(loadedBy),
          'return exports;',
          '}));',
        ].join('\n'),
      ),
      `module.exports = { ${own.map(nameOf).join(', ')} };`,
      '',
    ].join('\n'),
  );
}

/** Writes the few characters that are not of ASCII as escapes: Node.js reads a file that has none twice as fast. */
function escaped(code: string): string {
  return code.replace(/[^\x00-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
