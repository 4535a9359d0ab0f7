/** A finding of cfn-lint or cdk-nag that stays, and why. */
export interface Acknowledgement {
  /** The id of the rule, and what follows it: `AwsSolutions-IAM5[Resource::*]`. */
  readonly finding: RegExp;
  /** Stack and logical id, as in `Quickstart/PullThroughCacheRoleEcr02915C17`. */
  readonly at: RegExp;
  readonly reason: string;
}

/** Of what the library makes. */
const OF_THE_LIBRARY: Acknowledgement[] = [
  {
    finding: /^W3005$/,
    at: /\/(PullThroughCache(Rule|(Credentials|Prefetch|Rules)Function)|RepositoryCreationTemplate)/,
    reason: 'A dependency on a role is one on its policies too, and CDK writes the role down with them.',
  },
  {
    finding: /^AwsSolutions-SMG4$/,
    at: /\/PullThroughCacheSecret|^Token\/DockerHub/,
    reason: 'The token is of a registry that Secrets Manager cannot ask for another: people rotate it.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /\/PullThroughCacheCredentialsRoleDefaultPolicy/,
    reason: 'ecr:ValidatePullThroughCacheRule and cloudwatch:PutMetricData, which have no resource-level permissions.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /\/PullThroughCacheRulesRoleDefaultPolicy/,
    reason: 'The actions of rules, such as ecr:UpdatePullThroughCacheRule, which have no resource-level permissions.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /\/(PullThroughCacheRole|NodeRolePolicy|PublisherPolicy|\w+DefaultPolicy)/,
    reason: 'ecr:GetAuthorizationToken, which has no resource-level permissions.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:ecr:[\w-]+:\d+:repository\/([\w/-]+\/)?\*\]$/,
    at: /./,
    reason: 'The repositories of a rule, which pulls make as they come.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:ecr:[\w-]+:\d+:repository\/[\w/-]+\*\]$/,
    at: /^EksManifests\/NodeRolePolicy/,
    reason: 'Charts add to the names in their values: the images of a chart are those that begin with one.',
  },
  {
    finding: /^AwsSolutions-ECR1$/,
    at: /\/EcrRegistryPolicy/,
    reason: 'The principal is everybody of an organization, by a condition that the rule does not read.',
  },
];

/** Of what the apps have around it, and mostly leave at CDK's defaults. */
const OF_THE_APPS: Acknowledgement[] = [
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /^(Registry-role\/OtherRole|InPlace-[\w-]+\/(Other)?Reader)/,
    reason: 'Any role that is not that of the library.',
  },
  {
    finding: /^(W3005|AwsSolutions-IAM4\[Policy::.*AWSLambdaBasicExecutionRole\])$/,
    at: /^LambdaFromDockerHub\/Thumbnails/,
    reason: "CDK's own role of a function, and its dependency on it.",
  },
  { finding: /^AwsSolutions-VPC7$/, at: /\/Vpc/, reason: 'Flow logs have nothing to do with images.' },
  {
    finding: /^AwsSolutions-ECS[47]$/,
    at: /\/(Task|Cluster)/,
    reason: 'The logs and metrics of a task have nothing to do with its image.',
  },
  {
    finding: /^AwsSolutions-CB[45]$/,
    at: /\/Build/,
    reason: 'An AWS key and an image of the user are what the example is about.',
  },
  {
    finding: /^AwsSolutions-EC23$/,
    at: /\/Vpc\w+SecurityGroup/,
    reason: 'CDK opens endpoints to the addresses of the VPC, which the rule cannot read.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:(logs|codebuild):/,
    at: /\/(BuildRole|ContainerExecutionRole)DefaultPolicy/,
    reason: "CDK's own permissions for the logs and reports of the project or job.",
  },
];

export const ACKNOWLEDGED = [...OF_THE_LIBRARY, ...OF_THE_APPS];
