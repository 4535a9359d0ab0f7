const { ECRClient, ValidatePullThroughCacheRuleCommand } = require('@aws-sdk/client-ecr');

/** With a rule, a role or a secret that the same deployment made, these may pass. */
const SETTLES = ['AccessDeniedException', 'PullThroughCacheRuleNotFoundException', 'InvalidCredentials'];

/** As many events as one call takes. */
const BATCH = 10;

/** The longest look at one rule, so that others have their turn. */
const TIME_FOR_RULE = 60000;

/** For the metrics, and for the events. */
const TIME_TO_TELL = 7500;

const ecr = new ECRClient(CLIENT);

exports.handler = (event, context) =>
  event.ResourceProperties === undefined ? watch(event, context) : answer(event, context, verify);

/** Fails where ECR cannot sign in to the upstream registry of a rule. */
async function verify(event, clock) {
  const rule = event.ResourceProperties;
  const id = `credentials of ${rule.EcrRepositoryPrefix}`;
  if (event.RequestType === 'Delete') {
    return { id: event.PhysicalResourceId };
  }
  if (await isPlaceholder(rule, clock)) {
    return { id, data: { Status: `not verified: nobody has filled in the secret ${rule.SecretId} yet` } };
  }
  try {
    await clock.retry(() => validate(rule), SETTLES);
  } catch (error) {
    // What comes back must not fail for what ended the deployment: the stack would be stuck.
    if (event.RequestType === 'Update' && (await isRolledBack(event.StackId, clock)) === true) {
      const status = error.code === 'InvalidCredentials' ? 'not valid' : 'not verified';
      return { id, data: { Status: `${status}: ${error.message}` } };
    }
    throw new Failure(explain(rule, error));
  }
  return { id, data: { Status: 'valid' } };
}

/** What people can do about what ECR said, of the credentials or of the question. */
function explain(rule, { code, message }) {
  const whose = `the rule with the prefix ${rule.EcrRepositoryPrefix}: ${message}; to fix:`;
  const ask = `ECR does not say whether it can sign in to the upstream registry of ${whose}`;
  switch (code) {
    case 'InvalidCredentials': {
      const place = rule.SecretId === undefined ? 'its role and the upstream account' : `the secret ${rule.SecretId}`;
      return `ECR cannot sign in to the upstream registry of ${whose} look at ${place}, and deploy again`;
    }
    case 'AccessDeniedException':
      return `${ask} check that no policy of the organization or registry denies ecr:ValidatePullThroughCacheRule`;
    case 'PullThroughCacheRuleNotFoundException':
      return `${ask} look for who deleted the rule, and make it again: docs/changing-rules.md says how`;
    default:
      return `${ask} deploy again if this may pass by itself; the log of the function has each answer of ECR`;
  }
}

/** Throws the reason why ECR cannot sign in. */
async function validate({ EcrRepositoryPrefix }) {
  const { isValid, failure } = await ecr.send(
    new ValidatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: EcrRepositoryPrefix }),
  );
  if (!isValid) {
    throw new Said('InvalidCredentials', failure ?? 'ECR gives no reason');
  }
}

/** Looks at rules, and says what it found as a metric for each, their sum, and an event for each that is not valid. */
async function watch({ Namespace, Rules }, context) {
  const { CloudWatchClient, PutMetricDataCommand } = require('@aws-sdk/client-cloudwatch');
  const { EventBridgeClient, PutEventsCommand } = require('@aws-sdk/client-eventbridge');
  const time = context.getRemainingTimeInMillis() - TIME_TO_ANSWER;
  const timeForRule = Math.min(TIME_FOR_RULE, time / Rules.length);
  const reasons = new Map();
  const unknown = [];
  for (const rule of Rules) {
    try {
      reasons.set(rule.EcrRepositoryPrefix, await reasonAgainst(rule, new Clock(timeForRule)));
    } catch (error) {
      // Says nothing of the credentials. The others are looked at all the same.
      unknown.push(`${rule.EcrRepositoryPrefix}: ${error.message}`);
    }
  }

  const invalid = [...reasons].filter(([, reason]) => reason !== undefined);
  const metric = (name, value, count) => ({
    MetricName: 'InvalidCredentials',
    Dimensions: [{ Name: name, Value: value }],
    Value: count,
    Unit: 'Count',
  });
  const metrics = [...reasons].map(([prefix, reason]) =>
    metric('EcrRepositoryPrefix', prefix, reason === undefined ? 0 : 1),
  );
  // With a rule of which nothing is known, none that is not valid is no good news: the alarm stays as it is.
  if (invalid.length > 0 || unknown.length === 0) {
    metrics.push(metric('FunctionName', process.env.AWS_LAMBDA_FUNCTION_NAME, invalid.length));
  }
  const clock = new Clock(TIME_TO_TELL);
  if (metrics.length > 0) {
    const cloudWatch = new CloudWatchClient(CLIENT);
    const command = new PutMetricDataCommand({ Namespace, MetricData: metrics });
    await clock.retry(() => cloudWatch.send(command), []);
  }
  const events = invalid.map(([prefix, reason]) => ({
    Source: Namespace,
    DetailType: 'Invalid Credentials of a Pull Through Cache Rule',
    Detail: JSON.stringify({ 'ecr-repository-prefix': prefix, 'failure-reason': reason }),
  }));
  const eventBridge = new EventBridgeClient(CLIENT);
  for (let start = 0; start < events.length; start += BATCH) {
    let left = events.slice(start, start + BATCH);
    await clock.retry(async () => {
      const { FailedEntryCount, Entries } = await eventBridge.send(new PutEventsCommand({ Entries: left }));
      if (FailedEntryCount > 0) {
        const { ErrorCode, ErrorMessage } = Entries.find((entry) => entry.ErrorCode);
        left = left.filter((_, index) => Entries[index].ErrorCode);
        throw new Said(ErrorCode, ErrorMessage);
      }
    }, []);
  }
  if (unknown.length > 0) {
    throw new Error(`cannot look at the credentials of ${unknown.join('; ')}`);
  }
}

/** Why ECR cannot sign in for a rule; nothing where it can. */
async function reasonAgainst(rule, clock) {
  if (await isPlaceholder(rule, clock)) {
    return `nobody has filled in the secret ${rule.SecretId} yet`;
  }
  try {
    await clock.retry(() => validate(rule), []);
    return undefined;
  } catch (error) {
    if (error.code === 'InvalidCredentials') {
      return error.message;
    }
    throw error;
  }
}
