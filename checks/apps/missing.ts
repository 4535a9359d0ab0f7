import { mkdirSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';

/** The file or folder for want of which an app failed: its author has built it. */
export function missingAsset(error: any): string | undefined {
  const message = String(error?.message ?? '');
  const match =
    /Cannot find asset at (\S+)/.exec(message) ??
    /ENOENT: no such file or directory, (?:scandir|stat|lstat|open) '([^']+)'/.exec(message) ??
    /Cannot find entry file at (\S+)/.exec(message);
  return match?.[1];
}

/** Makes an empty one. */
export function makeAsset(path: string): void {
  if (/\.\w+$/.test(path)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, path.endsWith('.json') ? '{}' : '');
  } else {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'index.html'), '');
    writeFileSync(join(path, 'Dockerfile'), 'FROM scratch\n');
  }
}

/** The context for want of which an app failed: its author gives it by hand. */
export function missingContext(error: any): string | undefined {
  return /No context value present for (\S+) key/.exec(error?.message ?? '')?.[1];
}

/** A key of context that CDK 1 had and CDK 2 refuses. */
export function refusedContext(error: any): string | undefined {
  return /Unsupported feature flag '([^']+)'/.exec(error?.message ?? '')?.[1];
}
