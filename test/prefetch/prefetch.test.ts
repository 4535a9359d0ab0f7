import { App, Aspects, Duration, Fn, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Cluster, FargateService, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  DockerImageCode,
  DockerImageFunction,
  Function,
  Handler,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Construct } from 'constructs';
import {
  PrefetchOptions,
  PullThroughCache,
  PullThroughCacheRule,
  RepositoryCreationTemplate,
  RepositoryLifecycleRule,
  UpstreamCredentials,
  UpstreamRegistry,
} from '../../src';
import { Principal } from '../support/simulate';
import {
  ack,
  ACCOUNT,
  homeStack,
  makeRule,
  onlyResource,
  openStack,
  propertiesOf,
  refusal,
  REGION,
  resourcesOf,
  RULE,
  useCredentials,
  warningsOf,
} from '../support/util';

const PREFETCH = 'Custom::PrefetchedImage';
const FUNCTION = 'AWS::Lambda::Function';
const TEMPLATE = 'AWS::ECR::RepositoryCreationTemplate';
const DIGEST = `sha256:${'a'.repeat(64)}`;

const hub = (stack: Stack) => useCredentials(stack, UpstreamCredentials.fromSecretName('hub'));
const attribute = (stack: Stack, name: string) => ({
  'Fn::GetAtt': [onlyResource(stack, PREFETCH).logicalId, name],
});
/** What stands for the host of the registry. */
const uri = (stack: Stack, rest: string) => ({ 'Fn::Join': ['', [attribute(stack, 'RegistryUri'), rest]] });

