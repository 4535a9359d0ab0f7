import type { ImagePlaces } from './image-places';

const LOOKS =
  'AgentCore looks at the image when it makes the resource, and finds only what is in the cache by then: ' +
  'give the redirection the option prefetch, or name the image with prefetch() of the cache';

/** Runtimes of Amazon Bedrock AgentCore. */
export const AGENT_CORE: ImagePlaces[] = [
  {
    resourceType: 'AWS::BedrockAgentCore::Runtime',
    holders: ['AgentRuntimeArtifact.ContainerConfiguration'],
    image: 'ContainerUri',
    puller: { role: 'RoleArn' },
    waits: true,
    mustBeCached: LOOKS,
  },
  {
    resourceType: 'AWS::BedrockAgentCore::Harness',
    holders: ['EnvironmentArtifact.ContainerConfiguration'],
    image: 'ContainerUri',
    puller: { role: 'ExecutionRoleArn' },
    waits: true,
    mustBeCached: LOOKS,
  },
];
