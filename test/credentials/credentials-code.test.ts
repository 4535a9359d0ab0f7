import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { exception, inlineCode, invoke, request, Service } from '../support/inline-code';
import { homeStack, onlyResource, useCredentials } from '../support/util';

/** The very text of the template. */
const stack = homeStack();
useCredentials(stack, UpstreamCredentials.fromSecretName('hub')).verifyCredentials();
const code = inlineCode(stack);

const PROPERTIES = { EcrRepositoryPrefix: 'docker-hub', SecretId: 'arn:secret' };
const GENERATED = { ...PROPERTIES, SecretIsGenerated: 'true' };
const filledIn = { VersionIdsToStages: { one: ['AWSPREVIOUS'], two: ['AWSCURRENT'] } };
const untouched = { VersionIdsToStages: { one: ['AWSCURRENT'] } };
const valid = { isValid: true };
const invalid = { isValid: false, failure: 'the token is wrong' };

describe('verifying', () => {
  const create = (service: Service, properties: object = PROPERTIES) =>
    invoke(code, request('Create', properties), service);

  test('succeeds where ECR can sign in', async () => {
    const { answer, calls } = await create((_, input) => {
      expect(input).toEqual({ ecrRepositoryPrefix: 'docker-hub' });
      return valid;
    });
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { Status: 'valid' } });
    expect(calls).toEqual(['ValidatePullThroughCacheRule']);
  });

  test('fails with the reason of ECR, after the minute in which permissions settle', async () => {
    const { answer, seconds } = await create(() => invalid);
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain('the rule with the prefix docker-hub');
    expect(answer.Reason).toContain('the token is wrong');
    expect(answer.Reason).toContain('look at the secret arn:secret');
    expect(seconds).toBeGreaterThan(59);
    expect(seconds).toBeLessThan(90);
  });

  test('names the role of a rule without a secret', async () => {
    const { answer } = await create(() => invalid, { EcrRepositoryPrefix: 'ecr' });
    expect(answer.Reason).toContain('look at its role and the upstream account');
  });

  test.each([
    ['AccessDeniedException', 'no policy of the organization or registry denies ecr:ValidatePullThroughCacheRule'],
    ['PullThroughCacheRuleNotFoundException', 'look for who deleted the rule'],
    ['ValidationException', 'the log of the function has each answer of ECR'],
  ])('says of %s that it is no answer, and nothing of the secret', async (name, advice) => {
    const { answer } = await create(() => exception(name));
    expect(answer.Reason).toContain('ECR does not say whether it can sign in');
    expect(answer.Reason).toContain(advice);
    expect(answer.Reason).not.toContain('arn:secret');
  });

  test('fails nothing for what passes', async () => {
    let times = 0;
    const said = [exception('ThrottlingException'), invalid, exception('PullThroughCacheRuleNotFoundException')];
    const { answer } = await create(() => said[times++] ?? valid);
    expect(answer.Status).toBe('SUCCESS');
  });

  test('tells of a secret that nobody has filled in, and asks nobody', async () => {
    const { answer, calls } = await create(() => untouched, GENERATED);
    expect(answer.Data?.Status).toBe('not verified: nobody has filled in the secret arn:secret yet');
    expect(calls).toEqual(['DescribeSecret']);
  });

  test('looks at a secret that somebody has filled in', async () => {
    const { answer } = await create((command) => (command === 'DescribeSecret' ? filledIn : invalid), GENERATED);
    expect(answer.Status).toBe('FAILED');
  });

  test.each([
    ['UPDATE_ROLLBACK_IN_PROGRESS', 'SUCCESS'],
    ['UPDATE_IN_PROGRESS', 'FAILED'],
    [exception('AccessDenied'), 'FAILED'],
  ])('of what comes back, with the status %s, ends with %s', async (status, expected) => {
    const { answer } = await invoke(code, request('Update', PROPERTIES), (command, input) => {
      if (command !== 'DescribeStacks') {
        return invalid;
      }
      expect(input).toEqual({ StackName: 'stack' });
      return status instanceof Error ? status : { Stacks: [{ StackStatus: status }] };
    });
    expect(answer.Status).toBe(expected);
    expect(answer.Data?.Status ?? answer.Reason).toContain('the token is wrong');
  });

  test.each([
    ['UPDATE_ROLLBACK_IN_PROGRESS', 'SUCCESS'],
    ['UPDATE_IN_PROGRESS', 'FAILED'],
  ])('fits what it says into an answer, with the status %s', async (status, expected) => {
    for (const failure of ['x'.repeat(9000), '“'.repeat(3000), '\n'.repeat(3000), '\u0001😀'.repeat(2000)]) {
      const { answer } = await invoke(code, request('Update', PROPERTIES), (command) =>
        command === 'DescribeStacks' ? { Stacks: [{ StackStatus: status }] } : { isValid: false, failure },
      );
      expect(answer.Status).toBe(expected);
      // No more is cut than has to be.
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeGreaterThan(4085);
    }
  });

  test('does nothing when it is deleted', async () => {
    const { answer, calls } = await invoke(code, request('Delete', PROPERTIES), () => exception('Never'));
    expect([answer.Status, calls]).toEqual(['SUCCESS', []]);
  });
});

