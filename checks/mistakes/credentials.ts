import { SecretValue, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnSecret, Secret, SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import { UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import { Mistake, OTHER_ACCOUNT, OTHER_REGION, REGION, Topic } from './mistake';
import { hub, rule } from './ours';
import { hubRule, secretArn } from './plain';

const NAME = 'ecr-pullthroughcache/docker-hub';

/** Registries that need a secret, without one. */
const missing = (factory: string, registry: string, url: string, given = ''): Mistake => ({
  mistake: `none for \`${url}\``,
  plain: (stack) => hubRule(stack, { upstreamRegistry: registry, upstreamRegistryUrl: url, credentialArn: undefined }),
  untyped: `UpstreamRegistry.${factory}(${given})`,
  typed: `UpstreamRegistry.${factory}(${given}${given ? ', ' : ''}credentials)`,
});

/** A secret that exists, by its name. */
const named = (mistake: string, name: string): Mistake => ({
  mistake,
  plain: (stack) => hubRule(stack, { credentialArn: secretArn({ name }) }),
  ours: (stack) => hub(stack, UpstreamCredentials.fromSecret(Secret.fromSecretNameV2(stack, 'Secret', name))),
});

/** A secret that exists, by its ARN. */
const byArn = (mistake: string, arn: string): Mistake => ({
  mistake,
  plain: (stack) => hubRule(stack, { credentialArn: arn }),
  ours: (stack) => hub(stack, UpstreamCredentials.fromSecretCompleteArn(arn)),
});

/** A secret that the app makes. */
const made = (mistake: string, props: SecretProps, key?: (stack: Stack) => Key): Mistake => {
  const secret = (stack: Stack) =>
    new Secret(stack, 'Secret', { secretName: NAME, ...props, encryptionKey: key?.(stack) });
  return {
    mistake,
    plain: (stack) => hubRule(stack, { credentialArn: secret(stack).secretArn }),
    ours: (stack) => hub(stack, UpstreamCredentials.fromSecret(secret(stack))),
  };
};

const of = (value: object) => ({ secretStringValue: SecretValue.unsafePlainText(JSON.stringify(value)) });
const RIGHT = of({ username: 'ann', accessToken: 'a-token' });

export const CREDENTIALS: Topic = {
  title: 'Credentials',
  file: 'credentials.ts',
  mistakes: [
    missing('dockerHub', 'docker-hub', 'registry-1.docker.io'),
    missing('github', 'github-container-registry', 'ghcr.io'),
    missing('gitlab', 'gitlab-container-registry', 'registry.gitlab.com'),
    missing('chainguard', 'chainguard', 'cgr.dev'),
    missing('azure', 'azure-container-registry', 'myregistry.azurecr.io', "'myregistry'"),
    {
      mistake: 'none for a registry that is named by its host',
      plain: (stack) => hubRule(stack, { credentialArn: undefined }),
      ours: (stack) => rule(stack, { upstream: UpstreamRegistry.fromUrl('docker.io') }),
    },
    named('a secret whose name lacks `ecr-pullthroughcache/`', 'docker-hub'),
    named('a secret whose name has it in another case', 'ECR-PullThroughCache/docker-hub'),
    named('a secret with nothing after `ecr-pullthroughcache/`', 'ecr-pullthroughcache/'),
    named('a secret with a space in its name', 'ecr-pullthroughcache/docker hub'),
    named('a secret with a character that the ARN pattern lacks', 'ecr-pullthroughcache/docker!hub'),
    named('a secret name of 513 characters', `ecr-pullthroughcache/${'h'.repeat(492)}`),
    byArn('the name of the secret for its ARN', NAME),
    byArn('the ARN of a parameter', `arn:aws:ssm:${REGION}:111122223333:parameter/ecr-pullthroughcache/docker-hub`),
    byArn('a partial ARN for the complete one', `arn:aws:secretsmanager:${REGION}:111122223333:secret:${NAME}`),
    byArn('a secret of another account', secretArn({ account: OTHER_ACCOUNT })),
    byArn('a secret in another region', secretArn({ region: OTHER_REGION })),
    {
      mistake: 'a partial ARN that ends like a complete one',
      plain: (stack) =>
        hubRule(stack, { credentialArn: `arn:aws:secretsmanager:${REGION}:111122223333:secret:${NAME}-tokens` }),
      ours: (stack) => hub(stack, UpstreamCredentials.fromSecretName('docker-hub-tokens')),
    },
    {
      mistake: 'one secret of the app for rules in two regions, without a replica',
      plain: (stack, app) => {
        const secret = new Secret(stack, 'Secret', { secretName: NAME });
        const there = new Stack(app, 'There', { env: { account: stack.account, region: OTHER_REGION } });
        hubRule(there, { credentialArn: secret.secretArn });
      },
      ours: (stack, app) => {
        const secret = new Secret(stack, 'Secret', { secretName: NAME });
        hub(
          new Stack(app, 'There', { env: { account: stack.account, region: OTHER_REGION } }),
          UpstreamCredentials.fromSecret(secret),
        );
      },
    },
    made('a secret of the app without a name', { ...RIGHT, secretName: undefined }),
    made('a secret of the app whose name lacks `ecr-pullthroughcache/`', { ...RIGHT, secretName: 'docker-hub' }),
    made('a customer managed key', RIGHT, (stack) => new Key(stack, 'Key')),
    {
      mistake: 'a customer managed key, of a secret that exists',
      plain: (stack) => {
        const key = Key.fromKeyArn(
          stack,
          'Key',
          `arn:aws:kms:${REGION}:111122223333:key/11112222-3333-4444-5555-666677778888`,
        );
        hubRule(stack, {
          credentialArn: Secret.fromSecretAttributes(stack, 'Secret', {
            secretCompleteArn: secretArn(),
            encryptionKey: key,
          }).secretArn,
        });
      },
      ours: (stack) => {
        const encryptionKey = Key.fromKeyArn(
          stack,
          'Key',
          `arn:aws:kms:${REGION}:111122223333:key/11112222-3333-4444-5555-666677778888`,
        );
        hub(
          stack,
          UpstreamCredentials.fromSecret(
            Secret.fromSecretAttributes(stack, 'Secret', { secretCompleteArn: secretArn(), encryptionKey }),
          ),
        );
      },
    },
    made('the keys `user` and `token`', of({ user: 'ann', token: 'a-token' })),
    made('the key `accesstoken`', of({ username: 'ann', accesstoken: 'a-token' })),
    made('the token alone, and no JSON', { secretStringValue: SecretValue.unsafePlainText('a-token') }),
    made('a random value without a user', {
      generateSecretString: { secretStringTemplate: '{}', generateStringKey: 'accessToken' },
    }),
    made('a random password and nothing else', {}),
    {
      mistake: 'a token in plain text in the template',
      plain: (stack) =>
        hubRule(stack, {
          credentialArn: new CfnSecret(stack, 'Secret', {
            name: NAME,
            secretString: JSON.stringify({ username: 'ann', accessToken: 'a-token' }),
          }).ref,
        }),
      ours: (stack) =>
        hub(
          stack,
          UpstreamCredentials.newSecret({ username: 'ann', accessToken: SecretValue.unsafePlainText('a-token') }),
        ),
    },
    {
      mistake: 'a token as a string, where a `SecretValue` is asked for',
      plain: (stack) =>
        hubRule(stack, {
          credentialArn: new CfnSecret(stack, 'Secret', {
            name: NAME,
            secretString: JSON.stringify({ username: 'ann', accessToken: 'a-token' }),
          }).ref,
        }),
      untyped: "UpstreamCredentials.newSecret({ username: 'ann', accessToken: 'a-token' })",
      typed: "UpstreamCredentials.newSecret({ username: 'ann', accessToken: SecretValue.secretsManager('token') })",
    },
    {
      mistake: 'a token by `ssm-secure`, which CloudFormation does not resolve in a secret',
      plain: (stack) =>
        hubRule(stack, {
          credentialArn: new CfnSecret(stack, 'Secret', {
            name: NAME,
            secretString: '{"username":"ann","accessToken":"{{resolve:ssm-secure:token:1}}"}',
          }).ref,
        }),
      ours: (stack) =>
        hub(
          stack,
          UpstreamCredentials.newSecret({ username: 'ann', accessToken: SecretValue.ssmSecure('token', '1') }),
        ),
    },
    {
      mistake: 'two secrets of one name',
      plain: (stack) => ['One', 'Other'].forEach((id) => new CfnSecret(stack, id, { name: NAME })),
      ours: (stack) =>
        ['one', 'other'].forEach((prefix) =>
          rule(
            stack,
            {
              ecrRepositoryPrefix: prefix,
              upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.placeholder({ secretName: NAME })),
            },
            prefix,
          ),
        ),
    },
    {
      mistake: 'a secret of the app that the rule knows by its name alone, and does not wait for',
      plain: (stack) => {
        new Secret(stack, 'Secret', { secretName: NAME, ...RIGHT });
        hubRule(stack, { credentialArn: `arn:aws:secretsmanager:${REGION}:111122223333:secret:${NAME}` });
      },
      ours: (stack) => {
        new Secret(stack, 'Secret', { secretName: NAME, ...RIGHT });
        hub(stack, UpstreamCredentials.fromSecretName(NAME));
      },
    },
    {
      mistake: 'no user',
      plain: (stack) =>
        hubRule(stack, {
          credentialArn: new CfnSecret(stack, 'Secret', {
            name: NAME,
            secretString: '{"username":"","accessToken":"a-token"}',
          }).ref,
        }),
      ours: (stack) =>
        hub(stack, UpstreamCredentials.newSecret({ username: '', accessToken: SecretValue.secretsManager('token') })),
    },
    ...(
      [
        ['a secret that does not exist', 'it is in the account'],
        ['wrong keys in a secret that exists', 'its value is in the account'],
        ['a customer managed key of a secret that is known by its name', 'the key is in the account'],
        ['a token that has expired, or a fine-grained token of GitHub', 'the registry knows'],
      ] as const
    ).map(([mistake, unseen]): Mistake => ({
      mistake,
      unseen,
      plain: (stack) => hubRule(stack),
      ours: (stack) => hub(stack),
    })),
  ],
};
