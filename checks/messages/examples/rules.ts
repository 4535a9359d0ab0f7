import { Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import {
  PullThroughCache,
  PullThroughCacheRule,
  RepositoryCreationTemplate,
  RepositoryTemplateUse,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import type { Explanations } from '../explanation';

export const RULES: Explanations = {
  'PullThroughCacheRule.changeInPlaceLogicalId': {
    cause:
      'CDK makes the logical id of a construct from its place. When that changes, the rule would be taken over under ' +
      'the new id, and then deleted under the old.',
    example() {
      new PullThroughCacheRule(this, 'Rule', {
        upstream: UpstreamRegistry.quay(),
        changeInPlace: true,
        logicalIdFromPrefix: false,
      });
    },
  },
  'PullThroughCacheRule.china': {
    cause: 'AWS does not offer pull through cache in its regions of China.',
    example({ app }) {
      const stack = new Stack(app, 'China', { env: { account: '111122223333', region: 'cn-north-1' } });
      new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay() });
    },
  },
  'PullThroughCacheRule.credentialsElsewhere': {
    cause: 'The function that looks at the credentials would be in another account or region than the rule.',
    example({ app }) {
      const there = new Stack(app, 'There', { env: { account: '111122223333', region: 'us-east-1' } });
      const rule = new PullThroughCacheRule(there, 'Hub', {
        upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
      });
      new PullThroughCache(this, 'Cache', { existingRules: [rule] }).watchCredentials();
    },
  },
  'PullThroughCacheRule.digest': {
    cause: 'ECR finds a new image by its tag. AWS does not say that a first pull by digest works.',
    fix: 'pull it once by its tag, or prefetch it by tag and digest',
    example({ rule }) {
      rule.image('org/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08');
    },
  },
  'PullThroughCacheRule.eventsElsewhere': {
    cause: 'EventBridge has the events of ECR in the account and region in which they happen.',
    example({ app, rule }) {
      const there = new Stack(app, 'There', { env: { account: '111122223333', region: 'us-east-1' } });
      rule.onCacheFailure('Failures', { crossStackScope: there });
    },
  },
  'PullThroughCacheRule.govCloud': {
    cause: 'The ECR user guide and the guide to GovCloud say different things.',
    example({ app }) {
      const stack = new Stack(app, 'GovCloud', { env: { account: '111122223333', region: 'us-gov-west-1' } });
      new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay() });
    },
  },
  'PullThroughCacheRule.imageNameLength': {
    cause: 'Prefix and name of the image are the name of a repository, of which ECR takes so many characters.',
    example({ rule }) {
      rule.image(`${'a'.repeat(255)}:1`);
    },
  },
  'PullThroughCacheRule.literalRootPrefix': {
    cause: '`ROOT` stands for no prefix. In small letters it is a prefix.',
    example() {
      new PullThroughCacheRule(this, 'Rule', { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: 'root' });
    },
  },
  'PullThroughCacheRule.noCredentials': {
    cause: 'The registry needs none, or the rule was made elsewhere, and its credentials are not known here.',
    example({ rule }) {
      rule.verifyCredentials();
    },
  },
  'PullThroughCacheRule.noTag': {
    cause: 'What `latest` is depends on the day, and may not exist.',
    example({ rule }) {
      rule.image('prometheus/node-exporter');
    },
  },
  'PullThroughCacheRule.notOwned': {
    cause: 'The permission stands in the policies of the registry and the repositories, which go with the rule.',
    example() {
      const rule = PullThroughCacheRule.fromEcrRepositoryPrefix(this, 'Rule', 'quay');
      rule.allowPullFrom(new iam.AccountPrincipal('444455556666'));
    },
  },
  'PullThroughCacheRule.openRegistry': {
    cause: 'Without a prefix, repositories of the cache and of others have the same names.',
    example() {
      const rule = new PullThroughCacheRule(this, 'Rule', {
        upstream: UpstreamRegistry.quay(),
        ecrRepositoryPrefix: PullThroughCacheRule.ROOT,
      });
      rule.allowPullFrom(new iam.AccountPrincipal('444455556666'));
    },
  },
  'PullThroughCacheRule.order': {
    cause: 'A service waits for the rule and for the permission to pull. Here that would be a cycle.',
    example({ app, cache }) {
      const product = new Stack(app, 'Product', { env: { account: '111122223333', region: 'eu-west-1' } });
      const taskDefinition = new ecs.FargateTaskDefinition(product, 'Task');
      taskDefinition.addContainer('web', { image: cache.image('quay.io/org/app:1').toContainerImage() });
      new ecs.FargateService(product, 'Service', { cluster: new ecs.Cluster(product, 'Cluster'), taskDefinition });
      cache.onCacheFailure('Failed', { target: new events.SnsTopic(new sns.Topic(product, 'Alarms')) });
    },
  },
  'PullThroughCacheRule.otherAccount': {
    cause: 'A pull from another account needs the permission of both accounts.',
    example({ rule }) {
      const role = iam.Role.fromRoleArn(this, 'Role', 'arn:aws:iam::444455556666:role/Node');
      rule.grants.pull(role);
    },
  },
  'PullThroughCacheRule.otherRegistry': {
    cause: 'A rule caches one registry.',
    example({ rule }) {
      rule.image('ghcr.io/org/app:1');
    },
  },
  'PullThroughCacheRule.outsideUpstreamPrefix': {
    cause: 'With an `upstreamRepositoryPrefix` a rule caches only what is below it.',
    example() {
      const rule = new PullThroughCacheRule(this, 'Rule', {
        upstream: UpstreamRegistry.quay(),
        ecrRepositoryPrefix: 'monitoring',
        upstreamRepositoryPrefix: 'prometheus',
      });
      rule.image('quay.io/org/app:1');
    },
  },
  'PullThroughCacheRule.overlappingPrefixes': {
    cause: 'An image such as `quay/team/app` could be one of either rule.',
    fix: 'give prefixes that do not lie one below the other, such as "quay" and "quay-team"',
    example() {
      new PullThroughCacheRule(this, 'Quay', { upstream: UpstreamRegistry.quay() });
      new PullThroughCacheRule(this, 'Team', { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: 'quay/team' });
    },
  },
  'PullThroughCacheRule.ownRegistry': {
    cause: 'A registry would cache its own images. AWS does not say what happens then.',
    example() {
      new PullThroughCacheRule(this, 'Rule', {
        upstream: UpstreamRegistry.ecr({ account: '111122223333', region: 'eu-west-1' }),
      });
    },
  },
  'PullThroughCacheRule.possibleDuplicatePrefix': {
    cause: 'Stacks that leave account and region open may share them, and a prefix can be used once there.',
    fix: 'give the stacks an env, or the rules different prefixes',
    example({ app }) {
      for (const id of ['One', 'Two']) {
        new PullThroughCacheRule(new Stack(app, id), 'Rule', { upstream: UpstreamRegistry.quay() });
      }
    },
  },
  'PullThroughCacheRule.prefixTaken': {
    cause: 'The prefix is the identity of a rule: an account and region has it once.',
    example() {
      new PullThroughCacheRule(this, 'One', { upstream: UpstreamRegistry.quay() });
      new PullThroughCacheRule(this, 'Two', { upstream: UpstreamRegistry.quay() });
    },
  },
  'PullThroughCacheRule.quota': {
    cause: 'ECR takes 50 rules in an account and region, and the quota cannot be raised.',
    example() {
      for (let index = 0; index < 51; index += 1) {
        new PullThroughCacheRule(this, `Rule${index}`, {
          upstream: UpstreamRegistry.quay(),
          ecrRepositoryPrefix: `quay-${index}`,
        });
      }
    },
  },
  'PullThroughCacheRule.roleAccount': {
    cause: 'ECR takes on a role of its own account, which then reads the other one.',
    example() {
      const role = iam.Role.fromRoleArn(this, 'Role', 'arn:aws:iam::444455556666:role/cache');
      new PullThroughCacheRule(this, 'Rule', {
        upstream: UpstreamRegistry.ecr({ account: '444455556666', region: 'eu-west-1', role }),
      });
    },
  },
  'PullThroughCacheRule.rolePermissions': {
    cause: 'ECR tries the role when it creates the rule.',
    example() {
      const role = new iam.Role(this, 'Role', {
        assumedBy: new iam.ServicePrincipal('pullthroughcache.ecr.amazonaws.com'),
      });
      new PullThroughCacheRule(this, 'Rule', {
        upstream: UpstreamRegistry.ecr({ account: '444455556666', region: 'eu-west-1', role }),
      });
    },
  },
  'PullThroughCacheRule.roleTrust': {
    cause: 'ECR takes on the role as a service, which the role has to trust.',
    example() {
      const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('ecr.amazonaws.com') });
      role.addToPolicy(new iam.PolicyStatement({ actions: ['ecr:*'], resources: ['*'] }));
      new PullThroughCacheRule(this, 'Rule', {
        upstream: UpstreamRegistry.ecr({ account: '444455556666', region: 'eu-west-1', role }),
      });
    },
  },
  'PullThroughCacheRule.rootUpstreamPrefix': {
    cause: 'ECR takes an upstream prefix only beside a prefix that is not `ROOT`.',
    example() {
      new PullThroughCacheRule(this, 'Rule', {
        upstream: UpstreamRegistry.quay(),
        ecrRepositoryPrefix: PullThroughCacheRule.ROOT,
        upstreamRepositoryPrefix: 'prometheus',
      });
    },
  },
  'PullThroughCacheRule.templateOrder': {
    cause: 'The template should be there before the first pull. Here that would be a cycle of two stacks.',
    example({ app, rule }) {
      const templates = new Stack(app, 'Templates', { env: { account: '111122223333', region: 'eu-west-1' } });
      new RepositoryCreationTemplate(templates, 'Template', {
        prefix: 'quay',
        encryptionKey: new kms.Key(this, 'Key'),
      });
      rule.allowPullFrom(new iam.AccountPrincipal('444455556666'));
    },
  },
  'PullThroughCacheRule.templateUse': {
    cause: 'A prefix has one template, and this one is not for the repositories of the cache.',
    example({ rule }) {
      new RepositoryCreationTemplate(this, 'Template', {
        prefix: 'quay',
        appliedFor: [RepositoryTemplateUse.REPLICATION],
      });
      rule.allowPullFrom(new iam.AccountPrincipal('444455556666'));
    },
  },
  'PullThroughCacheRule.unknownUpstream': {
    cause: 'A rule that was imported by its prefix alone does not tell which images it has.',
    example() {
      const rule = PullThroughCacheRule.fromEcrRepositoryPrefix(this, 'Rule', 'quay');
      rule.image('quay.io/org/app:1');
    },
  },
  'PullThroughCacheRule.upstream': {
    cause: 'A text or nothing stands where an `UpstreamRegistry` is asked for.',
    example() {
      new PullThroughCacheRule(this, 'Rule', { upstream: 'quay.io' as any });
    },
  },
  'PullThroughCacheRule.verifiedTwice': {
    cause: 'One verification for each rule is enough: it runs at each deployment that changes something of it.',
    example() {
      const rule = new PullThroughCacheRule(this, 'Hub', {
        upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
      });
      rule.verifyCredentials();
      rule.verifyCredentials();
    },
  },
  'RepositoryPrefix.form': {
    cause: 'A prefix is the beginning of the names of repositories, and has their grammar.',
    example() {
      new PullThroughCacheRule(this, 'Rule', { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: 'Team Quay' });
    },
  },
  'RepositoryPrefix.length': {
    cause: 'ECR takes prefixes of so many characters.',
    example() {
      new PullThroughCacheRule(this, 'Rule', {
        upstream: UpstreamRegistry.quay(),
        ecrRepositoryPrefix: 'the-cache-of-our-platform-team-for-quay',
      });
    },
  },
};
