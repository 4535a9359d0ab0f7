const {
  CreatePullThroughCacheRuleCommand,
  DeletePullThroughCacheRuleCommand,
  DescribePullThroughCacheRulesCommand,
  ECRClient,
  UpdatePullThroughCacheRuleCommand,
} = require('@aws-sdk/client-ecr');

/** With a secret, a role or a permission that the same deployment made, these may pass. */
const SETTLES = ['AccessDeniedException', 'SecretNotFoundException', 'UnableToAccessSecretException'];

/** ECR has no exception of its own for a role that it cannot take on yet. */
const SETTLES_WITH_ROLE = [...SETTLES, 'InvalidParameterException', 'ValidationException'];

const NOT_FOUND = 'PullThroughCacheRuleNotFoundException';
const EXISTS = 'PullThroughCacheRuleAlreadyExistsException';

/** What a rule is made of, by its names in the API. */
const FIELDS = [
  'credentialArn',
  'customRoleArn',
  'ecrRepositoryPrefix',
  'upstreamRegistry',
  'upstreamRegistryUrl',
  'upstreamRepositoryPrefix',
];

/**
 * Follows the prefix in the id of a rule that was there before the stack had it, and is followed by the secret or role
 * that the rule had then, if it gets another. Only a rollback looks at it.
 */
const ADOPTED = ' (adopted)';

/** The longest id that CloudFormation takes, in bytes. */
const LONGEST_ID = 1024;

/** What can be the prefix of a rule, and no id that CloudFormation makes up where a function did not answer. */
const PREFIX = /^([a-z0-9][a-z0-9._/-]*|ROOT)$/;

/** How long to try to put back a rule that could not be replaced. */
const TIME_TO_PUT_BACK = 15000;

const ecr = new ECRClient(CLIENT);

/** The requests that made a rule. Lambda runs one again that could not be answered, often in the same process. */
const made = new Set();

exports.handler = (event, context) => answer(event, context, keep);

async function keep(event, clock) {
  const properties = event.ResourceProperties;
  const rule = pick((field) => properties[field[0].toUpperCase() + field.slice(1)]);
  const id = event.PhysicalResourceId;
  try {
    return {
      id: event.RequestType === 'Delete' ? await remove(rule, id, properties, clock) : await bring(rule, event, clock),
    };
  } catch (error) {
    throw error instanceof Said ? new Failure(explain(event.RequestType, rule, error)) : error;
  }
}

function pick(valueOf) {
  return Object.fromEntries(FIELDS.map((field) => [field, valueOf(field)]).filter(([, value]) => value !== undefined));
}

/**
 * Has the rule as it is wanted, and gives its id. An id with another prefix is another rule, of which CloudFormation
 * deletes the old one when all else has succeeded. One with the same prefix stays: its deletion would be that of the
 * new rule.
 */
async function bring(rule, { PhysicalResourceId: id, RequestId }, clock) {
  const prefix = rule.ecrRepositoryPrefix;
  const isHeld = id !== undefined && prefixOf(id) === prefix;
  const there = await clock.retry(() => describe(prefix), SETTLES);
  if (there === undefined) {
    await create(rule, clock);
    made.add(RequestId);
    console.log(`created ${prefix}`);
    return isHeld ? id : prefix;
  }
  if (!hasSameUpstream(there, rule) && !isHeld) {
    throw new Failure(
      `the prefix ${prefix} is taken by a rule for ${upstreamOf(there)}, and this one is for ${upstreamOf(rule)}; ` +
        'to fix: give the rule another ecrRepositoryPrefix, or delete the rule that is there',
    );
  }
  if (!hasSameUpstream(there, rule) || losesCredentials(there, rule)) {
    await replace(there, rule, clock);
    console.log(`replaced ${prefix}, which was for ${upstreamOf(there)}`);
  } else if (!hasSameCredentials(there, rule)) {
    await update(rule, clock, settles(rule));
    console.log(`changed the credentials of ${prefix}, which were ${credentialsOf(there)}`);
  }
  if (isHeld) {
    return id;
  }
  return made.has(RequestId) ? prefix : adoptedId(there, rule);
}

async function update({ ecrRepositoryPrefix, credentialArn, customRoleArn }, clock, settling) {
  const command = new UpdatePullThroughCacheRuleCommand({ ecrRepositoryPrefix, credentialArn, customRoleArn });
  await clock.retry(() => ecr.send(command), settling);
}

function adoptedId(there, rule) {
  const id = there.ecrRepositoryPrefix + ADOPTED;
  const remembering = `${id} ${credentialsOf(there)}`;
  return hasSameCredentials(there, rule) || Buffer.byteLength(remembering) > LONGEST_ID ? id : remembering;
}

function credentialsOf({ credentialArn, customRoleArn }) {
  return JSON.stringify({ credentialArn, customRoleArn });
}

function settles(rule) {
  return rule.customRoleArn === undefined ? SETTLES : SETTLES_WITH_ROLE;
}

function prefixOf(id) {
  return id.split(ADOPTED)[0];
}

function upstreamOf({ upstreamRegistryUrl, upstreamRepositoryPrefix = 'ROOT' }) {
  return upstreamRepositoryPrefix === 'ROOT'
    ? upstreamRegistryUrl
    : `${upstreamRegistryUrl}/${upstreamRepositoryPrefix}`;
}

function hasSameUpstream(one, other) {
  return upstreamOf(one) === upstreamOf(other);
}

function hasSameCredentials(one, other) {
  return one.credentialArn === other.credentialArn && one.customRoleArn === other.customRoleArn;
}

