import {
  aws_apprunner as apprunner,
  aws_batch as batch,
  aws_codebuild as codebuild,
  aws_ec2 as ec2,
  aws_ecr as ecr,
  aws_ecs as ecs,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_sagemaker as sagemaker,
  aws_secretsmanager as secretsmanager,
  CfnParameter,
  Stack,
} from 'aws-cdk-lib';
import { cluster } from './redirect';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** Every kind of workload, each with an image that goes through the cache; and every reason why one does not. */
export function addWorkloads(stack: Stack): void {
  const role = (id: string, service: string) =>
    new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal(`${service}.amazonaws.com`) });
  const executionRole = role('ExecutionRole', 'ecs-tasks');
  const pod = (image: string) => ({ containers: [{ name: 'main', image }] });

  const task = new ecs.FargateTaskDefinition(stack, 'Task');
  task.addContainer('web', {
    image: ecs.ContainerImage.fromRegistry('nginx:1.27'),
    logging: ecs.LogDrivers.firelens({}),
  });
  task.addContainer('sidecar', { image: ecs.ContainerImage.fromRegistry(`ghcr.io/owner/sidecar:v1@${DIGEST}`) });
  task.addContainer('own', {
    image: ecs.ContainerImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, 'Own', 'own')),
  });
  task.addContainer('secret', {
    image: ecs.ContainerImage.fromRegistry('quay.io/private/app:1', {
      credentials: secretsmanager.Secret.fromSecretNameV2(stack, 'Secret', 'quay'),
    }),
  });
  task.addFirelensLogRouter('router', {
    image: ecs.ContainerImage.fromRegistry('public.ecr.aws/aws-observability/aws-for-fluent-bit:stable'),
    firelensConfig: { type: ecs.FirelensLogRouterType.FLUENTBIT },
  });
  new ecs.FargateService(stack, 'Service', {
    taskDefinition: task,
    cluster: new ecs.Cluster(stack, 'EcsCluster', { vpc: new ec2.Vpc(stack, 'Vpc') }),
  });
  new ecs.CfnTaskDefinition(stack, 'RawTask', {
    executionRoleArn: executionRole.roleArn,
    containerDefinitions: [
      { name: 'web', image: 'quay.io/raw/web:1' },
      { name: 'token', image: new CfnParameter(stack, 'Image').valueAsString },
      { name: 'elsewhere', image: 'mcr.microsoft.com/app:1' },
    ],
  });
  new ecs.CfnTaskDefinition(stack, 'RawTaskWithoutRole', {
    containerDefinitions: [{ name: 'web', image: 'quay.io/no/role:1' }],
  });

  new batch.CfnJobDefinition(stack, 'Job', {
    type: 'container',
    containerProperties: { image: 'quay.io/batch/one:1', executionRoleArn: executionRole.roleArn },
  });
  new batch.CfnJobDefinition(stack, 'NodesJob', {
    type: 'multinode',
    nodeProperties: {
      mainNode: 0,
      numNodes: 1,
      nodeRangeProperties: [
        { targetNodes: '0', container: { image: 'quay.io/batch/node:1', executionRoleArn: executionRole.roleArn } },
      ],
    },
  });
  new batch.CfnJobDefinition(stack, 'PodJob', {
    type: 'container',
    eksProperties: { podProperties: pod('quay.io/batch/pod:1') },
  });

  new codebuild.Project(stack, 'Build', {
    environment: { buildImage: codebuild.LinuxBuildImage.fromDockerRegistry('quay.io/build/image:1') },
    buildSpec: codebuild.BuildSpec.fromObject({}),
  });
  new codebuild.Project(stack, 'CuratedBuild', {
    environment: { buildImage: codebuild.LinuxBuildImage.STANDARD_7_0 },
    buildSpec: codebuild.BuildSpec.fromObject({}),
  });

  const eks = cluster(stack, { defaultCapacity: 1 });
  const documents: Record<string, any> = {
    Pod: {
      spec: {
        ...pod('quay.io/eks/pod:1'),
        initContainers: [{ name: 'init', image: 'quay.io/eks/init:1' }],
        ephemeralContainers: [{ name: 'debug', image: 'quay.io/eks/debug:1' }],
        volumes: [{ name: 'data', image: { reference: 'quay.io/eks/volume:1' } }],
      },
    },
    Deployment: { spec: { replicas: 2, template: { spec: pod('quay.io/eks/deployment:1') } } },
    StatefulSet: { spec: { template: { spec: pod('quay.io/eks/stateful-set:1') } } },
    DaemonSet: { spec: { template: { spec: pod('quay.io/eks/daemon-set:1') } } },
    Job: { spec: { template: { spec: pod('quay.io/eks/job:1') } } },
    CronJob: { spec: { jobTemplate: { spec: { template: { spec: pod('quay.io/eks/cron-job:1') } } } } },
    List: { items: [{ kind: 'Pod', spec: pod('quay.io/eks/list:1') }] },
    Rollout: { spec: { template: { spec: pod('quay.io/eks/custom:1') } } },
    ConfigMap: { data: { image: 'quay.io/eks/not-an-image:1' } },
  };
  for (const [kind, document] of Object.entries(documents)) {
    eks.addManifest(kind, { kind, metadata: { name: kind.toLowerCase(), cluster: eks.clusterName }, ...document });
  }
  eks.addHelmChart('Web', {
    chart: 'web',
    release: 'web',
    values: {
      cluster: eks.clusterName,
      image: { registry: 'quay.io', repository: 'helm/split', tag: '1' },
      sidecar: { image: 'quay.io/helm/whole:1' },
    },
  });

  new sagemaker.CfnModel(stack, 'Model', {
    executionRoleArn: role('ModelRole', 'sagemaker').roleArn,
    primaryContainer: { image: 'quay.io/sagemaker/model:1' },
  });
  new apprunner.CfnService(stack, 'AppRunner', {
    sourceConfiguration: {
      imageRepository: { imageIdentifier: 'public.ecr.aws/app/runner:1', imageRepositoryType: 'ECR_PUBLIC' },
    },
  });
  new lambda.CfnFunction(stack, 'Function', {
    role: role('FunctionRole', 'lambda').roleArn,
    packageType: 'Image',
    code: { imageUri: 'quay.io/lambda/function:1' },
  });
}
