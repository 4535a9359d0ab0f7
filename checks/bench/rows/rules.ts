import { deepStrictEqual } from 'assert';
import { Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { CfnPullThroughCacheRule, CfnRepositoryCreationTemplate } from 'aws-cdk-lib/aws-ecr';
import { CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import {
  PullThroughCacheRule,
  RepositoryLifecycleRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import { count, synthesize } from '../apps';
import { alternate, QUICK } from '../measure';
import { report, show } from '../result';

const prefixes = count(QUICK ? 5 : 50).map((index) => `hub-${index}`);
const token = (prefix: string) => SecretValue.secretsManager(`tokens/${prefix}`);

function byLibrary(stack: Stack): void {
  for (const prefix of prefixes) {
    new PullThroughCacheRule(stack, prefix, {
      upstream: UpstreamRegistry.dockerHub(
        UpstreamCredentials.newSecret({ username: 'ann', accessToken: token(prefix) }),
      ),
      ecrRepositoryPrefix: prefix,
      repositories: { lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(30))] },
    });
  }
}

// Logical ids that the library makes: by hand they are names that somebody thought of.
const expected = synthesize(byLibrary);
const idOf = (type: string, key: string, value: string) =>
  Object.keys(expected.Resources).find(
    (id) => expected.Resources[id].Type === type && expected.Resources[id].Properties[key] === value,
  )!;
const ids = new Map(
  prefixes.map((prefix) => [
    prefix,
    {
      secret: idOf('AWS::SecretsManager::Secret', 'Name', `ecr-pullthroughcache/${prefix}`),
      template: idOf('AWS::ECR::RepositoryCreationTemplate', 'Prefix', prefix),
      rule: idOf('AWS::ECR::PullThroughCacheRule', 'EcrRepositoryPrefix', prefix),
    },
  ]),
);

function byHand(stack: Stack): void {
  for (const prefix of prefixes) {
    const id = ids.get(prefix)!;
    const secret = new Secret(stack, id.secret, {
      secretName: `ecr-pullthroughcache/${prefix}`,
      secretObjectValue: { username: SecretValue.unsafePlainText('ann'), accessToken: token(prefix) },
    });
    (secret.node.defaultChild as CfnSecret).overrideLogicalId(id.secret);
    const template = new CfnRepositoryCreationTemplate(stack, id.template, {
      prefix,
      appliedFor: ['PULL_THROUGH_CACHE'],
      lifecyclePolicy: JSON.stringify({
        rules: [
          {
            selection: { tagStatus: 'any', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 30 },
            action: { type: 'expire' },
            rulePriority: 1,
          },
        ],
      }),
    });
    template.overrideLogicalId(id.template);
    const rule = new CfnPullThroughCacheRule(stack, id.rule, {
      ecrRepositoryPrefix: prefix,
      upstreamRegistry: 'docker-hub',
      upstreamRegistryUrl: 'registry-1.docker.io',
      credentialArn: secret.secretArn,
    });
    rule.overrideLogicalId(id.rule);
    rule.node.addDependency(template);
  }
}

deepStrictEqual(synthesize(byHand), expected);

const { ours, theirs, ratio } = alternate(
  30,
  () => synthesize(byLibrary),
  () => synthesize(byHand),
);
report({
  what: `construct and synth ${prefixes.length} rules with secrets and templates`,
  against: 'L1s and `Secret` by hand, the same template',
  ours: show(ours, ' ms'),
  theirs: show(theirs, ' ms'),
  ratio: show(ratio),
  aim: 'at most 1.10 times',
  met: ratio.median <= 1.1,
});
