import {
  aws_ecr as ecr,
  aws_ecs as ecs,
  aws_events as events,
  aws_iam as iam,
  aws_kms as kms,
  aws_secretsmanager as secretsmanager,
  Duration,
  RemovalPolicy,
  SecretValue,
} from 'aws-cdk-lib';
import * as library from '../../src';
import { ACCOUNT, OTHER_ACCOUNT, REGION } from '../util';
import { Slot, Type } from './assembly';
import { World } from './world';

/** Makes a value for a call. */
export type Make = (world: World) => any;

const optional = (name: string, type: Type): Slot => ({ name, type, optional: true });
const foreign = (name: string): Type => ({ fqn: `aws-cdk-lib.${name}` });
const text: Type = { primitive: 'string' };
const number: Type = { primitive: 'number' };
const texts: Type = { collection: { kind: 'array', elementtype: text } };

const credentials = () => library.UpstreamCredentials.fromSecretName('docker-hub');
const role: Make = ({ stack }) =>
  new iam.Role(stack, 'GivenRole', { assumedBy: new iam.ServicePrincipal('ecr.amazonaws.com') });
const rule: Make = ({ stack }) =>
  new library.PullThroughCacheRule(stack, 'GivenRule', {
    upstream: library.UpstreamRegistry.dockerHub(credentials()),
    ecrRepositoryPrefix: 'given-hub',
  });
const existingRule: Make = ({ stack }) =>
  library.PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'GivenExistingRule', {
    ecrRepositoryPrefix: 'hub',
    upstreamRegistryUrl: 'docker.io',
  });
const cache: Make = ({ stack }) =>
  new library.PullThroughCache(stack, 'GivenCache', {
    upstreams: [library.UpstreamRegistry.quay(), library.UpstreamRegistry.dockerHub(credentials())],
  });
const registryPolicy: Make = ({ stack }) => new library.RegistryPolicy(stack, 'GivenPolicy');
const taskDefinition: Make = ({ stack }) =>
  new ecs.CfnTaskDefinition(stack, 'GivenTask', { containerDefinitions: [{ name: 'web', image: 'nginx:1.27' }] });
const statement =
  (resources?: string[]): Make =>
  () =>
    new iam.PolicyStatement({
      principals: [new iam.AccountPrincipal(OTHER_ACCOUNT)],
      actions: ['ecr:BatchGetImage'],
      resources,
    });

/** A right value of every class and interface that the library takes, or has methods of. */
export const OF_TYPE: Record<string, Make> = {
  CachedImage: (world) => world.once(rule).image('nginx:1.27'),
  ImageReference: () => library.ImageReference.parse('nginx:1.27'),
  IPullThroughCacheRule: existingRule,
  IRegistryPolicy: registryPolicy,
  IRepositoryCreationTemplate: ({ stack }) =>
    library.RepositoryCreationTemplate.fromPrefix(stack, 'GivenExistingTemplate', 'given'),
  OrganizationalUnitPrincipal: () => new library.OrganizationalUnitPrincipal('o-1234567890/r-abcd/ou-abcd-12345678/'),
  PullThroughCache: cache,
  PullThroughCacheGrants: (world) => world.once(cache).grants,
  PullThroughCacheRule: rule,
  PullThroughCacheRuleGrants: (world) => world.once(rule).grants,
  Redirection: (world) => world.once(cache).redirection(),
  RegistryPolicy: registryPolicy,
  RepositoryCreationTemplate: ({ stack }) =>
    new library.RepositoryCreationTemplate(stack, 'GivenTemplate', { prefix: 'given' }),
  RepositoryLifecycleRule: () => library.RepositoryLifecycleRule.moreThan(3, { untagged: true }),
  UpstreamCredentials: credentials,
  UpstreamRegistry: () => library.UpstreamRegistry.quay(),

  'constructs.Construct': ({ stack }) => stack,
  'constructs.IConstruct': ({ stack }) => stack,
  'aws-cdk-lib.Duration': () => Duration.days(90),
  'aws-cdk-lib.RemovalPolicy': () => RemovalPolicy.RETAIN,
  'aws-cdk-lib.SecretValue': () => SecretValue.secretsManager('token'),
  'aws-cdk-lib.aws_ecr.ImageTagMutabilityExclusionFilter': () => ecr.ImageTagMutabilityExclusionFilter.wildcard('v*'),
  'aws-cdk-lib.aws_ecr.RepositoryEncryption': () => ecr.RepositoryEncryption.KMS,
  'aws-cdk-lib.aws_ecr.TagMutability': () => ecr.TagMutability.MUTABLE_WITH_EXCLUSION,
  'aws-cdk-lib.aws_ecr.TagStatus': () => ecr.TagStatus.UNTAGGED,
  'aws-cdk-lib.aws_events.EventPattern': () => ({ account: [ACCOUNT], detail: { 'repository-name': ['hub/app'] } }),
  'aws-cdk-lib.aws_events.IRuleTarget': (): events.IRuleTarget => ({
    bind: () => ({ arn: `arn:aws:sns:${REGION}:${ACCOUNT}:topic` }),
  }),
  'aws-cdk-lib.aws_iam.IGrantable': role,
  'aws-cdk-lib.aws_iam.IPrincipal': () => new iam.AccountPrincipal(OTHER_ACCOUNT),
  'aws-cdk-lib.aws_iam.IRole': role,
  'aws-cdk-lib.aws_iam.PolicyStatement': statement(),
  'aws-cdk-lib.aws_kms.IKey': ({ stack }) => new kms.Key(stack, 'GivenKey'),
  'aws-cdk-lib.aws_secretsmanager.ISecret': ({ stack }) =>
    secretsmanager.Secret.fromSecretNameV2(stack, 'GivenSecret', 'ecr-pullthroughcache/hub'),
};

