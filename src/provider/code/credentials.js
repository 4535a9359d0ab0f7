const { ECRClient, ValidatePullThroughCacheRuleCommand } = require('@aws-sdk/client-ecr');

/** With a rule, a role or a secret that the same deployment made, these may pass. */
const SETTLES = ['AccessDeniedException', 'PullThroughCacheRuleNotFoundException', 'InvalidCredentials'];

const ecr = new ECRClient({});

exports.handler = (event, context) =>
  event.ResourceProperties === undefined ? watch(event, context) : answer(event, context, verify);

/** Fails where ECR cannot sign in to the upstream registry of a rule. */
async function verify(event, clock) {
  const rule = event.ResourceProperties;
  const id = `credentials of ${rule.EcrRepositoryPrefix}`;
  if (event.RequestType === 'Delete') {
    return { id: event.PhysicalResourceId };
  }
  if (await isPlaceholder(rule)) {
    return { id, data: { Status: `not verified: nobody has filled in the secret ${rule.SecretId} yet` } };
  }
  try {
    await clock.retry(() => validate(rule), SETTLES);
  } catch (error) {
    // What comes back must not fail for what ended the deployment: the stack would be stuck.
    if (event.RequestType === 'Update' && (await isRolledBack(event.StackId, clock)) === true) {
      return { id, data: { Status: `not valid: ${error.message}` } };
    }
    const place = rule.SecretId === undefined ? 'its role and the upstream account' : `the secret ${rule.SecretId}`;
    throw new Failure(
      `ECR cannot sign in to the upstream registry of the rule with the prefix ${rule.EcrRepositoryPrefix}: ${error.message}; ` +
        `to fix: look at ${place}, and deploy again`,
    );
  }
  return { id, data: { Status: 'valid' } };
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
  const clock = new Clock(context.getRemainingTimeInMillis() - TIME_TO_ANSWER);
  const reasons = new Map();
  let unknown;
  for (const rule of Rules) {
    try {
      reasons.set(rule.EcrRepositoryPrefix, await reasonAgainst(rule, clock));
    } catch (error) {
      // Says nothing of the credentials. The others are looked at all the same.
      unknown = error;
    }
  }

  const invalid = [...reasons].filter(([, reason]) => reason !== undefined);
  const metric = (name, value, count) => ({
    MetricName: 'InvalidCredentials',
    Dimensions: [{ Name: name, Value: value }],
    Value: count,
    Unit: 'Count',
  });
  const metrics = [
    ...[...reasons].map(([prefix, reason]) => metric('EcrRepositoryPrefix', prefix, reason === undefined ? 0 : 1)),
    metric('FunctionName', process.env.AWS_LAMBDA_FUNCTION_NAME, invalid.length),
  ];
  await new CloudWatchClient({}).send(new PutMetricDataCommand({ Namespace, MetricData: metrics }));
  const events = invalid.map(([prefix, reason]) => ({
    Source: Namespace,
    DetailType: 'Invalid Credentials of a Pull Through Cache Rule',
    Detail: JSON.stringify({ 'ecr-repository-prefix': prefix, 'failure-reason': reason }),
  }));
  // As many as one call takes.
  for (let start = 0; start < events.length; start += 10) {
    await new EventBridgeClient({}).send(new PutEventsCommand({ Entries: events.slice(start, start + 10) }));
  }
  if (unknown) {
    throw unknown;
  }
}

/** Why ECR cannot sign in for a rule; nothing where it can. */
async function reasonAgainst(rule, clock) {
  if (await isPlaceholder(rule)) {
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
