import { join } from 'path';
import { Account } from '../account/account';
import { check, checkEqual, step, workDirectory } from '../support/check';
import { installLibrary } from '../support/library';
import { CHECKS, fail, Outcome, run } from '../support/run';

const STACK = 'Credentials';
const NAMESPACE = 'cdk-ecr-pull-through-cache';
const HUB = 'ecr-pullthroughcache/docker-hub';
const GITHUB = 'ecr-pullthroughcache/github';

/** The clock of functions: a minute, for which they wait for what may settle, takes two seconds. */
const SPEED = 30;

/** Deployments whose tokens ECR refuses, and a look at tokens that EventBridge has the deployed function take. */
step(async () => {
  installLibrary(CHECKS);
  const account = await Account.start({ speed: SPEED });
  account.bootstrap();
  await account.call('secrets-manager', 'CreateSecret', { Name: HUB, SecretString: token('expired') });
  const credentials = new Credentials(account);
  await credentials.verify();
  await credentials.watch();
  return 'tokens that ECR refuses end a deployment, and raise the alarm';
});

function token(accessToken: string): string {
  return JSON.stringify({ username: 'ann', accessToken });
}

class Credentials {
  constructor(private readonly account: Account) {}

  public async verify(): Promise<void> {
    const refused = this.deploy('verified');
    check(
      'a token that ECR refuses ends the deployment, with its reason and what to do',
      refused.status !== 0 &&
        /ECR cannot sign in to the upstream registry of the rule with the prefix docker-hub: InvalidCredentials: Unable to authenticate with the upstream registry; to fix: look at the secret \S+docker-hub, and deploy again/.test(
          refused.said,
        ),
      refused.said,
    );
    checkEqual('no rule is left of it', await this.account.rules(), []);
    await this.fillIn(HUB, 'good');
    checkEqual('with another token in the secret it is deployed', this.deploy('verified').status, 0);

    const placeholder = this.deploy('placeholder');
    check('a placeholder ends no deployment', placeholder.status === 0, placeholder.said);
    check(
      'an output tells of it',
      /^not verified: nobody has filled in the secret /.test(await this.statusOutput()),
      await this.account.outputs(STACK),
    );
    await this.fillIn(GITHUB, 'expired');
    const wrong = this.deploy('again');
    check(
      'filled in with a token that ECR refuses, the next look ends the deployment',
      wrong.status !== 0 && /the rule with the prefix github: InvalidCredentials/.test(wrong.said),
      wrong.said,
    );
    const { Stacks } = await this.account.call('cloudformation', 'DescribeStacks', { StackName: STACK });
    checkEqual('and is rolled back, though the token is no better', Stacks[0].StackStatus, 'UPDATE_ROLLBACK_COMPLETE');
    await this.fillIn(GITHUB, 'good');
    const valid = this.deploy('again');
    check('filled in with one that it takes, the deployment passes', valid.status === 0, valid.said);
    checkEqual('and the output says so', await this.statusOutput(), 'valid');
  }

  public async watch(): Promise<void> {
    checkEqual('the watch is deployed', this.deploy('watched').status, 0);
    const [schedule, invalid] = await this.eventRules();
    checkEqual('the schedule is on', [schedule.State, schedule.ScheduleExpression], ['ENABLED', 'rate(6 hours)']);
    const { Targets } = await this.account.call('eventbridge', 'ListTargetsByRule', { Rule: schedule.Name });
    checkEqual('it has one target', Targets.length, 1);
    // Counts what arrives by the very pattern of the rule of the stack.
    await this.account.call('eventbridge', 'CreateArchive', {
      ArchiveName: 'invalid',
      EventSourceArn: `arn:aws:events:${this.account.region}:${this.account.id}:event-bus/default`,
      EventPattern: invalid.EventPattern,
    });

    checkEqual('before the first look the alarm knows nothing', await this.alarm(), 'INSUFFICIENT_DATA');
    await this.fire(Targets[0]);
    checkEqual('tokens that work: each prefix is 0', await this.metrics(), { 'docker-hub': 0, github: 0 });
    checkEqual('tokens that work: the alarm is off', await this.alarm(), 'OK');
    checkEqual('tokens that work: no event', await this.eventsSent(), 0);

    await this.fillIn(GITHUB, 'expired');
    await this.fire(Targets[0]);
    checkEqual('a token that has expired: its prefix is 1', await this.metrics(), { 'docker-hub': 0, github: 1 });
    checkEqual('a token that has expired: the alarm is on', await this.alarm(), 'ALARM');
    checkEqual('a token that has expired: an event that the rule waits for', await this.eventsSent(), 1);

    // Nothing is to be read from the secret.
    check('no token is in the log of a function', !/expired|"good"/.test(this.account.log()), this.account.log());
  }

