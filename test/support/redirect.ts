import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Cluster, ClusterProps, KubernetesVersion } from 'aws-cdk-lib/aws-eks';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { Deployment, resolve } from './simulate';
import { PullThroughCache, Redirection, RedirectOptions, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { intrinsicOf } from '../../src/core/cloudformation-text';

export const ENV: Deployment & { account: string; region: string } = { account: '111122223333', region: 'eu-west-1' };

/** The registry that every cached image of these tests is pulled from. */
export const REGISTRY = '111122223333.dkr.ecr.eu-west-1.amazonaws.com';

export function newStack(id = 'Stack', context: Record<string, unknown> = {}): Stack {
  return new Stack(new App({ context }), id, { env: ENV });
}

/** A cache of the five registries that most images come from. */
export function newCache(scope: IConstruct, id = 'Cache'): PullThroughCache {
  return new PullThroughCache(Stack.of(scope), id, {
    upstreams: [
      UpstreamRegistry.ecrPublic(),
      UpstreamRegistry.kubernetes(),
      UpstreamRegistry.quay(),
      UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('docker-hub')),
      UpstreamRegistry.github(UpstreamCredentials.fromSecretName('github')),
    ],
  });
}

/** The template of a stack with what CloudFormation would put in for its functions, and with JSON texts parsed. */
export function deployed(stack: Stack): any {
  const template = Template.fromStack(stack).toJSON();
  const values = { Properties: {} as any, ...resolve(withoutUnknown(template), template, ENV) };
  for (const { Properties } of Object.values<any>(values.Resources)) {
    for (const key of ['Manifest', 'Values']) {
      if (typeof Properties?.[key] === 'string' && /^[[{]/.test(Properties[key])) {
        Properties[key] = JSON.parse(Properties[key]);
      }
    }
  }
  return values;
}

/** The functions that the resolver of the simulator does not know become text; none of them names an image. */
function withoutUnknown(part: any): any {
  if (Array.isArray(part)) {
    return part.map(withoutUnknown);
  }
  if (part === null || typeof part !== 'object') {
    return part;
  }
  const intrinsic = intrinsicOf(part);
  if (intrinsic?.name === 'Fn::GetAtt') {
    return intrinsic.argument.join('.');
  }
  if (intrinsic && !['Ref', 'Fn::Join'].includes(intrinsic.name)) {
    return JSON.stringify(part).replace(/"/g, "'");
  }
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, withoutUnknown(value)]));
}

/** The resources of a type, by the part of their logical id before its hash. */
export function resources(stack: Stack, type: string): Record<string, any> {
  return Object.fromEntries(
    Object.entries<any>(deployed(stack).Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [withoutHash(id), resource.Properties]),
  );
}

export function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}

/** Every leaf in which two documents differ, by its path: before, and after. */
export function diff(before: any, after: any, path = ''): Record<string, [unknown, unknown]> {
  if (JSON.stringify(before) === JSON.stringify(after)) {
    return {};
  }
  const areBranches =
    [before, after].every((side) => typeof side === 'object' && side !== null) &&
    Array.isArray(before) === Array.isArray(after);
  if (!areBranches) {
    return { [path]: [before, after] };
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.assign({}, ...keys.map((key) => diff(before[key], after[key], path === '' ? key : `${path}.${key}`)));
}

/** A resource whose images a test redirects, with the report on each of them. */
export function redirectOne(
  make: (stack: Stack) => CfnResource,
  options: RedirectOptions = {},
): { properties: any; report: string[] } {
  const stack = newStack();
  const resource = make(stack);
  const redirection = newCache(stack).redirect(stack, options);
  const template = deployed(stack);
  return { properties: template.Resources[stack.resolve(resource.logicalId)].Properties, report: lines(redirection) };
}

/** The report as lines that are read at a glance. */
export function lines(redirection: Redirection): string[] {
  return redirection.report.map(
    ({ place, image, cachedUri, reason }) =>
      `${place}: ${image} -> ${cachedUri === undefined ? `(${reason})` : shortened(cachedUri)}`,
  );
}

/** What CDK's L2 of a manifest renders, without the cluster, which costs seconds. */
export function manifest(scope: Construct, documents: any, id = 'Manifest'): CfnResource {
  const properties = { ClusterName: 'cluster', Manifest: Stack.of(scope).toJsonString(documents) };
  return new CfnResource(scope, id, { type: 'Custom::AWSCDK-EKS-KubernetesResource', properties });
}

/** What CDK's L2 of a chart renders. */
export function chart(scope: Construct, values: any, id = 'Chart'): CfnResource {
  const properties = { ClusterName: 'cluster', Chart: 'chart', Values: values && Stack.of(scope).toJsonString(values) };
  return new CfnResource(scope, id, { type: 'Custom::AWSCDK-EKS-HelmChart', properties });
}

/** A role of nodes. */
export function nodeRole(stack: Stack, id = 'NodeRole'): Role {
  return new Role(stack, id, { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
}

/** A cluster of CDK with nodes of its own, and what it takes to make one without the package of its tools. */
export function cluster(stack: Stack, props: Partial<ClusterProps> = {}): Cluster {
  const kubectlLayer = new LayerVersion(stack, 'Kubectl', {
    code: Code.fromBucket(Bucket.fromBucketName(stack, 'Tools', 'tools'), 'kubectl.zip'),
  });
  return new Cluster(stack, 'Cluster', { version: KubernetesVersion.V1_31, kubectlLayer, ...props });
}

function shortened(cachedUri: string): string {
  return cachedUri.replace('${AWS::URLSuffix}', 'amazonaws.com').replace(REGISTRY, 'CACHE');
}