/** Where the type says too little: by the name of the slot, or by the operation and the slot. */
export const OF_SLOT: Record<string, Make> = {
  id: () => 'Id',
  account: () => OTHER_ACCOUNT,
  region: () => REGION,
  reference: () => 'docker.io/library/nginx:1.27',
  defaultHost: () => 'quay.io',
  host: () => 'ghcr.io',
  repository: () => 'owner/app',
  tag: () => 'v1',
  digest: () => `sha256:${'0'.repeat(64)}`,
  description: () => 'What it is for',
  organizationPath: () => 'o-1234567890/r-abcd/ou-abcd-12345678/',
  prefix: () => 'team-a',
  repositoryPrefix: () => 'team-a',
  ecrRepositoryPrefix: () => 'team-a',
  ecrRepositoryPrefixes: () => 'team-a',
  upstreamRepositoryPrefix: () => 'library',
  upstreamRegistryUrl: () => 'quay.io',
  url: () => 'docker.io',
  registryName: () => 'myregistry',
  secretName: () => 'docker-hub',
  secretCompleteArn: () => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:ecr-pullthroughcache/docker-hub-a1B2c3`,
  username: () => 'octocat',
  resourceTags: () => 'platform',
  ruleName: () => 'failures',
  tagPatterns: () => 'v*',
  tagPatternList: () => 'v*',
  tagPrefixList: () => 'v',
  only: () => 'docker.io/library/*',
  exclude: () => '*:latest',
  count: () => 10,
  maxImageCount: () => 10,
  rulePriority: () => 1,
  dualStack: () => true,
  dryRun: () => true,
  logicalIdFromPrefix: () => false,
  managedElsewhere: () => true,
  outputPrefixes: () => true,
  untagged: () => true,
  'Redirection.applyTo construct': taskDefinition,
  'RegistryPolicy.addStatement statement': statement(['*']),
  'IRegistryPolicy.addStatement statement': statement(['*']),
};

/** Of the keys of maps. */
export const KEYS: Record<string, string> = {
  resourceTags: 'team',
  ecrRepositoryPrefixes: 'quay.io',
  repositoriesByHost: 'quay.io',
};

/** The members of the structs of CDK that the library takes. */
export const FOREIGN_STRUCTS: Record<string, Slot[]> = {
  'aws-cdk-lib.aws_events.OnEventOptions': [
    optional('target', foreign('aws_events.IRuleTarget')),
    optional('description', text),
    optional('ruleName', text),
    optional('crossStackScope', { fqn: 'constructs.Construct' }),
    optional('eventPattern', foreign('aws_events.EventPattern')),
  ],
  'aws-cdk-lib.aws_ecr.LifecycleRule': [
    optional('rulePriority', number),
    optional('description', text),
    optional('tagStatus', foreign('aws_ecr.TagStatus')),
    optional('tagPrefixList', texts),
    optional('tagPatternList', texts),
    optional('maxImageCount', number),
    optional('maxImageAge', foreign('Duration')),
  ],
};

/** What else has to be given for a thing to be right, by the members that are looked at. */
export const COMPANIONS: Record<string, (leading: string[]) => string[]> = {
  'aws-cdk-lib.aws_ecr.LifecycleRule': (leading) => (leading.includes('maxImageAge') ? [] : ['maxImageCount']),
  'UpstreamRegistry.fromUrl': () => ['credentials'],
  ...Object.fromEntries(
    ['RepositoryCreationTemplateOptions', 'RepositoryCreationTemplateProps'].map((name) => [
      name,
      (leading: string[]) =>
        leading.some((member) => member.startsWith('imageTagMutability'))
          ? ['imageTagMutability', 'imageTagMutabilityExclusionFilters']
          : [],
    ]),
  ),
};
