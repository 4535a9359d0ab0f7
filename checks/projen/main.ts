import { readFileSync } from 'fs';
import { join } from 'path';
import { fail, ROOT, run } from '../support/run';

/** Checks that the files that projen makes are those of .projenrc.ts. */
const { files } = JSON.parse(readFileSync(join(ROOT, '.projen', 'files.json'), 'utf8')) as { files: string[] };
const contents = () => new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));

const before = contents();
// Without an installation, which would follow from a change.
run('projen', ['default'], { env: { PROJEN_DISABLE_POST: 'true' } });
const after = contents();

const stale = files.filter((file) => before.get(file) !== after.get(file));
if (stale.length > 0) {
  fail(`not as .projenrc.ts has it, run npx projen: ${stale.join(', ')}`);
}
console.log(`${files.length} files`);