/** The rules that a watch has in its input, for a cache with a placeholder. */
function watchedRules(): object[] {
  const watched = homeStack();
  new PullThroughCache(watched, 'Cache', {
    upstreams: [UpstreamRegistry.dockerHub(UpstreamCredentials.placeholder())],
  }).watchCredentials();
  const [target] = onlyResource(watched, 'AWS::Events::Rule').Properties.Targets;
  const parts: unknown[] = target.Input['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'arn:token')).join('')).Rules;
}

describe('watching', () => {
  const BUSY = { ErrorCode: 'ThrottlingException', ErrorMessage: 'too many' };
  const RULES = [PROPERTIES, { EcrRepositoryPrefix: 'github', SecretId: 'arn:github' }];

  async function look(service: Service, Rules: object[] = RULES, put: Service = () => ({})) {
    const sent: any[] = [];
    const failure = await invoke(code, { Namespace: 'namespace', Rules }, (command, input) => {
      if (/^Put/.test(command)) {
        sent.push({ command, ...input });
        return put(command, input);
      }
      return service(command, input);
    }).then(
      () => undefined,
      (error) => error,
    );
    const metrics = sent.find(({ command }) => command === 'PutMetricData');
    return {
      failure,
      namespace: metrics?.Namespace,
      metrics: metrics?.MetricData.map(({ MetricName, Dimensions: [{ Name, Value }], Value: count }: any) =>
        [MetricName, Name, Value, count].join(' '),
      ),
      events: sent.filter(({ command }) => command === 'PutEvents').flatMap(({ Entries }) => Entries),
      calls: sent.map(({ command }) => command),
    };
  }

  test('gives a metric for each prefix, and their sum', async () => {
    const { namespace, metrics, events, failure } = await look(() => valid);
    expect(namespace).toBe('namespace');
    expect(metrics).toEqual([
      'InvalidCredentials EcrRepositoryPrefix docker-hub 0',
      'InvalidCredentials EcrRepositoryPrefix github 0',
      'InvalidCredentials FunctionName watch 0',
    ]);
    expect([events, failure]).toEqual([[], undefined]);
  });

  test('sends an event for credentials that are not valid', async () => {
    const { metrics, events } = await look((_, { ecrRepositoryPrefix }) =>
      ecrRepositoryPrefix === 'github' ? invalid : valid,
    );
    expect(metrics).toEqual([
      'InvalidCredentials EcrRepositoryPrefix docker-hub 0',
      'InvalidCredentials EcrRepositoryPrefix github 1',
      'InvalidCredentials FunctionName watch 1',
    ]);
    expect(events).toHaveLength(1);
    expect(events[0].Source).toBe('namespace');
    expect(JSON.parse(events[0].Detail)).toEqual({
      'ecr-repository-prefix': 'github',
      'failure-reason': 'InvalidCredentials: the token is wrong',
    });
  });

  test('counts a secret that nobody has filled in, by what the template says of it', async () => {
    const { events } = await look((command) => (command === 'DescribeSecret' ? untouched : valid), watchedRules());
    expect(JSON.parse(events[0].Detail)).toEqual({
      'ecr-repository-prefix': 'docker-hub',
      'failure-reason': 'nobody has filled in the secret arn:token yet',
    });
  });

  test('tells of the others where it cannot look at one, and then fails', async () => {
    const { metrics, failure } = await look((_, { ecrRepositoryPrefix }) =>
      ecrRepositoryPrefix === 'github' ? exception('AccessDeniedException', 'no') : valid,
    );
    expect(metrics).toEqual(['InvalidCredentials EcrRepositoryPrefix docker-hub 0']);
    expect(failure.message).toBe('cannot look at the credentials of github: AccessDeniedException: no');
  });

  test('gives the sum of what it knows where that is bad news already', async () => {
    const { metrics, failure } = await look((_, { ecrRepositoryPrefix }) =>
      ecrRepositoryPrefix === 'github' ? exception('AccessDeniedException', 'no') : invalid,
    );
    expect(metrics).toEqual([
      'InvalidCredentials EcrRepositoryPrefix docker-hub 1',
      'InvalidCredentials FunctionName watch 1',
    ]);
    expect(failure).toBeInstanceOf(Error);
  });

  test('sends nothing where it knows nothing', async () => {
    const { calls, failure } = await look(() => exception('AccessDeniedException'));
    expect(calls).toEqual([]);
    expect(failure.message).toContain('docker-hub: AccessDeniedException: ');
    expect(failure.message).toContain('github: AccessDeniedException: ');
  });

  test('has time for the others where one gives no answer', async () => {
    const rules = Array.from({ length: 49 }, (_, index) => ({ EcrRepositoryPrefix: `prefix-${index}` }));
    const { metrics } = await look(
      (_, { ecrRepositoryPrefix }) => (ecrRepositoryPrefix === 'silent' ? exception('ServiceUnavailable') : valid),
      [{ EcrRepositoryPrefix: 'silent' }, ...rules],
    );
    expect(metrics).toHaveLength(49);
    const none = await look(() => exception('ServiceUnavailable'), rules);
    expect([none.calls, none.failure.message.split('; ').length]).toEqual([[], 49]);
  });

  test('sends the events again that EventBridge has not taken', async () => {
    const rules = Array.from({ length: 3 }, (_, index) => ({ EcrRepositoryPrefix: `prefix-${index}` }));
    let times = 0;
    const { events, failure } = await look(
      () => invalid,
      rules,
      (command, { Entries }) =>
        command === 'PutEvents' && times++ === 0
          ? { FailedEntryCount: 1, Entries: Entries.map((_: any, index: number) => (index === 1 ? BUSY : {})) }
          : { FailedEntryCount: 0 },
    );
    const prefixes = events.map(({ Detail }) => JSON.parse(Detail)['ecr-repository-prefix']);
    expect([prefixes, failure]).toEqual([['prefix-0', 'prefix-1', 'prefix-2', 'prefix-1'], undefined]);
  });

  test('fails where EventBridge takes no event', async () => {
    const { failure } = await look(
      () => invalid,
      [PROPERTIES],
      (command) =>
        command === 'PutEvents'
          ? { FailedEntryCount: 1, Entries: [{ ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'no' }] }
          : {},
    );
    expect(failure.message).toBe('NotAuthorizedForSourceException: no');
  });

  test('sends as many events at once as EventBridge takes', async () => {
    const rules = Array.from({ length: 25 }, (_, index) => ({ EcrRepositoryPrefix: `prefix-${index}` }));
    const { calls, events } = await look(() => invalid, rules);
    expect(calls).toEqual(['PutMetricData', 'PutEvents', 'PutEvents', 'PutEvents']);
    expect(events).toHaveLength(25);
  });
});
