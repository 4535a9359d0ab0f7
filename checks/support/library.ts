import { createHash } from 'crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import { EXAMPLES, run } from './run';

export const PACKAGE = 'cdk-ecr-pull-through-cache';

interface Packed {
  readonly filename: string;
  readonly shasum: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: { path: string }[];
}

/** What npm would publish of the compiled library, as a file in a directory. */
export function pack(directory: string): Packed & { tarball: string } {
  mkdirSync(directory, { recursive: true });
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', directory])) as Packed[];
  return { ...packed, tarball: join(directory, packed.filename) };
}

/**
 * Installs the compiled library next to the aws-cdk-lib of a project, as a user would. The library of a link
 * would find the aws-cdk-lib of this repository, and then there are two.
 *
 * @param project a directory with a package.json
 */
export function installLibrary(project: string = EXAMPLES): void {
  const directory = mkdtempSync(join(tmpdir(), `${PACKAGE}-`));
  try {
    const { tarball, shasum } = pack(directory);
    const lock = join(project, 'package-lock.json');
    const wanted = `${shasum} ${existsSync(lock) ? createHash('sha256').update(readFileSync(lock)).digest('hex') : ''}`;
    const installed = join(project, 'node_modules', PACKAGE, '.installed');
    if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) {
      return;
    }
    // npm leaves alone what has the right version, and the version is always 0.0.0.
    rmSync(dirname(installed), { recursive: true, force: true });
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund', tarball], { cwd: project });
    writeFileSync(installed, wanted);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