describe('a prefetched image', () => {
  test('is a resource that knows what to fetch', () => {
    const stack = homeStack();
    hub(stack).prefetch('nginx:1.27');
    const { Properties, DependsOn, logicalId } = onlyResource(stack, PREFETCH);
    expect(Properties).toMatchObject({
      Reference: 'docker.io/library/nginx:1.27',
      RepositoryName: 'docker-hub/library/nginx',
      ImageTag: '1.27',
      ServiceTimeout: '1200',
    });
    expect(Object.keys(Properties).sort()).toEqual([
      'ImageTag',
      'Reference',
      'RegistryUri',
      'RepositoryName',
      'SecretId',
      'ServiceTimeout',
      'ServiceToken',
    ]);
    expect(logicalId).toMatch(/^PrefetchedImageDockerHubLibraryNginx127[0-9A-F]{8}$/);
    expect(DependsOn).toEqual(Object.keys(resourcesOf(stack, RULE)));
  });

  test('has its options', () => {
    const stack = homeStack();
    makeRule(stack, 'Rule').prefetch(`org/app:v1@${DIGEST}`, { timeout: Duration.minutes(5), trigger: '2026-11-25' });
    expect(onlyResource(stack, PREFETCH).Properties).toMatchObject({
      ImageDigest: DIGEST,
      Timeout: 300,
      Trigger: '2026-11-25',
    });
    expect(warningsOf(stack)).toEqual([]);
  });

  test('has a logical id that comes from the image, so that it is replaced and not updated', () => {
    const idOf = (reference: string, group = false) => {
      const stack = homeStack();
      const place = group ? new Construct(stack, 'Group') : stack;
      makeRule(place as Stack, 'Rule').prefetch(reference);
      return Object.keys(resourcesOf(stack, PREFETCH))[0];
    };
    const references = ['org/app:v1', 'org/app:v2', 'org/app', `org/app:v1@${DIGEST}`, 'org/app-v1:1', 'org-app:v1'];
    expect(new Set(references.map((reference) => idOf(reference))).size).toBe(references.length);
    expect(idOf('org/app:v1', true)).toBe(idOf('org/app:v1'));
    expect(idOf(`org/app:v1@${DIGEST}`)).toMatch(/^PrefetchedImageQuayOrgAppV1Sha256Aaaaaaaaaaaa[0-9A-F]{8}$/);
  });

  test('is one, however often it is asked for', () => {
    const stack = homeStack();
    const rule = makeRule(stack, 'Rule');
    const images = [
      rule.prefetch('org/app:v1'),
      rule.prefetch('quay.io/org/app:v1'),
      rule.prefetch(rule.image('org/app:v1').uri),
    ];
    images.map((image, index) => image.platformDigest(['linux/arm64', 'linux/amd64', 'linux/arm64'][index]));
    expect(onlyResource(stack, PREFETCH).Properties.Platforms).toEqual(['linux/amd64', 'linux/arm64']);
    expect(refusal(() => rule.prefetch('org/app:v1', { trigger: 'now' }))).toContain('with other options');
  });

  test('gives digests', () => {
    const stack = homeStack();
    const image = makeRule(stack, 'Rule').prefetch('org/app:v1');
    expect(stack.resolve(image.imageDigest)).toEqual(attribute(stack, 'Digest'));
    expect(stack.resolve(image.platformDigest('linux/arm/v7'))).toEqual(attribute(stack, 'Digest.linux.arm.v7'));
    expect(refusal(() => image.platformDigest('arm64'))).toContain('write it as in "linux/arm64"');
  });

  test('has a URI that is known once it is there', () => {
    const stack = homeStack();
    const image = makeRule(stack, 'Rule').prefetch(`org/app:v1@${DIGEST}`);
    expect(stack.resolve(image.uri)).toEqual(uri(stack, `/quay/org/app:v1@${DIGEST}`));
    expect([image.repositoryName, image.tag, image.toString()]).toEqual(['quay/org/app', 'v1', image.uri]);
  });

  test('without a tag is that of latest', () => {
    const stack = homeStack();
    const image = makeRule(stack, 'Rule').prefetch('org/app');
    expect(image.tag).toBe('latest');
    expect(onlyResource(stack, PREFETCH).Properties.ImageTag).toBe('latest');
    expect(warningsOf(stack)).toEqual([expect.stringContaining(ack('PullThroughCacheRule.noTag'))]);
  });

  test('may be named by tokens', () => {
    const stack = homeStack();
    const rule = makeRule(stack, 'Rule');
    rule.prefetch(`org/app:${Fn.importValue('Tag')}`);
    rule.prefetch(`org/app:${Fn.importValue('Other')}`);
    expect(propertiesOf(stack, PREFETCH).map(({ ImageTag }) => ImageTag)).toEqual([
      { 'Fn::ImportValue': 'Tag' },
      { 'Fn::ImportValue': 'Other' },
    ]);
  });

  test('by the dual-stack host is another than that by the usual one', () => {
    const stack = homeStack();
    const rule = makeRule(stack, 'Rule');
    rule.prefetch('org/app:v1');
    rule.prefetch('org/app:v1', { dualStack: true });
    expect(
      propertiesOf(stack, PREFETCH).map(({ RegistryUri }) => JSON.stringify(RegistryUri).includes('dkr-ecr')),
    ).toEqual([false, true]);
  });

  test('of a cache is prefetched by the rule that covers it', () => {
    const stack = homeStack();
    new PullThroughCache(stack, 'Cache').prefetch('registry.k8s.io/pause:3.10');
    expect(onlyResource(stack, PREFETCH).Properties.RepositoryName).toBe('kubernetes/pause');
  });

  test('of a rule that exists is prefetched too', () => {
    const stack = homeStack();
    PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
      ecrRepositoryPrefix: 'quay',
      upstreamRegistryUrl: 'quay.io',
    }).prefetch('org/app:v1');
    expect(onlyResource(stack, PREFETCH).Properties.RepositoryName).toBe('quay/org/app');
    expect(onlyResource(stack, PREFETCH).DependsOn).toBeUndefined();
  });

  test('waits for the templates of its repository, whenever they are made', () => {
    const stack = homeStack();
    makeRule(stack, 'Rule').prefetch('org/app:v1');
    for (const prefix of ['quay/org', 'quay', 'other']) {
      new RepositoryCreationTemplate(stack, `Template-${prefix.replace('/', '-')}`, { prefix });
    }
    const ids = Object.entries(resourcesOf(stack, TEMPLATE))
      .filter(([, { Properties }]) => Properties.Prefix !== 'other')
      .map(([id]) => id);
    expect(onlyResource(stack, PREFETCH).DependsOn).toEqual(expect.arrayContaining(ids));
    expect(onlyResource(stack, PREFETCH).DependsOn).toHaveLength(3);
  });
});

