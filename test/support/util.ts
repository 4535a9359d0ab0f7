import { App, Environment, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { PullThroughCacheRule, PullThroughCacheRuleProps, UpstreamCredentials, UpstreamRegistry } from '../../src';

export const ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '444455556666';
export const REGION = 'eu-west-1';
export const HOME: Environment = { account: ACCOUNT, region: REGION };

export const RULE = 'AWS::ECR::PullThroughCacheRule';
export const SECRET = 'AWS::SecretsManager::Secret';
export const ROLE = 'AWS::IAM::Role';

/** A stack in the account and region of the tests. */
export function homeStack(app: Stage = new App(), id = 'Stack'): Stack {
  return new Stack(app, id, { env: HOME });
}

/** A stack that leaves account and region open. */
export function openStack(app: Stage = new App(), id = 'Stack'): Stack {
  return new Stack(app, id);
}

/** A rule for a registry without credentials, unless another is given. */
export function makeRule(
  stack: Stack,
  id: string,
  props: Partial<PullThroughCacheRuleProps> = {},
): PullThroughCacheRule {
  return new PullThroughCacheRule(stack, id, { upstream: UpstreamRegistry.quay(), ...props });
}

/** A rule with credentials. */
export function useCredentials(
  stack: Stack,
  credentials: UpstreamCredentials,
  prefix?: string,
  id = prefix ?? 'Hub',
): PullThroughCacheRule {
  return makeRule(stack, id, { upstream: UpstreamRegistry.dockerHub(credentials), ecrRepositoryPrefix: prefix });
}

export interface Resource {
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string[];
  readonly DeletionPolicy?: string;
}

/** The resources of a type in a stack's template, by logical id. */
export function resourcesOf(stack: Stack, type: string): Record<string, Resource> {
  return Template.fromStack(stack).findResources(type) as Record<string, Resource>;
}

/** The properties of all resources of a type in a stack's template. */
export function propertiesOf(stack: Stack, type: string): Record<string, any>[] {
  return Object.values(resourcesOf(stack, type)).map((resource) => resource.Properties);
}

/** The only resource of a type in a stack's template. */
export function onlyResource(stack: Stack, type: string): Resource & { readonly logicalId: string } {
  const all = Object.entries(resourcesOf(stack, type));
  expect(all).toHaveLength(1);
  return { logicalId: all[0][0], ...all[0][1] };
}

/** The template without what says where its constructs stand. */
export function templateWithoutMetadata(stack: Stack): unknown {
  return JSON.parse(
    JSON.stringify(Template.fromStack(stack).toJSON(), (key, value) => (key === 'Metadata' ? undefined : value)),
  );
}

/** The message with which this library refuses; fails for any other error and for none. */
export function refusal(action: () => unknown): string {
  const error = errorOf(action);
  expect(error).toMatchObject({ name: 'PullThroughCacheError' });
  return (error as Error).message;
}

export function errorOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The warnings of a stack, each with its id at its end, as in `[ack: <id>]`. */
export function warningsOf(stack: Stack): string[] {
  return Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data));
}

/** The end of a warning that can be acknowledged under an id of this library. */
export function ack(id: string): string {
  return `[ack: cdk-ecr-pull-through-cache:${id}]`;
}
