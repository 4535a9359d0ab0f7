import { App, aws_events_targets as targets, aws_iam as iam, aws_sns as sns, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import {
  PullThroughCache,
  PullThroughCacheProps,
  PullThroughCacheRule,
  RepositoryLifecycleRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from '../../src';
import { FIRST_PULL } from '../support/policies';
import { Principal, resolve } from '../support/simulate';
import { refusal } from '../support/util';

const ENV = { account: '111122223333', region: 'eu-west-1' };
const REGISTRY = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';
const RULE = 'AWS::ECR::PullThroughCacheRule';
const TEMPLATE = 'AWS::ECR::RepositoryCreationTemplate';

const dockerHub = () => UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub'));
const azure = (name: string) => UpstreamRegistry.azure(name, UpstreamCredentials.fromSecretName(name));

function newCache(props?: PullThroughCacheProps | ((stack: Stack) => PullThroughCacheProps)) {
  const stack = new Stack(new App(), 'Stack', { env: ENV });
  return { stack, cache: new PullThroughCache(stack, 'Cache', typeof props === 'function' ? props(stack) : props) };
}

/** The properties of all resources of a type, with what CloudFormation would put in. */
function properties(stack: Stack, type: string): any[] {
  const template = Template.fromStack(stack).toJSON();
  return Object.values<any>(Template.fromStack(stack).findResources(type)).map(({ Properties }) =>
    resolve(Properties, template, ENV),
  );
}

const uri = (text: string) => text.replace(/\$\{Token\[AWS.URLSuffix.\d+\]\}/, 'amazonaws.com');

describe('rules', () => {
  test('are those of the three registries that need no credentials, unless others are given', () => {
    const { stack, cache } = newCache();
    expect(properties(stack, RULE)).toEqual([
      { EcrRepositoryPrefix: 'ecr-public', UpstreamRegistry: 'ecr-public', UpstreamRegistryUrl: 'public.ecr.aws' },
      { EcrRepositoryPrefix: 'kubernetes', UpstreamRegistry: 'k8s', UpstreamRegistryUrl: 'registry.k8s.io' },
      { EcrRepositoryPrefix: 'quay', UpstreamRegistry: 'quay', UpstreamRegistryUrl: 'quay.io' },
    ]);
    expect(cache.rules.map(({ ecrRepositoryPrefix }) => ecrRepositoryPrefix)).toEqual([
      'ecr-public',
      'kubernetes',
      'quay',
    ]);
    Template.fromStack(stack).resourceCountIs(TEMPLATE, 0);
    Template.fromStack(stack).resourceCountIs('AWS::ECR::RegistryPolicy', 0);
    expect(Template.fromStack(stack).findOutputs('*')).toEqual({});
  });

  test('are a list of its own at each call', () => {
    const { cache } = newCache();
    cache.rules.pop();
    expect(cache.rules).toHaveLength(3);
  });

  test('take prefixes of their own', () => {
    const { stack } = newCache({
      upstreams: [UpstreamRegistry.kubernetes()],
      rules: [
        { upstream: dockerHub(), ecrRepositoryPrefix: 'hub' },
        { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: 'team/quay/' },
      ],
    });
    expect(
      properties(stack, RULE).map(({ EcrRepositoryPrefix, UpstreamRegistryUrl }) => [
        UpstreamRegistryUrl,
        EcrRepositoryPrefix,
      ]),
    ).toEqual([
      ['registry.k8s.io', 'kubernetes'],
      ['registry-1.docker.io', 'hub'],
      ['quay.io', 'team/quay'],
    ]);
  });

  test('can be ROOT', () => {
    const { stack, cache } = newCache({
      rules: [{ upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: PullThroughCacheRule.ROOT }],
    });
    expect(uri(cache.image('quay.io/a/b:1').uri)).toBe(`${REGISTRY}/a/b:1`);
    Template.fromStack(stack).hasResourceProperties(RULE, { EcrRepositoryPrefix: 'ROOT' });
  });

  test('of two registries of one kind need prefixes of their own', () => {
    expect(() => newCache({ upstreams: [azure('one'), azure('two')] })).toThrow(
      /two upstreams have one prefix: one.azurecr.io and two.azurecr.io; got "azure"; to fix: give one of them in rules, with another ecrRepositoryPrefix/,
    );
    const { cache } = newCache({
      upstreams: [azure('one')],
      rules: [{ upstream: azure('two'), ecrRepositoryPrefix: 'azure-two' }],
    });
    expect(uri(cache.image('one.azurecr.io/app:1').uri)).toBe(`${REGISTRY}/azure/app:1`);
    expect(uri(cache.image('two.azurecr.io/app:1').uri)).toBe(`${REGISTRY}/azure-two/app:1`);
  });

  test('of two ECR registries', () => {
    const { cache } = newCache({
      upstreams: [UpstreamRegistry.ecr({ account: '111122223333', region: 'us-east-1' })],
      rules: [
        {
          upstream: UpstreamRegistry.ecr({ account: '444455556666', region: 'eu-west-1' }),
          ecrRepositoryPrefix: 'partner',
        },
      ],
    });
    expect(uri(cache.image('111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1').uri)).toBe(`${REGISTRY}/ecr/app:1`);
    expect(uri(cache.image('444455556666.dkr.ecr.eu-west-1.amazonaws.com/app:1').uri)).toBe(
      `${REGISTRY}/partner/app:1`,
    );
  });

  test('that exist can be members', () => {
    const { stack, cache } = newCache((scope) => ({
      upstreams: [UpstreamRegistry.quay()],
      existingRules: [
        PullThroughCacheRule.fromPullThroughCacheRuleAttributes(scope, 'Hub', {
          ecrRepositoryPrefix: 'hub',
          upstreamRegistryUrl: 'docker.io',
        }),
      ],
    }));
    Template.fromStack(stack).resourceCountIs(RULE, 1);
    expect(cache.rules.map(({ ecrRepositoryPrefix }) => ecrRepositoryPrefix)).toEqual(['quay', 'hub']);
    expect(uri(cache.image('nginx:1').uri)).toBe(`${REGISTRY}/hub/library/nginx:1`);
    expect(cache.rule('docker.io').ecrRepositoryPrefix).toBe('hub');
  });

  test('have ids of their hosts where their prefixes are tokens', () => {
    const { cache, stack } = newCache({
      rules: ['one', 'two'].map((name) => ({
        upstream: azure(name),
        ecrRepositoryPrefix: Lazy.string({ produce: () => name }),
      })),
    });
    expect(cache.rules.map((rule) => rule.node.id)).toEqual(['one.azurecr.io', 'two.azurecr.io']);
    expect(
      Object.values(Template.fromStack(stack).findResources(RULE)).map((rule) => rule.Properties.EcrRepositoryPrefix),
    ).toEqual(['one', 'two']);
  });

  test('that exist can be all that there is', () => {
    const { cache } = newCache((scope) => ({
      existingRules: [
        PullThroughCacheRule.fromPullThroughCacheRuleAttributes(scope, 'Quay', {
          ecrRepositoryPrefix: 'quay',
          upstreamRegistryUrl: 'quay.io',
        }),
      ],
    }));
    expect(cache.rules).toHaveLength(1);
  });
});

describe('fails', () => {
  test.each<[string, PullThroughCacheProps | ((stack: Stack) => PullThroughCacheProps), RegExp[]]>([
    ['with no upstreams', { upstreams: [] }, [/the cache has no upstreams/, /to fix: leave out upstreams/]],
    [
      'for a rule of which only the prefix is known',
      (stack) => ({ existingRules: [PullThroughCacheRule.fromEcrRepositoryPrefix(stack, 'Rule', 'hub')] }),
      [/the upstream of the rule Stack\/Rule is not known/, /fromPullThroughCacheRuleAttributes/],
    ],
    [
      'for a prefix that ECR does not take',
      { rules: [{ upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: 'Quay' }] },
      [/prefix/],
    ],
    [
      'for the same registry twice',
      { upstreams: [UpstreamRegistry.quay(), UpstreamRegistry.quay()] },
      [/the upstream quay.io is given twice/],
    ],
  ])('%s', (_, props, messages) => {
    messages.forEach((message) => expect(() => newCache(props)).toThrow(message));
  });

  test('names the cache', () => {
    expect(() => newCache({ upstreams: [] })).toThrow(/\[at Stack\/Cache\]/);
  });
});

describe('rule()', () => {
  test.each([
    ['docker.io', 'docker-hub'],
    ['registry-1.docker.io', 'docker-hub'],
    ['index.docker.io', 'docker-hub'],
    ['Quay.IO', 'quay'],
    ['one.azurecr.io', 'azure'],
  ])('of %s is %s', (host, prefix) => {
    const { cache } = newCache({ upstreams: [dockerHub(), UpstreamRegistry.quay(), azure('one')] });
    expect(cache.rule(host).ecrRepositoryPrefix).toBe(prefix);
    expect(cache.rules).toContain(cache.rule(host));
  });

  test.each<[string | undefined, string]>([
    ['ghcr.io', 'add UpstreamRegistry.github(credentials) to the upstreams of the cache ['],
    ['GHCR.io', 'add UpstreamRegistry.github(credentials) to the upstreams of the cache ['],
    ['two.azurecr.io', 'add UpstreamRegistry.azure(registryName, credentials) to the upstreams of the cache ['],
    ['github.com', 'the images of GitHub are on ghcr.io, which ECR caches: name that host ['],
    ['MCR.microsoft.com', 'ECR cannot cache mcr.microsoft.com; import the image into'],
    ['registry.example.com', 'use a registry that ECR supports, or copy the image'],
    ['', 'name the host of a registry, such as docker.io ['],
    ['docker.io/library', 'name the host of a registry, such as docker.io ['],
    [undefined, 'name the host of a registry, such as docker.io ['],
  ])('of %j is refused, with the hosts that there are and what to do', (host, fix) => {
    const { cache } = newCache({ upstreams: [dockerHub(), UpstreamRegistry.quay()] });
    const message = refusal(() => cache.rule(host as string));
    expect(message).toMatch(
      /the cache has no rule for this registry; (got .*|none given); allowed: docker.io, quay.io; .*\[at Stack\/Cache\]/,
    );
    expect(message).toContain(`to fix: ${fix}`);
  });

  test('of Docker Hub is refused with both ways out, for a name without a host is one of Docker Hub', () => {
    const { cache } = newCache({ upstreams: [UpstreamRegistry.quay()] });
    expect(refusal(() => cache.image('nginx:1.27'))).toContain(
      'to fix: add UpstreamRegistry.dockerHub(credentials) to the upstreams of the cache, or name the registry of ' +
        'the image in full',
    );
  });
});

describe('image()', () => {
  /** Rules for all of quay.io, for one team of it, and for a part of that. */
  const layered = () =>
    newCache((stack) => ({
      upstreams: [UpstreamRegistry.quay(), dockerHub()],
      existingRules: [
        ['team', 'team'],
        ['deep', 'team/deep'],
        ['second', 'team'],
      ].map(([ecrRepositoryPrefix, upstreamRepositoryPrefix]) =>
        PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, ecrRepositoryPrefix, {
          ecrRepositoryPrefix,
          upstreamRepositoryPrefix,
          upstreamRegistryUrl: 'quay.io',
        }),
      ),
    }));

  test.each([
    ['quay.io/other/app:1', 'quay/other/app:1'],
    ['quay.io/team/app:1', 'team/app:1'],
    ['quay.io/team/deep/app:1', 'deep/app:1'],
    ['quay.io/team/deeper/app:1', 'team/deeper/app:1'],
    // A prefix is whole components, and covers what is below it.
    ['quay.io/teams/app:1', 'quay/teams/app:1'],
    ['quay.io/team:1', 'quay/team:1'],
    ['nginx:1', 'docker-hub/library/nginx:1'],
    [`nginx:1@sha256:${'a'.repeat(64)}`, `docker-hub/library/nginx:1@sha256:${'a'.repeat(64)}`],
  ])('of %s is %s', (reference, cached) => {
    const { cache } = layered();
    expect(uri(cache.image(reference).uri)).toBe(`${REGISTRY}/${cached}`);
    expect(uri(cache.tryImage(reference)!.uri)).toBe(`${REGISTRY}/${cached}`);
  });

  test('takes the URI of a cached image for what it is', () => {
    const { cache } = layered();
    const { uri: cachedUri } = cache.image('quay.io/team/deep/app:1');
    expect(cache.image(cachedUri).uri).toBe(cachedUri);
    expect(cache.tryImage(cachedUri)!.uri).toBe(cachedUri);
    expect(uri(cache.image(`${REGISTRY}/deep/app:1`).uri)).toMatch(/\/deep\/app:1$/);
  });

  test('is named by the dual-stack host where that is wanted', () => {
    expect(layered().cache.image('quay.io/a/b:1', { dualStack: true }).uri).toBe(
      '111122223333.dkr-ecr.eu-west-1.on.aws/quay/a/b:1',
    );
    expect(layered().cache.tryImage('quay.io/a/b:1', { dualStack: true })!.uri).toBe(
      '111122223333.dkr-ecr.eu-west-1.on.aws/quay/a/b:1',
    );
  });

  test.each(['ghcr.io/a/b:1', 'mcr.microsoft.com/a:1', '444455556666.dkr.ecr.us-east-1.amazonaws.com/app:1'])(
    'of %s is refused, with the hosts that there are',
    (reference) => {
      const { cache } = layered();
      expect(() => cache.image(reference)).toThrow(
        new RegExp(`no rule for this registry; got "${reference.split('/')[0]}"; allowed: quay.io, docker.io`),
      );
      expect(cache.tryImage(reference)).toBeUndefined();
    },
  );

  test('outside of all upstream prefixes is refused by saying what they are', () => {
    const { cache } = newCache((stack) => ({
      upstreams: [],
      existingRules: [
        PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'R', {
          ecrRepositoryPrefix: 'team',
          upstreamRepositoryPrefix: 'team',
          upstreamRegistryUrl: 'quay.io',
        }),
      ],
    }));
    expect(() => cache.image('quay.io/other/app:1')).toThrow(
      /outside the upstream prefix.*allowed: repositories below quay.io\/team\//,
    );
    expect(cache.tryImage('quay.io/other/app:1')).toBeUndefined();
  });

  test.each(['', ' nginx', 'https://quay.io/a', 'Upper/Case'])(
    'of %j, which is no reference, is refused by both',
    (reference) => {
      const { cache } = layered();
      expect(() => cache.image(reference)).toThrow(/image reference/);
      expect(() => cache.tryImage(reference)).toThrow(/image reference/);
    },
  );
});

