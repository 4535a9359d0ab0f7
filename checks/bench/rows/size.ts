import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { pack } from '../../support/library';
import { BENCH, ROOT, run } from '../../support/run';
import { PEERS } from '../peers';
import type { Outcome } from '../result';

interface Size {
  readonly packed: number;
  readonly unpacked: number;
  readonly dependencies: number;
}

/** The package, beside those of others. */
export function measure(): Outcome {
  const ours = ownSize();
  const peers = PEERS.map((peer) => ({ peer, ...sizeOf(peer) }));
  const list = (of: (size: Size) => string) => peers.map(({ peer, ...size }) => `${peer} ${of(size)}`).join(', ');
  return {
    results: [
      {
        what: 'the package, packed',
        against: 'peers',
        ours: kilobytes(ours.packed),
        theirs: list((size) => kilobytes(size.packed)),
        aim: 'below 100 kB',
        met: ours.packed < 100_000,
      },
      {
        what: 'the package, unpacked',
        against: 'peers',
        ours: kilobytes(ours.unpacked),
        theirs: list((size) => kilobytes(size.unpacked)),
        aim: 'below 600 kB',
        met: ours.unpacked < 600_000,
      },
      {
        what: 'runtime dependencies',
        against: 'peers',
        ours: String(ours.dependencies),
        theirs: list((size) => String(size.dependencies)),
        aim: 'none',
        met: ours.dependencies === 0,
      },
    ],
  };
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

const dependencies = (directory: string) =>
  Object.keys(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')).dependencies ?? {}).length;

function ownSize(): Size {
  const work = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const { size: packed, unpackedSize: unpacked } = pack(work);
    return { packed, unpacked, dependencies: dependencies(ROOT) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What is installed, packed again: it has every file that was published. */
function sizeOf(peer: string): Size {
  const directory = join(BENCH, 'node_modules', peer);
  const [{ size, unpackedSize }] = JSON.parse(
    run('npm', ['pack', '--json', '--dry-run', '--ignore-scripts'], { cwd: directory }),
  );
  return { packed: size, unpacked: unpackedSize, dependencies: dependencies(directory) };
}
