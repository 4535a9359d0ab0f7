import { createRequire } from 'module';
import { join } from 'path';
import type { NamedPolicy } from '../../test/support/simulate';
import { workDirectory } from '../support/check';
import { pythonWith } from '../support/python';
import { attempt, CHECKS, fail, OFFLINE, Outcome } from '../support/run';
import { attemptAside, freePort, startServer } from '../support/servers';

export const ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '444455556666';
export const REGION = 'eu-west-1';

const load = createRequire(__filename);
const SERVICES = {
  batch: 'Batch',
  cloudformation: 'CloudFormation',
  cloudwatch: 'CloudWatch',
  ecr: 'ECR',
  ecs: 'ECS',
  eventbridge: 'EventBridge',
  iam: 'IAM',
  lambda: 'Lambda',
  'secrets-manager': 'SecretsManager',
};

/** A region of an AWS account on this machine: moto, with what it lacks of pull through cache. */
export class Account {
  /**
   * Starts the server.
   *
   * @param functions where functions find ECR, and how much faster their clock goes
   */
  public static async start(functions: { ecr?: string; speed?: number } = {}): Promise<Account> {
    const port = await freePort();
    const executable = pythonWith(join(CHECKS, 'account', 'moto', 'requirements.txt'));
    // By its name: the virtual hosts of S3 lie below it.
    const endpoint = `http://localhost:${port}`;
    const log = await startServer(
      executable,
      [join(CHECKS, 'account', 'moto', 'server.py'), '--host', '127.0.0.1', '--port', String(port)],
      {
        PYTHONDONTWRITEBYTECODE: '1',
        // See moto/extras/functions.py.
        FUNCTION_RUNNER: join(CHECKS, 'account', 'function.js'),
        FUNCTION_ENDPOINT: endpoint,
        ...(functions.ecr ? { FUNCTION_ECR: functions.ecr } : {}),
        FUNCTION_SPEED: String(functions.speed ?? 1),
      },
      `${endpoint}/moto-api/`,
    );
    return new Account(endpoint, log, ACCOUNT, REGION);
  }

  private readonly clients = new Map<string, any>();
  private readonly credentials: { accessKeyId: string; secretAccessKey: string };

  private constructor(
    public readonly endpoint: string,
    public readonly log: () => string,
    public readonly id: string,
    public readonly region: string,
  ) {
    // See moto/extras/accounts.py.
    this.credentials = { accessKeyId: `TESTING0${id}`, secretAccessKey: 'testing' };
  }

  /** Another region, or another account, of the same server. */
  public at(id: string, region: string): Account {
    return new Account(this.endpoint, this.log, id, region);
  }

  /** Calls an AWS API by the SDK. */
  public async call(service: keyof typeof SERVICES, command: string, input: object = {}): Promise<any> {
    const sdk = load(`@aws-sdk/client-${service}`);
    const client =
      this.clients.get(service) ??
      new sdk[`${SERVICES[service]}Client`]({
        endpoint: this.endpoint,
        region: this.region,
        credentials: this.credentials,
        maxAttempts: 1,
      });
    this.clients.set(service, client);
    return client.send(new sdk[`${command}Command`](input));
  }

  /** Calls an AWS API that should refuse, and gives what it says. */
  public async refusal(...request: Parameters<Account['call']>): Promise<string> {
    return this.call(...request).then(
      () => 'nothing, it did as it was told',
      (error) => `${error.name}: ${error.message}`,
    );
  }

  /** Runs the CDK CLI. */
  public attemptCdk(args: string[], cwd: string = CHECKS): Outcome {
    return this.attempt('cdk', [...args, '--no-color', '--no-notices'], cwd);
  }

  /** Runs a program with the credentials of the account. */
  public attempt(command: string, args: string[], cwd: string = CHECKS): Outcome {
    return attempt(command, args, { cwd, env: this.environment });
  }

  /** Runs the CDK CLI while this program goes on to answer requests. */
  public attemptCdkAside(args: string[]): Promise<Outcome> {
    return attemptAside('cdk', [...args, '--no-color', '--no-notices'], { ...OFFLINE, ...this.environment });
  }