  /** Hands the deployed function what EventBridge would: the input of the target. */
  private async fire({ Arn, Input }: { Arn: string; Input: string }): Promise<void> {
    const { FunctionError, StatusCode } = await this.account.call('lambda', 'Invoke', {
      FunctionName: Arn,
      Payload: Buffer.from(Input),
    });
    check('the function takes what the schedule hands it', StatusCode < 300 && !FunctionError, this.account.log());
  }

  /** What was last said of each prefix. */
  private async metrics(): Promise<Record<string, number>> {
    const { Metrics } = await this.account.call('cloudwatch', 'ListMetrics', {
      Namespace: NAMESPACE,
      MetricName: 'InvalidCredentials',
    });
    const prefixes: string[] = Metrics.flatMap(({ Dimensions }: any) => Dimensions)
      .filter(({ Name }: any) => Name === 'EcrRepositoryPrefix')
      .map(({ Value }: any) => Value);
    const values = await Promise.all(
      [...new Set(prefixes)].sort().map(async (Value): Promise<[string, number]> => {
        const { Datapoints } = await this.account.call('cloudwatch', 'GetMetricStatistics', {
          Namespace: NAMESPACE,
          MetricName: 'InvalidCredentials',
          Dimensions: [{ Name: 'EcrRepositoryPrefix', Value }],
          StartTime: new Date(Date.now() - 3600_000),
          EndTime: new Date(Date.now() + 3600_000),
          Period: 7200,
          Statistics: ['Maximum'],
        });
        return [Value, Math.max(...Datapoints.map(({ Maximum }: any) => Maximum))];
      }),
    );
    return Object.fromEntries(values);
  }

  private async alarm(): Promise<string> {
    const { MetricAlarms } = await this.account.call('cloudwatch', 'DescribeAlarms');
    return MetricAlarms.length === 1 ? MetricAlarms[0].StateValue : fail(`${MetricAlarms.length} alarms`);
  }

  private async eventsSent(): Promise<number> {
    return (await this.account.call('eventbridge', 'DescribeArchive', { ArchiveName: 'invalid' })).EventCount;
  }

  /** The schedule of the stack, and its rule for events. */
  private async eventRules(): Promise<any[]> {
    const { Rules } = await this.account.call('eventbridge', 'ListRules');
    const schedule = Rules.find(({ ScheduleExpression }: any) => ScheduleExpression);
    return [schedule, Rules.find(({ EventPattern }: any) => EventPattern)];
  }

  private async statusOutput(): Promise<string> {
    const outputs = await this.account.outputs(STACK);
    return outputs[Object.keys(outputs).find((name) => name.startsWith('CredentialsStatus')) ?? ''] ?? 'no output';
  }

  private async fillIn(SecretId: string, accessToken: string): Promise<void> {
    await this.account.call('secrets-manager', 'PutSecretValue', { SecretId, SecretString: token(accessToken) });
  }

  private deploy(version: string): Outcome {
    const assembly = join(workDirectory('credentials'), version);
    run('tsx', ['apps/credentials.ts', assembly, version], { cwd: CHECKS });
    return this.account.attemptCdk(['deploy', '--app', assembly, '--require-approval', 'never']);
  }
}
