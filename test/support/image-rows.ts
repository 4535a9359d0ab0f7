/** The image that stands at each place of these rows. */
export const IMAGE = 'quay.io/team/app:1.2';
/** Stands for the ARN of the role that pulls, and for its name. */
export const ROLE = '<arn of the role>';
export const ROLE_NAME = '<name of the role>';

/** A place of CloudFormation where an image is named, and what has to become of it. */
export interface ImageRow {
  readonly type: string;
  /** With IMAGE at one place. */
  readonly properties: any;
  /** Nothing where the image is redirected. */
  readonly reason?: RegExp;
  /** Other resources that it takes, by logical id, such as those that join a role. */
  readonly others?: Record<string, { readonly type: string; readonly properties: any }>;
  /** What changes besides, in the resource or in others, by the way to it. */
  readonly also?: Record<string, unknown>;
}

const redirected = (type: string, properties: any, more: Partial<ImageRow> = {}): ImageRow => ({
  type,
  properties,
  ...more,
});
const reported = (type: string, reason: RegExp, ...places: any[]): ImageRow[] =>
  places.map((properties) => ({ type, properties, reason }));

const container = { Image: IMAGE };
const uri = { ImageUri: IMAGE };
const task = (integration: string, Parameters: any) => ({
  StartAt: 'Pull',
  States: { Pull: { Type: 'Task', Resource: `arn:aws:states:::${integration}`, Parameters, End: true } },
});
const stateMachine = (integration: string, parameters: any): ImageRow[] => [
  redirected('AWS::StepFunctions::StateMachine', { DefinitionString: JSON.stringify(task(integration, parameters)) }),
  redirected('AWS::StepFunctions::StateMachine', { Definition: task(integration, parameters) }),
];
const buildSpec = (batch: any) => ({
  ServiceRole: ROLE,
  Environment: { Image: 'aws/codebuild/standard:7.0', ImagePullCredentialsType: 'SERVICE_ROLE' },
  Source: { Type: 'NO_SOURCE', BuildSpec: JSON.stringify({ version: 0.2, batch }) },
});
const jobOfSageMaker = (type: string, key: string) =>
  redirected(`AWS::SageMaker::${type}`, { RoleArn: ROLE, [key]: uri });
const script = `#!/bin/sh\ndocker run ${IMAGE}\n`;