  /** What points the CLI or an SDK to this account. */
  public get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ACCESS_KEY_ID: this.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.credentials.secretAccessKey,
      AWS_PROFILE: '',
      AWS_REGION: this.region,
      AWS_DEFAULT_REGION: this.region,
      AWS_CONFIG_FILE: join(workDirectory('aws'), 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(workDirectory('aws'), 'none'),
      CDK_HOME: workDirectory('cdk-home'),
      NO_PROXY: 'localhost,127.0.0.1',
      no_proxy: 'localhost,127.0.0.1',
    };
  }

  /** Runs the CDK CLI, which has to succeed, and gives all that it says. */
  public cdk(args: string[], cwd?: string): string {
    const { status, said } = this.attemptCdk(args, cwd);
    if (status !== 0) {
      fail(`cdk ${args.join(' ')}: ended with ${status}\n${said}\n${this.log().split('\n').slice(-30).join('\n')}`);
    }
    return said;
  }

  public bootstrap(): void {
    this.cdk(['bootstrap', `aws://${this.id}/${this.region}`, '--app', '']);
  }

  public async rules(): Promise<Rule[]> {
    return (await this.call('ecr', 'DescribePullThroughCacheRules')).pullThroughCacheRules;
  }

  public async templates(): Promise<any[]> {
    return (await this.call('ecr', 'DescribeRepositoryCreationTemplates')).repositoryCreationTemplates;
  }

  /** The template for a repository that a pull makes: that with the longest prefix. */
  public async templateFor(repository: string): Promise<any> {
    return byLongestPrefix(await this.templates(), ({ prefix }) => prefix, repository);
  }

  /** Fails where there is none. */
  public async registryPolicy(): Promise<any> {
    return JSON.parse((await this.call('ecr', 'GetRegistryPolicy')).policyText);
  }

  /** The policy of the registry, where there is one. */
  public async registryPolicies(): Promise<any[]> {
    return this.registryPolicy().then(
      (policy) => [policy],
      () => [],
    );
  }

  public async secretValue(id: string): Promise<any> {
    return JSON.parse((await this.call('secrets-manager', 'GetSecretValue', { SecretId: id })).SecretString);
  }

  /** A role, with the policies that were deployed. */
  public async role(RoleName: string): Promise<DeployedRole> {
    const { Role } = await this.call('iam', 'GetRole', { RoleName });
    const { PolicyNames } = await this.call('iam', 'ListRolePolicies', { RoleName });
    const policies = await Promise.all(
      PolicyNames.map(async (PolicyName: string) => {
        const { PolicyDocument } = await this.call('iam', 'GetRolePolicy', { RoleName, PolicyName });
        return { name: PolicyName, policy: JSON.parse(decodeURIComponent(PolicyDocument)) };
      }),
    );
    return { arn: Role.Arn, trust: decodeURIComponent(Role.AssumeRolePolicyDocument), policies };
  }

  public async outputs(stack: string): Promise<Record<string, string>> {
    const {
      Stacks: [{ Outputs = [] }],
    } = await this.call('cloudformation', 'DescribeStacks', { StackName: stack });
    return Object.fromEntries(Outputs.map((output: any) => [output.OutputKey, output.OutputValue]));
  }

  /** The physical id of the only resource of a stack whose logical id is like this. */
  public async physicalId(stack: string, logicalId: RegExp): Promise<string> {
    const { StackResources } = await this.call('cloudformation', 'DescribeStackResources', { StackName: stack });
    const found = StackResources.filter(({ LogicalResourceId }: any) => logicalId.test(LogicalResourceId));
    return found.length === 1 ? found[0].PhysicalResourceId : fail(`${found.length} resources are like ${logicalId}`);
  }

  /**
   * What CloudFormation did to the resources of a stack, the first event first:
   * `CREATE_COMPLETE AWS::ECR::PullThroughCacheRule <logical id>`.
   */
  public async events(stack: string): Promise<string[]> {
    const { StackEvents } = await this.call('cloudformation', 'DescribeStackEvents', { StackName: stack });
    return StackEvents.sort((one: any, other: any) => Number(one.Timestamp) - Number(other.Timestamp)).map(
      (event: any) => `${event.ResourceStatus} ${event.ResourceType} ${event.LogicalResourceId}`,
    );
  }
}

/** Of rules or templates, that with the longest prefix of a repository; `ROOT` is the prefix of all. */
export function byLongestPrefix<T>(
  candidates: T[],
  prefixOf: (candidate: T) => string,
  repository: string,
): T | undefined {
  const depth = (candidate: T) => (prefixOf(candidate) === 'ROOT' ? 0 : prefixOf(candidate).length);
  return candidates
    .filter((candidate) => prefixOf(candidate) === 'ROOT' || repository.startsWith(`${prefixOf(candidate)}/`))
    .sort((one, other) => depth(other) - depth(one))[0];
}

/** The policy of a repository is about itself, and names no resource. */
export function repositoryPolicy(policyText: string, resource: string): any {
  const policy = JSON.parse(policyText);
  return { ...policy, Statement: policy.Statement.map((statement: any) => ({ ...statement, Resource: resource })) };
}

/** A rule as ECR describes it. */
export interface Rule {
  readonly ecrRepositoryPrefix: string;
  readonly upstreamRegistryUrl: string;
  readonly upstreamRegistry?: string;
  readonly upstreamRepositoryPrefix: string;
  readonly credentialArn?: string;
  readonly customRoleArn?: string;
  readonly createdAt: Date;
}

export interface DeployedRole {
  readonly arn: string;
  /** Who may assume it, as JSON. */
  readonly trust: string;
  readonly policies: NamedPolicy[];
}
