import { mkdtempSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

/** Gives all tests a directory of their own for temporary files. */
export default function (): void {
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'tests-'));
}
