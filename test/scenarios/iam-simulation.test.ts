import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { ACCOUNT, REGION } from '../support/references';
import { Answer, ask, identityPolicies, Principal, resolve } from '../support/simulate';
import { WORKLOADS, workloadStack } from '../support/workload-stacks';

const DEPLOYMENT = { account: ACCOUNT, region: REGION };
const repository = (name: string) => `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${name}`;

const CACHED_PULL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'];
const FIRST_PULL = [...CACHED_PULL, 'ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];
const PUSH = ['ecr:PutImage', 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload'];
const DELETE = ['ecr:BatchDeleteImage', 'ecr:DeleteRepository'];
const ADMINISTER = [
  'ecr:SetRepositoryPolicy',
  'ecr:PutLifecyclePolicy',
  'ecr:TagResource',
  'ecr:PutImageTagMutability',
];
const ELSEWHERE = {
  'another prefix': repository('quay/library/nginx'),
  'a prefix that begins the same': repository('docker-hub-2/library/nginx'),
  'no prefix': repository('library/nginx'),
  'another account': `arn:aws:ecr:${REGION}:444455556666:repository/docker-hub/library/nginx`,
  'another region': `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/docker-hub/library/nginx`,
};

/** What IAM says to each action on one resource. */
async function answers(principal: Principal, actions: string[], resource: string): Promise<Record<string, Answer>> {
  return Object.fromEntries(
    await Promise.all(actions.map(async (action) => [action, await principal.may(action, resource)])),
  );
}
const all = (actions: string[], answer: Answer) => Object.fromEntries(actions.map((action) => [action, answer]));

describe.each(Object.keys(WORKLOADS))('%s, that pulls docker-hub/library/nginx', (name) => {
  const { stack, rule, workload } = workloadStack(name);
  const template = Template.fromStack(stack).toJSON();
  const principal = Principal.of(
    template,
    stack.getLogicalId(workload.role.node.defaultChild as iam.CfnRole),
    DEPLOYMENT,
  );
  const image = repository('docker-hub/library/nginx');

  test('may sign in', async () => {
    expect(await principal.may('ecr:GetAuthorizationToken', '*')).toBe('Allowed');
  });

  test('may do all that a first pull of the image does', async () => {
    expect(await answers(principal, FIRST_PULL, image)).toEqual(all(FIRST_PULL, 'Allowed'));
  });

  test.each([
    'docker-hub/library/nginx2',
    'docker-hub/library/nginx/x',
    'docker-hub/library/redis',
    'docker-hub/nginx',
  ])('may not pull %s', async (other) => {
    expect(await answers(principal, FIRST_PULL, repository(other))).toEqual(all(FIRST_PULL, 'ImplicitlyDenied'));
  });

  test.each(Object.entries(ELSEWHERE))('may not pull from %s', async (_what, resource) => {
    expect(await answers(principal, FIRST_PULL, resource)).toEqual(all(FIRST_PULL, 'ImplicitlyDenied'));
  });

  test.each([
    ['push', PUSH],
    ['delete', DELETE],
    ['administer', ADMINISTER],
  ])('may not %s', async (_what, actions) => {
    expect(await answers(principal, actions, image)).toEqual(all(actions, 'ImplicitlyDenied'));
  });

  test('may neither change the rule nor the policy of the registry', async () => {
    const actions = ['ecr:CreatePullThroughCacheRule', 'ecr:DeletePullThroughCacheRule', 'ecr:PutRegistryPolicy'];
    expect(await answers(principal, actions, '*')).toEqual(all(actions, 'ImplicitlyDenied'));
  });

  test('may not read the credentials', async () => {
    const secretArn = resolve(stack.resolve(rule.credentialsSecret!.secretArn), template, DEPLOYMENT);
    expect(secretArn).toMatch(/^arn:aws:secretsmanager:/);
    const secret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:ecr-pullthroughcache/docker-hub-AbCdEf`;
    for (const arn of [secretArn.replace(':secret/', ':secret:'), secret]) {
      expect(await principal.may('secretsmanager:GetSecretValue', arn)).toBe('ImplicitlyDenied');
    }
  });
});

describe('rule.grants', () => {
  function roleWith(grant: (rule: PullThroughCacheRule, role: iam.Role) => void, ecrRepositoryPrefix = 'docker-hub') {
    const stack = new Stack(new App(), 'Stack', { env: DEPLOYMENT });
    const rule = new PullThroughCacheRule(stack, 'Rule', {
      upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.placeholder()),
      ecrRepositoryPrefix,
    });
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    grant(rule, role);
    return Principal.of(
      Template.fromStack(stack).toJSON(),
      stack.getLogicalId(role.node.defaultChild as iam.CfnRole),
      DEPLOYMENT,
    );
  }

  test.each<[grant: string, principal: Principal, repository: string, cached: Answer, first: Answer]>([
    ['pull', roleWith((rule, role) => rule.grants.pull(role)), 'docker-hub/library/nginx', 'Allowed', 'Allowed'],
    ['pull', roleWith((rule, role) => rule.grants.pull(role)), 'docker-hub/a/b/c', 'Allowed', 'Allowed'],
    ['pull', roleWith((rule, role) => rule.grants.pull(role)), 'docker-hub', 'ImplicitlyDenied', 'ImplicitlyDenied'],
    [
      'pull',
      roleWith((rule, role) => rule.grants.pull(role)),
      'docker-hub-2/library/nginx',
      'ImplicitlyDenied',
      'ImplicitlyDenied',
    ],
    [
      'pull',
      roleWith((rule, role) => rule.grants.pull(role)),
      'quay/library/nginx',
      'ImplicitlyDenied',
      'ImplicitlyDenied',
    ],
    ['pull of ROOT', roleWith((rule, role) => rule.grants.pull(role), 'ROOT'), 'library/nginx', 'Allowed', 'Allowed'],
    ['pull of ROOT', roleWith((rule, role) => rule.grants.pull(role), 'ROOT'), 'quay/org/app', 'Allowed', 'Allowed'],
    [
      'pullCached',
      roleWith((rule, role) => rule.grants.pullCached(role)),
      'docker-hub/library/nginx',
      'Allowed',
      'ImplicitlyDenied',
    ],
    [
      'pullCached',
      roleWith((rule, role) => rule.grants.pullCached(role)),
      'quay/library/nginx',
      'ImplicitlyDenied',
      'ImplicitlyDenied',
    ],
    [
      'pullImage',
      roleWith((rule, role) => rule.grants.pullImage(role, 'nginx:1')),
      'docker-hub/library/nginx',
      'Allowed',
      'Allowed',
    ],
    [
      'pullImage',
      roleWith((rule, role) => rule.grants.pullImage(role, 'nginx:1')),
      'docker-hub/library/redis',
      'ImplicitlyDenied',
      'ImplicitlyDenied',
    ],
  ])('%s: %#', async (_grant, principal, name, cached, first) => {
    expect(await principal.may('ecr:GetAuthorizationToken', '*')).toBe('Allowed');
    expect(await answers(principal, CACHED_PULL, repository(name))).toEqual(all(CACHED_PULL, cached));
    const actions = ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];
    expect(await answers(principal, actions, repository(name))).toEqual(all(actions, first));
    expect(await answers(principal, [...PUSH, ...DELETE], repository(name))).toEqual(
      all([...PUSH, ...DELETE], 'ImplicitlyDenied'),
    );
  });
});

describe('another account', () => {
  // The registry and the repository are of one account, who pulls of another.
  const puller = (() => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '444455556666', region: REGION } });
    const rule = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
      ecrRepositoryPrefix: 'docker-hub',
      upstreamRegistryUrl: 'docker.io',
      account: ACCOUNT,
    });
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
    rule.grants.pullImage(role, 'nginx:1.27');
    return Principal.of(Template.fromStack(stack).toJSON(), stack.getLogicalId(role.node.defaultChild as iam.CfnRole), {
      account: '444455556666',
      region: REGION,
    });
  })();
  const image = repository('docker-hub/library/nginx');
  const policy = (Action: string[]) => ({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::444455556666:root' },
        Action,
        Resource: repository('docker-hub/*'),
      },
    ],
  });

  test('its own policy is not enough', async () => {
    for (const action of FIRST_PULL) {
      expect(await puller.may(action, image, { resourceAccount: ACCOUNT })).toBe('ImplicitlyDenied');
    }
  });

  test('with policies of the registry and the repository it is', async () => {
    const resourcePolicies = [policy(['ecr:CreateRepository', 'ecr:BatchImportUpstreamImage']), policy(CACHED_PULL)];
    for (const action of FIRST_PULL) {
      expect(await puller.may(action, image, { resourceAccount: ACCOUNT, resourcePolicies })).toBe('Allowed');
    }
  });

  test('these policies alone are not either', async () => {
    const stranger = new Principal('arn:aws:iam::444455556666:role/Stranger', [], '444455556666');
    expect(
      await stranger.may('ecr:BatchGetImage', image, {
        resourceAccount: ACCOUNT,
        resourcePolicies: [policy(CACHED_PULL)],
      }),
    ).toBe('ImplicitlyDenied');
  });
});

// A simulator that always says the same would prove nothing.
describe('the simulation itself', () => {
  const template = {
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          Policies: [
            {
              PolicyName: 'inline',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' }],
              },
            },
          ],
        },
      },
      Other: {
        Type: 'AWS::IAM::Role',
        Properties: {
          ManagedPolicyArns: [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/Some']] }],
        },
      },
      Attached: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: {
          Roles: [{ Ref: 'Role' }],
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Deny', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/secret' }],
          },
        },
      },
    },
  };

  test('knows inline and managed policies, and denies what they deny', async () => {
    const role = Principal.of(template, 'Role', DEPLOYMENT);
    expect(role.policies.map(({ name }) => name)).toEqual(['inline', 'Attached']);
    expect(await role.may('s3:GetObject', 'arn:aws:s3:::b/public')).toBe('Allowed');
    expect(await role.may('s3:GetObject', 'arn:aws:s3:::b/secret')).toBe('ExplicitlyDenied');
    expect(await role.may('s3:PutObject', 'arn:aws:s3:::b/public')).toBe('ImplicitlyDenied');
  });

  test('refuses policies that it does not know, and actions that do not exist', async () => {
    expect(() => identityPolicies(template, 'Other', DEPLOYMENT)).toThrow(
      'the content of arn:aws:iam::aws:policy/Some is not known here',
    );
    expect(identityPolicies(template, 'Other', DEPLOYMENT, ['policy/Some'])).toEqual([]);
    expect(() => identityPolicies(template, 'Attached', DEPLOYMENT)).toThrow('is no role and no user');
    await expect(
      ask({
        principal: 'arn:aws:iam::111122223333:role/R',
        identityPolicies: [],
        action: 'ecr:PullImage',
        resource: '*',
        resourceAccount: ACCOUNT,
      }),
    ).rejects.toThrow();
  });
});