describe('repositories', () => {
  const lifecycle = (days: number) => [RepositoryLifecycleRule.expireAfter(Duration.days(days))];
  const expiry = (template: any) => JSON.parse(template.LifecyclePolicy).rules[0].selection.countNumber;

  test('are the same for all registries', () => {
    const { stack } = newCache({ repositories: { lifecycleRules: lifecycle(30), description: 'Cached' } });
    expect(
      properties(stack, TEMPLATE).map((template) => [template.Prefix, expiry(template), template.Description]),
    ).toEqual([
      ['ecr-public', 30, 'Cached'],
      ['kubernetes', 30, 'Cached'],
      ['quay', 30, 'Cached'],
    ]);
  });

  test('are replaced property by property for single registries', () => {
    const { stack } = newCache({
      repositories: { lifecycleRules: lifecycle(30), description: 'Cached' },
      upstreams: [UpstreamRegistry.ecrPublic(), UpstreamRegistry.kubernetes()],
      rules: [{ upstream: UpstreamRegistry.quay(), repositories: { lifecycleRules: lifecycle(5) } }],
    });
    expect(
      properties(stack, TEMPLATE).map((template) => [template.Prefix, expiry(template), template.Description]),
    ).toEqual([
      ['ecr-public', 30, 'Cached'],
      ['kubernetes', 30, 'Cached'],
      ['quay', 5, 'Cached'],
    ]);
  });

  test('are made for one registry alone', () => {
    const { stack } = newCache({
      upstreams: [UpstreamRegistry.quay()],
      rules: [{ upstream: dockerHub(), repositories: { description: 'Hub' } }],
    });
    expect(properties(stack, TEMPLATE).map(({ Prefix, Description }) => [Prefix, Description])).toEqual([
      ['docker-hub', 'Hub'],
    ]);
  });
});

