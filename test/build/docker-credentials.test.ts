import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { BuildSpec, Project } from 'aws-cdk-lib/aws-codebuild';
import { AccountPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DockerCredentialUsage } from 'aws-cdk-lib/pipelines';
import { PullThroughCache, PullThroughCacheRule, UpstreamRegistry } from '../../src';
import { Principal } from '../support/simulate';
import {
  ACCOUNT,
  HOME,
  homeStack,
  onlyResource,
  openStack,
  OTHER_ACCOUNT,
  refusal,
  REGION,
  ROLE,
} from '../support/util';

const HOST = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`;
const FIRST_PULL = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:BatchImportUpstreamImage',
  'ecr:CreateRepository',
];
const arnOf = (repository: string, account = ACCOUNT) => `arn:aws:ecr:${REGION}:${account}:repository/${repository}`;

function newCache(stack: Stack): PullThroughCache {
  return new PullThroughCache(stack, 'Cache', { upstreams: [UpstreamRegistry.ecrPublic(), UpstreamRegistry.quay()] });
}

/** A cache of which one rule is that of another region. */
function withOtherRegion(stack: Stack): PullThroughCache {
  return new PullThroughCache(stack, 'Cache', {
    upstreams: [UpstreamRegistry.quay()],
    existingRules: [
      PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Other', {
        ecrRepositoryPrefix: 'github',
        upstreamRegistryUrl: 'ghcr.io',
        region: 'us-east-1',
      }),
    ],
  });
}

describe('dockerLoginCommands', () => {
  test('sign in to the registry', () => {
    expect(newCache(homeStack()).dockerLoginCommands).toEqual([
      `aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin ${HOST}`,
    ]);
  });

  test('sign in to each registry', () => {
    expect(withOtherRegion(homeStack()).dockerLoginCommands).toEqual([
      expect.stringContaining('--region eu-west-1 |'),
      'aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin ' +
        `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`,
    ]);
  });

  test('are for CodeBuild, wherever the stack is deployed', () => {
    const stack = openStack();
    const cache = newCache(stack);
    const project = new Project(stack, 'Build', {
      buildSpec: BuildSpec.fromObject({
        version: '0.2',
        phases: { pre_build: { commands: cache.dockerLoginCommands } },
      }),
    });
    cache.grants.pull(project);
    const { BuildSpec: spec } = onlyResource(stack, 'AWS::CodeBuild::Project').Properties.Source;
    expect(spec['Fn::Join'][1]).toEqual([
      expect.stringContaining('aws ecr get-login-password --region '),
      { Ref: 'AWS::Region' },
      ' | docker login --username AWS --password-stdin ',
      { Ref: 'AWS::AccountId' },
      '.dkr.ecr.',
      { Ref: 'AWS::Region' },
      '.',
      { Ref: 'AWS::URLSuffix' },
      expect.anything(),
    ]);
  });
});

describe('dockerCredentials', () => {
  const config = (cache: PullThroughCache, ...options: Parameters<PullThroughCache['dockerCredentials']>) =>
    cache.dockerCredentials(...options).map((credential) => credential._renderCdkAssetsConfig());

  test('are those of the registry', () => {
    expect(config(newCache(homeStack()))).toEqual([{ [HOST]: { ecrRepository: true } }]);
  });

  test('are those of each registry', () => {
    expect(config(withOtherRegion(homeStack())).map((entry) => Object.keys(entry))).toEqual([
      [HOST],
      [`${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`],
    ]);
  });

  test('let those pull who build, by all rules', async () => {
    const stack = homeStack();
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('codebuild.amazonaws.com') });
    newCache(stack).dockerCredentials()[0].grantRead(role, DockerCredentialUsage.ASSET_PUBLISHING);
    const { logicalId } = onlyResource(stack, ROLE);
    const builder = Principal.of(Template.fromStack(stack).toJSON(), logicalId, { account: ACCOUNT, region: REGION });
    for (const action of FIRST_PULL) {
      expect(await builder.may(action, arnOf('quay/a/b'))).toBe('Allowed');
      expect(await builder.may(action, arnOf('ecr-public/a'))).toBe('Allowed');
      expect(await builder.may(action, arnOf('other/a'))).toBe('ImplicitlyDenied');
    }
    expect(await builder.may('ecr:GetAuthorizationToken', '*')).toBe('Allowed');
  });

  test('by another role, for some stages', () => {
    const stack = homeStack();
    const pullRole = new Role(stack, 'Pull', { assumedBy: new AccountPrincipal(ACCOUNT) });
    const synth = new Role(stack, 'Synth', { assumedBy: new ServicePrincipal('codebuild.amazonaws.com') });
    const options = { assumeRole: pullRole, usages: [DockerCredentialUsage.SYNTH] };
    const [credential] = newCache(stack).dockerCredentials(options);
    credential.grantRead(synth, DockerCredentialUsage.SYNTH);
    credential.grantRead(synth, DockerCredentialUsage.ASSET_PUBLISHING);
    const statements = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).flatMap(
      ({ Properties }) =>
        Properties.PolicyDocument.Statement.map(({ Action }: any) => [Properties.Roles[0].Ref, Action]),
    );
    expect(statements.filter(([, action]) => action === 'sts:AssumeRole')).toHaveLength(1);
    expect(statements.filter(([role, action]) => /^Synth/.test(role) && action !== 'sts:AssumeRole')).toEqual([]);
    expect(statements.filter(([role]) => /^Pull/.test(role)).flat(2)).toContain('ecr:CreateRepository');
  });
});

describe('dockerCredentialsFile', () => {
  test('makes a role that may pull, and the file that names it', async () => {
    const stack = homeStack();
    const file = newCache(stack).dockerCredentialsFile('Builds', { assumedBy: new AccountPrincipal(OTHER_ACCOUNT) });
    const template = Template.fromStack(stack).toJSON();
    const { logicalId, Properties } = onlyResource(stack, ROLE);
    expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { AWS: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::${OTHER_ACCOUNT}:root`]] } },
      },
    ]);
    const { Value } = Object.values<any>(template.Outputs)[0];
    expect(Value).toEqual(stack.resolve(file.content));
    const written = Value['Fn::Join'][1].map((part: any) => (part['Fn::GetAtt'] ? 'the ARN' : part)).join('');
    expect(JSON.parse(written)).toEqual({
      version: '1.0',
      domainCredentials: { [HOST]: { ecrRepository: true, assumeRoleArn: 'the ARN' } },
    });
    const role = Principal.of(template, logicalId, { account: ACCOUNT, region: REGION });
    for (const action of FIRST_PULL) {
      expect(await role.may(action, arnOf('quay/a/b'))).toBe('Allowed');
    }
    expect(await role.may('ecr:PutImage', arnOf('quay/a/b'))).toBe('ImplicitlyDenied');
  });

  test('is for a role that exists, and then is known at synth', () => {
    const stack = homeStack();
    const role = Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${ACCOUNT}:role/builder`);
    const file = newCache(stack).dockerCredentialsFile('Builds', { role });
    expect(file.role).toBe(role);
    expect(JSON.parse(file.content).domainCredentials[HOST].assumeRoleArn).toBe(`arn:aws:iam::${ACCOUNT}:role/builder`);
    expect(onlyResource(stack, 'AWS::IAM::Policy').Properties.Roles).toEqual(['builder']);
  });

  test('works in an open environment', () => {
    const stack = openStack();
    const { content } = newCache(stack).dockerCredentialsFile('Builds', { assumedBy: new AccountPrincipal(ACCOUNT) });
    const text = stack.resolve(content)['Fn::Join'][1].map((part: any) => (typeof part === 'string' ? part : 'x'));
    expect(Object.keys(JSON.parse(text.join('')).domainCredentials)).toEqual(['x.dkr.ecr.x.x']);
  });

  test.each([
    ['neither', 'neither role nor assumedBy', {}],
    [
      'both',
      'both role and assumedBy',
      {
        assumedBy: new AccountPrincipal(ACCOUNT),
        role: Role.fromRoleArn(new Stack(new App(), 'Stack', { env: HOME }), 'R', `arn:aws:iam::${ACCOUNT}:role/a`),
      },
    ],
  ])('fails for %s', (_, given, props) => {
    expect(refusal(() => newCache(homeStack()).dockerCredentialsFile('Builds', props))).toBe(
      `the credentials file needs one role; got "${given}"; ` +
        'to fix: give assumedBy for a new role, or role for one that exists [at Stack/Cache/Builds] ' +
        '[cdk-ecr-pull-through-cache:DockerCredentialsFile.role]',
    );
  });
});
