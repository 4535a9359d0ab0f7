import { readFileSync } from 'fs';
import { join } from 'path';
import { workDirectory } from '../support/check';
import { run } from '../support/run';

/** The version of a package that is in a `node_modules`. */
export function versionIn(nodeModules: string, name: string): string {
  return JSON.parse(readFileSync(join(nodeModules, name, 'package.json'), 'utf8')).version;
}

/**
 * The first release of a package of which something is true. It is true of the newest, and of all since then.
 *
 * @param lowest a release of which it is not
 * @param holds gets the directory with a release
 */
export function firstRelease(
  name: string,
  lowest: string,
  newest: string,
  holds: (directory: string) => boolean,
): string {
  const published: string[] = JSON.parse(run('npm', ['view', name, 'versions', '--json']));
  const releases = published.filter((version) => !version.includes('-'));
  let without = releases.indexOf(lowest);
  let first = releases.indexOf(newest);
  while (first - without > 1) {
    const middle = Math.floor((without + first) / 2);
    const project = workDirectory(join('releases', `${name}-${releases[middle]}`));
    run('npm', ['install', '--prefix', project, '--no-audit', '--no-fund', `${name}@${releases[middle]}`]);
    if (holds(join(project, 'node_modules', name))) {
      first = middle;
    } else {
      without = middle;
    }
  }
  return releases[first];
}