describe('allowPullFrom', () => {
  test('lets another account pull through each rule that the cache makes', () => {
    const { stack } = newCache((scope) => ({
      upstreams: [UpstreamRegistry.quay(), UpstreamRegistry.kubernetes()],
      existingRules: [
        PullThroughCacheRule.fromPullThroughCacheRuleAttributes(scope, 'Hub', {
          ecrRepositoryPrefix: 'hub',
          upstreamRegistryUrl: 'docker.io',
        }),
      ],
      allowPullFrom: [new iam.AccountPrincipal('444455556666')],
    }));
    const [{ PolicyText }] = properties(stack, 'AWS::ECR::RegistryPolicy');
    expect(PolicyText.Statement.flatMap(({ Resource }: any) => Resource).sort()).toEqual([
      'arn:aws:ecr:eu-west-1:111122223333:repository/kubernetes/*',
      'arn:aws:ecr:eu-west-1:111122223333:repository/quay/*',
    ]);
    expect(PolicyText.Statement.every(({ Principal: { AWS } }: any) => AWS === 'arn:aws:iam::444455556666:root')).toBe(
      true,
    );
    expect(properties(stack, TEMPLATE).map(({ Prefix }) => Prefix)).toEqual(['quay', 'kubernetes']);
  });
});

describe('grants', () => {
  const setUp = () => {
    const { stack, cache } = newCache({ upstreams: [UpstreamRegistry.quay(), dockerHub()] });
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    const asks = async (...questions: [string, string][]) => {
      const template = Template.fromStack(stack).toJSON();
      const principal = Principal.of(template, stack.getLogicalId(role.node.defaultChild as iam.CfnRole), ENV);
      return Promise.all(
        questions.map(([action, repository]) =>
          principal.may(action, `arn:aws:ecr:eu-west-1:111122223333:repository/${repository}`),
        ),
      );
    };
    return { cache, role, asks };
  };
  const all = (repository: string): [string, string][] => FIRST_PULL.map((action) => [action, repository]);

  test('pull: every image of every rule, and no other', async () => {
    const { cache, role, asks } = setUp();
    cache.grants.pull(role).assertSuccess();
    expect(new Set(await asks(...all('quay/a/b'), ...all('docker-hub/library/nginx')))).toEqual(new Set(['Allowed']));
    expect(
      await asks(['ecr:CreateRepository', 'other/a'], ['ecr:CreateRepository', 'quay'], ['ecr:PutImage', 'quay/a/b']),
    ).toEqual(Array(3).fill('ImplicitlyDenied'));
  });

  test('pullImage: that image', async () => {
    const { cache, role, asks } = setUp();
    cache.grants.pullImage(role, 'nginx:1').assertSuccess();
    expect(new Set(await asks(...all('docker-hub/library/nginx')))).toEqual(new Set(['Allowed']));
    expect(await asks(['ecr:BatchGetImage', 'docker-hub/library/httpd'], ['ecr:BatchGetImage', 'quay/a/b'])).toEqual(
      Array(2).fill('ImplicitlyDenied'),
    );
  });

  test('pullCached: what is cached already', async () => {
    const { cache, role, asks } = setUp();
    cache.grants.pullCached(role).assertSuccess();
    expect(await asks(['ecr:BatchGetImage', 'quay/a/b'], ['ecr:GetDownloadUrlForLayer', 'docker-hub/a/b'])).toEqual(
      Array(2).fill('Allowed'),
    );
    expect(await asks(['ecr:CreateRepository', 'quay/a/b'], ['ecr:BatchImportUpstreamImage', 'quay/a/b'])).toEqual(
      Array(2).fill('ImplicitlyDenied'),
    );
  });
});

