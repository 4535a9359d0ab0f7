import { App, Aspects, CfnResource, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks, NagPackSuppression, NagSuppressions } from 'cdk-nag';
import { IConstruct } from 'constructs';
import { PullThroughCache, PullThroughCacheRule, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { ACCOUNT, HOST, REGION } from '../support/references';
import { identityPolicies, resolve } from '../support/simulate';
import { plainWorkloadStack, WORKLOADS, workloadStack } from '../support/workload-stacks';

const ENV = { account: ACCOUNT, region: REGION };
const REPOSITORY = `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/docker-hub/library/nginx`;

describe.each(Object.keys(WORKLOADS))('%s', (name) => {
  const { stack, workload } = workloadStack(name);
  const template = Template.fromStack(stack).toJSON();
  const logicalId = stack.getLogicalId(workload.role.node.defaultChild as iam.CfnRole);

  test('pulls by the URI of the cache', () => {
    const [type, find] = workload.image ?? [];
    const found = Object.values<any>(Template.fromStack(stack).findResources(type ?? 'none')).map(({ Properties }) =>
      resolve(find!(Properties), template, ENV),
    );
    expect(found).toEqual(type ? [`${HOST}/docker-hub/library/nginx:1.27`] : []);
  });

  test('its role may pull this image, and signs in, and no more', () => {
    const statements = identityPolicies(template, logicalId, ENV).flatMap(({ policy }) => policy.Statement);
    expect(statements.filter(({ Action }) => JSON.stringify(Action).includes('ecr:'))).toEqual([
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
      {
        Effect: 'Allow',
        Action: [
          'ecr:BatchCheckLayerAvailability',
          'ecr:BatchGetImage',
          'ecr:BatchImportUpstreamImage',
          'ecr:CreateRepository',
          'ecr:GetDownloadUrlForLayer',
        ],
        Resource: REPOSITORY,
      },
      // App Runner asks for more itself.
      ...(name === 'App Runner'
        ? [
            {
              Effect: 'Allow',
              Action: 'ecr:DescribeImages',
              Resource: REPOSITORY,
            },
          ]
        : []),
    ]);
  });

  test('no other role of the stack may', () => {
    const others = Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Role')).filter(
      (id) => id !== logicalId,
    );
    for (const other of others) {
      expect(JSON.stringify(identityPolicies(template, other, ENV))).not.toContain('ecr:');
    }
  });
});

