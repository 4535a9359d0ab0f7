import { CLUSTER_NODES, INSTANCES } from './not-redirected';
import type { WorkloadKind } from '../workload';

const CORE_DEVICE =
  'the core device pulls it, with the role of its token exchange: name the image of the cache, and let that role ' +
  'pull it';
const CALLED_SERVICE =
  'the service that is called pulls it: name the image of the cache, and let the role that it pulls with do so';

/**
 * Types that name images only in the midst of a text, or of a map without a schema: what is found there stays, and is
 * told with the reason.
 */
export const IN_TEXT: WorkloadKind[] = [
  inText(
    'AWS::SageMaker::Pipeline',
    'PipelineDefinition',
    'the roles of the steps pull it: name the image of the cache in the step, and let its role pull it',
  ),
  inText('AWS::GreengrassV2::ComponentVersion', 'InlineRecipe', CORE_DEVICE),
  inText('AWS::GreengrassV2::Deployment', 'Components.*.ConfigurationUpdate', CORE_DEVICE),
  inText('AWS::SSM::Document', 'Content', INSTANCES),
  inText('AWS::SSM::Association', 'Parameters', INSTANCES),
  inText('AWS::EKS::Addon', 'ConfigurationValues', CLUSTER_NODES),
  inText('AWS::EMRContainers::JobTemplate', 'JobTemplateData', CLUSTER_NODES),
  inText('AWS::EMRContainers::Endpoint', 'ConfigurationOverrides', CLUSTER_NODES),
  inText('AWS::EMR::Cluster', 'Configurations', INSTANCES),
  inText('AWS::EMR::Step', 'HadoopJarStep.Args', INSTANCES),
  inText('AWS::Events::Rule', 'Targets.*.Input', CALLED_SERVICE),
  inText('AWS::Scheduler::Schedule', 'Target.Input', CALLED_SERVICE),
  inText(
    'AWS::CodePipeline::Pipeline',
    'Stages.*.Actions.*.Commands',
    'the names of images in the commands of an action are text: write the cached names there',
  ),
  inText('AWS::EC2::LaunchTemplate', 'LaunchTemplateData.UserData', INSTANCES),
  inText('AWS::EC2::Instance', 'UserData', INSTANCES),
  inText('AWS::EC2::SpotFleet', 'SpotFleetRequestConfigData.LaunchSpecifications.*.UserData', INSTANCES),
  inText('AWS::AutoScaling::LaunchConfiguration', 'UserData', INSTANCES),
  inText('AWS::Lightsail::Instance', 'UserData', INSTANCES),
  inText(
    'AWS::CloudFormation::StackSet',
    'TemplateBody',
    'a redirection does not read templates in a text; redirect the app that makes the template',
  ),
  inText(
    'AWS::Deadline::QueueEnvironment',
    'Template',
    'the workers of the queue pull it: name the image of the cache, and let their role pull it',
  ),
  inText(
    'AWS::ImageBuilder::ContainerRecipe',
    'DockerfileTemplateData',
    'the Dockerfile of a recipe is text: write the name of the image of the cache there',
  ),
  inText(
    'Custom::CDKECRDeployment',
    'SrcImage',
    'a function copies the image, with a role of its own: name the image of the cache, and let that role pull it',
  ),
  inText('Custom::AWS', 'Create, Update, Delete', CALLED_SERVICE),
  inText('AWSQS::Kubernetes::Helm', 'Values, ValueYaml', CLUSTER_NODES),
];

function inText(resourceType: string, path: string, mentions: string): WorkloadKind {
  return { resourceType, places: [{ resourceType, paths: [path], reason: mentions }], mentions };
}
