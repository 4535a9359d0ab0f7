import {
  App,
  aws_ecr as ecr,
  aws_ecs as ecs,
  aws_eks_v2 as eks,
  aws_events_targets as targets,
  aws_iam as iam,
  aws_sagemaker as sagemaker,
  aws_sns as sns,
  Annotations as Notes,
  Aspects,
  CfnResource,
  Fn,
  Stack,
  Stage,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import type { IConstruct } from 'constructs';
import { PullThroughCache, PullThroughCacheRule, RedirectOptions } from '../../src';
import {
  chart,
  deployed,
  ENV,
  lines,
  manifest,
  newCache,
  newStack,
  nodeRole,
  REGISTRY,
  resources,
} from '../support/redirect';

const TASK = 'AWS::ECS::TaskDefinition';
const NOT_REDIRECTED = 'Redirection.notRedirected';

function assumed(stack: Stack, id = 'Role'): iam.Role {
  return new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
}

function task(stack: Stack, executionRole: iam.IRole | undefined, image = 'quay.io/a/b:1', id = 'Task') {
  const definition = new ecs.FargateTaskDefinition(stack, id, { executionRole });
  definition.addContainer('web', { image: ecs.ContainerImage.fromRegistry(image) });
  return definition;
}

/** What of ours the CLI would print, without the id. */
function told(stack: Stack, id = NOT_REDIRECTED): string[] {
  return Annotations.fromStack(stack)
    .findWarning('*', Match.stringLikeRegexp(`ack: cdk-ecr-pull-through-cache:${id.replace('.', '\\.')}\\]`))
    .map(({ id: path, entry }) => `${path}: ${entry.data}`);
}

describe('who cannot be given permission', () => {
  const EXISTING = 'arn:aws:iam::111122223333:role/mine';
  test.each<[string, (stack: Stack) => iam.IRole, RegExp]>([
    [
      'an immutable role',
      (stack) => iam.Role.fromRoleArn(stack, 'Mine', EXISTING, { mutable: false }),
      /takes no permissions/,
    ],
    [
      'a role of another account',
      (stack) => iam.Role.fromRoleArn(stack, 'Mine', EXISTING.replace('1111', '4444')),
      /takes no permissions/,
    ],
    ['a role without policy updates', (stack) => assumed(stack).withoutPolicyUpdates(), /takes no permissions/],
    [
      'a role that somebody makes by hand',
      (stack) => {
        iam.Role.customizeRoles(stack, { usePrecreatedRoles: { 'Stack/Role': 'mine' } });
        return assumed(stack);
      },
      /is made by hand, by customizeRoles/,
    ],
  ])('%s: the image of an L2 stays, and that is told', (_, role, reason) => {
    const stack = newStack();
    task(stack, role(stack));
    const redirection = newCache(stack).redirect(stack);
    expect(resources(stack, TASK).Task.ContainerDefinitions[0].Image).toBe('quay.io/a/b:1');
    expect(JSON.stringify(Template.fromStack(stack))).not.toContain('ecr:');
    expect(told(stack)).toEqual([expect.stringMatching(reason)]);
    expect(redirection.report[0].reason).toMatch(reason);
  });

  test('an immutable role of which an L1 has the ARN only', () => {
    const stack = newStack();
    new ecs.CfnTaskDefinition(stack, 'Task', {
      executionRoleArn: iam.Role.fromRoleArn(stack, 'Mine', EXISTING, { mutable: false }).roleArn,
      containerDefinitions: [{ name: 'web', image: 'quay.io/a/b:1' }],
    });
    newCache(stack).redirect(stack);
    expect(resources(stack, TASK).Task.ContainerDefinitions[0].Image).toBe('quay.io/a/b:1');
    expect(resources(stack, 'AWS::IAM::Policy')).toEqual({});
    expect(told(stack)).toHaveLength(1);
  });

  test('a principal without a policy, as the nodes', () => {
    const stack = newStack();
    manifest(stack, [{ spec: { containers: [{ image: 'quay.io/a/b:1' }] } }]);
    newCache(stack).redirect(stack, { nodeRoles: [new iam.ServicePrincipal('ec2.amazonaws.com')] });
    const { Manifest } = resources(stack, 'Custom::AWSCDK-EKS-KubernetesResource').Manifest;
    expect(Manifest[0].spec.containers[0].image).toBe('quay.io/a/b:1');
    expect(told(stack)).toEqual([expect.stringContaining('who pulls cannot be given permission')]);
  });

  test.each([
    ['nobody lets in stays, and that is told', false],
    ['the rule lets in goes through the cache', true],
  ])('an image for nodes of another account that %s', (_, open) => {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: ENV });
    const other = new Stack(app, 'Other', { env: { ...ENV, account: '444455556666' } });
    const nodes = new iam.Role(other, 'Nodes', {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      roleName: 'nodes',
    });
    manifest(stack, [{ spec: { containers: [{ image: 'quay.io/a/b:1' }] } }]);
    const cache = newCache(stack);
    if (open) {
      cache.allowPullFrom(new iam.AccountPrincipal('444455556666'));
    }
    cache.redirect(stack, { nodeRoles: [nodes] });
    const [image] = resources(stack, 'Custom::AWSCDK-EKS-KubernetesResource').Manifest.Manifest[0].spec.containers.map(
      (container: any) => container.image,
    );
    expect(image).toBe(open ? `${REGISTRY}/quay/a/b:1` : 'quay.io/a/b:1');
    expect(told(stack).length).toBe(open ? 0 : 1);
  });
});

