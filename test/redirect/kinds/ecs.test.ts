import {
  Aws,
  aws_ecr as ecr,
  aws_ecs as ecs,
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_secretsmanager as secretsmanager,
  CfnParameter,
  CfnResource,
  Stack,
  Stage,
} from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { deployed, ENV, lines, newCache, newStack, redirectOne, REGISTRY, resources } from '../../support/redirect';

const DIGEST = `sha256:${'a'.repeat(64)}`;

function raw(containerDefinitions: any[], props: { executionRoleArn?: string } = {}) {
  return (stack: Stack) =>
    new ecs.CfnTaskDefinition(stack, 'Task', {
      executionRoleArn:
        'executionRoleArn' in props
          ? props.executionRoleArn
          : new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') }).roleArn,
      containerDefinitions,
    });
}

test.each([
  ['nginx', `${REGISTRY}/docker-hub/library/nginx`],
  ['nginx:1.27', `${REGISTRY}/docker-hub/library/nginx:1.27`],
  [`nginx:1.27@${DIGEST}`, `${REGISTRY}/docker-hub/library/nginx:1.27@${DIGEST}`],
  [`quay.io/a/b@${DIGEST}`, `${REGISTRY}/quay/a/b@${DIGEST}`],
  ['grafana/grafana:11.0', `${REGISTRY}/docker-hub/grafana/grafana:11.0`],
  ['index.docker.io/grafana/grafana', `${REGISTRY}/docker-hub/grafana/grafana`],
  ['public.ecr.aws/a/b:1', `${REGISTRY}/ecr-public/a/b:1`],
  ['registry.k8s.io/pause:3.9', `${REGISTRY}/kubernetes/pause:3.9`],
  ['GHCR.io/a/b:1', `${REGISTRY}/github/a/b:1`],
])('a container of %s pulls %s', (image, cached) => {
  const { properties, report } = redirectOne(raw([{ name: 'web', image, essential: true, memory: 64 }]));
  expect(properties.ContainerDefinitions).toEqual([{ Name: 'web', Image: cached, Essential: true, Memory: 64 }]);
  expect(report).toEqual([`ContainerDefinitions.0.Image: ${image} -> ${cached.replace(REGISTRY, 'CACHE')}`]);
});

test.each([
  [`${REGISTRY}/own/a/b:1`, 'it is in a private registry of ECR'],
  ['444455556666.dkr.ecr.us-east-1.amazonaws.com/app:1', 'it is in a private registry of ECR'],
  ['444455556666.dkr-ecr.us-east-1.on.aws/app:1', 'it is in a private registry of ECR'],
  ['mcr.microsoft.com/dotnet/runtime:8.0', 'the cache has no rule for mcr.microsoft.com/dotnet/runtime'],
  ['localhost:5000/app', 'the cache has no rule for localhost:5000/app'],
  ['Not An Image', 'it is not an image reference'],
  ['https://quay.io/a/b', 'it is not an image reference'],
  ['', 'it is not an image reference'],
])('a container of %s is left alone: %s', (image, reason) => {
  const { properties, report } = redirectOne(raw([{ name: 'web', image }]));
  expect(properties.ContainerDefinitions[0].Image).toBe(image);
  expect(report).toEqual([`ContainerDefinitions.0.Image: ${image} -> (${reason})`]);
});

test.each([
  ['a parameter', '(token)', (stack: Stack) => new CfnParameter(stack, 'Image').valueAsString],
  [
    'a text with a parameter',
    'quay.io/a/b:${…}',
    (stack: Stack) => `quay.io/a/b:${new CfnParameter(stack, 'Tag').valueAsString}`,
  ],
  ['a text with a pseudo parameter', 'quay.io/a/b:${…}', () => `quay.io/a/b:${Aws.REGION}`],
])('%s is a token, and left alone', (_, shown, image) => {
  const { properties, report } = redirectOne((stack) => raw([{ name: 'web', image: image(stack) }])(stack));
  expect(JSON.stringify(properties)).not.toContain('/quay/');
  expect(report).toEqual([
    `ContainerDefinitions.0.Image: ${shown} -> (it is a token, whose value is not known at synth)`,
  ]);
});