describe('an ECS service waits for the rule and the policy of its execution role', () => {
  type Launch = 'Fargate' | 'EC2';

  function task(scope: Stack, launch: Launch, executionRole?: iam.IRole) {
    const definition =
      launch === 'Fargate'
        ? new ecs.FargateTaskDefinition(scope, 'Task', { executionRole })
        : new ecs.Ec2TaskDefinition(scope, 'Task', { executionRole });
    return definition;
  }
  function service(scope: Stack, launch: Launch, taskDefinition: ecs.TaskDefinition) {
    const vpc = ec2.Vpc.fromVpcAttributes(scope, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['a'],
      privateSubnetIds: ['subnet-1'],
    });
    const cluster = ecs.Cluster.fromClusterAttributes(scope, 'Cluster', { clusterName: 'c', vpc });
    return launch === 'Fargate'
      ? new ecs.FargateService(scope, 'Service', { cluster, taskDefinition })
      : new ecs.Ec2Service(scope, 'Service', { cluster, taskDefinition });
  }
  const quay = (scope: Stack, id = 'Rule') =>
    new PullThroughCacheRule(scope, id, { upstream: UpstreamRegistry.quay() });
  const newStack = () => new Stack(new App(), 'Stack', { env: ENV });
  const idOf = (resource: IConstruct): string =>
    Stack.of(resource).resolve(
      ((CfnResource.isCfnResource(resource) ? resource : resource.node.defaultChild) as CfnResource).logicalId,
    );
  /** What the only service of a stack waits for. */
  function dependsOn(stack: Stack): string[] {
    const services = Object.values<any>(Template.fromStack(stack).findResources('AWS::ECS::Service'));
    expect(services).toHaveLength(1);
    return services[0].DependsOn ?? [];
  }
  const policyOf = (role: iam.IRole) => idOf(role.node.findChild('DefaultPolicy'));

  describe.each<Launch>(['Fargate', 'EC2'])('%s', (launch) => {
    test('made before the grant', () => {
      const stack = newStack();
      const rule = quay(stack);
      const definition = task(stack, launch);
      service(stack, launch, definition);
      definition.addContainer('app', { image: rule.image('org/app:1').toContainerImage(), memoryLimitMiB: 512 });
      expect(dependsOn(stack)).toEqual(expect.arrayContaining([idOf(rule), policyOf(definition.executionRole!)]));
    });

    test('made after the grant', () => {
      const stack = newStack();
      const rule = quay(stack);
      const definition = task(stack, launch);
      definition.addContainer('app', { image: rule.image('org/app:1').toContainerImage(), memoryLimitMiB: 512 });
      service(stack, launch, definition);
      expect(dependsOn(stack)).toEqual(expect.arrayContaining([idOf(rule), policyOf(definition.executionRole!)]));
    });

    test("with an execution role of one's own", () => {
      const stack = newStack();
      const rule = quay(stack);
      const role = new iam.Role(stack, 'Own', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
      const definition = task(stack, launch, role);
      definition.addContainer('app', { image: rule.image('org/app:1').toContainerImage(), memoryLimitMiB: 512 });
      service(stack, launch, definition);
      expect(dependsOn(stack)).toEqual(expect.arrayContaining([idOf(rule), policyOf(role)]));
    });

    test('granted the whole prefix', () => {
      const stack = newStack();
      const rule = quay(stack);
      const role = new iam.Role(stack, 'Own', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
      const definition = task(stack, launch, role);
      definition.addContainer('app', {
        image: ecs.ContainerImage.fromRegistry(rule.image('org/app:1').uri),
        memoryLimitMiB: 512,
      });
      service(stack, launch, definition);
      rule.grants.pull(role);
      expect(dependsOn(stack)).toEqual(expect.arrayContaining([idOf(rule), policyOf(role)]));
    });

    test('in a stage', () => {
      const stack = new Stack(new Stage(new App(), 'Prod', { env: ENV }), 'Stack');
      const rule = quay(stack);
      const definition = task(stack, launch);
      definition.addContainer('app', { image: rule.image('org/app:1').toContainerImage(), memoryLimitMiB: 512 });
      service(stack, launch, definition);
      expect(dependsOn(stack)).toEqual(expect.arrayContaining([idOf(rule), policyOf(definition.executionRole!)]));
    });
  });

  test('with two rules, for both', () => {
    const stack = newStack();
    const rules = [
      quay(stack),
      new PullThroughCacheRule(stack, 'Kubernetes', { upstream: UpstreamRegistry.kubernetes() }),
    ];
    const definition = task(stack, 'Fargate');
    for (const rule of rules) {
      definition.addContainer(rule.node.id, { image: rule.image('org/app:1').toContainerImage() });
    }
    service(stack, 'Fargate', definition);
    expect(dependsOn(stack)).toEqual(expect.arrayContaining([...rules.map(idOf), policyOf(definition.executionRole!)]));
  });

  test('a service that does not pull through the cache waits for nothing', () => {
    const stack = newStack();
    const rule = quay(stack);
    const other = new iam.Role(stack, 'Other', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    rule.grants.pull(other);
    const definition = task(stack, 'Fargate');
    definition.addContainer('app', {
      image: ecs.ContainerImage.fromRegistry('nginx'),
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'app' }),
    });
    service(stack, 'Fargate', definition);
    expect(dependsOn(stack)).not.toContain(idOf(rule));
    expect(dependsOn(stack)).not.toContain(policyOf(definition.executionRole!));
  });

  test('with a rule that exists, for the role alone', () => {
    const stack = newStack();
    const rule = PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
      ecrRepositoryPrefix: 'quay',
      upstreamRegistryUrl: 'quay.io',
    });
    const definition = task(stack, 'Fargate');
    definition.addContainer('app', { image: rule.image('org/app:1').toContainerImage() });
    service(stack, 'Fargate', definition);
    expect(dependsOn(stack)).toEqual([
      policyOf(definition.executionRole!),
      idOf(definition.executionRole!),
      idOf(definition.taskRole),
    ]);
  });

  test('whose rule is watched by what needs the service: no circle', () => {
    const stack = newStack();
    const rule = quay(stack);
    const definition = task(stack, 'Fargate');
    definition.addContainer('app', { image: rule.image('org/app:1').toContainerImage() });
    const running = service(stack, 'Fargate', definition);
    rule.onCacheFailure('Failure').node.addDependency(running);
    expect(dependsOn(stack)).toEqual(expect.arrayContaining([idOf(rule), policyOf(definition.executionRole!)]));
  });

  test('in another stack than the rule: the stack waits', () => {
    const app = new App();
    const [shared, workload] = ['Shared', 'Workload'].map((id) => new Stack(app, id, { env: ENV }));
    const definition = task(workload, 'Fargate');
    const rule = quay(shared);
    definition.addContainer('app', { image: rule.image('org/app:1').toContainerImage() });
    service(workload, 'Fargate', definition);
    expect(dependsOn(workload)).toContain(policyOf(definition.executionRole!));
    expect(dependsOn(workload)).not.toContain(idOf(rule));
    expect(workload.dependencies).toEqual([shared]);
    expect(shared.dependencies).toEqual([]);
  });

  test('in a nested stack: the nested stack waits for the rule of its parent', () => {
    const parent = newStack();
    const nested = new NestedStack(parent, 'Nested');
    const rule = quay(parent);
    const definition = task(nested, 'Fargate');
    definition.addContainer('app', { image: rule.image('org/app:1').toContainerImage() });
    service(nested, 'Fargate', definition);
    expect(dependsOn(nested)).toContain(policyOf(definition.executionRole!));
    Template.fromStack(parent).hasResource('AWS::CloudFormation::Stack', { DependsOn: Match.arrayWith([idOf(rule)]) });
  });

  test('with a rule in a nested stack: the service waits for the nested stack', () => {
    const parent = newStack();
    const nested = new NestedStack(parent, 'Nested');
    const rule = quay(nested);
    const definition = task(parent, 'Fargate');
    definition.addContainer('app', { image: rule.image('org/app:1').toContainerImage() });
    service(parent, 'Fargate', definition);
    expect(dependsOn(parent)).toEqual(
      expect.arrayContaining([idOf(nested.nestedStackResource!), policyOf(definition.executionRole!)]),
    );
  });

  test('in two stages, each for its own', () => {
    const app = new App();
    const stacks = ['Test', 'Prod'].map((id) => new Stack(new Stage(app, id, { env: ENV }), 'Stack'));
    for (const stack of stacks) {
      // One account and region has a prefix once; the second stage refers to the rule.
      const rule =
        stack === stacks[0]
          ? quay(stack)
          : PullThroughCacheRule.fromPullThroughCacheRuleAttributes(stack, 'Rule', {
              ecrRepositoryPrefix: 'quay',
              upstreamRegistryUrl: 'quay.io',
            });
      const definition = task(stack, 'Fargate');
      definition.addContainer('app', { image: rule.image('org/app:1').toContainerImage() });
      service(stack, 'Fargate', definition);
      expect(dependsOn(stack)).toContain(policyOf(definition.executionRole!));
    }
    expect(() => app.synth()).not.toThrow();
  });

  test('in another stage than the rule: for the policy alone, since CDK has no dependencies between stages', () => {
    const app = new App();
    const rule = quay(new Stack(app, 'Shared', { env: ENV }));
    const stack = new Stack(new Stage(app, 'Prod', { env: ENV }), 'Stack');
    const definition = task(stack, 'Fargate');
    definition.addContainer('app', { image: rule.image('org/app:1').toContainerImage() });
    service(stack, 'Fargate', definition);
    expect(dependsOn(stack)).toContain(policyOf(definition.executionRole!));
    expect(() => app.synth()).not.toThrow();
  });

  test.each(['own', 'another'])('whose image is redirected to the cache of its %s stage', (stage) => {
    const app = new App();
    const stack = new Stack(new Stage(app, 'Prod', { env: ENV }), 'Stack');
    const cache = new PullThroughCache(stage === 'own' ? stack : new Stack(app, 'Shared', { env: ENV }), 'Cache');
    const definition = task(stack, 'Fargate');
    definition.addContainer('app', { image: ecs.ContainerImage.fromRegistry('quay.io/org/app:1') });
    service(stack, 'Fargate', definition);
    cache.redirect(stack);
    expect(dependsOn(stack)).toContain(policyOf(definition.executionRole!));
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('Aspect'))).toEqual([]);
  });

  test('synthesized twice, the same', () => {
    const stack = newStack();
    const rule = quay(stack);
    const definition = task(stack, 'Fargate');
    definition.addContainer('app', { image: rule.image('org/app:1').toContainerImage() });
    service(stack, 'Fargate', definition);
    const first = dependsOn(stack);
    expect(dependsOn(stack)).toEqual(first);
    expect(new Set(first).size).toBe(first.length);
  });
});