describe('the summary', () => {
  const left = (options: RedirectOptions = {}, images = 12) => {
    const stack = newStack();
    manifest(stack, [
      { spec: { containers: Array.from({ length: images }, (_, index) => ({ image: `quay.io/a/app-${index}:1` })) } },
      { spec: { containers: [{ image: 'quay.io/a/app-0:1' }, { image: 'mcr.microsoft.com/a:1' }] } },
    ]);
    const cache = newCache(stack);
    return { stack, cache, redirection: cache.redirect(stack, options) };
  };

  test('names each image once, those that are many by their count, and no image without a rule', () => {
    const { stack } = left();
    const [text, ...more] = told(stack);
    expect(more).toEqual([]);
    expect(text).toMatch(/^\/Stack\/Cache: 12 images do not go through the cache, which has a rule for them: quay/);
    expect(text).toContain('quay.io/a/app-9:1 and 2 more (the roles of the nodes that pull are not known');
    expect(text).not.toContain('mcr.microsoft.com');
  });

  test('is acknowledged by its id, and silent where images are left out on purpose', () => {
    const acknowledged = left();
    Notes.of(acknowledged.stack).acknowledgeWarning('cdk-ecr-pull-through-cache:Redirection.notRedirected');
    expect(told(acknowledged.stack)).toEqual([]);
    expect(told(left({ exclude: ['quay.io/*'] }).stack)).toEqual([]);
    expect(told(left({ dryRun: true }).stack)).toEqual([]);
  });

  test('is an error where the redirection is strict', () => {
    const { stack } = left({ strict: true }, 1);
    expect(told(stack)).toEqual([]);
    Annotations.fromStack(stack).hasError(
      '/Stack/Cache',
      Match.stringLikeRegexp(
        '^an image does not go through the cache.* \\[cdk-ecr-pull-through-cache:Redirection\\.notRedirected\\]$',
      ),
    );
  });

  test.each(['undefined:undefined', 'quay.io/a/b:undefined', 'quay.io/undefined/b:1', 'quay.io/a/b:NaN'])(
    'names %s, which nobody meant',
    (image) => {
      const stack = newStack();
      task(stack, undefined, image);
      newCache(stack).redirect(stack);
      expect(resources(stack, TASK).Task.ContainerDefinitions[0].Image).toBe(image);
      expect(told(stack)).toEqual([expect.stringContaining(`${image} (a variable in it has no value)`)]);
    },
  );

  test('has no image that another cache takes, whose report does not have it either', () => {
    const stack = newStack();
    manifest(stack, [{ spec: { containers: [{ image: 'quay.io/a/b:1' }, { image: 'ghcr.io/a/b:1' }] } }]);
    const rule = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
      ecrRepositoryPrefix: 'other',
      upstreamRegistryUrl: 'ghcr.io',
    });
    const first = new PullThroughCache(stack, 'First', { upstreams: [], existingRules: [rule] });
    const reports = [first, newCache(stack)].map((cache) =>
      cache.redirect(stack, { nodeRoles: [nodeRole(stack, `${cache.node.id}Nodes`)] }),
    );
    Template.fromStack(stack);
    expect(reports.map(lines)).toEqual([
      ['Manifest[0].spec.containers[1].image: ghcr.io/a/b:1 -> CACHE/other/a/b:1'],
      ['Manifest[0].spec.containers[0].image: quay.io/a/b:1 -> CACHE/quay/a/b:1'],
    ]);
    expect(told(stack)).toEqual([]);
  });
});

