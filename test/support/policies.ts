import { App, Stack, StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { IConstruct } from 'constructs';
import { renderDocument } from '../../src/core/cloudformation-text';

export const OWNER = '111122223333';
export const CONSUMER = '444455556666';
export const STRANGER = '555566667777';
export const REGION = 'eu-west-1';

/** What the first pull of a repository takes, besides signing in. */
export const FIRST_PULL = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:CreateRepository',
  'ecr:GetDownloadUrlForLayer',
];

export const TEMPLATE = 'AWS::ECR::RepositoryCreationTemplate';
export const REGISTRY_POLICY = 'AWS::ECR::RegistryPolicy';
export const RULE = 'AWS::ECR::PullThroughCacheRule';
export const ROLE = 'AWS::IAM::Role';

/** A stack in the account of the cache, unless said otherwise. */
export function stackIn(
  scope: IConstruct = new App(),
  id = 'Stack',
  env: StackProps['env'] = { account: OWNER, region: REGION },
): Stack {
  return new Stack(scope as App, id, { env });
}

/** A stack that leaves account and region open. */
export function openStack(scope: IConstruct = new App(), id = 'Stack'): Stack {
  return new Stack(scope as App, id);
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource?: string | string[];
  readonly Principal?: any;
  readonly Condition?: any;
}

export interface Policy {
  readonly Version: string;
  readonly Statement: Statement[];
}

export interface Resource {
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string[];
}

/** The resources of a type by their logical ids, with CloudFormation's functions filled in as a deployment would. */
export function resourcesOf(stack: Stack, type: string): Record<string, Resource> {
  const all = Template.fromStack(stack).toJSON().Resources ?? {};
  const filled = deployed(all, { account: stack.account, region: stack.region }) as Record<
    string,
    Resource & { Type: string }
  >;
  return Object.fromEntries(Object.entries(filled).filter(([, resource]) => resource.Type === type));
}

/** The properties of the only resource of a type. */
export function propertiesOf(stack: Stack, type: string): Record<string, any> {
  const all = Object.values(resourcesOf(stack, type));
  expect(all).toHaveLength(1);
  return all[0].Properties;
}

/** The statements of a policy that is an object or, as in templates, a JSON string. */
export function statementsOf(policy: Policy | string): Statement[] {
  const document: Policy = typeof policy === 'string' ? JSON.parse(policy) : policy;
  expect(document.Version).toBe('2012-10-17');
  return document.Statement;
}

/** What CloudFormation makes of a value: pseudo parameters and Fn::Join are computed, attributes become their names. */
export function deployed(value: unknown, env: { account: string; region: string }): unknown {
  const pseudo: Record<string, string> = {
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::AccountId': env.account.startsWith('$') ? OWNER : env.account,
    'AWS::Region': env.region.startsWith('$') ? REGION : env.region,
  };
  return renderDocument(value, ({ argument }) => pseudo[argument] ?? `<${[argument].flat().join('.')}>`);
}

/** The message of what a function throws. */
export function messageOf(misuse: () => unknown): string {
  try {
    misuse();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

/** Everything that an app fails to synthesize with. */
export function synthMessage(stack: Stack): string {
  return messageOf(() => Template.fromStack(stack));
}
