import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { Pullers } from './pullers';

/**
 * What of CDK's EKS constructs has a role with which nodes pull, by its shape: loading aws-eks would cost every user.
 */
interface NodeConstruct {
  readonly podExecutionRole?: IGrantable;
  readonly nodegroupName?: string;
  readonly autoScalingGroupName?: string;
  readonly role?: IGrantable;
  readonly cluster?: IConstruct;
}

/**
 * Kubernetes pulls with the roles of its nodes: those that the user named, and those of a cluster that this app makes.
 */
export class NodeRoles {
  /** By cluster. The app is searched once: a cluster may have thousands of manifests. */
  private own?: Map<IConstruct, IGrantable[]>;

  constructor(private readonly named: IGrantable[]) {}

  public pullers(cluster?: IConstruct): Pullers {
    const grantees = [...new Set([...this.named, ...(cluster === undefined ? [] : this.ofCluster(cluster))])];
    return grantees.length > 0
      ? { grantees: () => grantees }
      : { unknown: 'the roles of the nodes that pull are not known; name them in the nodeRoles of the redirection' };
  }

  private ofCluster(cluster: IConstruct): IGrantable[] {
    this.own = this.own ?? nodeRolesOf(cluster.node.root);
    return this.own.get(cluster) ?? [];
  }
}

function nodeRolesOf(app: IConstruct): Map<IConstruct, IGrantable[]> {
  const roles = new Map<IConstruct, IGrantable[]>();
  for (const node of app.node.findAll() as (IConstruct & NodeConstruct)[]) {
    const role = roleOf(node);
    const cluster = role && clusterOf(node.cluster ?? node);
    if (cluster) {
      roles.set(cluster, [...(roles.get(cluster) ?? []), role!]);
    }
  }
  return roles;
}

function roleOf(node: NodeConstruct): IGrantable | undefined {
  return node.podExecutionRole ?? ((node.nodegroupName ?? node.autoScalingGroupName) ? node.role : undefined);
}

/** The cluster of a manifest or chart: what its `ClusterName` refers to, or that below which it was made. */
export function clusterOf(target: IConstruct | undefined): IConstruct | undefined {
  let construct = target;
  while (construct !== undefined && !('clusterName' in construct && 'clusterArn' in construct)) {
    construct = construct.node.scope;
  }
  return construct;
}