test('a digest that goes through the cache is told, as image() does', () => {
  const stack = newStack();
  task(stack, undefined, `quay.io/a/b@sha256:${'a'.repeat(64)}`);
  task(stack, undefined, 'quay.io/a/c', 'Other');
  newCache(stack).redirect(stack);
  expect(told(stack, 'PullThroughCacheRule.digest')).toEqual([expect.stringContaining('quay.io/a/b@sha256')]);
  expect(told(stack, 'PullThroughCacheRule.noTag')).toEqual([]);
});

test('so is one beside a tag, in a manifest', () => {
  const stack = newStack();
  manifest(stack, [{ kind: 'Pod', spec: { containers: [{ image: `quay.io/a/b:1@sha256:${'a'.repeat(64)}` }] } }]);
  newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
  expect(told(stack, 'PullThroughCacheRule.digest')).toEqual([expect.stringContaining('quay.io/a/b:1@sha256')]);
});

describe('an image in ECR', () => {
  test('of the cache, given as text, gets its permission', () => {
    for (const stack of [newStack(), new Stack(new App(), 'Stack')]) {
      const cache = newCache(stack);
      task(stack, undefined, cache.image('quay.io/a/b:1').uri);
      const redirection = cache.redirect(stack);
      expect(JSON.stringify(Template.fromStack(stack))).toContain('ecr:CreateRepository');
      expect(redirection.report).toHaveLength(1);
      expect(redirection.report[0].cachedUri).toMatch(/\/quay\/a\/b:1$/);
      expect(told(stack)).toEqual([]);
    }
  });

  test('of the cache, given as text to whom nobody knows, is told', () => {
    const stack = newStack();
    const cache = newCache(stack);
    manifest(stack, [{ spec: { containers: [{ image: cache.image('quay.io/a/b:1').uri }] } }]);
    cache.redirect(stack);
    expect(told(stack)).toEqual([expect.stringContaining('the roles of the nodes that pull are not known')]);
  });

  test('of a repository of one’s own, in each form, is said to be there', () => {
    const stack = newStack();
    const repository = new ecr.Repository(stack, 'Repository');
    const forms = [
      repository.repositoryUriForTag('1'),
      new ecr.CfnRepository(stack, 'Raw').attrRepositoryUri,
      Fn.sub('${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/assets:1'),
    ];
    forms.forEach((image, index) => task(stack, undefined, image, `Task${index}`));
    const redirection = newCache(stack).redirect(stack);
    Template.fromStack(stack);
    expect(redirection.report.map(({ reason }) => reason)).toEqual(
      forms.map(() => 'it is in a private registry of ECR'),
    );
  });
});

