import { rmSync } from 'fs';

/** Removes what the tests left in their directory for temporary files. */
export default function (): void {
  rmSync(process.env.TMPDIR!, { recursive: true, force: true });
}