/** Each type that CloudFormation has for it, and each kind of document in which images are named. */
export const IMAGE_ROWS: ImageRow[] = [
  redirected('AWS::ECS::TaskDefinition', { ExecutionRoleArn: ROLE, ContainerDefinitions: [container] }),
  redirected('AWS::ECS::DaemonTaskDefinition', { ExecutionRoleArn: ROLE, ContainerDefinitions: [container] }),
  redirected('AWS::ECS::ExpressGatewayService', { ExecutionRoleArn: ROLE, PrimaryContainer: container }),

  redirected('AWS::Batch::JobDefinition', { ContainerProperties: { ...container, ExecutionRoleArn: ROLE } }),
  redirected('AWS::Batch::JobDefinition', {
    EcsProperties: { TaskProperties: [{ Containers: [container], ExecutionRoleArn: ROLE }] },
  }),
  redirected('AWS::Batch::JobDefinition', { EksProperties: { PodProperties: { Containers: [container] } } }),
  redirected('AWS::Batch::JobDefinition', { EksProperties: { PodProperties: { InitContainers: [container] } } }),
  redirected('AWS::Batch::JobDefinition', {
    NodeProperties: { NodeRangeProperties: [{ Container: { ...container, ExecutionRoleArn: ROLE } }] },
  }),
  redirected('AWS::Batch::JobDefinition', {
    NodeProperties: {
      NodeRangeProperties: [
        { EcsProperties: { TaskProperties: [{ Containers: [container], ExecutionRoleArn: ROLE }] } },
      ],
    },
  }),
  redirected('AWS::Batch::JobDefinition', {
    NodeProperties: {
      NodeRangeProperties: [{ EksProperties: { PodProperties: { Containers: [container] } } }],
    },
  }),

  redirected(
    'AWS::CodeBuild::Project',
    { ServiceRole: ROLE, Environment: container },
    { also: { 'Environment.ImagePullCredentialsType': 'SERVICE_ROLE' } },
  ),
  redirected('AWS::CodeBuild::Project', buildSpec({ 'build-list': [{ env: { image: IMAGE } }] })),
  redirected('AWS::CodeBuild::Project', buildSpec({ 'build-graph': [{ env: { image: IMAGE } }] })),
  redirected('AWS::CodeBuild::Project', buildSpec({ 'build-matrix': { static: { env: { image: IMAGE } } } })),
  redirected('AWS::CodeBuild::Project', buildSpec({ 'build-matrix': { dynamic: { env: { image: IMAGE } } } })),
  ...reported('AWS::CodeBuild::Project', /commands, and build specifications/, {
    ServiceRole: ROLE,
    Environment: { Image: 'aws/codebuild/standard:7.0' },
    Source: { BuildSpec: `version: 0.2\nphases:\n  build:\n    commands:\n      - docker pull ${IMAGE}\n` },
  }),

  redirected('AWS::SageMaker::Model', { ExecutionRoleArn: ROLE, PrimaryContainer: container }),
  redirected('AWS::SageMaker::Model', { ExecutionRoleArn: ROLE, Containers: [container] }),
  jobOfSageMaker('ProcessingJob', 'AppSpecification'),
  redirected('AWS::SageMaker::MonitoringSchedule', {
    MonitoringScheduleConfig: { MonitoringJobDefinition: { RoleArn: ROLE, MonitoringAppSpecification: uri } },
  }),
  jobOfSageMaker('DataQualityJobDefinition', 'DataQualityAppSpecification'),
  jobOfSageMaker('ModelBiasJobDefinition', 'ModelBiasAppSpecification'),
  jobOfSageMaker('ModelExplainabilityJobDefinition', 'ModelExplainabilityAppSpecification'),
  jobOfSageMaker('ModelQualityJobDefinition', 'ModelQualityAppSpecification'),

  redirected(
    'AWS::ImageBuilder::ContainerRecipe',
    { ParentImage: IMAGE },
    {
      others: {
        Profile: { type: 'AWS::IAM::InstanceProfile', properties: { Roles: [ROLE_NAME] } },
        Instances: {
          type: 'AWS::ImageBuilder::InfrastructureConfiguration',
          properties: { InstanceProfileName: { Ref: 'Profile' } },
        },
        Pipeline: {
          type: 'AWS::ImageBuilder::ImagePipeline',
          properties: {
            ContainerRecipeArn: { Ref: 'Workload' },
            InfrastructureConfigurationArn: { 'Fn::GetAtt': ['Instances', 'Arn'] },
          },
        },
      },
    },
  ),
  ...reported('AWS::ImageBuilder::ContainerRecipe', /no pipeline or image of this app/, { ParentImage: IMAGE }),
  ...reported('AWS::ImageBuilder::ContainerRecipe', /the Dockerfile of a recipe/, {
    DockerfileTemplateData: `FROM {{{ imagebuilder:parentImage }}}\nCOPY --from=${IMAGE} /bin/tool /bin/\n`,
  }),

  ...stateMachine('sagemaker:createTrainingJob.sync', {
    RoleArn: ROLE,
    AlgorithmSpecification: { TrainingImage: IMAGE },
  }),
  ...stateMachine('sagemaker:createHyperParameterTuningJob', {
    TrainingJobDefinition: { RoleArn: ROLE, AlgorithmSpecification: { TrainingImage: IMAGE } },
  }),
  ...stateMachine('sagemaker:createProcessingJob', { RoleArn: ROLE, AppSpecification: uri }),
  ...stateMachine('aws-sdk:sagemaker:createModel', { ExecutionRoleArn: ROLE, PrimaryContainer: container }),
  ...stateMachine('eks:runJob.sync', {
    ClusterName: 'cluster',
    Job: { spec: { template: { spec: { containers: [{ image: IMAGE }] } } } },
  }),
  ...stateMachine('eks:call', { ClusterName: 'cluster', RequestBody: { spec: { containers: [{ image: IMAGE }] } } }),
  ...reported('AWS::StepFunctions::StateMachine', /role of the project/, {
    DefinitionString: JSON.stringify(task('codebuild:startBuild', { ImageOverride: IMAGE })),
  }),
  ...reported('AWS::StepFunctions::StateMachine', /no state that is known to pull/, {
    DefinitionString: JSON.stringify(task('lambda:invoke', { Payload: { image: IMAGE } })),
  }),

  ...reported('AWS::BedrockAgentCore::Runtime', /AgentCore looks at the image/, {
    RoleArn: ROLE,
    AgentRuntimeArtifact: { ContainerConfiguration: { ContainerUri: IMAGE } },
  }),
  ...reported('AWS::BedrockAgentCore::Harness', /AgentCore looks at the image/, {
    ExecutionRoleArn: ROLE,
    EnvironmentArtifact: { ContainerConfiguration: { ContainerUri: IMAGE } },
  }),
  ...reported('AWS::Lambda::Function', /Lambda does not pull/, { Code: uri }),
  ...reported('AWS::Serverless::Function', /Lambda does not pull/, uri),
  ...reported('AWS::AppRunner::Service', /App Runner pulls from ECR only/, {
    SourceConfiguration: { ImageRepository: { ImageIdentifier: IMAGE } },
  }),
  ...reported('AWS::Lightsail::Container', /Lightsail pulls/, {
    ContainerServiceDeployment: { Containers: [container] },
  }),
  ...reported('AWS::IoTSiteWise::Task', /IoT SiteWise/, {
    TaskConfiguration: { ContainerTaskConfiguration: { EcrUri: IMAGE } },
  }),
  ...reported(
    'AWS::SageMaker::InferenceComponent',
    /role of the endpoint/,
    { Specification: { Container: container } },
    { Specifications: [{ Container: container }] },
  ),
  ...reported(
    'AWS::SageMaker::ModelPackage',
    /deploys it later/,
    { InferenceSpecification: { Containers: [container] } },
    { AdditionalInferenceSpecifications: [{ Containers: [container] }] },
    { AdditionalInferenceSpecificationsToAdd: [{ Containers: [container] }] },
  ),
  ...reported(
    'AWS::SageMaker::Algorithm',
    /deploys it later/,
    { TrainingSpecification: { TrainingImage: IMAGE } },
    { InferenceSpecification: { Containers: [container] } },
  ),
  ...reported('AWS::SageMaker::ImageVersion', /role of the SageMaker image/, { BaseImage: IMAGE }),
  ...reported(
    'AWS::SageMaker::ModelCard',
    /a record/,
    { Content: { ModelOverview: { InferenceEnvironment: { ContainerImage: [IMAGE] } } } },
    { Content: { TrainingDetails: { TrainingJobDetails: { TrainingEnvironment: { ContainerImage: [IMAGE] } } } } },
    { Content: { ModelPackageDetails: { InferenceSpecification: { Containers: [container] } } } },
  ),
  ...reported(
    'AWS::EMRServerless::Application',
    /EMR Serverless looks/,
    { ImageConfiguration: uri },
    { WorkerTypeSpecifications: { Driver: { ImageConfiguration: uri } } },
  ),
  ...reported(
    'AWS::GameLift::ContainerGroupDefinition',
    /GameLift copies/,
    { GameServerContainerDefinition: uri },
    { SupportContainerDefinitions: [uri] },
  ),
  ...reported(
    'AWS::CleanRoomsML::ConfiguredModelAlgorithm',
    /Clean Rooms ML/,
    { TrainingContainerConfig: uri },
    { InferenceContainerConfig: uri },
  ),
  ...reported(
    'AWS::ElasticBeanstalk::ApplicationVersion',
    /Elastic Beanstalk/,
    { ImageConfiguration: { Source: { Uri: IMAGE } } },
    { BuildConfiguration: { Image: IMAGE } },
  ),
  ...reported('AWS::IoTAnalytics::Dataset', /shut down/, { Actions: [{ ContainerAction: container }] }),
  ...reported('AWS::RoboMaker::RobotApplication', /RoboMaker/, { Environment: IMAGE }),
  ...reported('AWS::RoboMaker::SimulationApplication', /RoboMaker/, { Environment: IMAGE }),

  ...reported('AWS::SageMaker::Pipeline', /roles of the steps/, {
    PipelineDefinition: {
      PipelineDefinitionBody: JSON.stringify({ Steps: [{ Arguments: { TrainingImage: IMAGE } }] }),
    },
  }),
  ...reported(
    'AWS::GreengrassV2::ComponentVersion',
    /core device/,
    { InlineRecipe: JSON.stringify({ Manifests: [{ Artifacts: [{ URI: `docker:${IMAGE}` }] }] }) },
    { InlineRecipe: `Manifests:\n  - Lifecycle:\n      Run: docker run ${IMAGE}\n` },
  ),
  ...reported('AWS::GreengrassV2::Deployment', /core device/, {
    Components: { web: { ConfigurationUpdate: { Merge: JSON.stringify({ image: IMAGE }) } } },
  }),
  ...reported(
    'AWS::SSM::Document',
    /the instances pull it/,
    { Content: { mainSteps: [{ action: 'aws:runDockerAction', inputs: { image: IMAGE } }] } },
    { Content: JSON.stringify({ mainSteps: [{ action: 'aws:runDockerAction', inputs: { image: IMAGE } }] }) },
  ),
  ...reported('AWS::SSM::Association', /the instances pull it/, { Parameters: { image: [IMAGE] } }),
  ...reported('AWS::EKS::Addon', /nodes of a cluster/, { ConfigurationValues: JSON.stringify({ image: IMAGE }) }),
  ...reported('AWS::FIS::ExperimentTemplate', /nodes of a cluster/, {
    Actions: { stress: { Parameters: { fisPodContainerImage: IMAGE } } },
  }),
  ...reported('AWS::EMRContainers::JobTemplate', /nodes of a cluster/, {
    JobTemplateData: {
      JobDriver: {
        SparkSubmitJobDriver: { SparkSubmitParameters: `--conf spark.kubernetes.container.image=${IMAGE} --conf a=b` },
      },
    },
  }),
  ...reported('AWS::EMRContainers::Endpoint', /nodes of a cluster/, {
    ConfigurationOverrides: { ApplicationConfiguration: [{ ConfigurationProperties: { 'container-image': IMAGE } }] },
  }),
  ...reported('AWS::EMR::Cluster', /the instances pull it/, {
    Configurations: [{ ConfigurationProperties: { YARN_CONTAINER_RUNTIME_DOCKER_IMAGE: IMAGE } }],
  }),
  ...reported('AWS::EMR::Step', /the instances pull it/, { HadoopJarStep: { Args: [`IMAGE=${IMAGE}`] } }),
  ...reported('AWS::Amplify::App', /Amplify builds/, {
    EnvironmentVariables: [{ Name: '_CUSTOM_IMAGE', Value: IMAGE }],
  }),
  ...reported('AWS::Events::Rule', /service that is called/, {
    Targets: [{ Input: JSON.stringify({ imageOverride: IMAGE }) }],
  }),
  ...reported('AWS::Scheduler::Schedule', /service that is called/, {
    Target: { Input: JSON.stringify({ AppSpecification: { ImageUri: IMAGE } }) },
  }),
  ...reported('AWS::CodePipeline::Pipeline', /commands of an action/, {
    Stages: [{ Actions: [{ Commands: [`docker run ${IMAGE}`] }] }],
  }),
  ...reported(
    'AWS::EC2::LaunchTemplate',
    /the instances pull it/,
    { LaunchTemplateData: { UserData: { 'Fn::Base64': script } } },
    { LaunchTemplateData: { UserData: { 'Fn::Base64': { 'Fn::Join': ['', [script, { Ref: 'AWS::Region' }]] } } } },
  ),
  ...reported('AWS::EC2::Instance', /the instances pull it/, { UserData: { 'Fn::Base64': script } }),
  ...reported('AWS::EC2::SpotFleet', /the instances pull it/, {
    SpotFleetRequestConfigData: { LaunchSpecifications: [{ UserData: { 'Fn::Base64': script } }] },
  }),
  ...reported('AWS::AutoScaling::LaunchConfiguration', /the instances pull it/, { UserData: { 'Fn::Base64': script } }),
  ...reported('AWS::Lightsail::Instance', /the instances pull it/, { UserData: script }),
  ...reported('AWS::CloudFormation::StackSet', /templates in a text/, {
    TemplateBody: JSON.stringify({ Resources: { Task: { Properties: { ContainerDefinitions: [container] } } } }),
  }),
  ...reported('AWS::Deadline::QueueEnvironment', /workers of the queue/, { Template: script }),
  ...reported('Custom::CDKECRDeployment', /a function copies/, { SrcImage: `docker://${IMAGE}` }),
  ...reported('Custom::AWS', /service that is called/, {
    Create: JSON.stringify({ service: 'SageMaker', parameters: { Image: IMAGE } }),
  }),
  ...reported(
    'AWSQS::Kubernetes::Helm',
    /nodes of a cluster/,
    { Values: { image: IMAGE } },
    { ValueYaml: `image: ${IMAGE}` },
  ),
  // What nobody has heard of.
  ...reported('AWS::GammaDilithium::JobDefinition', /this resource type is not redirected/, {
    ContainerProperties: container,
  }),
  ...reported('Some::Other::Thing', /this resource type is not redirected/, { Deep: [{ Down: `run ${IMAGE}` }] }),
];
