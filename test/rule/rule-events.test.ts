import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sns from 'aws-cdk-lib/aws-sns';
import { IPullThroughCacheRule, PullThroughCacheRule } from '../../src';
import { ACCOUNT, REGION, RuleName, ruleFor } from '../support/references';

/** The event patterns of a stack. */
const patterns = (stack: Stack) =>
  Object.values<any>(Template.fromStack(stack).findResources('AWS::Events::Rule')).map(
    ({ Properties }) => Properties.EventPattern,
  );

/** An event as ECR sends it: https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html */
function event(detail: Record<string, unknown>, rest: Record<string, unknown> = {}) {
  return {
    version: '0',
    id: '85fc3613-e913-7fc4-a80c-a3753e4aa9ae',
    'detail-type': 'ECR Pull Through Cache Action',
    source: 'aws.ecr',
    account: ACCOUNT,
    time: '2026-02-29T02:36:48Z',
    region: REGION,
    resources: [`arn:aws:ecr:${REGION}:${ACCOUNT}:repository/docker-hub/library/nginx`],
    detail: {
      'rule-version': '1',
      'sync-status': 'SUCCESS',
      'ecr-repository-prefix': 'docker-hub',
      'repository-name': 'docker-hub/library/nginx',
      'upstream-registry-url': 'registry-1.docker.io',
      'image-tag': '1.27',
      'image-digest': 'sha256:f98c',
      ...detail,
    },
    ...rest,
  };
}
const failure = (status: string, detail = {}) =>
  event({
    'sync-status': status,
    'failure-code': 'SecretsManagerAccess',
    'failure-reason': 'Unable to access the secret',
    ...detail,
  });

/**
 * Whether EventBridge would match, as far as the patterns here go: a field is present and has one of the values, or
 * none of
 * those after `anything-but`. What else a pattern might say is an error, not a match.
 */
function matches(pattern: any, value: any): boolean {
  return Object.entries<any>(pattern).every(([field, wanted]) => {
    const given = value?.[field];
    if (!Array.isArray(wanted)) {
      return given !== undefined && matches(wanted, given);
    }
    return (
      given !== undefined &&
      wanted.some((one) => {
        if (typeof one === 'string') {
          return [given].flat().includes(one);
        }
        if (Object.keys(one).join() !== 'anything-but') {
          throw new Error(`unknown matcher ${JSON.stringify(one)}`);
        }
        return ![one['anything-but']].flat().includes(given);
      })
    );
  });
}

describe('exact patterns', () => {
  const source = { source: ['aws.ecr'], 'detail-type': ['ECR Pull Through Cache Action'] };
  const failed = { 'sync-status': [{ 'anything-but': ['SUCCESS'] }] };

  test.each<[rule: RuleName, origin: object]>([
    ['docker-hub', { 'ecr-repository-prefix': ['docker-hub'] }],
    ['team of ghcr', { 'ecr-repository-prefix': ['team/a'] }],
    // AWS does not say which prefix the events of ROOT carry.
    ['hub at ROOT', { 'upstream-registry-url': ['registry-1.docker.io'] }],
    ['quay at ROOT', { 'upstream-registry-url': ['quay.io'] }],
  ])('%s', (name, origin) => {
    const action = ruleFor(name);
    action.onCacheAction('Action');
    expect(patterns(Stack.of(action))).toEqual([{ ...source, detail: origin }]);

    const failing = ruleFor(name);
    failing.onCacheFailure('Failure');
    expect(patterns(Stack.of(failing))).toEqual([{ ...source, detail: { ...origin, ...failed } }]);
  });

  test('an existing rule of ROOT is told by the host that ECR names, whichever was given', () => {
    const stack = new Stack();
    PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
      ecrRepositoryPrefix: 'ROOT',
      upstreamRegistryUrl: 'docker.io',
    }).onCacheAction('Action');
    expect(patterns(stack)[0].detail).toEqual({ 'upstream-registry-url': ['registry-1.docker.io'] });
  });

  test('a rule of which only the prefix is known', () => {
    const stack = new Stack();
    PullThroughCacheRule.fromEcrRepositoryPrefix(stack, 'Rule', 'some').onCacheFailure('Failure');
    expect(patterns(stack)[0].detail).toEqual({ 'ecr-repository-prefix': ['some'], ...failed });
  });
});