describe('events', () => {
  const pattern = (props: PullThroughCacheProps, watch: (cache: PullThroughCache) => void) => {
    const { stack, cache } = newCache(props);
    watch(cache);
    const rules = properties(stack, 'AWS::Events::Rule');
    expect(rules).toHaveLength(1);
    return rules[0].EventPattern;
  };
  const base = { source: ['aws.ecr'], 'detail-type': ['ECR Pull Through Cache Action'] };
  const failure = { 'sync-status': [{ 'anything-but': ['SUCCESS'] }] };

  test('failures of all rules come by one EventBridge rule', () => {
    expect(pattern({}, (cache) => cache.onCacheFailure('Failed'))).toEqual({
      ...base,
      detail: { 'ecr-repository-prefix': ['ecr-public', 'kubernetes', 'quay'], ...failure },
    });
  });

  test('so does whatever the cache does', () => {
    expect(pattern({}, (cache) => cache.onCacheAction('Anything'))).toEqual({
      ...base,
      detail: { 'ecr-repository-prefix': ['ecr-public', 'kubernetes', 'quay'] },
    });
  });

  test('the rule without a prefix is told by its upstream', () => {
    expect(
      pattern(
        {
          upstreams: [UpstreamRegistry.ecrPublic(), UpstreamRegistry.kubernetes()],
          rules: [{ upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: 'ROOT' }],
        },
        (cache) => cache.onCacheFailure('Failed'),
      ),
    ).toEqual({
      ...base,
      detail: {
        $or: [{ 'ecr-repository-prefix': ['ecr-public', 'kubernetes'] }, { 'upstream-registry-url': ['quay.io'] }],
        ...failure,
      },
    });
  });

  test('it may be the only one', () => {
    expect(
      pattern({ rules: [{ upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: 'ROOT' }] }, (cache) =>
        cache.onCacheFailure('Failed'),
      ),
    ).toEqual({ ...base, detail: { 'upstream-registry-url': ['quay.io'], ...failure } });
  });

  test('go to a target', () => {
    const { stack, cache } = newCache();
    cache.onCacheFailure('Failed', { target: new targets.SnsTopic(new sns.Topic(stack, 'Topic')) });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      Targets: [{ Arn: { Ref: Match.stringLikeRegexp('^Topic') }, Id: 'Target0' }],
    });
  });
});

