import childProcess from 'child_process';
import crypto from 'crypto';
import net from 'net';

type Any = any;

/** Apps may ask for tools and for the network while they synthesize; here they get nothing of either. */
export function stayOnThisMachine(): void {
  for (const name of ['spawnSync', 'execSync', 'execFileSync'] as const) {
    (childProcess as Any)[name] = () =>
      name === 'spawnSync' ? { status: 0, pid: 0, output: [], stdout: Buffer.from(''), stderr: Buffer.from('') } : '';
  }
  net.Socket.prototype.connect = function refuse(): never {
    throw new Error('apps are synthesized without a network');
  };
  (process as Any).exit = (status?: number) => {
    if (status) {
      throw new Error(`process.exit(${status})`);
    }
  };
}

/** Some apps write the time or a random number into a template: each run gets the same ones. */
export function takeAwayChance(): { reset(): void } {
  const NOW = Date.UTC(2026, 0, 1);
  let state = 0;
  const next = () => (state = (state * 1103515245 + 12345) % 2147483648);
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    public static now(): number {
      return NOW;
    }

    constructor(...given: Any[]) {
      super(...((given.length === 0 ? [NOW] : given) as [number]));
    }
  } as Any;
  Math.random = () => next() / 2147483648;
  crypto.randomUUID = () => `00000000-0000-4000-8000-${next().toString(16).padStart(12, '0')}`;
  return { reset: () => (state = 1) };
}

/** CDK warns of what is deprecated once for each process. What the package calls of that goes into the list. */
export function watchDeprecated(name: string): string[] {
  const found: string[] = [];
  const warn = console.warn;
  console.warn = (...texts: unknown[]) => {
    const frames = new Error().stack!.split('\n').filter((frame) => !frame.includes('/aws-cdk-lib/'));
    if (texts.join(' ').includes('is deprecated') && frames[2]?.includes(`/node_modules/${name}/`)) {
      found.push(texts.join(' '));
    }
    warn(...texts);
  };
  return found;
}
