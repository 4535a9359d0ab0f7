import type { Account } from '../account/account';
import { workDirectory } from '../support/check';
import { installLibrary } from '../support/library';
import { CHECKS, run } from '../support/run';

/** Synthesizes the versions of an app of `checks/apps` with the packed library, each into a directory of its name. */
export function synthesizeVersions(app: string): string {
  installLibrary(CHECKS);
  const assemblies = workDirectory('assemblies');
  run('tsx', [`apps/${app}`, assemblies], { cwd: CHECKS });
  return assemblies;
}

/** The deployments of the versions of an app, one after the other, to an account on this machine. */
export class Deployments {
  private deployments = 0;
  private failures = 0;

  constructor(
    protected readonly account: Account,
    protected readonly assemblies: string,
    private readonly stack: string,
  ) {}

  public get summary(): string {
    return `${this.deployments} deployments, ${this.failures} of which had to fail`;
  }

  /** Deploys a version, and gives what CloudFormation did to the resources. */
  public async deploy(version: string, ...options: string[]): Promise<string[]> {
    const seen = await this.account.events(this.stack).catch(() => []);
    this.account.cdk([...this.command(version), ...options]);
    this.deployments += 1;
    return (await this.account.events(this.stack)).slice(seen.length);
  }

  /** Deploys a version that has to fail, and gives what the CLI said. */
  protected attempt(version: string): { status: number | null; said: string } {
    this.deployments += 1;
    this.failures += 1;
    return this.account.attemptCdk(this.command(version));
  }

  private command(version: string): string[] {
    return ['deploy', '--app', `${this.assemblies}/${version}`, '--require-approval', 'never'];
  }
}
