import { Aws, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CfnPullThroughCacheRule } from 'aws-cdk-lib/aws-ecr';
import { AccountPrincipal, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import { ACCOUNT, Mistake, OTHER_ACCOUNT, OTHER_REGION, REGION, Topic } from './mistake';
import { rule } from './ours';

const RULE = 'AWS::ECR::PullThroughCacheRule';
const READER = 'pullthroughcache.ecr.amazonaws.com';

/** What ECR does with the role of a rule. */
const ACTIONS = [
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:CompleteLayerUpload',
  'ecr:GetAuthorizationToken',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetImageCopyStatus',
  'ecr:InitiateLayerUpload',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
];

const ecrRule = (stack: Stack, account: string, region: string, customRoleArn?: string) =>
  new CfnPullThroughCacheRule(stack, 'Rule', {
    ecrRepositoryPrefix: 'ecr',
    upstreamRegistry: 'ecr',
    upstreamRegistryUrl: `${account}.dkr.ecr.${region}.amazonaws.com`,
    customRoleArn,
  });

const roleOf = (stack: Stack, service: string, actions: string[]) => {
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal(service) });
  if (actions.length > 0) {
    role.addToPolicy(new PolicyStatement({ actions, resources: ['*'] }));
  }
  return role;
};

const otherAccount = (stack: Stack, role: Role) =>
  rule(stack, {
    upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: OTHER_REGION, role }),
  });

/** A rule for another account, with a role of the app. */
const withRole = (mistake: string, service: string, actions: string[]): Mistake => ({
  mistake,
  plain: (stack) => {
    const role = roleOf(stack, service, actions);
    ecrRule(stack, OTHER_ACCOUNT, OTHER_REGION, role.roleArn).node.addDependency(role);
  },
  ours: (stack) => otherAccount(stack, roleOf(stack, service, actions)),
});

const makesRole = (template: Template) => {
  template.hasResourceProperties(RULE, { CustomRoleArn: Match.anyValue() });
  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: { Statement: [Match.objectLike({ Principal: { Service: READER } })] },
    Policies: [Match.anyValue()],
  });
};

export const ECR_TO_ECR: Topic = {
  title: 'ECR as the upstream of ECR',
  file: 'ecr-to-ecr.ts',
  mistakes: [
    {
      mistake: 'no role for another account',
      plain: (stack) => ecrRule(stack, OTHER_ACCOUNT, REGION),
      instead: (stack) => rule(stack, { upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: REGION }) }),
      gives: 'the role is made',
      check: makesRole,
    },
    {
      mistake: 'no role where the account may be another one',
      plain: (_, app) => ecrRule(new Stack(app, 'Open'), OTHER_ACCOUNT, REGION),
      instead: (stack) => rule(stack, { upstream: UpstreamRegistry.ecr({ account: Aws.ACCOUNT_ID, region: REGION }) }),
      gives: 'the role is made',
      check: makesRole,
    },
    withRole('a role that trusts `ecr.amazonaws.com`', 'ecr.amazonaws.com', ACTIONS),
    withRole('a role that trusts another service', 'ec2.amazonaws.com', ACTIONS),
    withRole('a role without permissions', READER, []),
    withRole('a role that may read the upstream and not write the copies', READER, [
      'ecr:BatchGetImage',
      'ecr:GetDownloadUrlForLayer',
    ]),
    withRole(
      'a role without `ecr:BatchImportUpstreamImage`',
      READER,
      ACTIONS.filter((action) => action !== 'ecr:BatchImportUpstreamImage'),
    ),
    {
      mistake: 'a rule that does not wait for the policy of its role',
      plain: (stack) => ecrRule(stack, OTHER_ACCOUNT, OTHER_REGION, roleOf(stack, READER, ACTIONS).roleArn),
      instead: (stack) => otherAccount(stack, roleOf(stack, READER, ACTIONS)),
      gives: 'the rule waits',
      check: (template) =>
        template.hasResource(RULE, { DependsOn: Match.arrayWith([Match.stringLikeRegexp('^RoleDefaultPolicy')]) }),
    },
    {
      mistake: 'a role of another account than the rule',
      plain: (stack) => ecrRule(stack, OTHER_ACCOUNT, REGION, `arn:aws:iam::${OTHER_ACCOUNT}:role/cache`),
      ours: (stack) =>
        rule(stack, {
          upstream: UpstreamRegistry.ecr({
            account: OTHER_ACCOUNT,
            region: REGION,
            role: Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${OTHER_ACCOUNT}:role/cache`),
          }),
        }),
    },
    {
      mistake: 'the ARN of a role as a string',
      plain: (stack) => ecrRule(stack, OTHER_ACCOUNT, REGION, 'role/cache'),
      untyped: "UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1', role: 'role/cache' })",
      typed: "UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1', role })",
    },
    {
      mistake: 'the registry of the rule itself as its upstream',
      plain: (stack) => ecrRule(stack, ACCOUNT, REGION),
      ours: (stack) => rule(stack, { upstream: UpstreamRegistry.ecr({ account: ACCOUNT, region: REGION }) }),
    },
    {
      mistake: 'an upstream account that lets nobody in',
      unseen: 'it is in the other account',
      plain: (stack) => {
        const role = roleOf(stack, READER, ACTIONS);
        ecrRule(stack, OTHER_ACCOUNT, OTHER_REGION, role.roleArn).node.addDependency(role);
      },
      ours: (stack) =>
        rule(stack, { upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: OTHER_REGION }) }),
    },
    {
      mistake: 'a role that exists and trusts another service',
      unseen: 'it is in the account',
      plain: (stack) => ecrRule(stack, OTHER_ACCOUNT, REGION, `arn:aws:iam::${ACCOUNT}:role/cache`),
      ours: (stack) =>
        rule(stack, {
          upstream: UpstreamRegistry.ecr({
            account: OTHER_ACCOUNT,
            region: REGION,
            role: Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${ACCOUNT}:role/cache`),
          }),
        }),
    },
    {
      mistake: 'a role that its own account may use and ECR may not',
      plain: (stack) => {
        const role = new Role(stack, 'Role', { assumedBy: new AccountPrincipal(ACCOUNT) });
        role.addToPolicy(new PolicyStatement({ actions: ACTIONS, resources: ['*'] }));
        ecrRule(stack, OTHER_ACCOUNT, REGION, role.roleArn).node.addDependency(role);
      },
      ours: (stack) => {
        const role = new Role(stack, 'Role', { assumedBy: new AccountPrincipal(ACCOUNT) });
        role.addToPolicy(new PolicyStatement({ actions: ACTIONS, resources: ['*'] }));
        otherAccount(stack, role);
      },
    },
  ],
};
