import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import { gunzipSync } from 'zlib';
import { pack } from '../support/library';
import { BENCH, CHECKS, EXAMPLES, fail, ROOT, run } from '../support/run';

const PUBLISHED = /^(lib\/.+\.(js|d\.ts)|\.jsii(\.gz)?|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/;
const REQUIRED = ['lib/index.js', 'lib/index.d.ts', '.jsii', '.jsii.gz', 'package.json', 'README.md', 'LICENSE'];

/** Checks what npm would publish, and the files of the repository that are made from the library. */
const work = mkdtempSync(join(tmpdir(), 'package-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const { size, files } = pack(work);
const paths = files.map((file) => file.path);
const extra = paths.filter((path) => !PUBLISHED.test(path));
if (extra.length > 0) {
  fail(`published, and of no use to a user (see .npmignore in .projenrc.ts): ${extra.join(', ')}`);
}
const missing = REQUIRED.filter((path) => !paths.includes(path));
if (missing.length > 0) {
  fail(`not published: ${missing.join(', ')}`);
}
const unpublished = paths
  .filter((path) => path.endsWith('.d.ts'))
  .flatMap((path) =>
    [...readFileSync(join(ROOT, path), 'utf8').matchAll(/(?: from |import\()['"](\.[^'"]+)['"]/g)].map(([, file]) =>
      join(dirname(path), `${file}.d.ts`),
    ),
  )
  .filter((path) => !paths.includes(path));
if (unpublished.length > 0) {
  fail(`not published, and imported by declarations that are: ${unpublished.join(', ')}`);
}
const mapped = paths.filter(
  (path) => path.endsWith('.js') && readFileSync(join(ROOT, path), 'utf8').includes('sourceMappingURL'),
);
if (mapped.length > 0) {
  fail(`published with source maps, whose sources are not: ${mapped.join(', ')}`);
}

run('tsx', [join(CHECKS, 'package', 'docgen.ts'), join(work, 'API.md')]);
if (readFileSync(join(work, 'API.md'), 'utf8') !== readFileSync(join(ROOT, 'API.md'), 'utf8')) {
  fail('API.md is not that of the sources: run npx projen compile && npx projen docgen');
}

const { types } = JSON.parse(gunzipSync(readFileSync(join(ROOT, '.jsii.gz'))).toString());
const unshown = Object.values<any>(types).filter(({ kind, docs }) => kind === 'class' && !docs?.example);
if (unshown.length > 0) {
  fail(`without an example in their docstrings: ${unshown.map(({ name }) => name).join(', ')}`);
}

for (const directory of [ROOT, BENCH, EXAMPLES, CHECKS]) {
  const lock = join(directory, 'package-lock.json');
  if (/"resolved": "https?:/.test(readFileSync(lock, 'utf8'))) {
    fail(
      `${lock} names a registry, so that it does not install elsewhere: make it with omit-lockfile-registry-resolved`,
    );
  }
}

const { dependencies, bundledDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
if (dependencies ?? bundledDependencies) {
  fail(`the library has dependencies of its own: ${JSON.stringify({ dependencies, bundledDependencies })}`);
}

console.log(`${paths.length} files in ${size} bytes`);
