/** Properties whose names look as if they named a container image, and what they name instead. */
export interface LookAlike {
  /** The last part of the way to the property. */
  readonly name: RegExp;
  /** The types that it holds for; nothing where it holds for all. */
  readonly type?: RegExp;
  readonly names: string;
}

export const LOOK_ALIKES: LookAlike[] = [
  { name: /^(Image|BaseImage|SageMakerImage|SageMakerImageVersion|ImageRecipe|ImageRole)Arn$/, names: 'an ARN' },
  { name: /^(Ec2)?ImageId(Override)?$/, names: 'an AMI' },
  { name: /Digest$/, names: 'the digest of an image that stands beside it' },
  { name: /^(ResolvedImage|SpecifiedImage)$/, names: 'what the service says of an image' },
  { name: /Url$/, names: 'a picture, or a container of another kind' },
  { name: /(Status|Type|Format|Policy|Color|Scaling|AltText|Mutability|Override)$/, names: 'how something is done' },
  { name: /(Enabled|Access|FilterValue|Actions|Configuration|Options|Labels\.\*|Labels)$/, names: 'a setting' },
  { name: /^(UpdateTo|UseAwsProvided)LatestImage/, names: 'a setting' },
  { name: /^Image(Description|DisplayName|LogGroupName|Tags|KubernetesVersion)$/, names: 'something about an image' },
  {
    name: /^(SageMaker)?ImageName$|^AppImageConfigName$|^(Base)?ImageVersion(Number)?$/,
    names: 'a resource, or its version',
  },
  { name: /^(Sheet|Streaming)ImageIds?$/, names: 'a picture, or a disk' },
  { name: /^FirmwareUpdateImage$/, type: /^AWS::IoTWireless::/, names: 'a file in S3' },
  { name: /^(ParentImage|Image)$/, type: /^AWS::ImageBuilder::ImageRecipe$/, names: 'an AMI' },
  { name: /^Image$/, type: /^AWS::ImageBuilder::ContainerRecipe$/, names: 'the AMI of the instance that builds' },
  { name: /^Dockerfile(Location|TemplateUri)$/, names: 'a file' },
  { name: /^(Source|Destination)Image$/, type: /^AWS::Omics::/, names: 'images of a repository, which its user fills' },
];
