import { App, Aws, CfnParameter, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { renderText } from '../../src/core/cloudformation-text';
import {
  ACCOUNT,
  HOME,
  homeStack,
  makeRule,
  onlyResource,
  openStack,
  OTHER_ACCOUNT,
  propertiesOf,
  refusal,
  REGION,
  resourcesOf,
  ROLE,
  RULE,
} from '../support/util';

const credentials = UpstreamCredentials.fromSecretName('token');
const CREDENTIAL_ARN = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:ecr-pullthroughcache/token`;

/** An ARN that CDK writes as a join over the partition, as one string. */
function text(value: unknown): string {
  return renderText(value, ({ argument }) => (argument === 'AWS::Partition' ? 'aws' : `<${argument}>`));
}

describe('what CloudFormation gets for each upstream', () => {
  test.each<[string, UpstreamRegistry, Record<string, string>, boolean]>([
    [
      'ecrPublic',
      UpstreamRegistry.ecrPublic(),
      { EcrRepositoryPrefix: 'ecr-public', UpstreamRegistry: 'ecr-public', UpstreamRegistryUrl: 'public.ecr.aws' },
      false,
    ],
    [
      'kubernetes',
      UpstreamRegistry.kubernetes(),
      { EcrRepositoryPrefix: 'kubernetes', UpstreamRegistry: 'k8s', UpstreamRegistryUrl: 'registry.k8s.io' },
      false,
    ],
    [
      'quay',
      UpstreamRegistry.quay(),
      { EcrRepositoryPrefix: 'quay', UpstreamRegistry: 'quay', UpstreamRegistryUrl: 'quay.io' },
      false,
    ],
    [
      'dockerHub',
      UpstreamRegistry.dockerHub(credentials),
      {
        EcrRepositoryPrefix: 'docker-hub',
        UpstreamRegistry: 'docker-hub',
        UpstreamRegistryUrl: 'registry-1.docker.io',
      },
      true,
    ],
    [
      'github',
      UpstreamRegistry.github(credentials),
      { EcrRepositoryPrefix: 'github', UpstreamRegistry: 'github-container-registry', UpstreamRegistryUrl: 'ghcr.io' },
      true,
    ],
    [
      'azure',
      UpstreamRegistry.azure('myregistry', credentials),
      {
        EcrRepositoryPrefix: 'azure',
        UpstreamRegistry: 'azure-container-registry',
        UpstreamRegistryUrl: 'myregistry.azurecr.io',
      },
      true,
    ],
    [
      'azure, by its host',
      UpstreamRegistry.azure('myregistry.azurecr.io', credentials),
      {
        EcrRepositoryPrefix: 'azure',
        UpstreamRegistry: 'azure-container-registry',
        UpstreamRegistryUrl: 'myregistry.azurecr.io',
      },
      true,
    ],
    [
      'azure, as its portal writes it',
      UpstreamRegistry.azure('MyRegistry', credentials),
      {
        EcrRepositoryPrefix: 'azure',
        UpstreamRegistry: 'azure-container-registry',
        UpstreamRegistryUrl: 'myregistry.azurecr.io',
      },
      true,
    ],
    [
      'gitlab',
      UpstreamRegistry.gitlab(credentials),
      {
        EcrRepositoryPrefix: 'gitlab',
        UpstreamRegistry: 'gitlab-container-registry',
        UpstreamRegistryUrl: 'registry.gitlab.com',
      },
      true,
    ],
    [
      'chainguard',
      UpstreamRegistry.chainguard(credentials),
      { EcrRepositoryPrefix: 'chainguard', UpstreamRegistry: 'chainguard', UpstreamRegistryUrl: 'cgr.dev' },
      true,
    ],
    [
      'ecr, same account',
      UpstreamRegistry.ecr({ account: ACCOUNT, region: 'us-east-1' }),
      {
        EcrRepositoryPrefix: 'ecr',
        UpstreamRegistry: 'ecr',
        UpstreamRegistryUrl: '111122223333.dkr.ecr.us-east-1.amazonaws.com',
      },
      false,
    ],
  ])('%s', (_, upstream, properties, needsCredentials) => {
    const stack = homeStack();
    const rule = makeRule(stack, 'Rule', { upstream });

    // All properties, and no others.
    const { CredentialArn: credentialArn, ...others } = onlyResource(stack, RULE).Properties;
    expect(others).toEqual(properties);
    expect(credentialArn && text(credentialArn)).toBe(needsCredentials ? CREDENTIAL_ARN : undefined);

    expect(upstream).toMatchObject({
      upstreamRegistryName: properties.UpstreamRegistry,
      upstreamRegistryUrl: properties.UpstreamRegistryUrl,
      defaultEcrRepositoryPrefix: properties.EcrRepositoryPrefix,
      requiresCredentials: needsCredentials,
    });
    expect(rule).toMatchObject({
      ecrRepositoryPrefix: properties.EcrRepositoryPrefix,
      upstreamRegistryUrl: properties.UpstreamRegistryUrl,
      upstreamRepositoryPrefix: 'ROOT',
      role: undefined,
    });
    expect(rule.credentialsSecret !== undefined).toBe(needsCredentials);
  });

  test('ecr, other account: a role besides', () => {
    const stack = homeStack();
    makeRule(stack, 'Rule', { upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'us-east-1' }) });
    expect(onlyResource(stack, RULE).Properties).toEqual({
      EcrRepositoryPrefix: 'ecr',
      UpstreamRegistry: 'ecr',
      UpstreamRegistryUrl: '444455556666.dkr.ecr.us-east-1.amazonaws.com',
      CustomRoleArn: { 'Fn::GetAtt': [onlyResource(stack, ROLE).logicalId, 'Arn'] },
    });
  });
});

describe('fromUrl', () => {
  test.each([
    ['public.ecr.aws', 'ecr-public', 'public.ecr.aws'],
    ['gallery.ecr.aws', 'ecr-public', 'public.ecr.aws'],
    ['registry.k8s.io', 'k8s', 'registry.k8s.io'],
    ['quay.io', 'quay', 'quay.io'],
    ['QUAY.IO', 'quay', 'quay.io'],
    ['111122223333.dkr.ecr.eu-west-1.amazonaws.com', 'ecr', '111122223333.dkr.ecr.eu-west-1.amazonaws.com'],
    ['111122223333.dkr-ecr.eu-west-1.on.aws', 'ecr', '111122223333.dkr.ecr.eu-west-1.amazonaws.com'],
    ['111122223333.dkr.ecr-fips.us-east-1.amazonaws.com', 'ecr', '111122223333.dkr.ecr.us-east-1.amazonaws.com'],
    ['111122223333.dkr-ecr-fips.us-east-1.on.aws', 'ecr', '111122223333.dkr.ecr.us-east-1.amazonaws.com'],
  ])('%s is %s, without credentials', (url, name, host) => {
    const upstream = UpstreamRegistry.fromUrl(url);
    expect(upstream).toMatchObject({
      upstreamRegistryName: name,
      upstreamRegistryUrl: host,
      requiresCredentials: false,
    });

    const message = refusal(() => UpstreamRegistry.fromUrl(url, credentials));
    expect(message).toContain('takes no credentials');
    expect(message).toContain(`got "${url}"`);
    expect(message).toContain('to fix: leave out the credentials');
  });

  test.each([
    ['docker.io', 'docker-hub', 'registry-1.docker.io', 'dockerHub'],
    ['index.docker.io', 'docker-hub', 'registry-1.docker.io', 'dockerHub'],
    ['registry-1.docker.io', 'docker-hub', 'registry-1.docker.io', 'dockerHub'],
    ['hub.docker.com', 'docker-hub', 'registry-1.docker.io', 'dockerHub'],
    ['registry.hub.docker.com', 'docker-hub', 'registry-1.docker.io', 'dockerHub'],
    ['Docker.IO', 'docker-hub', 'registry-1.docker.io', 'dockerHub'],
    ['ghcr.io', 'github-container-registry', 'ghcr.io', 'github'],
    ['myreg.azurecr.io', 'azure-container-registry', 'myreg.azurecr.io', 'azure'],
    ['MyReg.azurecr.io', 'azure-container-registry', 'myreg.azurecr.io', 'azure'],
    ['registry.gitlab.com', 'gitlab-container-registry', 'registry.gitlab.com', 'gitlab'],
    ['gitlab.com', 'gitlab-container-registry', 'registry.gitlab.com', 'gitlab'],
    ['cgr.dev', 'chainguard', 'cgr.dev', 'chainguard'],
  ])('%s is %s, with credentials', (url, name, host, factory) => {
    const upstream = UpstreamRegistry.fromUrl(url, credentials);
    expect(upstream).toMatchObject({
      upstreamRegistryName: name,
      upstreamRegistryUrl: host,
      requiresCredentials: true,
    });

    const message = refusal(() => UpstreamRegistry.fromUrl(url));
    expect(message).toContain('needs credentials, also for public images');
    expect(message).toContain(`to fix: give UpstreamRegistry.${factory}(`);
  });

  test('gives the same rule as the factory', () => {
    const [one, other] = [homeStack(), homeStack()];
    makeRule(one, 'Rule', { upstream: UpstreamRegistry.fromUrl('docker.io', credentials) });
    makeRule(other, 'Rule', { upstream: UpstreamRegistry.dockerHub(credentials) });
    expect(propertiesOf(one, RULE)).toEqual(propertiesOf(other, RULE));
  });

  test('makes the role for an ECR host of another account', () => {
    const stack = homeStack();
    makeRule(stack, 'Rule', { upstream: UpstreamRegistry.fromUrl(`${OTHER_ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com`) });
    expect(onlyResource(stack, ROLE)).toBeDefined();
  });

  test.each([
    ['k8s.gcr.io', 'its images live on registry.k8s.io'],
    ['gcr.io', 'copy the image into a private repository'],
    ['eu.gcr.io', 'copy the image into a private repository'],
    ['europe-docker.pkg.dev', 'copy the image into a private repository'],
    ['mcr.microsoft.com', 'import the image into an Azure Container Registry of your own'],
    ['MCR.Microsoft.com', 'import the image into an Azure Container Registry of your own'],
    ['dhi.io', 'mirror them into an organization on Docker Hub'],
    ['docker.elastic.co', 'Elastic publishes its images on Docker Hub too'],
    ['myreg.azurecr.cn', 'public Azure cloud only'],
    ['harbor.example.com', 'use a registry that ECR supports'],
    ['gitlab.example.com', 'use a registry that ECR supports'],
    ['myteam.jfrog.io', 'use a registry that ECR supports'],
    ['quay.example.com', 'use a registry that ECR supports'],
    ['localhost:5000', 'use a registry that ECR supports'],
    ['docker.io:443', 'use a registry that ECR supports'],
    ['nginx', 'use a registry that ECR supports'],
  ])('refuses %s', (url, fix) => {
    for (const message of [
      refusal(() => UpstreamRegistry.fromUrl(url)),
      refusal(() => UpstreamRegistry.fromUrl(url, credentials)),
    ]) {
      expect(message).toContain('ECR pull through cache does not support this upstream registry');
      expect(message).toContain(`got "${url}"`);
      for (const host of [
        'public.ecr.aws',
        'registry.k8s.io',
        'quay.io',
        'registry-1.docker.io',
        'ghcr.io',
        '<name>.azurecr.io',
        'registry.gitlab.com',
        'cgr.dev',
        '<account>.dkr.ecr.<region>.amazonaws.com',
      ]) {
        expect(message).toContain(host);
      }
      expect(message).toContain(fix);
    }
  });

  test.each([
    ['https://quay.io', 'quay.io'],
    ['HTTPS://quay.io', 'quay.io'],
    ['http://docker.io', 'docker.io'],
    ['docker://docker.io', 'docker.io'],
    ['oci://ghcr.io', 'ghcr.io'],
    ['https://index.docker.io/v1/', 'index.docker.io'],
    ['quay.io/', 'quay.io'],
    ['quay.io/org', 'quay.io'],
    ['docker.io/library/nginx:1.27', 'docker.io'],
    ['quay.io?x=1', 'quay.io'],
  ])('refuses the scheme or path of %s', (url, host) => {
    const message = refusal(() => UpstreamRegistry.fromUrl(url, credentials));
    expect(message).toContain('the host of a registry has a scheme or a path');
    expect(message).toContain(`got "${url}"`);
    expect(message).toContain('allowed: the host alone');
    expect(message).toContain(`to fix: write "${host}"`);
  });

  test.each([
    ['https://user:hunter2@docker.io/library'],
    ['https://hunter2@docker.io'],
    ['user:hunter2@docker.io'],
    ['user:hunter2@docker.io/library'],
  ])('says nothing of a token or password in %s', (url) => {
    const message = refusal(() => UpstreamRegistry.fromUrl(url, credentials));
    expect(message).not.toContain('hunter2');
    expect(message).toContain('to fix: write "docker.io"');
  });

  test('refuses a token, whose registry cannot be known', () => {
    expect(refusal(() => UpstreamRegistry.fromUrl(Lazy.string({ produce: () => 'docker.io' })))).toContain(
      'to fix: use the factory of the registry, such as UpstreamRegistry.azure(name, credentials)',
    );
  });
});

describe('azure', () => {
  test.each([
    [''],
    ['my_registry'],
    ['my.registry'],
    ['my registry'],
    ['-registry'],
    ['https://myregistry.azurecr.io'],
    ['myregistry.azurecr.io/app'],
    ['myregistry.azurecr.cn'],
    ['.azurecr.io'],
    ['réglisse'],
  ])('refuses %j', (name) => {
    const message = refusal(() => UpstreamRegistry.azure(name, credentials));
    expect(message).toContain('not the name of an Azure Container Registry');
    expect(message).toContain(`got "${name}"`);
    expect(message).toContain('allowed: ');
    expect(message).toContain('to fix: give the name as in "myregistry" or "myregistry.azurecr.io"');
  });

  test('takes a token', () => {
    const stack = homeStack();
    const parameter = new CfnParameter(stack, 'Registry');
    makeRule(stack, 'Rule', { upstream: UpstreamRegistry.azure(parameter.valueAsString, credentials) });
    expect(onlyResource(stack, RULE).Properties.UpstreamRegistryUrl).toEqual({
      'Fn::Join': ['', [{ Ref: 'Registry' }, '.azurecr.io']],
    });
  });
});

describe('ecr', () => {
  const TRUST = {
    Statement: [
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'pullthroughcache.ecr.amazonaws.com' } },
    ],
    Version: '2012-10-17',
  };

  function statements(stack: Stack): { actions: string[]; resources: string[] }[] {
    const { Policies: policies } = onlyResource(stack, ROLE).Properties;
    expect(policies).toHaveLength(1);
    return policies[0].PolicyDocument.Statement.map((statement: any) => {
      expect(statement.Effect).toBe('Allow');
      return { actions: [statement.Action].flat(), resources: [statement.Resource].flat().map(text) };
    });
  }

  test.each([
    ['same account, other region', HOME, ACCOUNT],
    ['same account, of a stack that leaves it open', {}, Aws.ACCOUNT_ID],
  ])('makes no role: %s', (_, env, account) => {
    const stack = new Stack(new App(), 'Stack', { env });
    const rule = makeRule(stack, 'Rule', { upstream: UpstreamRegistry.ecr({ account, region: 'us-east-1' }) });
    expect(rule.role).toBeUndefined();
    expect(resourcesOf(stack, ROLE)).toEqual({});
    expect(onlyResource(stack, RULE)).not.toHaveProperty('DependsOn');
  });

  test('makes a role for another account: trust, the nine actions, and no more than their repositories', () => {
    const stack = homeStack();
    const rule = makeRule(stack, 'Rule', {
      upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'us-east-1' }),
      ecrRepositoryPrefix: 'platform',
    });
    const upstream = 'arn:aws:ecr:us-east-1:444455556666:repository/*';
    const cache = 'arn:aws:ecr:eu-west-1:111122223333:repository/platform/*';

    const role = onlyResource(stack, ROLE);
    expect(role.Properties.AssumeRolePolicyDocument).toEqual(TRUST);
    expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(statements(stack)).toEqual([
      {
        actions: [
          'ecr:BatchGetImage',
          'ecr:BatchImportUpstreamImage',
          'ecr:GetDownloadUrlForLayer',
          'ecr:GetImageCopyStatus',
        ],
        resources: [upstream, cache],
      },
      {
        actions: ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'],
        resources: [cache],
      },
      { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
    ]);
    expect(rule.role).toBeDefined();
    expect(onlyResource(stack, RULE).Properties.CustomRoleArn).toEqual({ 'Fn::GetAtt': [role.logicalId, 'Arn'] });
    expect(onlyResource(stack, RULE).DependsOn).toEqual([role.logicalId]);
  });

  test.each([
    [
      'an upstream prefix',
      { ecrRepositoryPrefix: 'platform', upstreamRepositoryPrefix: 'team-a/' },
      'repository/team-a/*',
      'repository/platform/*',
    ],
    [
      'the upstream prefix ROOT',
      { ecrRepositoryPrefix: 'platform', upstreamRepositoryPrefix: 'ROOT' },
      'repository/*',
      'repository/platform/*',
    ],
    ['the prefix ROOT', { ecrRepositoryPrefix: 'ROOT' }, 'repository/*', 'repository/*'],
  ])('narrows the role: %s', (_, props, upstream, cache) => {
    const stack = homeStack();
    makeRule(stack, 'Rule', {
      upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'us-east-1' }),
      ...props,
    });
    const [read, write] = statements(stack);
    expect(read.resources).toEqual([
      `arn:aws:ecr:us-east-1:444455556666:${upstream}`,
      `arn:aws:ecr:eu-west-1:111122223333:${cache}`,
    ]);
    expect(write.resources).toEqual([`arn:aws:ecr:eu-west-1:111122223333:${cache}`]);
  });

  test.each([
    ['a stack that leaves its account open', {}, OTHER_ACCOUNT],
    ['an upstream whose account is a token', HOME, Fn.importValue('Account')],
  ])('makes a role where it may be needed: %s', (_, env, account) => {
    const stack = new Stack(new App(), 'Stack', { env });
    makeRule(stack, 'Rule', { upstream: UpstreamRegistry.ecr({ account, region: 'us-east-1' }) });
    expect(onlyResource(stack, RULE).DependsOn).toEqual([onlyResource(stack, ROLE).logicalId]);
  });

  test('uses the role that is passed, and waits for its policies', () => {
    const stack = homeStack();
    const role = new Role(stack, 'Own', { assumedBy: new ServicePrincipal('pullthroughcache.ecr.amazonaws.com') });
    const rule = makeRule(stack, 'Rule', {
      upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'us-east-1', role }),
    });
    role.addToPolicy(new PolicyStatement({ actions: ['ecr:BatchGetImage'], resources: ['*'] }));

    expect(rule.role).toBe(role);
    const { logicalId } = onlyResource(stack, ROLE);
    expect(onlyResource(stack, RULE).Properties.CustomRoleArn).toEqual({ 'Fn::GetAtt': [logicalId, 'Arn'] });
    expect(onlyResource(stack, RULE).DependsOn).toEqual(
      expect.arrayContaining([onlyResource(stack, 'AWS::IAM::Policy').logicalId, logicalId]),
    );
  });

  test('uses the role that is passed also for the same account', () => {
    const stack = homeStack();
    const role = Role.fromRoleArn(stack, 'Own', `arn:aws:iam::${ACCOUNT}:role/path/cache`);
    makeRule(stack, 'Rule', { upstream: UpstreamRegistry.ecr({ account: ACCOUNT, region: 'us-east-1', role }) });
    expect(onlyResource(stack, RULE).Properties.CustomRoleArn).toBe(`arn:aws:iam::${ACCOUNT}:role/path/cache`);
    expect(resourcesOf(stack, ROLE)).toEqual({});
  });

  test('gives one role to several rules', () => {
    const stack = homeStack();
    const role = new Role(stack, 'Own', {
      assumedBy: new ServicePrincipal('pullthroughcache.ecr.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('Example')],
    });
    for (const region of ['us-east-1', 'us-west-2']) {
      makeRule(stack, region, {
        upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region, role }),
        ecrRepositoryPrefix: region,
      });
    }
    expect(propertiesOf(stack, RULE).map((rule) => rule.CustomRoleArn)).toEqual(
      Array(2).fill({ 'Fn::GetAtt': [onlyResource(stack, ROLE).logicalId, 'Arn'] }),
    );
  });

  test('makes a role of its own for each rule', () => {
    const stack = homeStack();
    const upstream = UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'us-east-1' });
    for (const prefix of ['one', 'two']) {
      makeRule(stack, prefix, { upstream, ecrRepositoryPrefix: prefix, upstreamRepositoryPrefix: prefix });
    }
    expect(Object.keys(resourcesOf(stack, ROLE))).toHaveLength(2);
    expect(new Set(propertiesOf(stack, RULE).map((rule) => JSON.stringify(rule.CustomRoleArn))).size).toBe(2);
  });

  test('refuses the role of another account', () => {
    const stack = homeStack();
    const role = Role.fromRoleArn(stack, 'Theirs', `arn:aws:iam::${OTHER_ACCOUNT}:role/cache`);
    const message = refusal(() =>
      makeRule(stack, 'Rule', {
        upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'us-east-1', role }),
      }),
    );
    expect(message).toContain('the role is of another account than the rule');
    expect(message).toContain(`got "${OTHER_ACCOUNT}"`);
    expect(message).toContain(`allowed: ${ACCOUNT}`);
    expect(message).toContain('to fix: give a role of the account of the rule, or leave it out to have one made');
    expect(message).toContain('[at Stack/Rule]');
  });

  test('refuses the role of a stack in another account', () => {
    const app = new App();
    const theirs = new Stack(app, 'Theirs', { env: { account: OTHER_ACCOUNT, region: REGION } });
    const role = new Role(theirs, 'Role', {
      roleName: 'cache',
      assumedBy: new ServicePrincipal('pullthroughcache.ecr.amazonaws.com'),
    });
    expect(
      refusal(() =>
        makeRule(homeStack(app), 'Rule', {
          upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'us-east-1', role }),
        }),
      ),
    ).toContain('the role is of another account than the rule');
  });

  test.each([
    [
      'an ARN that is a parameter',
      (stack: Stack) => Role.fromRoleArn(stack, 'Role', new CfnParameter(stack, 'RoleArn').valueAsString),
      { Ref: 'RoleArn' },
    ],
    [
      'an ARN that is lazy',
      (stack: Stack) =>
        Role.fromRoleArn(stack, 'Role', Lazy.string({ produce: () => `arn:aws:iam::${OTHER_ACCOUNT}:role/cache` })),
      `arn:aws:iam::${OTHER_ACCOUNT}:role/cache`,
    ],
  ])('lets pass %s', (_, roleOf, rendered) => {
    const stack = homeStack();
    makeRule(stack, 'Rule', {
      upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'us-east-1', role: roleOf(stack) }),
    });
    expect(onlyResource(stack, RULE).Properties.CustomRoleArn).toEqual(rendered);
  });

  test('lets pass a role of any account where the account of the rule is open', () => {
    const stack = openStack();
    const role = Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${OTHER_ACCOUNT}:role/cache`);
    makeRule(stack, 'Rule', { upstream: UpstreamRegistry.ecr({ account: OTHER_ACCOUNT, region: 'us-east-1', role }) });
    expect(onlyResource(stack, RULE).Properties.CustomRoleArn).toBe(`arn:aws:iam::${OTHER_ACCOUNT}:role/cache`);
  });

  test('lets pass an account and a region that are tokens', () => {
    const stack = homeStack();
    const [account, region] = ['Account', 'Region'].map((id) => new CfnParameter(stack, id).valueAsString);
    makeRule(stack, 'Rule', { upstream: UpstreamRegistry.ecr({ account, region }) });
    expect(onlyResource(stack, RULE).Properties.UpstreamRegistryUrl).toEqual({
      'Fn::Join': ['', [{ Ref: 'Account' }, '.dkr.ecr.', { Ref: 'Region' }, '.amazonaws.com']],
    });
  });

  test.each([
    [{ account: '1234', region: REGION }, 'account of an ECR upstream is not an account id', '"1234"', '12 digits'],
    [
      { account: '1111-2222-3333', region: REGION },
      'account of an ECR upstream is not an account id',
      '"1111-2222-3333"',
      'give the id as a string',
    ],
    [
      { account: 111122223333 as any, region: REGION },
      'account of an ECR upstream is not an account id',
      'a value of type number',
      'give the id as a string',
    ],
    [
      { account: ACCOUNT, region: 'Ireland' },
      'region of an ECR upstream is not a region',
      '"Ireland"',
      'give the name of the region, not its display name',
    ],
    [
      { account: ACCOUNT, region: '' },
      'region of an ECR upstream is not a region',
      '""',
      'a region such as "eu-west-1"',
    ],
    [
      { account: ACCOUNT, region: 'eu-west-1/x' },
      'region of an ECR upstream is not a region',
      '"eu-west-1/x"',
      'a region such as "eu-west-1"',
    ],
    [
      { account: ACCOUNT, region: 'cn-north-1' },
      'does not exist in the regions of China',
      '"cn-north-1"',
      'use an upstream in another region',
    ],
    [
      { account: ACCOUNT, region: 'cn-northwest-1' },
      'does not exist in the regions of China',
      '"cn-northwest-1"',
      'use an upstream in another region',
    ],
  ])('refuses %j', (options, what, given, fix) => {
    const message = refusal(() => UpstreamRegistry.ecr(options));
    expect(message).toContain(what);
    expect(message).toContain(`got ${given}`);
    expect(message).toContain(fix);
  });

  test('tells of a wrong account and a wrong region at once', () => {
    const message = refusal(() => UpstreamRegistry.ecr({ account: 'mine', region: 'Ireland' }));
    expect(message).toContain('"mine"');
    expect(message).toContain('"Ireland"');
  });

  test('refuses the host of a registry in China', () => {
    expect(refusal(() => UpstreamRegistry.fromUrl('111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn'))).toContain(
      'does not exist in the regions of China',
    );
  });
});

