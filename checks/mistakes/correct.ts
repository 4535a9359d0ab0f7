import { App, Aws, CfnOutput, CfnParameter, Duration, Fn, NestedStack, SecretValue, Stack, Stage } from 'aws-cdk-lib';
import { ImageTagMutabilityExclusionFilter, RepositoryEncryption, TagMutability } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import {
  AccountPrincipal,
  AnyPrincipal,
  Effect,
  OrganizationPrincipal,
  PolicyStatement,
  Role,
  ServicePrincipal,
  User,
} from 'aws-cdk-lib/aws-iam';
import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  CachedImage,
  ImageReference,
  OrganizationalUnitPrincipal,
  PullThroughCache,
  PullThroughCacheRule,
  RegistryPolicy,
  RepositoryCreationTemplate,
  RepositoryLifecycleRule,
  RepositoryTemplateUse,
  UpstreamCredentials,
  UpstreamRegistry,
} from 'cdk-ecr-pull-through-cache';
import { CORRECT_ADMISSION } from './admission';
import { CORRECT_BUILDS } from './correct-builds';
import { CLUSTERS } from './correct-clusters';
import { PLACES } from './correct-places';
import { CORRECT_PREFETCHING } from './correct-prefetching';
import { BUILDS } from './correct-projects';
import { SERVICES } from './correct-services';
import { ACCOUNT, another, HOME, OTHER_ACCOUNT, OTHER_REGION, REGION, SetUp } from './mistake';
import { credentials, hub, rule, template } from './ours';
import { secretArn, service } from './plain';

const { ROOT } = PullThroughCacheRule;
const { ecrPublic, kubernetes, quay, dockerHub, github, azure, gitlab, chainguard, ecr, fromUrl } = UpstreamRegistry;
const CONSUMER = new AccountPrincipal(OTHER_ACCOUNT);
const NAME = 'ecr-pullthroughcache/docker-hub';

const prefix = (ecrRepositoryPrefix: string): SetUp => ({
  setUp: `the prefix \`${ecrRepositoryPrefix}\``,
  build: (stack) => rule(stack, { ecrRepositoryPrefix }),
});
const open = (app: App, id = 'Open') => new Stack(app, id);
const output = (stack: Stack, image: CachedImage) => new CfnOutput(stack, 'Image', { value: image.uri });
const role = (stack: Stack, principal = 'ecs-tasks.amazonaws.com') =>
  new Role(stack, 'Role', { assumedBy: new ServicePrincipal(principal) });

/** The role of a rule for another account, made by hand. */
const READER_ACTIONS = [
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:CompleteLayerUpload',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetImageCopyStatus',
  'ecr:InitiateLayerUpload',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
];
const readerRole = (stack: Stack) => {
  const reader = role(stack, 'pullthroughcache.ecr.amazonaws.com');
  reader.addToPolicy(
    new PolicyStatement({
      actions: READER_ACTIONS,
      resources: [
        `arn:aws:ecr:${OTHER_REGION}:${OTHER_ACCOUNT}:repository/*`,
        `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/ecr/*`,
      ],
    }),
  );
  reader.addToPolicy(new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }));
  return reader;
};