describe('cdk-nag, AwsSolutions', () => {
  /** What cdk-nag says of a stack: path and rule. */
  function findings(stack: Stack): string[] {
    Aspects.of(stack).add(new AwsSolutionsChecks());
    const annotations = Annotations.fromStack(stack);
    return [...annotations.findError('*', Match.anyValue()), ...annotations.findWarning('*', Match.anyValue())]
      .map(({ id, entry }) => [id, /^(AwsSolutions|CdkNag)\S+(?=:)/.exec(String(entry.data))?.[0]])
      .filter(([, rule]) => rule !== undefined)
      .map((finding) => finding.join(' '))
      .sort();
  }
  const existing = () => UpstreamCredentials.fromSecretName('docker-hub');

  /** What CDK makes, whichever repository a workload pulls from. */
  const OF_CDK: NagPackSuppression[] = [
    {
      id: 'AwsSolutions-IAM5',
      appliesTo: ['Resource::*'],
      reason: 'ecr:GetAuthorizationToken has no resource-level permissions; grantPull of CDK allows it on * as well',
    },
    {
      id: 'AwsSolutions-IAM5',
      appliesTo: [{ regex: '/^Resource::arn:<AWS::Partition>:logs:/' }],
      reason: 'the logs of Batch and CodeBuild',
    },
    {
      id: 'AwsSolutions-IAM5',
      appliesTo: [{ regex: '/^Resource::arn:<AWS::Partition>:codebuild:.*:report-group/' }],
      reason: 'the report groups of CodeBuild',
    },
    { id: 'AwsSolutions-CB4', reason: 'the project has no artifacts to encrypt' },
    { id: 'AwsSolutions-CB5', reason: 'the image of a project is one of ECR, and none of CodeBuild' },
  ];

  test.each(Object.keys(WORKLOADS))('%s has no findings, but for what CDK makes', (name) => {
    const { stack } = workloadStack(name, existing());
    NagSuppressions.addStackSuppressions(stack, OF_CDK);
    expect(findings(stack)).toEqual([]);
  });

  // So that none of the suppressions above hides something of this library.
  test.each(Object.keys(WORKLOADS))('%s has the same findings with a repository as CDK makes it', (name) => {
    // Of a host that is a token CB5 cannot judge, and of one that is text it can.
    const comparable = (all: string[]) => all.filter((finding) => !finding.includes('CB5'));
    const ours = comparable(findings(workloadStack(name, existing()).stack));
    expect(ours.length).toBeGreaterThan(0);
    expect(ours).toEqual(comparable(findings(plainWorkloadStack(name))));
  });

  const quay = (stack: Stack) => new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay() });
  const hub = (stack: Stack, credentials: UpstreamCredentials) =>
    new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.dockerHub(credentials) });
  const role = (stack: Stack) =>
    new iam.Role(stack, 'Node', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
  const SIGN_IN = '/Stack/Node/DefaultPolicy/Resource AwsSolutions-IAM5[Resource::*]';

  test.each<[what: string, make: (stack: Stack) => void, expected: string[]]>([
    ['a rule', (stack) => quay(stack), []],
    ['a rule with a secret that exists', (stack) => hub(stack, existing()), []],
    ['a rule that is watched', (stack) => quay(stack).onCacheFailure('Failure'), []],
    // Secrets Manager cannot make a token of another registry, so that nothing could rotate it.
    [
      'a rule with a secret of its own',
      (stack) => hub(stack, UpstreamCredentials.placeholder()),
      ['/Stack/Rule/Credentials/Resource AwsSolutions-SMG4'],
    ],
    ['a grant of an image', (stack) => quay(stack).grants.pullImage(role(stack), 'org/app:1'), [SIGN_IN]],
    // The user asked for the whole prefix.
    [
      'a grant of the prefix',
      (stack) => quay(stack).grants.pull(role(stack)),
      [
        SIGN_IN,
        `/Stack/Node/DefaultPolicy/Resource AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:${REGION}:` +
          `${ACCOUNT}:repository/quay/*]`,
      ],
    ],
    // The role with which ECR reads the upstream: all repositories that it may copy, which only pulls will name.
    [
      'an upstream of another account',
      (stack) =>
        new PullThroughCacheRule(stack, 'Rule', {
          upstream: UpstreamRegistry.ecr({ account: '444455556666', region: 'us-east-1' }),
        }),
      [
        '/Stack/Rule/Role/Resource AwsSolutions-IAM5[Resource::*]',
        `/Stack/Rule/Role/Resource AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:${REGION}:` +
          `${ACCOUNT}:repository/ecr/*]`,
        '/Stack/Rule/Role/Resource ' +
          'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:us-east-1:444455556666:repository/*]',
      ],
    ],
  ])('%s: all findings', (_what, make, expected) => {
    const stack = new Stack(new App(), 'Stack', { env: ENV });
    make(stack);
    expect(findings(stack)).toEqual(expected);
  });
});
