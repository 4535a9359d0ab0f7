import { App, CfnResource, NestedStack, Stack, Stage, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ContainerImage, FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { PullThroughCache, RedirectOptions, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { ENV, lines, manifest, newCache, newStack, nodeRole } from '../support/redirect';
import { onlyResource, propertiesOf, resourcesOf, warningsOf } from '../support/util';

const DIGEST = `sha256:${'0'.repeat(64)}`;
const PINNED = `quay.io/org/app:v1@${DIGEST}`;
const PREFETCHED = 'Custom::PrefetchedImage';
const FUNCTION = 'AWS::Lambda::Function';

/** Redirects a stack with the option, and gives what is reported. */
function redirected(stack: Stack, options: RedirectOptions = {}): string[] {
  const redirection = newCache(stack).redirect(stack, { prefetch: true, ...options });
  Template.fromStack(stack);
  return lines(redirection);
}

function pod(stack: Stack, image: string): CfnResource {
  return manifest(stack, [{ apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'app', image }] } }]);
}

const functionOf = (stack: Stack, imageUri: string, architectures?: string[], id = 'Image') =>
  new CfnFunction(stack, id, {
    role: `arn:aws:iam::${ENV.account}:role/function`,
    packageType: 'Image',
    architectures,
    code: { imageUri },
  });

/** What a property says, with the attributes of prefetched images. */
function text(value: any): string {
  const parts: any[] = typeof value === 'string' ? [value] : value['Fn::Join'][1];
  return parts.map((part) => (typeof part === 'string' ? part : `<${part['Fn::GetAtt'].join('.')}>`)).join('');
}

describe('an image that is pinned', () => {
  test('is prefetched, and its task waits for it', () => {
    const stack = newStack();
    const task = new FargateTaskDefinition(stack, 'Task');
    task.addContainer('app', { image: ContainerImage.fromRegistry(PINNED) });
    expect(redirected(stack)).toEqual([`ContainerDefinitions.0.Image: ${PINNED} -> CACHE/quay/org/app:v1@${DIGEST}`]);
    const { logicalId, Properties } = onlyResource(stack, PREFETCHED);
    expect(Properties).toMatchObject({ Reference: PINNED, ImageTag: 'v1', ImageDigest: DIGEST });
    const [{ ContainerDefinitions }] = propertiesOf(stack, 'AWS::ECS::TaskDefinition');
    expect(text(ContainerDefinitions[0].Image)).toBe(`<${logicalId}.RegistryUri>/quay/org/app:v1@${DIGEST}`);
    expect(warningsOf(stack)).toEqual([]);
    expect(JSON.stringify(resourcesOf(stack, 'AWS::IAM::Policy'))).toContain('repository/quay/org/app');
  });

  test('in a manifest is prefetched too, with all that the function needs before it', () => {
    const stack = newStack();
    pod(stack, PINNED);
    const report = redirected(stack, { nodeRoles: [nodeRole(stack)] });
    expect(report).toEqual([expect.stringContaining(`-> CACHE/quay/org/app:v1@${DIGEST}`)]);
    const { logicalId, DependsOn } = onlyResource(stack, PREFETCHED);
    const [{ Manifest }] = propertiesOf(stack, 'Custom::AWSCDK-EKS-KubernetesResource');
    expect(text(Manifest)).toContain(`"<${logicalId}.RegistryUri>/quay/org/app:v1@${DIGEST}"`);
    expect(DependsOn).toEqual([expect.stringMatching(/^PullThroughCacheRuleQuay/)]);
    const [prefetch] = Object.values(resourcesOf(stack, FUNCTION));
    expect(prefetch.DependsOn).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^PullThroughCachePrefetchRoleDefaultPolicy/),
        expect.stringMatching(/^PullThroughCachePrefetchExclusion/),
      ]),
    );
    expect(warningsOf(stack)).toEqual([]);
  });

  test('to a digest alone stays, and is told', () => {
    const stack = newStack();
    const image = `quay.io/org/app@${DIGEST}`;
    pod(stack, image);
    expect(redirected(stack, { nodeRoles: [nodeRole(stack)] })).toEqual([
      `Manifest[0].spec.containers[0].image: ${image} -> (a digest alone cannot be prefetched, for ECR fetches a new ` +
        'image by its tag: write its tag before it)',
    ]);
    expect(warningsOf(stack)).toEqual([expect.stringContaining('a digest alone cannot be prefetched')]);
    expect(resourcesOf(stack, PREFETCHED)).toEqual({});
  });

  test('goes through the cache with a warning without the option', () => {
    const stack = newStack();
    pod(stack, PINNED);
    redirected(stack, { prefetch: false, nodeRoles: [nodeRole(stack)] });
    expect(resourcesOf(stack, PREFETCHED)).toEqual({});
    expect(warningsOf(stack)).toEqual([expect.stringContaining('PullThroughCacheRule.digest')]);
  });

  test('is only reported by a dry run', () => {
    const stack = newStack();
    pod(stack, PINNED);
    const report = redirected(stack, { dryRun: true, nodeRoles: [nodeRole(stack)] });
    expect(report).toEqual([expect.stringContaining(`-> CACHE/quay/org/app:v1@${DIGEST}`)]);
    expect([resourcesOf(stack, PREFETCHED), warningsOf(stack)]).toEqual([{}, []]);
  });

  test('is that of a prefetch which the app has asked for, with its options', () => {
    const stack = newStack();
    pod(stack, PINNED);
    const cache = newCache(stack);
    cache.prefetch(PINNED, { trigger: 'today' });
    cache.redirect(stack, { prefetch: true, nodeRoles: [nodeRole(stack)] });
    expect(onlyResource(stack, PREFETCHED).Properties.Trigger).toBe('today');
  });
});

