import { execFileSync } from 'child_process';
import { readFileSync, writeFileSync } from 'fs';

/**
 * Upgrades what `projen upgrade` does not know of: the packages below this one, the Python tools of the checks, and the
 * actions of the workflows. Runs after it, as post-upgrade, and leaves the changes in the files.
 */
const PACKAGES = ['examples', 'checks', 'checks/bench'];
const REQUIREMENTS = ['checks/account/moto/requirements.txt', 'checks/support/requirements.txt'];
const ACTIONS = 'projenrc/actions.json';

const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

for (const directory of PACKAGES) {
  const manifest = `${directory}/package.json`;
  run(
    'npx',
    '--yes',
    'npm-check-updates@20',
    '--upgrade',
    '--target=minor',
    '--no-deprecated',
    `--packageFile=${manifest}`,
  );
  run('npm', 'update', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', `--prefix=${directory}`);
}
for (const file of REQUIREMENTS) {
  writeFileSync(file, newestRequirements(readFileSync(file, 'utf8')));
}
const actions: Record<string, { version: string; commit: string }> = JSON.parse(readFileSync(ACTIONS, 'utf8'));
for (const action of Object.keys(actions)) {
  actions[action] = newestRelease(action);
}
writeFileSync(ACTIONS, `${JSON.stringify(actions, null, 2)}\n`);

/** The same packages in the newest versions that go together. */
function newestRequirements(pinned: string): string {
  const names = pinned
    .trim()
    .split('\n')
    .map((line) => line.split('==')[0]);
  const options = ['--dry-run', '--ignore-installed', '--quiet', '--report=-'];
  const { install } = JSON.parse(run('python3', '-m', 'pip', 'install', ...options, ...names));
  const versions = new Map<string, string>(install.map(({ metadata }: any) => [metadata.name, metadata.version]));
  // A name may have an extra, as in moto[server].
  return names.map((name) => `${name}==${versions.get(name.split('[')[0])}\n`).join('');
}

/** The newest release of an action, and the commit behind its tag. */
function newestRelease(action: string): { version: string; commit: string } {
  const tags = run('git', 'ls-remote', '--tags', `https://github.com/${action}.git`)
    .trim()
    .split('\n')
    // Of a tag with a message, the line that ends with ^{} names the commit; it follows the other.
    .map((line) => /^(\w+)\trefs\/tags\/(v\d+\.\d+\.\d+)(?:\^\{\})?$/.exec(line))
    .filter((match) => match !== null);
  const commits = new Map(tags.map(([, commit, version]) => [version, commit]));
  const [version] = [...commits.keys()].sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  if (!version) {
    throw new Error(`${action} has no release such as v1.2.3`);
  }
  return { version, commit: commits.get(version)! };
}