describe('stages', () => {
  const product = (stage: Stage) => {
    const stack = new Stack(stage, 'Product', { env: ENV });
    task(stack, undefined);
    return stack;
  };

  test('that are added after the call are redirected', () => {
    const app = new App();
    const cache = newCache(new Stack(app, 'Platform', { env: ENV }));
    cache.redirect(app);
    const stack = product(new Stage(new Stack(app, 'Pipeline'), 'Later', { env: ENV }));
    app.synth();
    expect(resources(stack, TASK).Task.ContainerDefinitions[0].Image).toBe(`${REGISTRY}/quay/a/b:1`);
  });

  test.each([
    ['after', true],
    ['before', false],
  ])('that are synthesized at once, %s the call, are told', (_, isAfter) => {
    const app = new App();
    const platform = new Stack(app, 'Platform', { env: ENV });
    const cache = newCache(platform);
    const redirect = () => cache.redirect(app);
    const add = () => {
      const stage = new Stage(platform, 'Prod', { env: ENV });
      product(stage);
      stage.synth();
    };
    (isAfter ? [redirect, add] : [add, redirect]).forEach((step) => step());
    app.synth();
    expect(told(platform)).toEqual([
      expect.stringMatching(/quay.io\/a\/b:1 \(the stage Platform\/Prod was synthesized before.*redirect\(this\)/),
    ]);
  });

  test('that redirect themselves are redirected, however early they are synthesized, and not told', () => {
    const app = new App();
    const platform = new Stack(app, 'Platform', { env: ENV });
    const cache = newCache(platform);
    cache.redirect(app);
    const stage = new Stage(platform, 'Prod', { env: ENV });
    const stack = product(stage);
    cache.redirect(stage);
    stage.synth();
    app.synth();
    expect(resources(stack, TASK).Task.ContainerDefinitions[0].Image).toBe(`${REGISTRY}/quay/a/b:1`);
    expect(told(platform)).toEqual([]);
  });
});

describe('functions around lists and blocks', () => {
  const branch = (one: any, other: any) => ({ 'Fn::If': ['C', one, other] });
  const NONE = { Ref: 'AWS::NoValue' };
  const place = (properties: any, type: string) => {
    const stack = newStack();
    new CfnResource(stack, 'It', { type, properties: { ...properties(assumed(stack).roleArn) } });
    const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
    return {
      raw: Template.fromStack(stack).toJSON().Resources.It.Properties,
      report: lines(redirection),
    };
  };
  const image = (name: string) => ({ Image: `quay.io/a/${name}:1` });
  const cached = (name: string) => ({ Image: `${REGISTRY}/quay/a/${name}:1` });

  test.each<[string, string, (role: string, make: (name: string) => any) => any]>([
    [
      'a list',
      TASK,
      (role, make) => ({ ExecutionRoleArn: role, ContainerDefinitions: branch([make('a')], [make('b'), make('c')]) }),
    ],
    [
      'an element',
      TASK,
      (role, make) => ({ ExecutionRoleArn: role, ContainerDefinitions: [branch(make('a'), NONE), make('b')] }),
    ],
    [
      'an image',
      TASK,
      (role, make) => ({
        ExecutionRoleArn: role,
        ContainerDefinitions: [{ Image: branch(make('a').Image, make('b').Image) }],
      }),
    ],
    [
      'a branch in a branch',
      TASK,
      (role, make) => ({
        ExecutionRoleArn: role,
        ContainerDefinitions: branch(branch([make('a')], NONE), [make('b')]),
      }),
    ],
    [
      'a block of Batch',
      'AWS::Batch::JobDefinition',
      (role, make) => ({ ContainerProperties: branch({ ExecutionRoleArn: role, ...make('a') }, NONE) }),
    ],
    [
      'the nodes of Batch',
      'AWS::Batch::JobDefinition',
      (role, make) => ({
        NodeProperties: { NodeRangeProperties: branch([{ Container: { ExecutionRoleArn: role, ...make('a') } }], []) },
      }),
    ],
    [
      'the pods of Batch',
      'AWS::Batch::JobDefinition',
      (_, make) => ({ EksProperties: branch({ PodProperties: branch({ Containers: [make('a')] }, NONE) }, NONE) }),
    ],
    [
      'an environment of CodeBuild',
      'AWS::CodeBuild::Project',
      (role, make) => ({
        ServiceRole: role,
        Environment: branch(
          { ...make('a'), ...(make === cached ? { ImagePullCredentialsType: 'SERVICE_ROLE' } : {}) },
          NONE,
        ),
      }),
    ],
    [
      'a container of SageMaker',
      'AWS::SageMaker::Model',
      (role, make) => ({ ExecutionRoleArn: role, PrimaryContainer: branch(make('a'), make('b')) }),
    ],
  ])('both sides of %s', (_, type, properties) => {
    const { raw } = place((role: string) => properties(role, image), type);
    const expected = properties('ROLE', cached);
    const plain = (value: any) =>
      JSON.parse(JSON.stringify(value).replace(/\{"Fn::GetAtt":\["Role[^\]]*\]\}/g, '"ROLE"'));
    expect(plain(raw)).toEqual(expected);
  });

  test.each<[string, string, any]>([
    ['containers', TASK, { ContainerDefinitions: { 'Fn::FindInMap': ['M', 'a', 'b'] } }],
    ['a transform', TASK, { ContainerDefinitions: [{ 'Fn::Transform': { Name: 'AWS::Include' } }] }],
    ['a block', 'AWS::Batch::JobDefinition', { ContainerProperties: { 'Fn::Transform': { Name: 'AWS::Include' } } }],
    ['code', 'AWS::Lambda::Function', { Code: { Ref: 'Parameter' } }],
    ['a manifest', 'Custom::AWSCDK-EKS-KubernetesResource', { Manifest: branch('[]', '[]') }],
    ['values', 'Custom::AWSCDK-EKS-HelmChart', { Values: branch('{}', '{}') }],
  ])('%s in another function are left, and reported', (_, type, properties) => {
    const { raw, report } = place(() => properties, type);
    expect(raw).toEqual(properties);
    expect(report[0]).toContain('(token) -> (it is a token, whose value is not known at synth)');
  });
});

describe('images with credentials of their own', () => {
  const pod = (extra: object = {}) => ({ spec: { containers: [{ image: 'quay.io/a/b:1' }], ...extra } });
  test.each<[string, any, boolean]>([
    ['of a pod', pod({ imagePullSecrets: [{ name: 'mine' }] }), false],
    ['of a pod template', { spec: { template: pod({ imagePullSecrets: [{ name: 'mine' }] }) } }, false],
    ['of an empty list', pod({ imagePullSecrets: [] }), true],
    ['of the pod beside', { items: [{ spec: { imagePullSecrets: [{ name: 'mine' }] } }, pod()] }, true],
  ])('%s', (_, document, redirected) => {
    const stack = newStack();
    manifest(stack, [document]);
    const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
    Template.fromStack(stack);
    expect(lines(redirection)).toEqual([
      expect.stringContaining(redirected ? '-> CACHE/quay/a/b:1' : '(it is pulled with credentials of its own)'),
    ]);
  });

  test('of Batch on EKS', () => {
    const stack = newStack();
    new CfnResource(stack, 'Job', {
      type: 'AWS::Batch::JobDefinition',
      properties: {
        EksProperties: {
          PodProperties: { ImagePullSecrets: [{ Name: 'mine' }], Containers: [{ Image: 'quay.io/a/b:1' }] },
        },
      },
    });
    const redirection = newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack)] });
    Template.fromStack(stack);
    expect(redirection.report[0].reason).toBe('it is pulled with credentials of its own');
  });
});

describe('the nodes of a cluster', () => {
  function pulls(make: (stack: Stack) => IConstruct & { clusterName: string }): string[] {
    const stack = newStack();
    const name = make(stack).clusterName;
    manifest(stack, [{ spec: { containers: [{ image: 'quay.io/a/b:1' }] } }]).addPropertyOverride('ClusterName', name);
    newCache(stack).redirect(stack);
    const policies = Object.values<any>(deployed(stack).Resources).filter(
      ({ Type, Properties }) => Type === 'AWS::IAM::Policy' && JSON.stringify(Properties).includes('quay/a/b'),
    );
    return policies
      .flatMap(({ Properties }) => Properties.Roles)
      .map((role: string) => role.replace(/[0-9A-F]{8}$/, ''))
      .sort();
  }
  const version = eks.KubernetesVersion.V1_31;

  test('of Auto Mode, which aws-eks-v2 makes by default', () => {
    expect(pulls((stack) => new eks.Cluster(stack, 'Cluster', { version }))).toEqual(['ClusterClusternodePoolRole']);
  });

  test('of Auto Mode, beside a node group and a Fargate profile', () => {
    const roles = pulls((stack) => {
      const cluster = new eks.Cluster(stack, 'Cluster', { version });
      cluster.addNodegroupCapacity('Group');
      cluster.addFargateProfile('Profile', { selectors: [{ namespace: 'default' }] });
      return cluster;
    });
    expect(roles).toEqual([
      'ClusterClusternodePoolRole',
      'ClusterNodegroupGroupNodeGroupRole',
      'ClusterfargateprofileProfilePodExecutionRole',
    ]);
  });

  test('of L1s: node groups, Fargate profiles, and who may join', () => {
    const roles = pulls((stack) => {
      const cluster = new eks.Cluster(stack, 'Cluster', {
        version,
        defaultCapacityType: eks.DefaultCapacityType.NODEGROUP,
        defaultCapacity: 0,
      });
      const clusterName = cluster.clusterName;
      const add = (id: string, type: string, properties: (role: string) => object) =>
        new CfnResource(stack, id, {
          type,
          properties: { ClusterName: clusterName, ...properties(assumed(stack, `${id}Role`).roleArn) },
        });
      add('Group', 'AWS::EKS::Nodegroup', (NodeRole) => ({ NodeRole }));
      add('Profile', 'AWS::EKS::FargateProfile', (PodExecutionRoleArn) => ({ PodExecutionRoleArn }));
      add('Own', 'AWS::EKS::AccessEntry', (PrincipalArn) => ({ PrincipalArn, Type: 'EC2_LINUX' }));
      add('Person', 'AWS::EKS::AccessEntry', (PrincipalArn) => ({ PrincipalArn, Type: 'STANDARD' }));
      return cluster;
    });
    expect(roles).toEqual(['GroupRole', 'OwnRole', 'ProfileRole']);
  });
});

test('nodes that Karpenter makes are told once for each cluster, unless all nodes are named', () => {
  const unseen = (options: (stack: Stack) => RedirectOptions) => {
    const stack = newStack();
    const { clusterName } = new eks.Cluster(stack, 'Cluster', { version: eks.KubernetesVersion.V1_31 });
    chart(stack, {}, 'Karpenter').addPropertyOverride('Chart', 'karpenter');
    for (const id of ['Karpenter', 'Web', 'Api']) {
      (
        (stack.node.tryFindChild(id) as CfnResource | undefined) ?? chart(stack, { image: 'quay.io/a/b:1' }, id)
      ).addPropertyOverride('ClusterName', clusterName);
    }
    newCache(stack).redirect(stack, options(stack));
    Template.fromStack(stack);
    return told(stack, 'Redirection.unseenNodes');
  };
  expect(unseen(() => ({}))).toEqual([expect.stringMatching(/^\/Stack\/Cluster: Karpenter makes nodes/)]);
  expect(unseen((stack) => ({ nodeRoles: [nodeRole(stack)] }))).toEqual([]);
});

describe('order', () => {
  const dependencies = (stack: Stack, type: string): string[] => {
    const [resource] = Object.values<any>(Template.fromStack(stack).findResources(type));
    return resource.DependsOn ?? [];
  };
  const RULE = expect.stringMatching(/^PullThroughCacheRuleQuay/);
  const POLICY = expect.stringMatching(/DefaultPolicy/);

  test.each<[string, (stack: Stack) => void, string]>([
    [
      'a manifest',
      (stack) => manifest(stack, [{ spec: { containers: [{ image: 'quay.io/a/b:1' }] } }]),
      'Custom::AWSCDK-EKS-KubernetesResource',
    ],
    ['a chart', (stack) => chart(stack, { image: 'quay.io/a/b:1' }), 'Custom::AWSCDK-EKS-HelmChart'],
    [
      'a model',
      (stack) =>
        new sagemaker.CfnModel(stack, 'Model', {
          executionRoleArn: assumed(stack).roleArn,
          primaryContainer: { image: 'quay.io/a/b:1' },
        }),
      'AWS::SageMaker::Model',
    ],
  ])('%s waits for the policy of who pulls, and for the rule', (_, make, type) => {
    const stack = newStack();
    make(stack);
    newCache(stack).redirect(stack, { nodeRoles: [nodeRole(stack, 'Nodes')] });
    expect(dependencies(stack, type)).toEqual(expect.arrayContaining([POLICY, RULE]));
  });

  test('a manifest waits for the stack of the cache', () => {
    const app = new App();
    const [platform, product] = ['Platform', 'Product'].map((id) => new Stack(app, id, { env: ENV }));
    manifest(product, [{ spec: { containers: [{ image: 'quay.io/a/b:1' }] } }]);
    newCache(platform).redirect(app, { nodeRoles: [nodeRole(product)] });
    app.synth();
    expect(product.dependencies).toEqual([platform]);
  });

  const withService = (stack: Stack, cache: PullThroughCache, early = true) => {
    const cluster = new ecs.Cluster(stack, 'Cluster');
    const definition = new ecs.FargateTaskDefinition(stack, 'Task');
    const image = cache.image('quay.io/a/b:1');
    definition.addContainer('web', {
      image: early ? image.toContainerImage() : ecs.ContainerImage.fromRegistry('quay.io/a/b:1'),
    });
    return new ecs.FargateService(stack, 'Service', { cluster, taskDefinition: definition });
  };

  test.each([true, false])('makes no cycle with an alarm topic in the stack of the app, and tells (%s)', (early) => {
    const app = new App();
    const [platform, product] = ['Platform', 'Product'].map((id) => new Stack(app, id, { env: ENV }));
    const cache = newCache(platform);
    cache.onCacheFailure('Failed', { target: new targets.SnsTopic(new sns.Topic(product, 'Alarms')) });
    withService(product, cache, early);
    cache.redirect(app);
    app.synth();
    expect(platform.dependencies).toEqual([product]);
    expect(told(product, 'PullThroughCacheRule.order')).toEqual([
      expect.stringContaining('/Product/Service/Service: this cannot wait for Platform/Cache/quay/Resource'),
    ]);
  });

  test('makes no cycle with a policy of the role that names the service', () => {
    const stack = newStack();
    const cache = newCache(stack);
    const service = withService(stack, cache);
    service.taskDefinition.executionRole!.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: ['ecs:DescribeServices'], resources: [service.serviceArn] }),
    );
    expect(dependencies(stack, 'AWS::ECS::Service')).not.toContainEqual(POLICY);
    expect(told(stack, 'PullThroughCacheRule.order')).toHaveLength(1);
  });

  test.each([0, 200, 500, 1000, 1_000_000])('is made for a grant by an aspect of priority %d', (priority) => {
    const stack = new Stack(new App({ context: { '@aws-cdk/core:aspectStabilization': true } }), 'Stack', { env: ENV });
    const cache = newCache(stack);
    const definition = task(stack, assumed(stack));
    const cluster = new ecs.Cluster(stack, 'Cluster');
    new ecs.FargateService(stack, 'Service', { cluster, taskDefinition: definition });
    Aspects.of(stack).add(
      {
        visit: (node) => {
          if (node === definition) {
            cache.image('quay.io/a/c:1').repository.grantPull(definition.executionRole!);
          }
        },
      },
      { priority },
    );
    expect(dependencies(stack, 'AWS::ECS::Service')).toEqual(expect.arrayContaining([POLICY, RULE]));
  });
});