test('an image that any pull may fetch is not prefetched', () => {
  const stack = newStack();
  pod(stack, 'quay.io/org/app:v1');
  redirected(stack, { nodeRoles: [nodeRole(stack)] });
  expect([resourcesOf(stack, PREFETCHED), resourcesOf(stack, FUNCTION)]).toEqual([{}, {}]);
});

describe('a function of AWS Lambda', () => {
  const image = 'quay.io/org/app:v1';

  test.each([
    ['with an architecture', ['arm64'], 'arm64'],
    ['without', undefined, 'amd64'],
  ])('%s takes the image by the digest of its platform', (_, architectures, name) => {
    const stack = newStack();
    functionOf(stack, image, architectures);
    expect(redirected(stack)).toEqual([`Code.ImageUri: ${image} -> CACHE/quay/org/app:v1`]);
    const { logicalId, Properties } = onlyResource(stack, PREFETCHED);
    expect(Properties.Platforms).toEqual([`linux/${name}`]);
    const { Code } = propertiesOf(stack, FUNCTION).find(({ PackageType }) => PackageType)!;
    expect(text(Code.ImageUri)).toBe(`<${logicalId}.RegistryUri>/quay/org/app@<${logicalId}.Digest.linux.${name}>`);
    const [template] = propertiesOf(stack, 'AWS::ECR::RepositoryCreationTemplate');
    expect(JSON.stringify(template.RepositoryPolicy)).toContain('lambda.amazonaws.com');
    expect(resourcesOf(stack, 'AWS::ECR::RegistryPolicy')).toEqual({});
    expect(warningsOf(stack)).toEqual([]);
  });

  test('of AWS SAM does so too', () => {
    const stack = newStack();
    new CfnResource(stack, 'Function', {
      type: 'AWS::Serverless::Function',
      properties: { PackageType: 'Image', ImageUri: `${image}@${DIGEST}`, Architectures: ['arm64'] },
    });
    expect(redirected(stack)).toEqual([`ImageUri: ${image}@${DIGEST} -> CACHE/quay/org/app:v1@${DIGEST}`]);
    expect(onlyResource(stack, PREFETCHED).Properties).toMatchObject({
      ImageDigest: DIGEST,
      Platforms: ['linux/arm64'],
    });
    const [{ ImageUri }] = propertiesOf(stack, 'AWS::Serverless::Function');
    expect(text(ImageUri)).toMatch(/\/quay\/org\/app@<.*\.Digest\.linux\.arm64>$/);
  });

  test('of an architecture that is not known stays', () => {
    const stack = newStack();
    functionOf(stack, image, [Token.asString({ Ref: 'Architecture' })]);
    functionOf(stack, image, ['sparc'], 'Other');
    expect(redirected(stack)).toEqual(
      Array(2).fill(
        `Code.ImageUri: ${image} -> (the architecture of the function, by which the image would be named, is ` +
          'not known at synth)',
      ),
    );
  });

  test('stays without the option, which the reason names', () => {
    const stack = newStack();
    functionOf(stack, image);
    expect(redirected(stack, { prefetch: false })[0]).toMatch(/give the redirection the option prefetch/);
    expect(warningsOf(stack)).toEqual([expect.stringContaining('give the redirection the option prefetch')]);
  });

  test('with the name in the cache, which nobody has prefetched, stays', () => {
    const stack = newStack();
    functionOf(stack, `${ENV.account}.dkr.ecr.${ENV.region}.amazonaws.com/quay/org/app:v1`);
    expect(redirected(stack)[0]).toMatch(/takes only what is there already/);
  });
});