describe('the events that match', () => {
  const pattern = (watch: (rule: IPullThroughCacheRule) => void, name: RuleName = 'docker-hub') => {
    const rule = ruleFor(name);
    watch(rule);
    return patterns(Stack.of(rule))[0];
  };
  const action = pattern((rule) => rule.onCacheAction('Action'));
  const failed = pattern((rule) => rule.onCacheFailure('Failure'));
  const rootFailed = pattern((rule) => rule.onCacheFailure('Failure'), 'hub at ROOT');

  test.each<[what: string, event: any, action: boolean, failure: boolean, failureAtRoot: boolean]>([
    ['a success', event({}), true, false, false],
    ['a failure', failure('FAILURE'), true, true, true],
    ['a failure by any other name', failure('FAILED'), true, true, true],
    [
      'a failure of another prefix',
      failure('FAILURE', { 'ecr-repository-prefix': 'docker-hub-2' }),
      false,
      false,
      true,
    ],
    [
      'a failure of another upstream',
      failure('FAILURE', { 'ecr-repository-prefix': 'quay', 'upstream-registry-url': 'quay.io' }),
      false,
      false,
      false,
    ],
    [
      'a success of another prefix',
      event({ 'ecr-repository-prefix': 'quay', 'upstream-registry-url': 'quay.io' }),
      false,
      false,
      false,
    ],
    ['a push', { ...event({}), 'detail-type': 'ECR Image Action' }, false, false, false],
    ['an event of another service', { ...failure('FAILURE'), source: 'aws.ecs' }, false, false, false],
    [
      'an event without a status',
      { ...event({}), detail: { 'ecr-repository-prefix': 'docker-hub' } },
      true,
      false,
      false,
    ],
  ])('%s', (_what, sample, matchesAction, matchesFailure, matchesRoot) => {
    expect([matches(action, sample), matches(failed, sample), matches(rootFailed, sample)]).toEqual([
      matchesAction,
      matchesFailure,
      matchesRoot,
    ]);
  });
});

test('a failing token reaches a topic in one line', () => {
  const rule = ruleFor('docker-hub');
  const stack = Stack.of(rule);
  const topic = new sns.Topic(stack, 'Topic');
  rule.onCacheFailure('Failure', {
    target: new targets.SnsTopic(topic),
    description: 'the token of Docker Hub',
    ruleName: 'hub-failure',
  });
  Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
    Name: 'hub-failure',
    Description: 'the token of Docker Hub',
    State: 'ENABLED',
    Targets: [{ Arn: { Ref: stack.getLogicalId(topic.node.defaultChild as any) } }],
  });
});

test.each([0, 1])('targets: without one there is none, and one can be added (%d)', (count) => {
  const rule = ruleFor('docker-hub');
  const watch = rule.onCacheAction('Action');
  if (count === 1) {
    watch.addTarget(new targets.SnsTopic(new sns.Topic(Stack.of(rule), 'Topic')));
  }
  const resource = Object.values<any>(Template.fromStack(Stack.of(rule)).findResources('AWS::Events::Rule'))[0];
  expect(resource.Properties.Targets ?? []).toHaveLength(count);
});

test("one rule can be watched in several ways, and a pattern of one's own narrows it", () => {
  const rule = ruleFor('docker-hub');
  rule.onCacheFailure('Failure', { eventPattern: { detail: { 'repository-name': ['docker-hub/library/nginx'] } } });
  rule.onCacheAction('Action');
  const [narrow, wide] = patterns(Stack.of(rule));
  expect(narrow.detail['repository-name']).toEqual(['docker-hub/library/nginx']);
  expect(matches(narrow, failure('FAILURE'))).toBe(true);
  expect(matches(narrow, failure('FAILURE', { 'repository-name': 'docker-hub/library/redis' }))).toBe(false);
  expect(matches(wide, failure('FAILURE', { 'repository-name': 'docker-hub/library/redis' }))).toBe(true);
});

test('the EventBridge rule can stand in another stack of the environment', () => {
  const app = new App();
  const env = { account: ACCOUNT, region: REGION };
  const there = new Stack(app, 'There', { env });
  const rule = PullThroughCacheRule.fromEcrRepositoryPrefix(new Stack(app, 'Here', { env }), 'Rule', 'some');
  rule.onCacheFailure('Failure', { crossStackScope: there });
  Template.fromStack(there).resourceCountIs('AWS::Events::Rule', 1);
});

test.each([
  ['account', { account: '444455556666' }],
  ['region', { region: 'us-east-1' }],
])('a rule of another %s is refused, since its events are sent there', (_what, place) => {
  const stack = new Stack(new App(), 'Stack', { env: { account: ACCOUNT, region: REGION } });
  const rule = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
    ecrRepositoryPrefix: 'some',
    upstreamRegistryUrl: 'quay.io',
    ...place,
  });
  for (const watch of [() => rule.onCacheAction('Action'), () => rule.onCacheFailure('Failure')]) {
    expect(watch).toThrow(
      /^the events of the rule Stack\/Rule are sent in its own account and region; got .*; allowed: "?111122223333\/eu-west-1"?; to fix: watch the rule from a stack there \[at Stack\/Rule\] \[cdk-ecr-pull-through-cache:PullThroughCacheRule\.eventsElsewhere\]$/,
    );
  }
  Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 0);
});

test('a rule of another region can be watched from a stack there, and only from there', () => {
  const app = new App();
  const here = new Stack(app, 'Here', { env: { account: ACCOUNT, region: REGION } });
  const there = new Stack(app, 'There', { env: { account: ACCOUNT, region: 'us-east-1' } });
  const place = { ecrRepositoryPrefix: 'some', upstreamRegistryUrl: 'quay.io' };
  PullThroughCacheRule.fromPullThroughCacheRuleAttributes(here, 'Other', {
    ...place,
    region: 'us-east-1',
  }).onCacheAction('Action', { crossStackScope: there });
  expect(() =>
    PullThroughCacheRule.fromPullThroughCacheRuleAttributes(here, 'Own', place).onCacheAction('Action', {
      crossStackScope: there,
    }),
  ).toThrow('the events of the rule Here/Own are sent in its own account and region');
  Template.fromStack(there).resourceCountIs('AWS::Events::Rule', 1);
});
