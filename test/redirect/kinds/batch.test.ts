import { aws_batch as batch, aws_ecs as ecs, aws_iam as iam, Size, Stack } from 'aws-cdk-lib';
import { lines, newCache, newStack, redirectOne, REGISTRY, resources } from '../../support/redirect';

const role = (stack: Stack, id: string) =>
  new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });

/** Which repositories each role may pull for the first time. */
function firstPulls(stack: Stack): Record<string, string[]> {
  return Object.fromEntries(
    Object.values(resources(stack, 'AWS::IAM::Policy')).map(({ Roles, PolicyDocument }) => [
      Roles[0].replace(/[0-9A-F]{8}$/, ''),
      PolicyDocument.Statement.filter(({ Action }: any) => Action.includes('ecr:CreateRepository'))
        .flatMap(({ Resource }: any) => Resource)
        .map((arn: string) => arn.split(':repository/')[1]),
    ]),
  );
}

test('each block of a job definition pulls with its own role', () => {
  const stack = newStack();
  const container = (image: string, id: string) => ({ image, executionRoleArn: role(stack, id).roleArn });
  const task = (image: string, id: string) => ({
    taskProperties: [
      { containers: [{ image }, { image: `${image}-sidecar` }], executionRoleArn: role(stack, id).roleArn },
    ],
  });
  new batch.CfnJobDefinition(stack, 'Container', {
    type: 'container',
    containerProperties: container('quay.io/a/container:1', 'ContainerRole'),
  });
  new batch.CfnJobDefinition(stack, 'Ecs', { type: 'container', ecsProperties: task('quay.io/a/task', 'TaskRole') });
  new batch.CfnJobDefinition(stack, 'Nodes', {
    type: 'multinode',
    nodeProperties: {
      mainNode: 0,
      numNodes: 4,
      nodeRangeProperties: [
        { targetNodes: '0', container: container('nginx:1', 'FirstRole') },
        { targetNodes: '1:2', ecsProperties: task('quay.io/a/node', 'SecondRole') },
        { targetNodes: '3', eksProperties: { podProperties: { containers: [{ image: 'quay.io/a/pod:1' }] } } },
      ],
    },
  });
  const redirection = newCache(stack).redirect(stack, { nodeRoles: [role(stack, 'NodeRole')] });

  const { Container, Ecs, Nodes } = resources(stack, 'AWS::Batch::JobDefinition');
  expect(Container.ContainerProperties.Image).toBe(`${REGISTRY}/quay/a/container:1`);
  expect(Ecs.EcsProperties.TaskProperties[0].Containers.map(({ Image }: any) => Image)).toEqual([
    `${REGISTRY}/quay/a/task`,
    `${REGISTRY}/quay/a/task-sidecar`,
  ]);
  const [first, second, third] = Nodes.NodeProperties.NodeRangeProperties;
  expect(first.Container.Image).toBe(`${REGISTRY}/docker-hub/library/nginx:1`);
  expect(second.EcsProperties.TaskProperties[0].Containers.map(({ Image }: any) => Image)).toEqual([
    `${REGISTRY}/quay/a/node`,
    `${REGISTRY}/quay/a/node-sidecar`,
  ]);
  expect(third.EksProperties.PodProperties.Containers[0].Image).toBe(`${REGISTRY}/quay/a/pod:1`);
  expect([first.TargetNodes, second.TargetNodes, third.TargetNodes]).toEqual(['0', '1:2', '3']);
  expect(firstPulls(stack)).toEqual({
    ContainerRole: ['quay/a/container'],
    TaskRole: ['quay/a/task', 'quay/a/task-sidecar'],
    FirstRole: ['docker-hub/library/nginx'],
    SecondRole: ['quay/a/node', 'quay/a/node-sidecar'],
    NodeRole: ['quay/a/pod'],
  });
  expect(lines(redirection)).toHaveLength(7);
});

test.each([
  ['with the role of the nodes', true],
  ['not without it', false],
])('a job on EKS pulls its containers and init containers through the cache, %s', (_, known) => {
  const stack = newStack();
  new batch.CfnJobDefinition(stack, 'Job', {
    type: 'container',
    eksProperties: {
      podProperties: { containers: [{ image: 'quay.io/a/b:1' }], initContainers: [{ image: 'busybox' }] },
    },
  });
  const redirection = newCache(stack).redirect(stack, known ? { nodeRoles: [role(stack, 'NodeRole')] } : {});
  const { Containers, InitContainers } = resources(stack, 'AWS::Batch::JobDefinition').Job.EksProperties.PodProperties;
  expect([Containers[0].Image, InitContainers[0].Image]).toEqual(
    known ? [`${REGISTRY}/quay/a/b:1`, `${REGISTRY}/docker-hub/library/busybox`] : ['quay.io/a/b:1', 'busybox'],
  );
  expect(new Set(redirection.report.map(({ reason }) => reason))).toEqual(
    new Set([
      known
        ? undefined
        : 'the roles of the nodes that pull are not known; name them in the nodeRoles of the redirection',
    ]),
  );
});

test('a container with credentials of its own, or without an execution role, is left alone', () => {
  expect(
    redirectOne(
      (stack) =>
        new batch.CfnJobDefinition(stack, 'Job', {
          type: 'container',
          containerProperties: {
            image: 'quay.io/a/b',
            executionRoleArn: role(stack, 'Role').roleArn,
            repositoryCredentials: { credentialsParameter: 'mine' },
          },
        }),
    ).report,
  ).toEqual(['ContainerProperties.Image: quay.io/a/b -> (it is pulled with credentials of its own)']);
  expect(
    redirectOne(
      (stack) =>
        new batch.CfnJobDefinition(stack, 'Job', { type: 'container', containerProperties: { image: 'quay.io/a/b' } }),
    ).report,
  ).toEqual([
    'ContainerProperties.Image: quay.io/a/b -> (it has no role that pulls; give it an execution role: ' +
      'on EC2 the role of the instances pulls, and is not looked for)',
  ]);
});

test('a job definition of CDK pulls with the execution role that CDK makes', () => {
  const stack = newStack();
  new batch.EcsJobDefinition(stack, 'Job', {
    container: new batch.EcsFargateContainerDefinition(stack, 'Container', {
      image: ecs.ContainerImage.fromRegistry('quay.io/a/b:1'),
      cpu: 1,
      memory: Size.gibibytes(2),
    }),
  });
  newCache(stack).redirect(stack);
  expect(resources(stack, 'AWS::Batch::JobDefinition').Job.ContainerProperties.Image).toBe(`${REGISTRY}/quay/a/b:1`);
  expect(firstPulls(stack)).toEqual({ ContainerExecutionRole: ['quay/a/b'] });
});
