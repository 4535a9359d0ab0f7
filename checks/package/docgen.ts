import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join, resolve } from 'path';
import { withContents } from './contents';
import { ROOT, run } from '../support/run';

/**
 * Writes API.md, or the file that is given, from the compiled library, with a table of contents by subject.
 *
 * jsii-docgen takes whatever assembly it finds below its directory, the library and the newest aws-cdk-lib of
 * examples/node_modules too, so that API.md would depend on what was run before. So it works on copies.
 */
const output = resolve(process.argv[2] ?? join(ROOT, 'API.md'));
const work = mkdtempSync(join(tmpdir(), 'docgen-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

for (const directory of ['.', 'node_modules/aws-cdk-lib', 'node_modules/constructs']) {
  mkdirSync(join(work, directory), { recursive: true });
  for (const file of ['package.json', '.jsii', '.jsii.gz']) {
    const original = join(ROOT, directory, file);
    if (existsSync(original)) {
      copyFileSync(original, join(work, directory, file));
    }
  }
}
run('jsii-docgen', ['--output', output], { cwd: work });
writeFileSync(output, withContents(readFileSync(output, 'utf8')));
