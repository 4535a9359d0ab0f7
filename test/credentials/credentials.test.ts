import { App, Aspects, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Role } from 'aws-cdk-lib/aws-iam';

import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { PullThroughCache, PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { Principal } from '../support/simulate';
import {
  ACCOUNT,
  homeStack,
  makeRule,
  onlyResource,
  OTHER_ACCOUNT,
  propertiesOf,
  refusal,
  REGION,
  resourcesOf,
  RULE,
  useCredentials,
} from '../support/util';

const VERIFIED = 'Custom::VerifiedCredentials';
const FUNCTION = 'AWS::Lambda::Function';
const WATCH_RULE = 'AWS::Events::Rule';

const SHARED = UpstreamCredentials.fromSecretName('hub');
const foreignEcr = (name: string) =>
  UpstreamRegistry.ecr({
    account: OTHER_ACCOUNT,
    region: REGION,
    role: Role.fromRoleArn(homeStack(), 'Role', `arn:aws:iam::${ACCOUNT}:role/${name}`),
  });

const hubOf = (stack: Stack) => useCredentials(stack, UpstreamCredentials.fromSecretName('hub'));
const cacheOf = (stack: Stack, id = 'Cache') =>
  new PullThroughCache(stack, id, {
    upstreams: [
      UpstreamRegistry.quay(),
      UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('hub')),
      UpstreamRegistry.github(UpstreamCredentials.placeholder()),
    ],
  });

function roleOf(stack: Stack): Principal {
  const template = Template.fromStack(stack).toJSON();
  const [role] = Object.keys(resourcesOf(stack, 'AWS::IAM::Role'));
  return Principal.of(template, role, { account: ACCOUNT, region: REGION });
}

