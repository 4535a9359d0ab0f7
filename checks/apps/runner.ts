import { ChildProcess, fork } from 'child_process';
import { existsSync, readFileSync } from 'fs';
import { dirname, join } from 'path';
import type { Done, Job } from './worker';

const SECONDS = 240;

/** Runs apps in a process beside this one, which is kept while it lives: loading CDK takes longer than most apps do. */
export class Runner {
  private child?: ChildProcess;
  private folder?: string;

  public async run(job: Job): Promise<Done> {
    const folder = folderOfTsconfig(job.cwd);
    if (this.folder !== folder) {
      this.stop();
    }
    this.folder = folder;
    const child = (this.child ??= start(folder));
    return new Promise((resolve) => {
      const finish = (done: Done) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(done);
      };
      const timer = setTimeout(() => {
        this.stop();
        finish({ error: `it takes more than ${SECONDS} s`, reports: {}, deprecated: [] });
      }, SECONDS * 1000);
      child.once('message', (done: Done) => finish(done));
      child.once('exit', (code, signal) => {
        this.child = undefined;
        finish({ error: `the process ended with ${code ?? signal}`, reports: {}, deprecated: [] });
      });
      child.send(job);
    });
  }

  public stop(): void {
    this.child?.removeAllListeners();
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }
}

function start(folder?: string): ChildProcess {
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    CDK_DEFAULT_ACCOUNT: '111122223333',
    CDK_DEFAULT_REGION: 'us-east-1',
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    // The same for both sides, and none of what is looked at.
    CDK_VALIDATION: 'false',
    ...(folder ? { TSX_TSCONFIG_PATH: join(folder, 'tsconfig.json') } : {}),
  };
  return fork(join(__dirname, 'worker.ts'), [], {
    execArgv: ['--import', require.resolve('tsx'), '--max-old-space-size=3000'],
    env,
    stdio: ['ignore', 'ignore', process.env.DEBUG ? 'inherit' : 'ignore', 'ipc'],
  });
}

/** Where a tsconfig gives modules other paths, or decorators, tsx has to know it from the start. */
function folderOfTsconfig(cwd: string): string | undefined {
  for (let folder = cwd; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'tsconfig.json');
    if (existsSync(file)) {
      return /"(paths|experimentalDecorators)"/.test(readFileSync(file, 'utf8')) ? folder : undefined;
    }
  }
  return undefined;
}
