import { Duration, Stack } from 'aws-cdk-lib';
import type { Alarm, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import { Construct, IConstruct } from 'constructs';
import type { WatchCredentialsOptions } from './credentials-options';
import { CredentialsRule, credentialsFunction, ruleProperties, signsIn } from './credentials-rule';
import { fail } from '../core/errors';

/** The namespace of the metrics, and the source of the events. */
const NAMESPACE = 'cdk-ecr-pull-through-cache';

const METRIC = 'InvalidCredentials';

const ID = 'CredentialsWatch';

/**
 * A regular look at the credentials of all rules of a cache that have any: whether ECR can sign in to their upstream
 * registries. Made by `watchCredentials` of a `PullThroughCache`.
 *
 * A token that was revoked or has expired thus shows before somebody's pull fails. A secret that is still to be filled
 * in counts as invalid.
 *
 * @example
 * const watch = cache.watchCredentials();
 * watch.alarm.addAlarmAction(new actions.SnsAction(topic));
 * watch.onInvalidCredentials('Invalid', { target: new targets.SnsTopic(topic) });
 */
export class CredentialsWatch extends Construct {
  /** @internal */
  public static _of(cache: Construct, rules: IConstruct[], options: WatchCredentialsOptions): CredentialsWatch {
    if (cache.node.tryFindChild(ID)) {
      fail(
        {
          id: 'CredentialsWatch.secondWatch',
          what: 'the credentials of this cache are watched already',
          fix: 'use the CredentialsWatch of the first call',
        },
        cache.node.path,
      );
    }
    return new CredentialsWatch(cache, ID, rules as unknown as CredentialsRule[], options);
  }

  /**
   * The alarm for credentials that are not valid by the last look. It has no actions until it is given some.
   */
  public readonly alarm: Alarm;

  private readonly functionName: string;
  private readonly prefixes: string[];

  private constructor(scope: Construct, id: string, all: CredentialsRule[], options: WatchCredentialsOptions) {
    super(scope, id);
    const rules = all.filter(signsIn);
    if (rules.length === 0) {
      fail(
        {
          id: 'CredentialsWatch.noCredentials',
          what: 'the cache has no rule with credentials to watch',
          allowed: 'rules of this app with a secret or a role',
          fix: 'leave it out for registries that everybody may pull from; watch rules that exist where they are made',
        },
        this.node.path,
      );
    }
    this.prefixes = rules.map(({ ecrRepositoryPrefix }) => ecrRepositoryPrefix);
    const [watcher] = rules.map((rule) => credentialsFunction(this, rule));
    this.functionName = watcher.function.functionName;
    watcher.allow(['cloudwatch:PutMetricData'], ['*'], { StringEquals: { 'cloudwatch:namespace': NAMESPACE } });
    const bus = Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    watcher.allow(['events:PutEvents'], [bus]);

    const { events, targets, cloudwatch } = modules();
    const schedule = options.schedule ?? events.Schedule.rate(Duration.hours(6));
    const input = events.RuleTargetInput.fromObject({ Namespace: NAMESPACE, Rules: rules.map(ruleProperties) });
    new events.Rule(this, 'Schedule', {
      description: 'Has the credentials of pull through cache rules looked at',
      schedule,
      targets: [new targets.LambdaFunction(watcher.function, { event: input })],
    });
    this.alarm = new cloudwatch.Alarm(this, 'Alarm', {
      alarmDescription:
        'ECR cannot sign in to an upstream of the pull through cache: look at the metric of each prefix',
      metric: this.metricInvalidCredentials(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Between two looks what the last one found holds.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
  }

  /**
   * How many rules have credentials that are not valid, by the last look.
   *
   * @default - the maximum over 5 minutes
   * @param options of the metric
   */
  public metricInvalidCredentials(options: MetricOptions = {}): Metric {
    return this.metric({ FunctionName: this.functionName }, options);
  }

  /**
   * Says if the credentials of one rule are not valid, by the last look: 1, or 0 for those that are.
   *
   * Throws if no rule with that prefix is watched.
   *
   * @default - the maximum over 5 minutes
   * @param ecrRepositoryPrefix the prefix of the rule
   * @param options of the metric
   */
  public metricInvalidCredentialsOf(ecrRepositoryPrefix: string, options: MetricOptions = {}): Metric {
    if (!this.prefixes.includes(ecrRepositoryPrefix)) {
      fail(
        {
          id: 'CredentialsWatch.unknownPrefix',
          what: 'no rule with this prefix is watched',
          given: ecrRepositoryPrefix,
          allowed: this.prefixes.join(', '),
          fix: 'give the prefix of a rule of the cache that has credentials',
        },
        this.node.path,
      );
    }
    return this.metric({ EcrRepositoryPrefix: ecrRepositoryPrefix }, options);
  }

  /**
   * An EventBridge rule for credentials that a look finds not to be valid; its events have `ecr-repository-prefix` and
   * `failure-reason` in their detail.
   *
   * @param id the id of the EventBridge rule
   * @param options its target, and what else of EventBridge
   */
  public onInvalidCredentials(id: string, options: OnEventOptions = {}): Rule {
    const { events } = modules();
    const rule = new events.Rule(this, id, options);
    rule.addEventPattern({
      source: [NAMESPACE],
      account: [Stack.of(this).account],
      detail: { 'ecr-repository-prefix': this.prefixes },
    });
    rule.addTarget(options.target);
    return rule;
  }

  private metric(dimensionsMap: Record<string, string>, options: MetricOptions): Metric {
    const { cloudwatch } = modules();
    return new cloudwatch.Metric({
      namespace: NAMESPACE,
      metricName: METRIC,
      dimensionsMap,
      statistic: 'Maximum',
      period: Duration.minutes(5),
      ...options,
    });
  }
}

/** Loaded here and not above, for those who watch nothing. */
function modules() {
  const cloudwatch: typeof import('aws-cdk-lib/aws-cloudwatch') = require('aws-cdk-lib/aws-cloudwatch');
  const events: typeof import('aws-cdk-lib/aws-events') = require('aws-cdk-lib/aws-events');
  const targets: typeof import('aws-cdk-lib/aws-events-targets') = require('aws-cdk-lib/aws-events-targets');
  return { cloudwatch, events, targets };
}
