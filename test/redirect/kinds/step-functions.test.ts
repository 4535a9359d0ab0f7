import {
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_s3 as s3,
  aws_stepfunctions as sfn,
  aws_stepfunctions_tasks as tasks,
  Size,
  Stack,
} from 'aws-cdk-lib';
import { cluster, lines, newCache, newStack, REGISTRY, resources } from '../../support/redirect';

const machine = (stack: Stack, state: sfn.IChainable) =>
  new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(state) });

const definition = (stack: Stack) =>
  JSON.parse(resources(stack, 'AWS::StepFunctions::StateMachine').Machine.DefinitionString);

/** Which repositories each role may pull for the first time. */
function firstPulls(stack: Stack): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(resources(stack, 'AWS::IAM::Policy'))
      .map(([id, { PolicyDocument }]): [string, string[]] => [
        id,
        PolicyDocument.Statement.filter(({ Action }: any) => Action.includes('ecr:CreateRepository'))
          .flatMap(({ Resource }: any) => Resource)
          .map((arn: string) => arn.split(':repository/')[1]),
      ])
      .filter(([, names]) => names.length > 0),
  );
}

function training(stack: Stack, id: string, image: string) {
  const bucket = s3.Bucket.fromBucketName(stack, `${id}Bucket`, 'models');
  return new tasks.SageMakerCreateTrainingJob(stack, id, {
    trainingJobName: 'job',
    algorithmSpecification: { trainingImage: tasks.DockerImage.fromRegistry(image) },
    inputDataConfig: [
      { channelName: 'train', dataSource: { s3DataSource: { s3Location: tasks.S3Location.fromBucket(bucket, 'in') } } },
    ],
    outputDataConfig: { s3OutputLocation: tasks.S3Location.fromBucket(bucket, 'out') },
    resourceConfig: {
      instanceCount: 1,
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.P3, ec2.InstanceSize.XLARGE2),
      volumeSize: Size.gibibytes(50),
    },
    stoppingCondition: {},
  });
}

test('the role inside a training task pulls, and not that of the state machine', () => {
  const stack = newStack();
  machine(stack, training(stack, 'Train', 'quay.io/team/train:1'));
  const redirection = newCache(stack).redirect(stack);
  const { Parameters } = definition(stack).States.Train;
  expect(Parameters.AlgorithmSpecification.TrainingImage).toBe(`${REGISTRY}/quay/team/train:1`);
  expect(firstPulls(stack)).toEqual({ TrainSagemakerRoleDefaultPolicy: ['quay/team/train'] });
  expect(lines(redirection)).toEqual([
    'DefinitionString.States.Train.Parameters.AlgorithmSpecification.TrainingImage: ' +
      'quay.io/team/train:1 -> CACHE/quay/team/train:1',
  ]);
});

test('states in branches and maps are found, and all else stays to the letter', () => {
  const build = (isRedirected: boolean) => {
    const stack = newStack();
    const parallel = new sfn.Parallel(stack, 'Both')
      .branch(training(stack, 'One', 'quay.io/team/one:1'))
      .branch(new sfn.Pass(stack, 'Pass', { result: sfn.Result.fromObject({ big: 12345678901234 }) }));
    const map = new sfn.Map(stack, 'Each').itemProcessor(training(stack, 'Two', 'quay.io/team/two:1'));
    machine(stack, parallel.next(map));
    const cache = newCache(stack);
    if (isRedirected) {
      cache.redirect(stack);
    }
    return definition(stack);
  };
  const after = JSON.stringify(build(true));
  const back = after.split(`${REGISTRY}/quay/team/`).join('quay.io/team/');
  expect(after).not.toBe(back);
  expect(JSON.parse(back)).toEqual(build(false));
});

test.each(['call', 'runJob'])('the nodes of the cluster pull for eks:%s', (integration) => {
  const stack = newStack();
  const cluster_ = cluster(stack, { defaultCapacity: 1 });
  const pod = { containers: [{ name: 'web', image: 'quay.io/team/job:1' }] };
  const state =
    integration === 'call'
      ? new tasks.EksCall(stack, 'Run', {
          cluster: cluster_,
          httpMethod: tasks.HttpMethods.POST,
          httpPath: '/api/v1/namespaces/default/pods',
          requestBody: sfn.TaskInput.fromObject({ kind: 'Pod', spec: pod }),
        })
      : new sfn.CustomState(stack, 'Run', {
          stateJson: {
            Type: 'Task',
            Resource: `arn:${Stack.of(stack).partition}:states:::eks:runJob.sync`,
            Parameters: { ClusterName: cluster_.clusterName, Job: { spec: { template: { spec: pod } } } },
          },
        });
  machine(stack, state);
  newCache(stack).redirect(stack);
  expect(JSON.stringify(definition(stack))).toContain(`${REGISTRY}/quay/team/job:1`);
  expect(Object.values(firstPulls(stack))).toEqual([['quay/team/job']]);
  expect(Object.keys(firstPulls(stack))[0]).toMatch(/NodeGroupRole/);
});

test('a cluster of which no nodes are known, and an image that the input names, stay', () => {
  const stack = newStack();
  const state = new sfn.CustomState(stack, 'Run', {
    stateJson: {
      Type: 'Task',
      Resource: 'arn:aws:states:::eks:runJob.sync',
      Parameters: {
        ClusterName: 'other',
        Job: {
          spec: { template: { spec: { containers: [{ image: 'quay.io/team/job:1' }, { 'image.$': '$.image' }] } } },
        },
      },
    },
  });
  machine(stack, state);
  const redirection = newCache(stack).redirect(stack);
  expect(JSON.stringify(definition(stack))).toContain('"quay.io/team/job:1"');
  expect(redirection.report.map(({ image, reason }) => [image, reason])).toEqual([
    ['quay.io/team/job:1', expect.stringContaining('the roles of the nodes that pull are not known')],
  ]);
});

test('arguments of JSONata are read as parameters are', () => {
  const stack = newStack();
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
  new sfn.CfnStateMachine(stack, 'Machine', {
    roleArn: 'arn:aws:iam::111122223333:role/machine',
    definitionString: stack.toJsonString({
      QueryLanguage: 'JSONata',
      States: {
        Run: {
          Type: 'Task',
          Resource: 'arn:aws:states:::sagemaker:createProcessingJob.sync',
          Arguments: {
            ProcessingJobName: '{% $uuid() %}',
            RoleArn: role.roleArn,
            AppSpecification: { ImageUri: 'quay.io/team/process:1' },
          },
        },
      },
    }),
  });
  newCache(stack).redirect(stack);
  expect(definition(stack).States.Run.Arguments.AppSpecification.ImageUri).toBe(`${REGISTRY}/quay/team/process:1`);
  expect(firstPulls(stack)).toEqual({ RoleDefaultPolicy: ['quay/team/process'] });
});
