import { skip } from './check';
import { attempt } from './run';

/** Programs of the system, installed where that is possible. */
export function systemPrograms(programs: string[]): void {
  const missing = programs.filter((program) => attempt(program, ['--version']).status === null);
  if (missing.length === 0) {
    return;
  }
  if (process.getuid?.() !== 0 || attempt('apt-get', ['--version']).status !== 0) {
    skip(`${missing.join(' and ')} not found, and only root can install them`);
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // The service that the package would start is of no use here.
  const install = () =>
    attempt('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...missing], {
      env: { ...env, RUNLEVEL: '1' },
    });
  const installed = install();
  if (installed.status === 0) {
    return;
  }
  attempt('apt-get', ['update', '--quiet'], { env });
  const again = install();
  if (again.status !== 0) {
    skip(`apt-get cannot install ${missing.join(' and ')}\n${again.said}`);
  }
}
