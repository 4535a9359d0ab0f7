import { createHash } from 'crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'fs';
import { homedir } from 'os';
import { join } from 'path';
import { skip, workDirectory } from '../support/check';
import { attempt, fail } from '../support/run';

/** Where what takes long to build is kept, for all checkouts of this user. */
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cdk-ecr-pull-through-cache');

/**
 * A program in Go, built once from its folder: a main.go, and go.mod and go.sum, which pin all that it is made of.
 * What is built is kept outside of the repository, under a name that changes with its sources.
 */
export function goProgram(folder: string, name: string): string {
  const version = attempt('go', ['version']);
  if (version.status !== 0) {
    skip(`Go is not here to build ${name}`);
  }
  const sources = readdirSync(folder).sort();
  const hash = createHash('sha256').update(version.output);
  sources.forEach((source) => hash.update(source).update(readFileSync(join(folder, source))));
  const program = join(CACHE, `${name}-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(program)) {
    return program;
  }

  // A copy, so that a checkout may change meanwhile.
  const cwd = workDirectory(name);
  cpSync(folder, cwd, { recursive: true });
  const downloaded = attempt('go', ['mod', 'download'], { cwd });
  if (downloaded.status !== 0) {
    skip(`the Go modules of ${name} cannot be downloaded\n${downloaded.said.slice(-2000)}`);
  }
  console.log(`building ${name}, once: this takes 10 to 20 minutes on two cores`);
  mkdirSync(CACHE, { recursive: true });
  const building = `${program}.${process.pid}`;
  // With low priority: it takes all cores.
  const go = ['go', 'build', '-trimpath', '-ldflags', '-s -w', '-o', building, '.'];
  const [command, ...args] = process.platform === 'win32' ? go : ['nice', '-n', '15', ...go];
  const { status, said } = attempt(command, args, { cwd });
  if (status !== 0) {
    fail(`${name} cannot be built\n${said.slice(-2000)}`);
  }
  // Nobody finds half a program.
  renameSync(building, program);
  return program;
}