test.each<[string, (credentials: any) => UpstreamRegistry, string]>([
  ['dockerHub', (given) => UpstreamRegistry.dockerHub(given), 'Docker Hub'],
  ['github', (given) => UpstreamRegistry.github(given), 'GitHub Container Registry'],
  ['azure', (given) => UpstreamRegistry.azure('myregistry', given), 'Azure Container Registry'],
  ['gitlab', (given) => UpstreamRegistry.gitlab(given), 'GitLab.com Container Registry'],
  ['chainguard', (given) => UpstreamRegistry.chainguard(given), 'Chainguard'],
])('%s cannot be had without credentials', (factory, make, title) => {
  for (const given of [undefined, null, 'my-token', {}, UpstreamRegistry.quay()]) {
    const message = refusal(() => make(given));
    expect(message).toContain(`${title} needs credentials, also for public images`);
    expect(message).toContain(`to fix: give UpstreamRegistry.${factory}(`);
    expect(message).toContain('an existing secret, a new one or a placeholder');
    expect(message).not.toContain('my-token');
  }
});

test('one upstream serves rules of several prefixes', () => {
  const stack = homeStack();
  const upstream = UpstreamRegistry.quay();
  for (const prefix of ['one', 'two']) {
    new PullThroughCacheRule(stack, prefix, { upstream, ecrRepositoryPrefix: prefix });
  }
  expect(propertiesOf(stack, RULE).map((rule) => rule.EcrRepositoryPrefix)).toEqual(['one', 'two']);
});
