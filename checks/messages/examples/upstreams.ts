import { CfnParameter, SecretValue, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import type { Explanations } from '../explanation';

export const UPSTREAMS: Explanations = {
  'UpstreamRegistry.account': {
    cause: 'An account has a number of 12 digits, which may begin with zeros.',
    example() {
      UpstreamRegistry.ecr({ account: '11112222333', region: 'eu-west-1' });
    },
  },
  'UpstreamRegistry.azureName': {
    cause: 'The registries of Azure have names of letters and digits, with which their hosts begin.',
    example() {
      UpstreamRegistry.azure('my_registry', UpstreamCredentials.fromSecretName('azure'));
    },
  },
  'UpstreamRegistry.china': {
    cause: 'AWS does not offer pull through cache in its regions of China, and its other regions do not reach them.',
    example() {
      UpstreamRegistry.ecr({ account: '111122223333', region: 'cn-north-1' });
    },
  },
  'UpstreamRegistry.credentials': {
    cause: 'ECR creates a rule for this registry only with a secret.',
    example() {
      UpstreamRegistry.fromUrl('docker.io');
    },
  },
  'UpstreamRegistry.host': {
    cause: 'What was given is no host at all.',
    example() {
      UpstreamRegistry.fromUrl('');
    },
  },
  'UpstreamRegistry.hostForm': {
    cause: 'ECR takes the host of a registry alone.',
    example() {
      UpstreamRegistry.fromUrl('https://quay.io/v2/');
    },
  },
  'UpstreamRegistry.noCredentials': {
    cause: 'ECR reads this registry without a secret, and refuses one.',
    example() {
      UpstreamRegistry.fromUrl('quay.io', UpstreamCredentials.fromSecretName('quay'));
    },
  },
  'UpstreamRegistry.region': {
    cause: 'A region has a name such as `eu-west-1`; others are names for people.',
    example() {
      UpstreamRegistry.ecr({ account: '111122223333', region: 'Ireland' });
    },
  },
  'UpstreamRegistry.token': {
    cause: 'What kind of registry a host is decides whether it needs credentials, which must be known at synth.',
    example() {
      const host = new CfnParameter(this, 'Host');
      UpstreamRegistry.fromUrl(host.valueAsString);
    },
  },
  'UpstreamRegistry.unsupported': {
    cause: 'ECR supports nine upstream registries, and no other.',
    example() {
      UpstreamRegistry.fromUrl('mcr.microsoft.com');
    },
  },
  'UpstreamCredentials.accessToken': {
    cause: 'CDK keeps what is secret in a `SecretValue`, so that it is not shown by mistake.',
    example() {
      const credentials = UpstreamCredentials.newSecret({ username: 'octocat', accessToken: 'a token' as any });
      new PullThroughCacheRule(this, 'GitHub', { upstream: UpstreamRegistry.github(credentials) });
    },
  },
  'UpstreamCredentials.ambiguousPartialArn': {
    cause: 'Secrets Manager adds a hyphen and six characters to the ARN of each secret, and here the name ends so.',
    example() {
      const credentials = UpstreamCredentials.fromSecretName('docker-hub-tokens');
      new PullThroughCacheRule(this, 'Hub', { upstream: UpstreamRegistry.dockerHub(credentials) });
    },
  },
  'UpstreamCredentials.arn': {
    cause: 'The secret was imported by an ARN that is not one of Secrets Manager.',
    example() {
      const secret = secretsmanager.Secret.fromSecretPartialArn(
        this,
        'Secret',
        'arn:aws:ssm:eu-west-1:111122223333:parameter/docker-hub',
      );
      const credentials = UpstreamCredentials.fromSecret(secret);
      new PullThroughCacheRule(this, 'Hub', { upstream: UpstreamRegistry.dockerHub(credentials) });
    },
  },
  'UpstreamCredentials.completeArn': {
    cause: 'A name, a partial ARN or the ARN of something else stands where the complete ARN is asked for.',
    example() {
      const credentials = UpstreamCredentials.fromSecretCompleteArn('ecr-pullthroughcache/docker-hub');
      new PullThroughCacheRule(this, 'Hub', { upstream: UpstreamRegistry.dockerHub(credentials) });
    },
  },
  'UpstreamCredentials.customerKey': {
    cause: 'ECR reads the secret as a service, and may use the default key of Secrets Manager only.',
    example() {
      const secret = new secretsmanager.Secret(this, 'Secret', {
        secretName: 'ecr-pullthroughcache/docker-hub',
        encryptionKey: new kms.Key(this, 'Key'),
      });
      const credentials = UpstreamCredentials.fromSecret(secret);
      new PullThroughCacheRule(this, 'Hub', { upstream: UpstreamRegistry.dockerHub(credentials) });
    },
  },
  'UpstreamCredentials.generatedName': {
    cause: 'ECR reads secrets by the beginning of their names. A name that CloudFormation makes up does not have it.',
    example() {
      const credentials = UpstreamCredentials.fromSecret(new secretsmanager.Secret(this, 'Secret'));
      new PullThroughCacheRule(this, 'Hub', { upstream: UpstreamRegistry.dockerHub(credentials) });
    },
  },
  'UpstreamCredentials.nameTaken': {
    cause: 'An account and region has each name of a secret once, and two objects make two secrets.',
    example() {
      for (const prefix of ['one', 'two']) {
        new PullThroughCacheRule(this, prefix, {
          upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.placeholder({ secretName: 'docker-hub' })),
          ecrRepositoryPrefix: prefix,
        });
      }
    },
  },
  'UpstreamCredentials.noOptions': {
    cause: 'A new secret needs its value.',
    example() {
      UpstreamCredentials.newSecret(undefined as any);
    },
  },
  'UpstreamCredentials.noSecret': {
    cause: 'A variable had no value.',
    example() {
      const credentials = UpstreamCredentials.fromSecret(undefined as any);
      new PullThroughCacheRule(this, 'Hub', { upstream: UpstreamRegistry.dockerHub(credentials) });
    },
  },
  'UpstreamCredentials.otherAccount': {
    cause: 'ECR reads a secret of its own account only.',
    example() {
      const credentials = UpstreamCredentials.fromSecretCompleteArn(
        'arn:aws:secretsmanager:eu-west-1:444455556666:secret:ecr-pullthroughcache/docker-hub-a1B2c3',
      );
      new PullThroughCacheRule(this, 'Hub', { upstream: UpstreamRegistry.dockerHub(credentials) });
    },
  },
  'UpstreamCredentials.otherRegion': {
    cause: 'ECR reads a secret of its own region only.',
    example() {
      const credentials = UpstreamCredentials.fromSecretCompleteArn(
        'arn:aws:secretsmanager:us-east-1:111122223333:secret:ecr-pullthroughcache/docker-hub-a1B2c3',
      );
      new PullThroughCacheRule(this, 'Hub', { upstream: UpstreamRegistry.dockerHub(credentials) });
    },
  },
  'UpstreamCredentials.plainTextToken': {
    cause: 'Whoever may read the template can read the token.',
    example() {
      const credentials = UpstreamCredentials.newSecret({
        username: 'octocat',
        accessToken: SecretValue.unsafePlainText('a token'),
      });
      new PullThroughCacheRule(this, 'GitHub', { upstream: UpstreamRegistry.github(credentials) });
    },
  },
  'UpstreamCredentials.possibleDuplicateName': {
    cause: 'Stacks that leave account and region open may share them, and a name can be used once there.',
    example({ app }) {
      for (const id of ['One', 'Two']) {
        new PullThroughCacheRule(new Stack(app, id), 'Hub', {
          upstream: UpstreamRegistry.dockerHub(UpstreamCredentials.placeholder({ secretName: 'docker-hub' })),
          ecrRepositoryPrefix: id.toLowerCase(),
        });
      }
    },
  },
  'UpstreamCredentials.secretKeys': {
    cause: 'ECR reads the user and the token by fixed keys. The secret may be filled in later, so this is a warning.',
    example() {
      const secret = new secretsmanager.Secret(this, 'Secret', {
        secretName: 'ecr-pullthroughcache/docker-hub',
        secretObjectValue: { user: SecretValue.unsafePlainText('octocat'), token: SecretValue.secretsManager('token') },
      });
      const credentials = UpstreamCredentials.fromSecret(secret);
      new PullThroughCacheRule(this, 'Hub', { upstream: UpstreamRegistry.dockerHub(credentials) });
    },
  },
  'UpstreamCredentials.secretName': {
    cause: 'ECR reads only secrets whose names begin with `ecr-pullthroughcache/`.',
    example() {
      const secret = secretsmanager.Secret.fromSecretNameV2(this, 'Secret', 'docker-hub');
      const credentials = UpstreamCredentials.fromSecret(secret);
      new PullThroughCacheRule(this, 'Hub', { upstream: UpstreamRegistry.dockerHub(credentials) });
    },
  },
  'UpstreamCredentials.secretOfApp': {
    cause: 'CloudFormation does not know that the rule needs the secret, where the rule has its name alone.',
    example() {
      new secretsmanager.Secret(this, 'Secret', {
        secretName: 'ecr-pullthroughcache/docker-hub',
        secretObjectValue: {
          username: SecretValue.unsafePlainText('octocat'),
          accessToken: SecretValue.secretsManager('token'),
        },
      });
      const credentials = UpstreamCredentials.fromSecretName('docker-hub');
      new PullThroughCacheRule(this, 'Hub', { upstream: UpstreamRegistry.dockerHub(credentials) });
    },
  },
  'UpstreamCredentials.sharedBetweenStacks': {
    cause: 'Rules of several stacks share a new secret, and the first of them makes it.',
    example({ app }) {
      const credentials = UpstreamCredentials.placeholder({ secretName: 'docker-hub' });
      for (const id of ['One', 'Two']) {
        const stack = new Stack(app, id, { env: { account: '111122223333', region: 'eu-west-1' } });
        new PullThroughCacheRule(stack, 'Hub', {
          upstream: UpstreamRegistry.dockerHub(credentials),
          ecrRepositoryPrefix: id.toLowerCase(),
        });
      }
    },
  },
  'UpstreamCredentials.sharedWithoutName': {
    cause: 'Without a `secretName` the secret has the name of the prefix, and the two rules have two prefixes.',
    example() {
      const upstream = UpstreamRegistry.dockerHub(UpstreamCredentials.placeholder());
      new PullThroughCacheRule(this, 'One', { upstream, ecrRepositoryPrefix: 'one' });
      new PullThroughCacheRule(this, 'Two', { upstream, ecrRepositoryPrefix: 'two' });
    },
  },
  'UpstreamCredentials.ssmSecure': {
    cause: 'CloudFormation looks up secure parameters in the properties of a few resources, and a secret is not one.',
    example() {
      const credentials = UpstreamCredentials.newSecret({
        username: 'octocat',
        accessToken: SecretValue.ssmSecure('/github/token'),
      });
      new PullThroughCacheRule(this, 'GitHub', { upstream: UpstreamRegistry.github(credentials) });
    },
  },
  'UpstreamCredentials.username': {
    cause: 'The upstream registry signs in a user, also with a token.',
    example() {
      UpstreamCredentials.newSecret({ username: '', accessToken: SecretValue.secretsManager('token') });
    },
  },
};
