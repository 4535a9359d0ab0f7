import { Stack, Stage } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { OrganizationalUnitPrincipal, PullThroughCacheRuleGrants, RegistryPolicy } from 'cdk-ecr-pull-through-cache';
import type { Explanations } from '../explanation';

export const POLICIES: Explanations = {
  'RegistryPolicy.late': {
    cause:
      'CDK Pipelines synthesizes a stage when it is added. What is added to a policy there afterwards would be lost.',
    example({ app }) {
      const env = { account: '111122223333', region: 'eu-west-1' };
      for (const id of ['First', 'Second']) {
        const stage = new Stage(app, id, { env });
        RegistryPolicy.of(new Stack(stage, 'Stack')).allowCachingBy(new iam.AccountPrincipal('444455556666'));
        stage.synth();
      }
    },
  },
  'RegistryPolicy.length': {
    cause: 'ECR takes a registry policy of 10,240 characters at most.',
    example() {
      const policy = RegistryPolicy.of(this);
      for (let account = 100000000000; account < 100000000100; account += 1) {
        policy.allowCachingBy(new iam.AccountPrincipal(String(account)), `team-${account}`);
      }
    },
  },
  'RegistryPolicy.noResources': {
    cause: 'ECR refuses a statement that does not say which repositories it is about.',
    example() {
      RegistryPolicy.of(this).addStatement(
        new iam.PolicyStatement({
          principals: [new iam.AccountPrincipal('444455556666')],
          actions: ['ecr:BatchImportUpstreamImage'],
        }),
      );
    },
  },
  'RegistryPolicy.otherPolicy': {
    cause: 'An account and region has one registry policy, which each deployment replaces as a whole.',
    example({ rule }) {
      rule.allowPullFrom(new iam.AccountPrincipal('444455556666'));
      new ecr.CfnRegistryPolicy(this, 'Other', { policyText: { Version: '2012-10-17', Statement: [] } });
    },
  },
  'RegistryPolicy.possibleDuplicate': {
    cause: 'Stacks that leave account and region open may share them, and one registry policy with them.',
    example({ app }) {
      for (const id of ['One', 'Two']) {
        RegistryPolicy.of(new Stack(app, id)).allowCachingBy(new iam.AccountPrincipal('444455556666'));
      }
    },
  },
  'RegistryPolicy.secondPolicy': {
    cause: 'An account and region has one registry policy, so that one construct owns it.',
    example({ rule }) {
      rule.allowPullFrom(new iam.AccountPrincipal('444455556666'));
      new RegistryPolicy(this, 'Policy');
    },
  },
  'PolicyStatement.account': {
    cause: 'CDK takes any text for the id of an account, and the deployment fails.',
    example({ rule }) {
      rule.allowPullFrom(new iam.AccountPrincipal('4444-5555-6666'));
    },
  },
  'PolicyStatement.everybody': {
    cause: 'Anybody in any account could have your account fetch images, and pull them.',
    example({ rule }) {
      rule.allowPullFrom(new iam.AnyPrincipal());
    },
  },
  'PolicyStatement.everybodyBut': {
    cause: '`NotPrincipal` with `Allow` lets in everybody who is not named.',
    example() {
      RegistryPolicy.of(this).addStatement(
        new iam.PolicyStatement({
          notPrincipals: [new iam.AccountPrincipal('444455556666')],
          actions: ['ecr:BatchImportUpstreamImage'],
          resources: ['arn:aws:ecr:eu-west-1:111122223333:repository/quay/*'],
        }),
      );
    },
  },
  'PolicyStatement.incomplete': {
    cause: 'ECR refuses a statement that does not say who may do what.',
    example() {
      RegistryPolicy.of(this).addStatement(
        new iam.PolicyStatement({
          actions: ['ecr:BatchImportUpstreamImage'],
          resources: ['arn:aws:ecr:eu-west-1:111122223333:repository/quay/*'],
        }),
      );
    },
  },
  'PolicyStatement.principal': {
    cause: 'An account id, an ARN or nothing stands where a principal is asked for.',
    example({ rule }) {
      rule.allowPullFrom('444455556666' as any);
    },
  },
  'OrganizationalUnitPrincipal.path': {
    cause: 'IAM compares the whole path of an account in its organization.',
    example() {
      new OrganizationalUnitPrincipal('ou-abcd-12345678');
    },
  },
  'PullThroughCacheRuleGrants.condition': {
    cause: 'The images that a role may pull share one statement, so that its policy stays small.',
    example({ rule }) {
      const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
      const grant = rule.grants.pullImage(role, 'org/one:1');
      rule.grants.pullImage(role, 'org/two:1');
      grant.principalStatements[0].addCondition('StringEquals', { 'aws:RequestedRegion': 'eu-west-1' });
    },
  },
  'PullThroughCacheRuleGrants.lambda': {
    cause: 'AWS Lambda copies an image from its repository when the function is made, and brings none into the cache.',
    example({ rule }) {
      rule.grants.pull(new iam.ServicePrincipal('lambda.amazonaws.com'));
    },
  },
  'PullThroughCacheRuleGrants.noPolicy': {
    cause:
      'A first pull creates the repository, so that no policy of a repository can allow it: who pulls needs a policy ' +
      'of its own.',
    example({ rule }) {
      rule.grants.pull(new iam.ServicePrincipal('ecs-tasks.amazonaws.com'));
    },
  },
  'PullThroughCacheRuleGrants.principal': {
    cause: 'An ARN or nothing stands where a role is asked for.',
    example({ rule }) {
      rule.grants.pull('arn:aws:iam::111122223333:role/Node' as any);
    },
  },
  'PullThroughCacheRuleGrants.unnamedImages': {
    cause: 'A rule by its reference has a prefix and no upstream, so that images have no names in it.',
    example() {
      const resource = new ecr.CfnPullThroughCacheRule(this, 'Rule', {
        ecrRepositoryPrefix: 'quay',
        upstreamRegistryUrl: 'quay.io',
      });
      const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
      PullThroughCacheRuleGrants.fromPullThroughCacheRule(resource).pullImage(role, 'org/app:1');
    },
  },
};