describe('outputPrefixes', () => {
  test('tells what to pull for which registry', () => {
    const { stack } = newCache((scope) => ({
      upstreams: [dockerHub()],
      rules: [{ upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: 'ROOT' }],
      existingRules: [
        PullThroughCacheRule.fromPullThroughCacheRuleAttributes(scope, 'Team', {
          ecrRepositoryPrefix: 'ours',
          upstreamRepositoryPrefix: 'team',
          upstreamRegistryUrl: 'ghcr.io',
        }),
      ],
      outputPrefixes: true,
    }));
    const template = Template.fromStack(stack);
    const [{ Value, Description }] = Object.values<any>(template.findOutputs('*'));
    expect(Description).toBe('What to pull through the cache, for which registry');
    expect(resolve(Value, template.toJSON(), ENV).split('\n')).toEqual([
      `docker.io -> ${REGISTRY}/docker-hub`,
      `quay.io -> ${REGISTRY}`,
      `ghcr.io/team -> ${REGISTRY}/ours`,
    ]);
  });
});

test('stands in an environment that is not known', () => {
  const stack = new Stack(new App(), 'Open');
  const cache = new PullThroughCache(stack, 'Cache');
  expect(stack.resolve(cache.image('quay.io/a/b:1').uri)).toEqual({
    'Fn::Join': [
      '',
      [{ Ref: 'AWS::AccountId' }, '.dkr.ecr.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }, '/quay/a/b:1'],
    ],
  });
});