describe('verifyCredentials', () => {
  test('comes after the rule, and again when it gets another secret', () => {
    const stack = homeStack();
    hubOf(stack).verifyCredentials();
    const { Properties, DependsOn, logicalId } = onlyResource(stack, VERIFIED);
    expect(logicalId).toMatch(/^VerifiedCredentialsDockerHub[0-9A-F]{8}$/);
    expect(DependsOn).toEqual(Object.keys(resourcesOf(stack, RULE)));
    expect(Properties).toEqual({
      ServiceToken: { 'Fn::GetAtt': [onlyResource(stack, FUNCTION).logicalId, 'Arn'] },
      ServiceTimeout: '1200',
      EcrRepositoryPrefix: 'docker-hub',
      SecretId: onlyResource(stack, RULE).Properties.CredentialArn,
      UpstreamRegistryUrl: 'registry-1.docker.io',
      UpstreamRepositoryPrefix: 'ROOT',
    });
    expect(Template.fromStack(stack).toJSON().Outputs).toBeUndefined();
  });

  test.each([
    ['registry', 'UpstreamRegistryUrl', {}, { upstream: UpstreamRegistry.github(SHARED) }],
    ['upstream prefix', 'UpstreamRepositoryPrefix', {}, { upstreamRepositoryPrefix: 'team' }],
    ['role', 'CustomRoleArn', { upstream: foreignEcr('One') }, { upstream: foreignEcr('Two') }],
  ])('comes again with another %s, with which CloudFormation sees a change', (_, name, before, after) => {
    const [one, other] = [before, after].map((props) => {
      const stack = homeStack();
      makeRule(stack, 'Rule', {
        upstream: UpstreamRegistry.dockerHub(SHARED),
        ecrRepositoryPrefix: 'same',
        changeInPlace: true,
        ...props,
      }).verifyCredentials();
      return onlyResource(stack, VERIFIED).Properties;
    });
    expect({ ...one, [name]: undefined }).toEqual({ ...other, [name]: undefined });
    expect(one[name]).not.toEqual(other[name]);
  });

  test('comes again when somebody says so', () => {
    const stack = homeStack();
    hubOf(stack).verifyCredentials({ trigger: 'rotated' });
    expect(onlyResource(stack, VERIFIED).Properties.Trigger).toBe('rotated');
  });

  test('tells in an output of a secret that is to be filled in', () => {
    const stack = homeStack();
    useCredentials(stack, UpstreamCredentials.placeholder()).verifyCredentials();
    const { logicalId, Properties } = onlyResource(stack, VERIFIED);
    expect(Properties.SecretIsGenerated).toBe(true);
    expect(Object.values(Template.fromStack(stack).findOutputs('*'))).toContainEqual(
      expect.objectContaining({ Value: { 'Fn::GetAtt': [logicalId, 'Status'] } }),
    );
  });

  test('of a cache is that of its rules with credentials, by one function', () => {
    const stack = homeStack();
    cacheOf(stack).verifyCredentials();
    expect(propertiesOf(stack, VERIFIED).map(({ EcrRepositoryPrefix }) => EcrRepositoryPrefix)).toEqual([
      'docker-hub',
      'github',
    ]);
    expect(propertiesOf(stack, FUNCTION)).toHaveLength(1);
  });

  test('of a rule with a role looks at that', () => {
    const stack = homeStack();
    makeRule(stack, 'Ecr', {
      upstream: UpstreamRegistry.ecr({ account: '444455556666', region: REGION }),
    }).verifyCredentials();
    expect(onlyResource(stack, VERIFIED).Properties.EcrRepositoryPrefix).toBe('ecr');
  });

  test('may look at rules and at when the secret was filled in, and at nothing else', async () => {
    const stack = homeStack();
    useCredentials(stack, UpstreamCredentials.placeholder()).verifyCredentials();
    const role = roleOf(stack);
    const { logicalId: secretId } = onlyResource(stack, 'AWS::SecretsManager::Secret');
    const secret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret/${secretId}`;
    expect(await role.may('ecr:ValidatePullThroughCacheRule', '*')).toBe('Allowed');
    for (const action of ['CreatePullThroughCacheRule', 'DeletePullThroughCacheRule', 'UpdatePullThroughCacheRule']) {
      expect(await role.may(`ecr:${action}`, '*')).toBe('ImplicitlyDenied');
    }
    expect(role.policies.flatMap(({ policy }) => policy.Statement)).toContainEqual({
      Action: 'cloudformation:DescribeStacks',
      Effect: 'Allow',
      Resource: 'AWS::StackId',
    });
    expect(JSON.stringify(role.policies)).toContain('secretsmanager:DescribeSecret');
    expect(JSON.stringify(role.policies)).not.toContain('GetSecretValue');
    expect(JSON.stringify(role.policies)).toContain(secret);
  });

  test('is for what has credentials, and once', () => {
    const stack = homeStack();
    expect(refusal(() => makeRule(stack, 'Quay').verifyCredentials())).toContain('no credentials');
    expect(refusal(() => new PullThroughCache(homeStack(), 'Cache').verifyCredentials())).toContain(
      'no rule with credentials',
    );
    const rule = hubOf(stack);
    rule.verifyCredentials();
    expect(refusal(() => rule.verifyCredentials())).toContain('already');
  });
});

describe('watchCredentials', () => {
  test('looks at all rules with credentials, every six hours', () => {
    const stack = homeStack();
    cacheOf(stack).watchCredentials();
    const { Properties } = onlyResource(stack, WATCH_RULE);
    expect(Properties.ScheduleExpression).toBe('rate(6 hours)');
    const [, parts] = Properties.Targets[0].Input['Fn::Join'];
    const input = JSON.parse(parts.map((part: any) => (typeof part === 'string' ? part : 'token')).join(''));
    expect(input.Rules.map(({ EcrRepositoryPrefix }: any) => EcrRepositoryPrefix)).toEqual(['docker-hub', 'github']);
    expect(input.Namespace).toBe('cdk-ecr-pull-through-cache');
  });

  test('looks when it is told to', () => {
    const stack = homeStack();
    cacheOf(stack).watchCredentials({ schedule: Schedule.rate(Duration.days(1)) });
    expect(onlyResource(stack, WATCH_RULE).Properties.ScheduleExpression).toBe('rate(1 day)');
  });

  test('has an alarm that holds what the last look found', () => {
    const stack = homeStack();
    const watch = cacheOf(stack).watchCredentials();
    const topic = new Topic(stack, 'Topic');
    watch.alarm.addAlarmAction(new SnsAction(topic));
    expect(onlyResource(stack, 'AWS::CloudWatch::Alarm').Properties).toMatchObject({
      Namespace: 'cdk-ecr-pull-through-cache',
      MetricName: 'InvalidCredentials',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: onlyResource(stack, FUNCTION).logicalId } }],
      Statistic: 'Maximum',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'ignore',
      AlarmActions: [{ Ref: onlyResource(stack, 'AWS::SNS::Topic').logicalId }],
    });
  });

  test('has metrics', () => {
    const stack = homeStack();
    const watch = cacheOf(stack).watchCredentials();
    const metric = watch.metricInvalidCredentialsOf('github', { period: Duration.hours(1), label: 'GitHub' });
    expect([metric.dimensions, metric.period.toHours(), metric.label]).toEqual([
      { EcrRepositoryPrefix: 'github' },
      1,
      'GitHub',
    ]);
    expect(watch.metricInvalidCredentials().statistic).toBe('Maximum');
    expect(refusal(() => watch.metricInvalidCredentialsOf('quay'))).toContain('docker-hub, github');
  });

  test('has an event', () => {
    const stack = homeStack();
    const watch = cacheOf(stack).watchCredentials();
    watch.onInvalidCredentials('Invalid', { target: new SnsTopic(new Topic(stack, 'Topic')) });
    Template.fromStack(stack).hasResourceProperties(WATCH_RULE, {
      EventPattern: {
        source: ['cdk-ecr-pull-through-cache'],
        account: [ACCOUNT],
        detail: { 'ecr-repository-prefix': ['docker-hub', 'github'] },
      },
      Targets: [Match.objectLike({ Arn: Match.anyValue() })],
    });
  });

  test('shares its function with verifyCredentials', () => {
    const stack = homeStack();
    const cache = cacheOf(stack);
    cache.watchCredentials();
    cache.verifyCredentials();
    expect(propertiesOf(stack, FUNCTION)).toHaveLength(1);
  });

  test('may publish in its own namespace, and send events to its own bus', async () => {
    const stack = homeStack();
    cacheOf(stack).watchCredentials();
    const role = roleOf(stack);
    const publish = (namespace: string) =>
      role.may('cloudwatch:PutMetricData', '*', { context: { 'cloudwatch:namespace': namespace } });
    expect(await publish('cdk-ecr-pull-through-cache')).toBe('Allowed');
    expect(await publish('AWS/Lambda')).toBe('ImplicitlyDenied');
    const bus = (name: string) => `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${name}`;
    expect(await role.may('events:PutEvents', bus('default'))).toBe('Allowed');
    expect(await role.may('events:PutEvents', bus('other'))).toBe('ImplicitlyDenied');
  });

  test('has nothing that cdk-nag finds but actions without a resource', () => {
    const stack = homeStack();
    cacheOf(stack).watchCredentials();
    Aspects.of(stack).add(new AwsSolutionsChecks());
    Template.fromStack(stack);
    const found = stack.node
      .findAll()
      .flatMap((node) => node.node.metadata.map(({ data }) => String(data).split(':')[0]))
      .filter((note) => /^AwsSolutions/.test(note) && !/-(L1|SMG4)/.test(note));
    expect([...new Set(found)]).toEqual(['AwsSolutions-IAM5[Resource']);
  });

  test('is for a cache with credentials of this app and place, and once', () => {
    const stack = homeStack();
    expect(refusal(() => new PullThroughCache(homeStack(), 'Cache').watchCredentials())).toContain(
      'no rule with credentials',
    );
    const cache = cacheOf(stack);
    cache.watchCredentials();
    expect(refusal(() => cache.watchCredentials())).toContain('already');

    const app = new App();
    const far = new Stack(app, 'Far', { env: { account: ACCOUNT, region: 'us-east-1' } });
    const rule = new PullThroughCacheRule(far, 'Rule', {
      upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('hub')),
    });
    const near = new PullThroughCache(homeStack(app), 'Cache', { upstreams: [], existingRules: [rule] });
    expect(refusal(() => near.watchCredentials())).toContain('in its own account and region only');
  });

  test('is in no template that does not ask for it', () => {
    const stack = homeStack();
    cacheOf(stack);
    expect(propertiesOf(stack, FUNCTION)).toEqual([]);
    expect(propertiesOf(stack, 'AWS::CloudWatch::Alarm')).toEqual([]);
  });
});