describe('a template in another stack', () => {
  const withTemplate = (prefix: string, needsRule = false) => {
    const app = new App();
    const [stack, other] = ['Images', 'Templates'].map((id) => homeStack(app, id));
    makeRule(stack, 'Rule').prefetch('org/app:v1');
    const template = new RepositoryCreationTemplate(other, 'Template', { prefix });
    if (needsRule) {
      const topic = new CfnRule(stack, 'Topic', { description: 'one' });
      new CfnRule(other, 'Uses', { description: topic.attrArn });
    }
    const assembly = app.synth();
    const dependencies = assembly.getStackArtifact(stack.artifactId).dependencies.map(({ id }) => id);
    return { stack, template, dependencies };
  };

  test('is waited for', () => {
    expect(withTemplate('quay/org').dependencies).toContain('Templates');
    expect(withTemplate('ROOT').dependencies).toContain('Templates');
    expect(withTemplate('quay/other').dependencies).not.toContain('Templates');
  });

  test('is not where that is a cycle, and that is told', () => {
    const { stack, dependencies } = withTemplate('quay/org', true);
    expect(dependencies).not.toContain('Templates');
    expect(warningsOf(stack)).toEqual([expect.stringContaining(ack('PrefetchedImage.templateOrder'))]);
  });
});

describe('two rules that are one', () => {
  const imported = (stack: Stack, id: string) =>
    PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, id, {
      ecrRepositoryPrefix: 'quay',
      upstreamRegistryUrl: 'quay.io',
    });

  test('have one prefetch in a stack, and one in each', () => {
    const app = new App();
    const [stack, other] = ['One', 'Other'].map((id) => homeStack(app, id));
    const images = ['A', 'B'].map((id) => imported(stack, id).prefetch('org/app:v1'));
    imported(other, 'A').prefetch('org/app:v1');
    expect(images[1].uri).toBe(images[0].uri);
    expect([stack, other].map((one) => propertiesOf(one, PREFETCH).length)).toEqual([1, 1]);
    expect(refusal(() => imported(stack, 'C').prefetch('org/app:v1', { trigger: 'x' }))).toContain('other options');
  });

  test('have it wait for the one that the app makes', () => {
    const stack = homeStack();
    imported(stack, 'Imported').prefetch('org/app:v1');
    makeRule(stack, 'Rule').prefetch('org/app:v1');
    expect(onlyResource(stack, PREFETCH).DependsOn).toEqual([onlyResource(stack, RULE).logicalId]);
  });
});