/** ECR changes a secret or a role for another, and takes none away. */
function losesCredentials(there, rule) {
  return ['credentialArn', 'customRoleArn'].some((field) => there[field] && rule[field] === undefined);
}

/** Nothing where there is no rule with this prefix. */
async function describe(prefix) {
  const asked = new DescribePullThroughCacheRulesCommand({ ecrRepositoryPrefixes: [prefix] });
  try {
    return (await ecr.send(asked)).pullThroughCacheRules[0];
  } catch (error) {
    if (error.name === NOT_FOUND) {
      return undefined;
    }
    throw error;
  }
}

/** Where the answer to a try was lost, the next one finds the rule that it has made. */
async function create(rule, clock, passes = []) {
  const command = new CreatePullThroughCacheRuleCommand(rule);
  let tries = 0;
  await clock.retry(async () => {
    tries += 1;
    try {
      await ecr.send(command);
    } catch (error) {
      if (error.name !== EXISTS || tries === 1 || !(await isAsWanted(rule))) {
        throw error;
      }
    }
  }, [...settles(rule), ...passes]);
}

async function isAsWanted(rule) {
  const there = await describe(rule.ecrRepositoryPrefix);
  return there !== undefined && hasSameUpstream(there, rule) && hasSameCredentials(there, rule);
}

/** Deletes and creates: two rules cannot have one prefix. What is cached stays. */
async function replace(there, rule, clock) {
  await destroy(rule.ecrRepositoryPrefix, clock);
  try {
    await create(rule, clock, [EXISTS]);
  } catch (error) {
    // Better the old rule than none until CloudFormation rolls back. Its secret may be one that the function may use
    // no longer: the policy has changed before.
    const putBack = new CreatePullThroughCacheRuleCommand(pick((field) => there[field]));
    await new Clock(TIME_TO_PUT_BACK)
      .retry(() => ecr.send(putBack), [])
      .catch((refusal) => {
        console.error(refusal);
        error.isGone = refusal.code !== EXISTS;
      });
    throw error;
  }
}

async function destroy(ecrRepositoryPrefix, clock) {
  try {
    const command = new DeletePullThroughCacheRuleCommand({ ecrRepositoryPrefix });
    await clock.retry(() => ecr.send(command), ['AccessDeniedException']);
  } catch (error) {
    if (error.code !== NOT_FOUND) {
      throw error;
    }
  }
}

/**
 * Deletes a rule of the stack. One that leads elsewhere stays, and one that was there before what is rolled back, or may
 * be.
 */
async function remove(rule, id, { Stack }, clock) {
  const prefix = prefixOf(id);
  const there = PREFIX.test(prefix) ? await clock.retry(() => describe(prefix), SETTLES) : undefined;
  if (there === undefined) {
    return id;
  }
  if (rule.ecrRepositoryPrefix === prefix && !hasSameUpstream(there, rule)) {
    console.log(`leaves the rule ${prefix}, which is for ${upstreamOf(there)}`);
  } else if (id.includes(ADOPTED) && (await isRolledBack(Stack, clock)) !== false) {
    console.log(`leaves the rule ${prefix}, which was there before`);
    await putCredentialsBack(there, id, clock);
  } else {
    await destroy(prefix, clock);
    console.log(`deleted ${prefix}`);
  }
  return id;
}

/**
 * Gives a rule the secret or role that it had before the stack. The function may use those of the app, of which this
 * need not be one: a rollback must not end for that.
 */
async function putCredentialsBack(there, id, clock) {
  const { credentialArn, customRoleArn } = JSON.parse(id.split(ADOPTED)[1] || '{}');
  const before = { ecrRepositoryPrefix: there.ecrRepositoryPrefix, credentialArn, customRoleArn };
  if (hasSameCredentials(there, before) || !losesCredentials(before, {})) {
    return;
  }
  try {
    await update(before, clock, []);
    console.log(`put back the credentials ${credentialsOf(before)}`);
  } catch (error) {
    console.error(`cannot put back the credentials ${credentialsOf(before)}, do so by hand: ${error.message}`);
  }
}

/** What people can do about what ECR said. */
function explain(requestType, rule, said) {
  const gone = said.isGone
    ? '; there is no rule with this prefix now, since the old one cannot be put back, which the rollback will try again'
    : '';
  return (
    `the rule with the prefix ${rule.ecrRepositoryPrefix} for ${upstreamOf(rule)} ` +
    `cannot be ${requestType.toLowerCase()}d: ECR says ${said.message}${gone}; to fix: ${advice(rule, said.code)}`
  );
}

function advice(rule, code) {
  switch (code) {
    case 'SecretNotFoundException':
      return `make the secret ${rule.credentialArn} in the account and region of the rule, with a value`;
    case 'UnableToAccessSecretException':
      return `give the secret ${rule.credentialArn} a value, and check that no policy of it denies its use`;
    case 'UnableToDecryptSecretValueException':
      return `encrypt the secret ${rule.credentialArn} with the default key aws/secretsmanager`;
    case 'UnsupportedUpstreamRegistryException':
      return 'check that ECR supports the upstream registry in this region';
    case 'LimitExceededException':
      return 'delete a rule that nobody needs: an account and region has 50 at most';
    case 'AccessDeniedException':
      return 'check that no policy of the organization or registry denies the actions that the message names';
    case 'InvalidParameterException':
    case 'ValidationException':
      return rule.customRoleArn === undefined
        ? 'check what the message names'
        : `check what the message names, and that the role ${rule.customRoleArn} trusts pullthroughcache.ecr.amazonaws.com`;
    default:
      return 'deploy again if this may pass by itself; the log of the function has each answer of ECR';
  }
}
