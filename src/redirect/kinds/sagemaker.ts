import type { ImagePlaces } from './image-places';

/** Models and jobs of Amazon SageMaker AI. */
export const SAGEMAKER: ImagePlaces[] = [
  {
    resourceType: 'AWS::SageMaker::Model',
    holders: ['PrimaryContainer', 'Containers.*'],
    image: 'Image',
    puller: { role: 'ExecutionRoleArn' },
    // In this mode SageMaker pulls from a registry that is not ECR, and may sign in to it.
    leave: (container) =>
      container.ImageConfig?.RepositoryAccessMode === 'Vpc'
        ? 'it is pulled from a private registry in the VPC'
        : undefined,
    waits: true,
  },
  job('AWS::SageMaker::ProcessingJob', 'AppSpecification'),
  {
    ...job('AWS::SageMaker::MonitoringSchedule', 'MonitoringAppSpecification'),
    block: 'MonitoringScheduleConfig.MonitoringJobDefinition',
  },
  job('AWS::SageMaker::DataQualityJobDefinition', 'DataQualityAppSpecification'),
  job('AWS::SageMaker::ModelBiasJobDefinition', 'ModelBiasAppSpecification'),
  job('AWS::SageMaker::ModelExplainabilityJobDefinition', 'ModelExplainabilityAppSpecification'),
  job('AWS::SageMaker::ModelQualityJobDefinition', 'ModelQualityAppSpecification'),
];

function job(resourceType: string, holder: string): ImagePlaces {
  return { resourceType, holders: [holder], image: 'ImageUri', puller: { role: 'RoleArn' }, waits: true };
}