export const CORRECT: SetUp[] = [
  ...CORRECT_PREFETCHING,
  { setUp: 'a rule for each registry without credentials', build: (stack) => new PullThroughCache(stack, 'Cache') },
  {
    setUp: 'a rule for every registry',
    build: (stack) =>
      new PullThroughCache(stack, 'Cache', {
        upstreams: [
          ecrPublic(),
          kubernetes(),
          quay(),
          dockerHub(credentials),
          github(UpstreamCredentials.fromSecretName('github')),
          azure('myregistry', UpstreamCredentials.fromSecretName('azure')),
          gitlab(UpstreamCredentials.fromSecretName('gitlab')),
          chainguard(UpstreamCredentials.fromSecretName('chainguard')),
          ecr({ account: OTHER_ACCOUNT, region: REGION }),
        ],
        outputPrefixes: true,
      }),
  },
  ...[
    'qu',
    'q/',
    'team-a',
    'team--a',
    'team__a',
    'team_a.b',
    'a/b/c/d',
    'quay/',
    'q'.repeat(30),
    'registry.k8s.io',
    '1-2',
  ].map(prefix),
  { setUp: '`ROOT`', build: (stack) => rule(stack, { ecrRepositoryPrefix: ROOT }) },
  {
    setUp: '`ROOT` with `ROOT` as the upstream prefix',
    build: (stack) => rule(stack, { ecrRepositoryPrefix: ROOT, upstreamRepositoryPrefix: ROOT }),
  },
  {
    setUp: '`ROOT` beside other rules',
    build: (stack) => {
      rule(stack, { ecrRepositoryPrefix: ROOT }, 'Root');
      rule(stack);
    },
  },
  { setUp: 'an upstream prefix', build: (stack) => rule(stack, { upstreamRepositoryPrefix: 'prometheus' }) },
  {
    setUp: 'an upstream prefix that is the prefix',
    build: (stack) => rule(stack, { ecrRepositoryPrefix: 'prometheus', upstreamRepositoryPrefix: 'prometheus' }),
  },
  {
    setUp: 'two prefixes for one registry',
    build: (stack) => {
      rule(stack, { ecrRepositoryPrefix: 'monitoring', upstreamRepositoryPrefix: 'prometheus' }, 'One');
      rule(stack, { ecrRepositoryPrefix: 'anything' }, 'Other');
    },
  },
  {
    setUp: 'prefixes of which one begins like the other, `team` and `team-a`',
    build: (stack) => ['team', 'team-a'].forEach((name) => rule(stack, { ecrRepositoryPrefix: name }, name)),
  },
  {
    setUp: '50 rules',
    build: (stack) =>
      Array.from({ length: 50 }, (_, index) => rule(stack, { ecrRepositoryPrefix: `quay-${index}` }, `Rule${index}`)),
  },
  {
    setUp: '50 rules in each of two regions',
    build: (stack, app) =>
      [stack, another(app, 'There', { ...HOME, region: OTHER_REGION })].forEach((place) => {
        for (let index = 0; index < 50; index += 1) {
          rule(place, { ecrRepositoryPrefix: `quay-${index}` }, `Rule${index}`);
        }
      }),
  },
  {
    setUp: 'one prefix in two regions, and in two accounts',
    build: (stack, app) =>
      [
        stack,
        another(app, 'Region', { ...HOME, region: OTHER_REGION }),
        another(app, 'Account', { ...HOME, account: OTHER_ACCOUNT }),
      ].forEach((place) => rule(place)),
  },
  { setUp: 'a stack that leaves account and region open', build: (_, app) => hub(open(app)) },
  {
    setUp: 'one prefix in two stages that leave account and region open',
    build: (_, app) => ['Test', 'Live'].forEach((id) => rule(new Stack(new Stage(app, id), 'Stack'))),
  },
  {
    setUp: 'two prefixes in two stacks that leave account and region open',
    build: (_, app) => ['one', 'other'].forEach((name) => rule(open(app, name), { ecrRepositoryPrefix: name })),
  },
  { setUp: 'a rule in a nested stack', build: (stack) => rule(new NestedStack(stack, 'Nested')) },
  { setUp: 'a rule in a stage', build: (_, app) => rule(new Stack(new Stage(app, 'Stage', { env: HOME }), 'Stack')) },
  { setUp: 'a rule with the logical id of CDK', build: (stack) => rule(stack, { logicalIdFromPrefix: false }) },
  {
    setUp: 'a prefix and an upstream prefix that are parameters',
    build: (stack) =>
      rule(stack, {
        ecrRepositoryPrefix: new CfnParameter(stack, 'Prefix').valueAsString,
        upstreamRepositoryPrefix: new CfnParameter(stack, 'UpstreamPrefix').valueAsString,
      }),
  },
  {
    setUp: 'a registry of Azure that is a parameter',
    build: (stack) => rule(stack, { upstream: azure(new CfnParameter(stack, 'Registry').valueAsString, credentials) }),
  },
  {
    setUp: 'Azure by its full host',
    build: (stack) => rule(stack, { upstream: azure('myregistry.azurecr.io', credentials) }),
  },
  {
    setUp: 'Azure by its name as it was typed',
    build: (stack) => rule(stack, { upstream: azure('MyRegistry', credentials) }),
  },
  {
    setUp: 'Azure by a host with a hash',
    build: (stack) => rule(stack, { upstream: fromUrl('myregistry-a1b2c3d4e5f6g7h8.azurecr.io', credentials) }),
  },
  {
    setUp: 'two registries of Azure',
    build: (stack) =>
      ['one', 'other'].forEach((name) =>
        rule(
          stack,
          { upstream: azure(name, UpstreamCredentials.fromSecretName(name)), ecrRepositoryPrefix: `azure/${name}` },
          name,
        ),
      ),
  },
  {
    setUp: 'Docker Hub by each of its names',
    build: (stack) =>
      ['docker.io', 'index.docker.io', 'hub.docker.com', 'registry-1.docker.io'].forEach((host) =>
        rule(stack, { upstream: fromUrl(host, credentials), ecrRepositoryPrefix: host }, host),
      ),
  },
  { setUp: 'a host in upper case', build: (stack) => rule(stack, { upstream: fromUrl('Quay.IO') }) },
  {
    setUp: 'a secret by its complete ARN',
    build: (stack) => hub(stack, UpstreamCredentials.fromSecretCompleteArn(secretArn())),
  },
  {
    setUp: 'a secret by its name, prefix included',
    build: (stack) => hub(stack, UpstreamCredentials.fromSecretName(NAME)),
  },
  {
    setUp: 'a secret name of 512 characters, of every kind',
    build: (stack) =>
      hub(stack, UpstreamCredentials.fromSecretName(`${NAME}/_+=.@-${'h'.repeat(512 - NAME.length - 8)}`)),
  },
  {
    setUp: 'a secret name that is a parameter',
    build: (stack) => hub(stack, UpstreamCredentials.fromSecretName(new CfnParameter(stack, 'Name').valueAsString)),
  },
  {
    setUp: 'a secret whose ARN another stack exports',
    build: (stack) =>
      hub(
        stack,
        UpstreamCredentials.fromSecret(Secret.fromSecretCompleteArn(stack, 'Secret', Fn.importValue('SecretArn'))),
      ),
  },
  { setUp: 'a secret that is filled in later', build: (stack) => hub(stack, UpstreamCredentials.placeholder()) },
  {
    setUp: 'a token that is kept in another secret',
    build: (stack) =>
      hub(stack, UpstreamCredentials.newSecret({ username: 'ann', accessToken: SecretValue.secretsManager('token') })),
  },
  {
    setUp: 'a token that is a parameter',
    build: (stack) =>
      hub(
        stack,
        UpstreamCredentials.newSecret({
          username: 'ann',
          accessToken: SecretValue.cfnParameter(new CfnParameter(stack, 'Token', { noEcho: true })),
        }),
      ),
  },
  {
    setUp: 'one secret for two rules',
    build: (stack) => {
      const shared = UpstreamCredentials.placeholder({ secretName: 'docker-hub' });
      ['one', 'other'].forEach((name) => rule(stack, { upstream: dockerHub(shared), ecrRepositoryPrefix: name }, name));
    },
  },
  {
    setUp: 'a secret of the app, replicated to the region of a second rule',
    build: (stack, app) => {
      const secret = new Secret(stack, 'Secret', {
        secretName: NAME,
        generateSecretString: { secretStringTemplate: '{"username":"ann"}', generateStringKey: 'accessToken' },
        replicaRegions: [{ region: OTHER_REGION }],
      });
      hub(stack, UpstreamCredentials.fromSecret(secret));
      hub(another(app, 'There', { ...HOME, region: OTHER_REGION }), UpstreamCredentials.fromSecretName(NAME));
    },
  },
  {
    setUp: 'a secret with the default key, by its alias',
    build: (stack) =>
      hub(
        stack,
        UpstreamCredentials.fromSecret(
          Secret.fromSecretAttributes(stack, 'Secret', {
            secretCompleteArn: secretArn(),
            encryptionKey: Alias.fromAliasName(stack, 'Key', 'alias/aws/secretsmanager'),
          }),
        ),
      ),
  },
  {
    setUp: 'ECR of the same account in another region, without a role',
    build: (stack) => rule(stack, { upstream: ecr({ account: ACCOUNT, region: OTHER_REGION }) }),
  },
  {
    setUp: 'ECR of another account in the same region',
    build: (stack) => rule(stack, { upstream: ecr({ account: OTHER_ACCOUNT, region: REGION }) }),
  },
  {
    setUp: 'ECR of the same account, wherever it is deployed',
    build: (_, app) => rule(open(app), { upstream: ecr({ account: Aws.ACCOUNT_ID, region: OTHER_REGION }) }),
  },
  {
    setUp: 'ECR of an account that is a parameter',
    build: (stack) =>
      rule(stack, {
        upstream: ecr({ account: new CfnParameter(stack, 'Account').valueAsString, region: OTHER_REGION }),
      }),
  },
  {
    setUp: 'ECR by its dual-stack host',
    build: (stack) => rule(stack, { upstream: fromUrl(`${OTHER_ACCOUNT}.dkr-ecr.${OTHER_REGION}.on.aws`) }),
  },
  {
    setUp: 'ECR of another account, with a role that exists',
    build: (stack) =>
      rule(stack, {
        upstream: ecr({
          account: OTHER_ACCOUNT,
          region: OTHER_REGION,
          role: Role.fromRoleName(stack, 'Role', 'cache'),
        }),
      }),
  },
  {
    setUp: 'ECR of another account, with a role of the app',
    build: (stack) =>
      rule(stack, { upstream: ecr({ account: OTHER_ACCOUNT, region: OTHER_REGION, role: readerRole(stack) }) }),
  },
  {
    setUp: 'ECR of another account, both ends in one app',
    build: (stack, app) => {
      rule(stack, { upstream: ecr({ account: OTHER_ACCOUNT, region: REGION }) });
      RegistryPolicy.of(another(app, 'Upstream', { ...HOME, account: OTHER_ACCOUNT })).allowCachingBy(
        new AccountPrincipal(ACCOUNT),
        'team',
      );
    },
  },
  {
    setUp: 'a rule that exists, by its prefix',
    build: (stack) => PullThroughCacheRule.fromEcrRepositoryPrefix(stack, 'Rule', 'quay').grants.pull(role(stack)),
  },
  {
    setUp: 'a rule that exists in another account, by its attributes',
    build: (stack) =>
      PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
        ecrRepositoryPrefix: 'docker-hub',
        upstreamRegistryUrl: 'docker.io',
        account: OTHER_ACCOUNT,
        region: OTHER_REGION,
      }).grants.pullImage(role(stack), 'nginx:1.27'),
  },
  { setUp: 'a template with defaults', build: (stack) => rule(stack, { repositories: {} }) },
  { setUp: 'a template for `ROOT`', build: (stack) => template(stack, { prefix: RepositoryCreationTemplate.ROOT }) },
  {
    setUp: 'a template for `ROOT` beside a rule of another prefix',
    build: (stack) => {
      rule(stack);
      template(stack, { prefix: RepositoryCreationTemplate.ROOT });
    },
  },
  {
    setUp: 'templates above and below the prefix of a rule',
    build: (stack) => {
      rule(stack, { ecrRepositoryPrefix: 'team/quay' });
      ['team', 'team/quay/prometheus'].forEach((name) => template(stack, { prefix: name }, name.replace(/\//g, '-')));
    },
  },
  {
    setUp: 'a template of one character, for a rule of another app',
    build: (stack) => template(stack, { prefix: 'q' }),
  },
  { setUp: 'a template prefix of 256 characters', build: (stack) => template(stack, { prefix: 'q'.repeat(256) }) },
  {
    setUp: 'a template for all uses',
    build: (stack) => template(stack, { appliedFor: Object.values(RepositoryTemplateUse) }),
  },
  {
    setUp: 'a template for pushes alone, with immutable tags',
    build: (stack) =>
      template(stack, {
        prefix: 'apps',
        appliedFor: [RepositoryTemplateUse.CREATE_ON_PUSH],
        imageTagMutability: TagMutability.IMMUTABLE,
      }),
  },
  {
    setUp: 'a template for pushes whose prefix no rule covers',
    build: (stack) => {
      rule(stack);
      template(stack, { prefix: 'apps', appliedFor: [RepositoryTemplateUse.CREATE_ON_PUSH] });
    },
  },
  {
    setUp: '50 tags, with a role that is made',
    build: (stack) =>
      template(stack, {
        resourceTags: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`tag-${index}`, 'v'.repeat(256)])),
      }),
  },
  {
    setUp: 'a key and tags, with a role that is made',
    build: (stack) =>
      rule(stack, {
        repositories: {
          encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }),
          resourceTags: { team: 'platform' },
        },
      }),
  },
  {
    setUp: "AWS's own key, with a role that is made",
    build: (stack) => template(stack, { encryption: RepositoryEncryption.KMS }),
  },
  {
    setUp: 'a role of the app for a template',
    build: (stack) => {
      const creator = role(stack, 'ecr.amazonaws.com');
      creator.addToPolicy(
        new PolicyStatement({
          actions: ['ecr:CreateRepository', 'ecr:ReplicateImage', 'ecr:TagResource'],
          resources: [`arn:aws:ecr:${REGION}:${ACCOUNT}:repository/quay/*`],
        }),
      );
      template(stack, { resourceTags: { team: 'platform' }, role: creator });
    },
  },
  {
    setUp: 'tags that are mutable, but for releases',
    build: (stack) =>
      template(stack, {
        imageTagMutability: TagMutability.MUTABLE_WITH_EXCLUSION,
        imageTagMutabilityExclusionFilters: [ImageTagMutabilityExclusionFilter.wildcard('v*')],
      }),
  },
  {
    setUp: 'lifecycle rules for untagged, for some and for all images',
    build: (stack) =>
      template(stack, {
        lifecycleRules: [
          RepositoryLifecycleRule.keepNewest(100),
          RepositoryLifecycleRule.expireAfter(Duration.days(1), { untagged: true }),
          RepositoryLifecycleRule.expireAfter(Duration.days(30), { tagPatterns: ['nightly-*'] }),
        ],
      }),
  },
  { setUp: 'another account', build: (stack) => rule(stack).allowPullFrom(CONSUMER) },
  { setUp: 'an organization', build: (stack) => rule(stack).allowPullFrom(new OrganizationPrincipal('o-1234567890')) },
  {
    setUp: 'an organizational unit',
    build: (stack) =>
      rule(stack).allowPullFrom(new OrganizationalUnitPrincipal('o-1234567890/r-abcd/ou-abcd-12345678/')),
  },
  { setUp: 'HealthOmics', build: (stack) => rule(stack).allowPullFrom(new ServicePrincipal('omics.amazonaws.com')) },
  {
    setUp: 'another account, with its role in the same app',
    build: (stack, app) => {
      const made = rule(stack);
      made.grants.pull(
        new Role(another(app, 'Consumer', { ...HOME, account: OTHER_ACCOUNT }), 'Role', {
          assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
        }),
      );
      made.allowPullFrom(CONSUMER);
    },
  },
  {
    setUp: 'two stacks that add to one registry policy',
    build: (stack, app) =>
      [stack, another(app, 'Second')].forEach((place, index) =>
        rule(place, { ecrRepositoryPrefix: `quay-${index}` }).allowPullFrom(CONSUMER),
      ),
  },
  {
    setUp: 'a registry policy that denies something to everybody',
    build: (stack) =>
      RegistryPolicy.of(stack).addStatement(
        new PolicyStatement({
          effect: Effect.DENY,
          principals: [new AnyPrincipal()],
          actions: ['ecr:ReplicateImage'],
          resources: [`arn:aws:ecr:${REGION}:${ACCOUNT}:repository/*`],
        }),
      ),
  },
  {
    setUp: 'a registry policy that is managed elsewhere',
    build: (stack) => {
      new RegistryPolicy(stack, 'Policy', { managedElsewhere: true });
      rule(stack).allowPullFrom(CONSUMER);
    },
  },
  { setUp: 'a user who pulls', build: (stack) => hub(stack).grants.pull(new User(stack, 'User')) },
  {
    setUp: 'a role that pulls what is cached, and no more',
    build: (stack) => hub(stack).grants.pullCached(role(stack)),
  },
  { setUp: 'a repository name of 256 characters', build: (stack) => rule(stack).image(`${'a'.repeat(251)}:1`) },
  {
    setUp: 'an image whose tag is a parameter',
    build: (stack) => output(stack, hub(stack).image(`nginx:${new CfnParameter(stack, 'Tag').valueAsString}`)),
  },
  {
    setUp: 'an image of parameters',
    build: (stack) =>
      output(
        stack,
        hub(stack).imageFromReference(
          ImageReference.fromParts({
            repository: new CfnParameter(stack, 'Repository').valueAsString,
            tag: new CfnParameter(stack, 'Tag').valueAsString,
          }),
        ),
      ),
  },
  {
    setUp: 'an image by its URI in the cache',
    build: (stack) => hub(stack).image(`${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/docker-hub/library/nginx:1.27`),
  },
  {
    setUp: 'a service on Fargate',
    build: (stack) => service(stack, hub(stack).image('nginx:1.27').toContainerImage()),
  },
  {
    setUp: 'a service that is redirected',
    build: (stack) => {
      new PullThroughCache(stack, 'Cache').redirect(stack);
      service(stack, ContainerImage.fromRegistry('quay.io/prometheus/node-exporter:v1.9.0'));
    },
  },
  {
    setUp: 'a queue for failures',
    build: (stack) =>
      rule(stack).onCacheFailure('Failures', { target: new SqsQueue(new Queue(stack, 'Queue', { enforceSSL: true })) }),
  },
  {
    setUp: 'credentials in another partition',
    build: (_, app) =>
      hub(
        another(app, 'Sovereign', { account: ACCOUNT, region: 'eusc-de-east-1' }),
        UpstreamCredentials.fromSecretCompleteArn(
          `arn:aws-eusc:secretsmanager:eusc-de-east-1:${ACCOUNT}:secret:${NAME}-a1B2c3`,
        ),
      ),
  },
  {
    setUp: 'a secret of the L1, by its name',
    build: (stack) => {
      const secret = new CfnSecret(stack, 'Secret', {
        name: NAME,
        generateSecretString: { secretStringTemplate: '{"username":"ann"}', generateStringKey: 'accessToken' },
      });
      hub(stack, UpstreamCredentials.fromSecret(Secret.fromSecretCompleteArn(stack, 'Imported', secret.ref)));
    },
  },
  ...CORRECT_ADMISSION,
  ...CORRECT_BUILDS,
  ...SERVICES,
  ...BUILDS,
  ...CLUSTERS,
  ...PLACES,
];
