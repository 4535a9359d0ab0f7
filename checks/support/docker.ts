import { chmodSync, existsSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { workDirectory } from './check';

/** How Docker was called. */
export interface DockerCall {
  readonly args: string[];
  readonly cwd: string;
}

/** Takes the place of Docker for the CLI, and does nothing. */
export class RecordingDocker {
  private readonly log = join(workDirectory('docker'), 'calls');

  constructor() {
    const program = join(workDirectory('docker'), 'docker');
    writeFileSync(
      program,
      [
        `#!${process.execPath}`,
        'const args = process.argv.slice(2);',
        "const call = JSON.stringify({ args, cwd: process.cwd() }) + '\\n';",
        `require('fs').appendFileSync(${JSON.stringify(this.log)}, call);`,
        // No image is there yet.
        "process.exit(args[0] === 'inspect' ? 1 : 0);",
      ].join('\n'),
    );
    chmodSync(program, 0o755);
    process.env.CDK_DOCKER = program;
  }

  public calls(command: string): DockerCall[] {
    const lines = existsSync(this.log) ? readFileSync(this.log, 'utf8').trim().split('\n') : [];
    return lines.map((line) => JSON.parse(line) as DockerCall).filter(({ args }) => args[0] === command);
  }
}
