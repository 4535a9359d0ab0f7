import { mkdirSync, mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { EXAMPLES, run } from './run';

export const PACKAGE = 'cdk-ecr-pull-through-cache';

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: { path: string }[];
}

/** What npm would publish of the compiled library, as a file in a directory. */
export function pack(directory: string): Packed & { tarball: string } {
  mkdirSync(directory, { recursive: true });
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', directory])) as Packed[];
  return { ...packed, tarball: join(directory, packed.filename) };
}

/**
 * Installs the compiled library next to the newest aws-cdk-lib, as a user would. The library of a link would
 * find the aws-cdk-lib of this repository, and then there are two.
 */
export function installLibrary(): void {
  const directory = mkdtempSync(join(tmpdir(), `${PACKAGE}-`));
  try {
    const { tarball } = pack(directory);
    // npm leaves alone what has the right version, and the version is always 0.0.0.
    rmSync(join(EXAMPLES, 'node_modules', PACKAGE), { recursive: true, force: true });
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund', tarball], { cwd: EXAMPLES });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
