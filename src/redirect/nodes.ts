import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { Pullers } from './workload';

/** What of CDK's EKS constructs has a role with which nodes pull, by its shape: loading aws-eks would cost every user. */
interface NodeConstruct {
  readonly podExecutionRole?: IGrantable;
  readonly nodegroupName?: string;
  readonly autoScalingGroupName?: string;
  readonly role?: IGrantable;
}

/** Kubernetes pulls with the roles of its nodes: those that the user named, and those of a cluster that this app makes. */
export function nodePullers(cluster: IConstruct | undefined, nodeRoles: IGrantable[]): Pullers {
  const own = cluster === undefined ? [] : cluster.node.findAll().flatMap((node) => roleOf(node as NodeConstruct) ?? []);
  const grantees = [...new Set([...nodeRoles, ...own])];
  return grantees.length > 0
    ? { grantees: () => grantees }
    : { unknown: 'the roles of the nodes that pull are not known; name them in the nodeRoles of the redirection' };
}

function roleOf(node: NodeConstruct): IGrantable | undefined {
  return node.podExecutionRole ?? (node.nodegroupName ?? node.autoScalingGroupName ? node.role : undefined);
}

/** The cluster of a manifest or chart: what its `ClusterName` refers to, or that below which it was made. */
export function clusterOf(target: IConstruct | undefined): IConstruct | undefined {
  let construct = target;
  while (construct !== undefined && !('clusterName' in construct && 'clusterArn' in construct)) { construct = construct.node.scope; }
  return construct;
}