describe('a runtime of AgentCore', () => {
  function runtime(stack: Stack): void {
    const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('bedrock-agentcore.amazonaws.com') });
    new CfnResource(stack, 'Runtime', {
      type: 'AWS::BedrockAgentCore::Runtime',
      properties: {
        AgentRuntimeArtifact: { ContainerConfiguration: { ContainerUri: 'quay.io/org/agent:v1' } },
        RoleArn: role.roleArn,
      },
    });
  }

  test('finds its image in the cache, and may pull it', () => {
    const stack = newStack();
    runtime(stack);
    expect(redirected(stack)).toEqual([
      'AgentRuntimeArtifact.ContainerConfiguration.ContainerUri: quay.io/org/agent:v1 -> CACHE/quay/org/agent:v1',
    ]);
    const { logicalId } = onlyResource(stack, PREFETCHED);
    const { Properties, DependsOn } = onlyResource(stack, 'AWS::BedrockAgentCore::Runtime');
    expect(text(Properties.AgentRuntimeArtifact.ContainerConfiguration.ContainerUri)).toBe(
      `<${logicalId}.RegistryUri>/quay/org/agent:v1`,
    );
    expect(DependsOn).toContainEqual(expect.stringMatching(/^RoleDefaultPolicy/));
  });

  test('stays without the option, which the reason names', () => {
    const stack = newStack();
    runtime(stack);
    expect(redirected(stack, { prefetch: false })[0]).toMatch(/give the redirection the option prefetch/);
  });
});

describe('a resource of another place', () => {
  test('refers to what fetches its image in the stack of the cache', () => {
    const app = new App();
    const [home, other] = ['Home', 'Other'].map((id) => new Stack(app, id, { env: ENV }));
    pod(other, PINNED);
    functionOf(other, 'quay.io/org/function:v1');
    newCache(home).redirect(app, { prefetch: true, nodeRoles: [nodeRole(other)] });
    const assembly = app.synth();
    const template = JSON.stringify(assembly.getStackByName('Other').template);
    expect(template).toMatch(/Home:ExportsOutputFnGetAttPrefetchedImageQuayOrgApp\w+RegistryUri/);
    expect(template).toMatch(/Home:ExportsOutputFnGetAttPrefetchedImageQuayOrgFunction\w+Digestlinuxamd64/);
    const exported = Object.keys(assembly.getStackByName('Home').template.Outputs);
    expect(exported.filter((id) => /PrefetchedImage/.test(id))).toHaveLength(3);
  });

  test('may be in a nested stack', () => {
    const stack = newStack();
    const nested = new NestedStack(stack, 'Nested');
    pod(nested, PINNED);
    newCache(stack).redirect(stack, { prefetch: true, nodeRoles: [nodeRole(stack)] });
    const { logicalId } = onlyResource(stack, PREFETCHED);
    const { Parameters } = onlyResource(stack, 'AWS::CloudFormation::Stack').Properties;
    expect(Object.values(Parameters)).toContainEqual({ 'Fn::GetAtt': [logicalId, 'RegistryUri'] });
  });

  test('may be beside a cache in a nested stack', () => {
    const stack = newStack();
    const nested = new NestedStack(stack, 'Nested');
    pod(stack, PINNED);
    newCache(nested).redirect(stack, { prefetch: true, nodeRoles: [nodeRole(stack)] });
    const { logicalId, DependsOn } = onlyResource(nested, PREFETCHED);
    expect(DependsOn).toHaveLength(1);
    expect(JSON.stringify(Template.fromStack(nested).toJSON().Outputs)).toContain(`${logicalId}","RegistryUri`);
  });

  test('stays where it is of another stage', () => {
    const app = new App();
    const home = new Stack(app, 'Home', { env: ENV });
    const stage = new Stage(app, 'Stage', { env: ENV });
    const other = new Stack(stage, 'Other');
    functionOf(other, 'quay.io/org/function:v1');
    const redirection = newCache(home).redirect(app, { prefetch: true });
    app.synth();
    expect(lines(redirection)).toEqual([expect.stringMatching(/its rule is in another stage/)]);
  });
});

describe('an image whose resource is needed by the rule', () => {
  const reason = /^it cannot wait for the image to be prefetched, as the rule needs it/;

  test('stays, in one stack', () => {
    const stack = newStack();
    const task = new FargateTaskDefinition(stack, 'Task');
    task.addContainer('app', { image: ContainerImage.fromRegistry(PINNED) });
    const cache = newCache(stack);
    cache.node.addDependency(task.node.defaultChild!);
    const redirection = cache.redirect(stack, { prefetch: true });
    expect(JSON.stringify(propertiesOf(stack, 'AWS::ECS::TaskDefinition'))).toContain(`"${PINNED}"`);
    expect(redirection.report.map((one) => [one.reason, one.escapes])).toEqual([[expect.stringMatching(reason), true]]);
  });

  test('stays, in a stack with the secret of the rule', () => {
    const app = new App();
    const [other, home] = ['Other', 'Home'].map((id) => new Stack(app, id, { env: ENV }));
    const secret = new Secret(other, 'Secret', { secretName: 'ecr-pullthroughcache/hub' });
    const task = new FargateTaskDefinition(other, 'Task');
    task.addContainer('app', { image: ContainerImage.fromRegistry(`nginx:1@${DIGEST}`) });
    const cache = new PullThroughCache(home, 'Cache', {
      upstreams: [UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecret(secret))],
    });
    const redirection = cache.redirect(app, { prefetch: true });
    expect(() => app.synth()).not.toThrow();
    expect(redirection.report.map((one) => one.reason)).toEqual([expect.stringMatching(reason)]);
  });
});
