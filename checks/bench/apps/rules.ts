import { createHash } from 'crypto';
import { Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { CfnPullThroughCacheRule, CfnRepositoryCreationTemplate } from 'aws-cdk-lib/aws-ecr';
import { CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { library, numbers, synthesize } from './support';

/** Rules of Docker Hub, each with a secret and a template. */
const prefixes = (size: number) => numbers(size).map((index) => `hub-${index}`);
const token = (prefix: string) => SecretValue.secretsManager(`tokens/${prefix}`);

export const byLibrary = (size: number) => (stack: Stack) => {
  const { PullThroughCacheRule, RepositoryLifecycleRule, UpstreamCredentials, UpstreamRegistry } = library();
  for (const prefix of prefixes(size)) {
    new PullThroughCacheRule(stack, prefix, {
      upstream: UpstreamRegistry.dockerHub(
        UpstreamCredentials.newSecret({ username: 'ann', accessToken: token(prefix) }),
      ),
      ecrRepositoryPrefix: prefix,
      repositories: { lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(30))] },
    });
  }
};

/** The names that the library gives: by hand they are some that somebody thought of. */
function idsOf(prefix: string) {
  const hash = createHash('sha256').update(prefix).digest('hex').slice(0, 8).toUpperCase();
  const name = `H${prefix.slice(1).replace('-', '')}${hash}`;
  return {
    secret: `PullThroughCacheSecret${name}`,
    template: `RepositoryCreationTemplate${name}`,
    rule: `PullThroughCacheRule${name}`,
  };
}

export const byHand = (size: number) => (stack: Stack) => {
  const ids = new Map(prefixes(size).map((prefix) => [prefix, idsOf(prefix)]));
  for (const [prefix, id] of ids) {
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
};

export const ours = (size: number) => synthesize(byLibrary(size));
export const theirs = (size: number) => synthesize(byHand(size));