describe('the function', () => {
  const many = (stack: Stack) => {
    const cache = new PullThroughCache(stack, 'Cache');
    Array.from({ length: 200 }, (_, index) => cache.prefetch(`quay.io/org/app-${index}:v1`));
    return stack;
  };

  test('is one, however many images there are', () => {
    const stack = many(homeStack());
    expect(propertiesOf(stack, PREFETCH)).toHaveLength(200);
    expect(onlyResource(stack, FUNCTION).Properties).toMatchObject({
      Runtime: expect.stringMatching(/^nodejs2[24]\.x$/),
      Handler: 'index.handler',
      Timeout: 900,
    });
    expect(propertiesOf(stack, 'AWS::IAM::Role')).toHaveLength(1);
  });

  test('is one for each stack', () => {
    const app = new App();
    const stacks = ['One', 'Two'].map((id) => homeStack(app, id));
    stacks.forEach((stack, index) =>
      makeRule(stack, 'Rule', { ecrRepositoryPrefix: `quay-${index}` }).prefetch('org/app:v1'),
    );
    stacks.forEach((stack) => expect(propertiesOf(stack, FUNCTION)).toHaveLength(1));
  });

  test('counts for no use of an image', () => {
    const stack = homeStack();
    makeRule(stack, 'Rule').prefetch('org/app:v1');
    const role = onlyResource(stack, 'AWS::IAM::Role').logicalId;
    const exclusion = onlyResource(stack, 'AWS::ECR::PullTimeUpdateExclusion');
    expect(exclusion.Properties).toEqual({ PrincipalArn: { 'Fn::GetAtt': [role, 'Arn'] } });
    expect(onlyResource(stack, FUNCTION).DependsOn).toContain(exclusion.logicalId);
  });

  test('fits into policies for many images', () => {
    const policies = propertiesOf(many(homeStack()), 'AWS::IAM::ManagedPolicy');
    expect(policies.length).toBeGreaterThan(1);
    for (const { PolicyDocument } of policies) {
      expect(JSON.stringify(PolicyDocument).length).toBeLessThan(5 * 6144);
    }
  });

  test('may prefetch these images, and nothing else', async () => {
    const stack = homeStack();
    const rule = useCredentials(stack, UpstreamCredentials.placeholder());
    rule.prefetch('nginx:1.27');
    rule.prefetch('org/app:v1');
    const template = Template.fromStack(stack).toJSON();
    const deployment = { account: ACCOUNT, region: REGION };
    const principal = Principal.of(template, onlyResource(stack, 'AWS::IAM::Role').logicalId, deployment);
    const repository = (name: string) => `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${name}`;
    const { logicalId: secretId } = onlyResource(stack, 'AWS::SecretsManager::Secret');
    const secret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret/${secretId}`;
    const allowed = async (action: string, resource: string) => (await principal.may(action, resource)) === 'Allowed';

    for (const action of [
      'BatchGetImage',
      'BatchImportUpstreamImage',
      'CreateRepository',
      'TagResource',
      'DescribeImages',
    ]) {
      for (const name of ['docker-hub/library/nginx', 'docker-hub/org/app']) {
        expect([action, name, await allowed(`ecr:${action}`, repository(name))]).toEqual([action, name, true]);
      }
      for (const name of ['docker-hub/library/redis', 'docker-hub/org/app-2', 'org/app', 'docker-hub/org']) {
        expect([action, name, await allowed(`ecr:${action}`, repository(name))]).toEqual([action, name, false]);
      }
    }
    for (const action of [
      'PutImage',
      'BatchDeleteImage',
      'DeleteRepository',
      'SetRepositoryPolicy',
      'GetDownloadUrlForLayer',
    ]) {
      expect([action, await allowed(`ecr:${action}`, repository('docker-hub/org/app'))]).toEqual([action, false]);
    }
    for (const action of [
      'ecr:GetAuthorizationToken',
      'ecr:DeletePullThroughCacheRule',
      'iam:PassRole',
      's3:GetObject',
    ]) {
      expect([action, await allowed(action, '*').catch(() => false)]).toEqual([action, false]);
    }
    expect(await allowed('secretsmanager:GetSecretValue', secret).catch(() => false)).toBe(false);
  });

  test('passes cdk-nag', () => {
    const stack = homeStack();
    makeRule(stack, 'Rule').prefetch('org/app:v1');
    // What it has to find.
    new Role(stack, 'Wrong', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess')],
    });
    Aspects.of(stack).add(new AwsSolutionsChecks());
    Template.fromStack(stack);
    const found = stack.node
      .findAll()
      .flatMap((node) => node.node.metadata.map(({ data }) => `${node.node.path} ${data}`))
      .filter((note) => note.includes(' AwsSolutions-'));
    expect(found.map((note) => note.split(':')[0]).sort()).toEqual([
      // At the floor, CDK's newest Node.js is the one before the newest that the rule knows.
      ...(found.some((note) => note.includes('AwsSolutions-L1'))
        ? ['Stack/PullThroughCachePrefetch/Function/Resource AwsSolutions-L1']
        : []),
      expect.stringContaining('Stack/Wrong/Resource AwsSolutions-IAM4'),
    ]);
  });

  test('is in no template that does not ask for it', () => {
    const stack = homeStack();
    const rule = hub(stack);
    rule.image('nginx:1.27').toContainerImage();
    expect(Object.keys(Template.fromStack(stack).toJSON().Resources)).toEqual(Object.keys(resourcesOf(stack, RULE)));
  });
});

describe('what cannot be prefetched', () => {
  test('is a digest alone', () => {
    expect(refusal(() => makeRule(homeStack(), 'Rule').prefetch(`org/app@${DIGEST}`))).toMatch(
      /a digest alone cannot be prefetched.*write the tag that has the digest before it/,
    );
  });

  test('is what is no image of the rule, or no reference', () => {
    const rule = makeRule(homeStack(), 'Rule');
    expect(refusal(() => rule.prefetch('ghcr.io/org/app:v1'))).toContain('of another registry');
    expect(refusal(() => rule.prefetch('org/app:v1@sha256:abc'))).toContain('digest');
    expect(refusal(() => rule.prefetch('Org/App:v1'))).toContain('repository');
  });

  test('is what has half a second', () => {
    expect(
      refusal(() => makeRule(homeStack(), 'Rule').prefetch('org/app:v1', { timeout: Duration.millis(90500) })),
    ).toContain('PrefetchedImage.timeout');
  });

  test.each([[30], [15 * 60], [14 * 60 + 1]])('is what has %s seconds', (seconds) => {
    expect(
      refusal(() => makeRule(homeStack(), 'Rule').prefetch('org/app:v1', { timeout: Duration.seconds(seconds) })),
    ).toContain('1 to 14 minutes');
  });

  test('is what is in another region or account', () => {
    for (const place of [{ region: 'us-east-1' }, { account: '444455556666' }]) {
      const rule = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(homeStack(), 'Rule', {
        ecrRepositoryPrefix: 'quay',
        upstreamRegistryUrl: 'quay.io',
        ...place,
      });
      expect(refusal(() => rule.prefetch('org/app:v1'))).toContain('account and region of its rule');
    }
  });

  test('is, at first, what needs a secret that somebody has to fill in', () => {
    const stack = homeStack();
    useCredentials(stack, UpstreamCredentials.placeholder()).prefetch('nginx:1.27');
    expect(warningsOf(stack)).toEqual([expect.stringContaining(ack('PrefetchedImage.placeholder'))]);
    expect(onlyResource(stack, PREFETCH).Properties).toMatchObject({ SecretIsGenerated: true });
  });
});

describe('workloads wait', () => {
  const role = (stack: Stack) => new Role(stack, 'Puller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });

  test('a task, and so its service, by the image of its container', () => {
    const stack = homeStack();
    const task = new FargateTaskDefinition(stack, 'Task');
    task.addContainer('web', { image: hub(stack).prefetch('nginx:1.27').toContainerImage() });
    new FargateService(stack, 'Service', {
      cluster: new Cluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc') }),
      taskDefinition: task,
    });
    const { logicalId, Properties } = onlyResource(stack, 'AWS::ECS::TaskDefinition');
    expect(Properties.ContainerDefinitions[0].Image).toEqual(uri(stack, '/docker-hub/library/nginx:1.27'));
    expect(onlyResource(stack, 'AWS::ECS::Service').Properties.TaskDefinition).toEqual({ Ref: logicalId });
  });

  test('whatever takes a repository or a URI, and its role has exact permissions', () => {
    const stack = homeStack();
    const image = hub(stack).prefetch('nginx:1.27');
    new CfnRule(stack, 'Any', { description: image.uri });
    image.repository.grantPull(role(stack));
    expect(onlyResource(stack, 'AWS::Events::Rule').Properties.Description).toEqual(
      uri(stack, '/docker-hub/library/nginx:1.27'),
    );
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Action: Match.arrayWith(['ecr:BatchGetImage', 'ecr:CreateRepository', 'ecr:GetDownloadUrlForLayer']),
            Effect: 'Allow',
            Resource: {
              'Fn::Join': [
                '',
                ['arn:', { Ref: 'AWS::Partition' }, `:ecr:${REGION}:${ACCOUNT}:repository/docker-hub/library/nginx`],
              ],
            },
          },
        ]),
      },
    });
  });
});

describe('a function of AWS Lambda', () => {
  function makeFunction(
    options: PrefetchOptions & { architecture?: Architecture; lifecycle?: boolean } = {},
    stack = homeStack(),
  ): Stack {
    const { architecture, lifecycle, ...prefetch } = options;
    const rule = new PullThroughCacheRule(stack, 'Public', {
      upstream: UpstreamRegistry.ecrPublic(),
      repositories: lifecycle
        ? { lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(30))] }
        : undefined,
    });
    new DockerImageFunction(stack, 'Function', {
      code: rule.prefetch('lambda/nodejs:22', prefetch).toLambdaCode({ architecture, cmd: ['index.handler'] }),
      architecture,
    });
    return stack;
  }
  const functionOf = (stack: Stack) =>
    propertiesOf(stack, FUNCTION).find(({ PackageType }) => PackageType === 'Image') as Record<string, any>;
  const digestUri = (stack: Stack, platform: string) => ({
    'Fn::Join': [
      '',
      [attribute(stack, 'RegistryUri'), '/ecr-public/lambda/nodejs@', attribute(stack, `Digest.linux.${platform}`)],
    ],
  });

  test.each([
    [undefined, 'amd64'],
    [Architecture.ARM_64, 'arm64'],
  ])('is made of the image for its architecture', (architecture, platform) => {
    const stack = makeFunction({ architecture });
    expect(functionOf(stack)).toMatchObject({
      Code: { ImageUri: digestUri(stack, platform) },
      ImageConfig: { Command: ['index.handler'] },
    });
    expect(onlyResource(stack, PREFETCH).Properties.Platforms).toEqual([`linux/${platform}`]);
    expect(warningsOf(stack)).toEqual([]);
  });

  test('may read by the policy of the template, and no other account and region may', () => {
    const stack = makeFunction();
    const policy = onlyResource(stack, TEMPLATE).Properties.RepositoryPolicy;
    const text = policy['Fn::Join'][1].map((part: any) => (typeof part === 'string' ? part : 'aws')).join('');
    expect(JSON.parse(text).Statement).toEqual([
      {
        Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        Condition: { ArnLike: { 'aws:sourceArn': `arn:aws:lambda:${REGION}:${ACCOUNT}:function:*` } },
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
      },
    ]);
    expect(onlyResource(stack, RULE).DependsOn).toEqual([onlyResource(stack, TEMPLATE).logicalId]);
  });

  test('may be made with the repository as well, and more than one', () => {
    const stack = homeStack();
    const image = makeRule(stack, 'Rule').prefetch('org/app:v1');
    new Function(stack, 'One', {
      code: Code.fromEcrImage(image.repository, { tagOrDigest: `@${image.platformDigest('linux/amd64')}` }),
      handler: Handler.FROM_IMAGE,
      runtime: Runtime.FROM_IMAGE,
    });
    new DockerImageFunction(stack, 'Two', { code: DockerImageCode.fromEcr(image.repository, { tagOrDigest: 'v1' }) });
    const { Statement } = JSON.parse(
      onlyResource(stack, TEMPLATE)
        .Properties.RepositoryPolicy['Fn::Join'][1].map((part: any) => (typeof part === 'string' ? part : 'aws'))
        .join(''),
    );
    expect(Statement).toHaveLength(1);
  });

  test('is told of a lifecycle that may take its image away', () => {
    expect(warningsOf(makeFunction({ lifecycle: true }))).toEqual([
      expect.stringContaining(ack('PrefetchedImage.lifecycle')),
    ]);
  });

  test.each([
    ['quay/org', true, false, true],
    ['quay/org', false, true, false],
    ['quay/other', true, false, false],
  ])('goes by the template with the longest prefix for that, such as %s', (prefix, has, ruleHas, isTold) => {
    const app = new App();
    const stack = homeStack(app);
    const lifecycleRules = [RepositoryLifecycleRule.expireAfter(Duration.days(30))];
    const rule = makeRule(stack, 'Rule', { repositories: ruleHas ? { lifecycleRules } : {} });
    new DockerImageFunction(stack, 'Function', { code: rule.prefetch('org/app:v1').toLambdaCode() });
    new RepositoryCreationTemplate(homeStack(app, 'Other'), 'Template', {
      prefix,
      lifecycleRules: has ? lifecycleRules : undefined,
    });
    app.synth();
    expect(warningsOf(stack)).toEqual(
      isTold ? [expect.stringMatching(/Other\/Template.*PrefetchedImage\.lifecycle/s)] : [],
    );
  });

  test('has the architecture of its image', () => {
    const make = (ofFunction?: Architecture, ofCode?: Architecture) => {
      const stack = homeStack();
      const code = makeRule(stack, 'Rule').prefetch('org/app:v1').toLambdaCode({ architecture: ofCode });
      new DockerImageFunction(stack, 'Function', { architecture: ofFunction, code });
    };
    expect(refusal(() => make(Architecture.ARM_64))).toMatch(
      /another architecture than its image quay\.io\/org\/app:v1; got "arm64"; allowed: x86_64.*PrefetchedImage\.architecture\]/,
    );
    expect(refusal(() => make(undefined, Architecture.ARM_64))).toContain('got "x86_64"; allowed: arm64');
    const token = Architecture.custom(Fn.importValue('Architecture'));
    expect(refusal(() => make(token, token))).toContain('PrefetchedImage.unknownArchitecture');
    expect(() => make(token, Architecture.ARM_64)).not.toThrow();
  });

  test('by a tag is told, and by a digest is not', () => {
    const warningsBy = (tagOrDigest?: string) => {
      const stack = homeStack();
      const { repository } = makeRule(stack, 'Rule').prefetch('org/app:v1');
      new DockerImageFunction(stack, 'Function', { code: DockerImageCode.fromEcr(repository, { tagOrDigest }) });
      return warningsOf(stack);
    };
    for (const tag of ['v1', ':v1', undefined]) {
      expect(warningsBy(tag)).toEqual([expect.stringContaining(ack('PrefetchedImage.lambdaTag'))]);
    }
    for (const digest of [DIGEST, `@${DIGEST}`, Fn.importValue('Digest')]) {
      expect(warningsBy(digest)).toEqual([]);
    }
  });

  test('is told of a rule that is not of this app', () => {
    const stack = homeStack();
    const rule = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
      ecrRepositoryPrefix: 'quay',
      upstreamRegistryUrl: 'quay.io',
    });
    new DockerImageFunction(stack, 'Function', { code: rule.prefetch('org/app:v1').toLambdaCode() });
    expect(warningsOf(stack)).toEqual([expect.stringContaining(ack('PrefetchedImage.lambdaPolicy'))]);
  });

  test('is reported by a redirection as coming from the cache', () => {
    const stack = homeStack();
    const cache = new PullThroughCache(stack, 'Cache', { upstreams: [UpstreamRegistry.quay()] });
    new DockerImageFunction(stack, 'Function', { code: cache.prefetch('quay.io/org/app:v1').toLambdaCode() });
    const redirection = cache.redirect(stack);
    Template.fromStack(stack);
    expect(redirection.report.map(({ reason, escapes }) => [reason, escapes])).toEqual([
      ['it is prefetched, and so comes from the cache already', undefined],
    ]);
  });

  test('is not made of an image that is not prefetched', () => {
    const stack = homeStack();
    expect(
      refusal(
        () =>
          new DockerImageFunction(stack, 'Function', {
            code: DockerImageCode.fromEcr(makeRule(stack, 'Rule').image('org/app:v1').repository),
          }),
      ),
    ).toContain('prefetch(...).toLambdaCode()');
  });

  test('works in a stack without an account', () => {
    const stack = makeFunction({}, openStack());
    expect(functionOf(stack).Code.ImageUri).toEqual(digestUri(stack, 'amd64'));
  });
});
