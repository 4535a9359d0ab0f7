import { ImagePlaces, isCurated } from './image-places';
import type { Json } from '../rendered-properties';

const APP_RUNNER =
  'App Runner pulls from ECR only with an access role, which the service is made with: ' +
  'use the image of the cache and a role that may pull it, with the repository type ECR';
const LIGHTSAIL =
  'Lightsail pulls from ECR as a role of its own, which only the policy of a repository lets in: name the image of ' +
  'the cache, and let that role in with the repository policy of the creation template';
const GAME_LIFT =
  'GameLift copies the image when the group is made, with the permissions of whoever deploys: prefetch it, and name ' +
  'the image of the cache';
const EMR_SERVERLESS =
  'EMR Serverless looks for the image before it pulls, as a service that only the policy of a repository lets in: ' +
  'prefetch it, let emr-serverless.amazonaws.com in with the repository policy of the creation template, and name ' +
  'the image of the cache';
const SITE_WISE = 'who pulls for a task of IoT SiteWise is not documented; name the image of the cache and try it';
const BEANSTALK =
  'who pulls for a version of Elastic Beanstalk is not documented; name the image of the cache and try it';
const CLEAN_ROOMS =
  'Clean Rooms ML documents images of your own repositories only; copy the image into one, or prefetch it and try it';
const DEPLOYED_LATER =
  'whoever deploys it later pulls the image, and is not known here: name the image of the cache, and let the role of ' +
  'the models pull it';
const INFERENCE_COMPONENT =
  'the role of the endpoint pulls the image, which is not known here: name the image of the cache, and let the role ' +
  'of the endpoint configuration pull it';
const IMAGE_VERSION =
  'the role of the SageMaker image pulls it, which is not known here: name the image of the cache, and let the role ' +
  'of the SageMaker image pull it';
const RECORD = 'nobody pulls it: it is a record of what was used';
const SHUT_DOWN = 'the service has been shut down';
const ROBO_MAKER = 'who pulls for RoboMaker is not documented; name the image of the cache and try it';
const AMPLIFY = 'Amplify builds with images of Amazon ECR Public only';
export const INSTANCES =
  'the instances pull it, with a role that is not looked for here: name the image of the cache, and let their role ' +
  'pull it';
export const CLUSTER_NODES =
  'the nodes of a cluster that is not known here pull it: name the image of the cache, and let their role pull it';

/** Images that stay, each with what to do instead. */
export const NOT_REDIRECTED: ImagePlaces[] = [
  stays('AWS::AppRunner::Service', ['SourceConfiguration.ImageRepository'], 'ImageIdentifier', APP_RUNNER),
  {
    ...stays('AWS::Lightsail::Container', ['ContainerServiceDeployment.Containers.*'], 'Image', LIGHTSAIL),
    // The name of an image that was pushed to Lightsail.
    ignore: (image) => typeof image === 'string' && image.startsWith(':'),
  },
  stays(
    'AWS::GameLift::ContainerGroupDefinition',
    ['GameServerContainerDefinition', 'SupportContainerDefinitions.*'],
    'ImageUri',
    GAME_LIFT,
  ),
  stays(
    'AWS::EMRServerless::Application',
    ['ImageConfiguration', 'WorkerTypeSpecifications.*.ImageConfiguration'],
    'ImageUri',
    EMR_SERVERLESS,
  ),
  stays('AWS::IoTSiteWise::Task', ['TaskConfiguration.ContainerTaskConfiguration'], 'EcrUri', SITE_WISE),
  stays('AWS::ElasticBeanstalk::ApplicationVersion', ['ImageConfiguration.Source'], 'Uri', BEANSTALK),
  {
    ...stays('AWS::ElasticBeanstalk::ApplicationVersion', ['BuildConfiguration'], 'Image', BEANSTALK),
    ignore: isCurated,
  },
  stays(
    'AWS::CleanRoomsML::ConfiguredModelAlgorithm',
    ['TrainingContainerConfig', 'InferenceContainerConfig'],
    'ImageUri',
    CLEAN_ROOMS,
  ),
  stays(
    'AWS::SageMaker::ModelPackage',
    [
      'InferenceSpecification.Containers.*',
      'AdditionalInferenceSpecifications.*.Containers.*',
      'AdditionalInferenceSpecificationsToAdd.*.Containers.*',
    ],
    'Image',
    DEPLOYED_LATER,
  ),
  stays('AWS::SageMaker::Algorithm', ['InferenceSpecification.Containers.*'], 'Image', DEPLOYED_LATER),
  stays('AWS::SageMaker::Algorithm', ['TrainingSpecification'], 'TrainingImage', DEPLOYED_LATER),
  stays(
    'AWS::SageMaker::InferenceComponent',
    ['Specification.Container', 'Specifications.*.Container'],
    'Image',
    INFERENCE_COMPONENT,
  ),
  stays('AWS::SageMaker::ImageVersion', [''], 'BaseImage', IMAGE_VERSION),
  {
    ...stays(
      'AWS::SageMaker::ModelCard',
      ['Content.ModelOverview.InferenceEnvironment', 'Content.TrainingDetails.TrainingJobDetails.TrainingEnvironment'],
      'ContainerImage.*',
      RECORD,
    ),
    isRecord: true,
  },
  {
    ...stays(
      'AWS::SageMaker::ModelCard',
      ['Content.ModelPackageDetails.InferenceSpecification.Containers.*'],
      'Image',
      RECORD,
    ),
    isRecord: true,
  },
  stays('AWS::IoTAnalytics::Dataset', ['Actions.*.ContainerAction'], 'Image', SHUT_DOWN),
  stays('AWS::RoboMaker::RobotApplication', [''], 'Environment', ROBO_MAKER),
  stays('AWS::RoboMaker::SimulationApplication', [''], 'Environment', ROBO_MAKER),
  {
    ...stays('AWS::Amplify::App', ['EnvironmentVariables.*'], 'Value', AMPLIFY),
    ignore: (_, { Name }: Json) => Name !== '_CUSTOM_IMAGE',
  },
  stays('AWS::SSM::Document', ['Content.mainSteps.*.inputs'], 'image', INSTANCES),
  stays('AWS::FIS::ExperimentTemplate', ['Actions.*.Parameters'], 'fisPodContainerImage', CLUSTER_NODES),
];

function stays(resourceType: string, holders: string[], image: string, nobody: string): ImagePlaces {
  return { resourceType, holders, image, puller: { nobody } };
}