test('an image pulled with credentials of its own is left alone, its neighbours are not', () => {
  const { properties } = redirectOne(
    raw([
      {
        name: 'own',
        image: 'quay.io/a/b:1',
        repositoryCredentials: {
          credentialsParameter: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:mine-abcdef',
        },
      },
      { name: 'web', image: 'quay.io/a/b:1' },
    ]),
  );
  expect(properties.ContainerDefinitions.map(({ Image }: any) => Image)).toEqual([
    'quay.io/a/b:1',
    `${REGISTRY}/quay/a/b:1`,
  ]);
});

test('a definition with no containers is none of its business', () => {
  expect(redirectOne(raw([])).report).toEqual([]);
});

describe('the role of a raw task definition', () => {
  const image = { name: 'web', image: 'quay.io/a/b:1' };
  const cached = `${REGISTRY}/quay/a/b:1`;

  test.each<[string, (stack: Stack) => string, string]>([
    [
      'of an L2',
      (stack) =>
        new iam.Role(stack, 'Mine', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') }).roleArn,
      'Mine',
    ],
    ['of an L1', (stack) => new iam.CfnRole(stack, 'Mine', { assumeRolePolicyDocument: {} }).attrArn, 'Mine'],
    [
      'of another stack',
      (stack) =>
        new iam.Role(new Stack(stack.node.root as any, 'Other', { env: ENV }), 'Mine', {
          assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
        }).roleArn,
      'Other',
    ],
    ['that exists, by its ARN', () => 'arn:aws:iam::111122223333:role/path/Mine', 'Mine'],
    [
      'that exists, by an ARN with pseudo parameters',
      () => `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/Mine`,
      'Mine',
    ],
    ['that exists, by its name', (stack) => iam.Role.fromRoleName(stack, 'Existing', 'Mine').roleArn, 'Mine'],
  ])('%s gets the permissions of a first pull', (_, arn, name) => {
    const stack = newStack();
    const task = raw([image], { executionRoleArn: arn(stack) })(stack);
    newCache(stack).redirect(stack);
    expect(deployed(stack).Resources.Task.Properties.ContainerDefinitions[0].Image).toBe(cached);

    const stacks = stack.node.root.node.children.filter(Stack.isStack);
    const policies = stacks.flatMap((one) =>
      Object.values<any>(Template.fromStack(one).findResources('AWS::IAM::Policy')),
    );
    expect(policies).toHaveLength(1);
    expect(JSON.stringify(policies[0].Properties.PolicyDocument)).toContain('ecr:CreateRepository');
    expect(JSON.stringify(policies[0].Properties.Roles)).toContain(name === 'Other' ? 'Mine' : name);
    expect(task.node.path).toBe('Stack/Task');
  });

  test.each<[string, any, string]>([
    [
      'none',
      undefined,
      'it has no role that pulls; give it an execution role: ' +
        'on EC2 the role of the instances pulls, and is not looked for',
    ],
    [
      'a parameter',
      (stack: Stack) => new CfnParameter(stack, 'Arn').valueAsString,
      'the role that pulls is not known at synth',
    ],
  ])('is %s: the image is left alone, with the remedy', (_, arn, reason) => {
    const { properties, report } = redirectOne((stack) => raw([image], { executionRoleArn: arn?.(stack) })(stack));
    expect(properties.ContainerDefinitions[0].Image).toBe(image.image);
    expect(report).toEqual([`ContainerDefinitions.0.Image: ${image.image} -> (${reason})`]);
  });
});

describe('a task definition of CDK', () => {
  function fargate(stack: Stack) {
    const task = new ecs.FargateTaskDefinition(stack, 'Task');
    task.addContainer('web', {
      image: ecs.ContainerImage.fromRegistry('nginx:1.27'),
      logging: ecs.LogDrivers.firelens({}),
    });
    task.addContainer('init', {
      image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox:1.36'),
      essential: false,
    });
    task.addFirelensLogRouter('router', {
      image: ecs.ContainerImage.fromRegistry('quay.io/fluent/fluent-bit:3'),
      firelensConfig: { type: ecs.FirelensLogRouterType.FLUENTBIT },
    });
    return task;
  }

  test('pulls every container, sidecar and log router through the cache, with its execution role made for it', () => {
    const stack = newStack();
    fargate(stack);
    newCache(stack).redirect(stack);
    const { Task } = resources(stack, 'AWS::ECS::TaskDefinition');
    expect(Task.ContainerDefinitions.map(({ Name, Image }: any) => [Name, Image])).toEqual([
      ['web', `${REGISTRY}/docker-hub/library/nginx:1.27`],
      ['init', `${REGISTRY}/ecr-public/docker/library/busybox:1.36`],
      ['router', `${REGISTRY}/quay/fluent/fluent-bit:3`],
    ]);
    const [policy] = Object.values(resources(stack, 'AWS::IAM::Policy')).filter(({ PolicyDocument }) =>
      JSON.stringify(PolicyDocument).includes('ecr:'),
    );
    expect(
      policy.PolicyDocument.Statement.filter(({ Action }: any) => Action.includes('ecr:CreateRepository')),
    ).toEqual([
      {
        Action: [
          'ecr:BatchCheckLayerAvailability',
          'ecr:BatchGetImage',
          'ecr:BatchImportUpstreamImage',
          'ecr:CreateRepository',
          'ecr:GetDownloadUrlForLayer',
        ],
        Effect: 'Allow',
        Resource: [
          'arn:aws:ecr:eu-west-1:111122223333:repository/docker-hub/library/nginx',
          'arn:aws:ecr:eu-west-1:111122223333:repository/ecr-public/docker/library/busybox',
          'arn:aws:ecr:eu-west-1:111122223333:repository/quay/fluent/fluent-bit',
        ],
      },
    ]);
  });

  test('leaves the images of repositories, and those with credentials, as CDK wrote them', () => {
    const stack = newStack();
    const task = new ecs.FargateTaskDefinition(stack, 'Task');
    task.addContainer('own', {
      image: ecs.ContainerImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, 'Repo', 'app')),
    });
    task.addContainer('secret', {
      image: ecs.ContainerImage.fromRegistry('quay.io/a/b', {
        credentials: secretsmanager.Secret.fromSecretNameV2(stack, 'S', 'mine'),
      }),
    });
    const redirection = newCache(stack).redirect(stack);
    expect(
      resources(stack, 'AWS::ECS::TaskDefinition').Task.ContainerDefinitions.map(({ Image }: any) => Image),
    ).toEqual([`${REGISTRY}/app:latest`, 'quay.io/a/b']);
    expect(lines(redirection)).toEqual([
      'ContainerDefinitions.0.Image: (token) -> (it is in a private registry of ECR)',
      'ContainerDefinitions.1.Image: quay.io/a/b -> (it is pulled with credentials of its own)',
    ]);
  });

  const inStage = (stack: Stack) => new Stack(new Stage(stack.node.root, 'Stage', { env: ENV }), 'Stack', { env: ENV });
  test.each<[string, (app: Stack) => Stack, boolean]>([
    ['in a stack', (stack) => stack, true],
    ['in a stage', inStage, true],
    ['in a stage without the cache', inStage, false],
  ])('has services, %s, that wait for what their first pull needs', (_, place, withCache) => {
    // Without it, an aspect that is added while aspects run comes too late.
    const outer = newStack('Stack', { '@aws-cdk/core:aspectStabilization': false });
    const stack = place(outer);
    const task = fargate(stack);
    const cluster = new ecs.Cluster(stack, 'Cluster', { vpc: new ec2.Vpc(stack, 'Vpc') });
    new ecs.FargateService(stack, 'Service', { cluster, taskDefinition: task });
    newCache(withCache ? stack : outer).redirect(stack.node.root);
    const [service] = Object.values<any>(Template.fromStack(stack).findResources('AWS::ECS::Service'));
    const policy = stack.getLogicalId(
      task.executionRole!.node.findChild('DefaultPolicy').node.defaultChild as CfnResource,
    );
    // What is in another stage is deployed before.
    const rules = ['DockerHub', 'EcrPublic', 'Quay'].map((name) =>
      expect.stringMatching(`^PullThroughCacheRule${name}`),
    );
    expect(service.DependsOn).toEqual(expect.arrayContaining([policy, ...(withCache ? rules : [])]));
  });
});
