import { Aspects, CfnResource, Reference, Token, Tokenization } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { Pullers, roleBehind } from './pullers';
import { Json, RenderedProperties } from './rendered-properties';
import { definitionOf } from './rendering';
import { resourcesBelow } from '../core/resources';
import { warn } from '../core/warnings';

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

/** Resources that give a cluster its nodes: where they name the cluster, and the role that pulls. */
const NODES: Record<string, (properties: Json) => { cluster?: Json; role: Json } | undefined> = {
  'AWS::EKS::Cluster': ({ ComputeConfig }) => ComputeConfig?.NodeRoleArn && { role: ComputeConfig.NodeRoleArn },
  'AWS::EKS::Nodegroup': ({ ClusterName, NodeRole }) => ({ cluster: ClusterName, role: NodeRole }),
  'AWS::EKS::FargateProfile': ({ ClusterName, PodExecutionRoleArn }) => ({
    cluster: ClusterName,
    role: PodExecutionRoleArn,
  }),
  // Whatever may join a cluster as its node pulls for it: groups of one's own, and the nodes of Auto Mode.
  'AWS::EKS::AccessEntry': ({ ClusterName, PrincipalArn, Type }) =>
    /^EC2/.test(Type) ? { cluster: ClusterName, role: PrincipalArn } : undefined,
};

/** What marks the instances of a group as the nodes of a cluster. */
const CLUSTER_TAG = 'kubernetes.io/cluster/';

const NOT_KNOWN = 'the roles of the nodes that pull are not known; name them in the nodeRoles of the redirection';

const CHART = 'Custom::AWSCDK-EKS-HelmChart';

/** Tells whether a construct is, or may install, what gives a cluster nodes. */
export function givesNodes(construct: IConstruct & NodeConstruct): boolean {
  return CfnResource.isCfnResource(construct)
    ? construct.cfnResourceType in NODES || construct.cfnResourceType === CHART
    : roleOf(construct) !== undefined;
}

/**
 * Kubernetes pulls with the roles of its nodes: those that the user named, and those of a cluster that this app makes.
 */
export class NodeRoles {
  /** By cluster. The app is searched once: a cluster may have thousands of manifests. */
  private own?: Map<IConstruct, Set<IGrantable>>;
  /** Clusters that make nodes at run time. */
  private scaled?: Set<IConstruct>;

  constructor(private readonly named: IGrantable[]) {}

  /** @param target what the name of a cluster refers to */
  public pullers(target?: IConstruct): Pullers {
    const cluster = clusterOf(target);
    if (cluster && this.named.length === 0) {
      this.tellOfUnseen(cluster);
    }
    const grantees = [...new Set([...this.named, ...(cluster === undefined ? [] : this.ofCluster(cluster))])];
    return grantees.length > 0 ? { grantees: () => grantees } : { unknown: NOT_KNOWN };
  }

  /** Tells once for each cluster that there are nodes which nobody sees. */
  private tellOfUnseen(cluster: IConstruct): void {
    this.scaled = this.scaled ?? clustersOfKarpenter(cluster.node.root);
    if (this.scaled.delete(cluster)) {
      warn(
        cluster,
        'Redirection.unseenNodes',
        'Karpenter makes nodes of this cluster, with a role that is not known at synth, so that they may fail to ' +
          'pull what goes through the cache; name the roles of all nodes in the nodeRoles of the redirection',
      );
    }
  }

  private ofCluster(cluster: IConstruct): Iterable<IGrantable> {
    this.own = this.own ?? nodeRolesOf(cluster.node.root);
    return this.own.get(cluster) ?? [];
  }
}

function nodeRolesOf(app: IConstruct): Map<IConstruct, Set<IGrantable>> {
  const roles = new Map<IConstruct, Set<IGrantable>>();
  const add = (cluster: IConstruct | undefined, role: IGrantable) => {
    if (cluster) {
      roles.set(cluster, (roles.get(cluster) ?? new Set()).add(role));
    }
  };
  const nodes = app.node.findAll() as (IConstruct & NodeConstruct)[];
  for (const node of nodes) {
    const role = roleOf(node);
    if (role) {
      add(clusterOf(node.cluster ?? clusterOfTags(node) ?? node), role);
    }
  }
  for (const node of nodes) {
    // What an L2 makes has been seen with the L2.
    const isSeen = node.node.scope && roleOf(node.node.scope as IConstruct & NodeConstruct) !== undefined;
    if (CfnResource.isCfnResource(node) && node.cfnResourceType in NODES && !isSeen) {
      const { cluster, grantees } = nodesOfResource(node);
      grantees.forEach((role) => add(cluster, role));
    }
  }
  return roles;
}

/** The clusters into which the app installs Karpenter. */
function clustersOfKarpenter(app: IConstruct): Set<IConstruct> {
  const clusters = new Set<IConstruct>();
  for (const chart of resourcesBelow(app, CHART)) {
    const properties = RenderedProperties.early(chart, definitionOf(chart));
    const { Chart, Repository, ClusterName } = properties.values;
    const cluster = /(^|\/)karpenter$/.test(`${Repository}/${Chart}`.replace(/\/undefined$/, ''))
      ? clusterOf(properties.target(ClusterName))
      : undefined;
    if (cluster) {
      clusters.add(cluster);
    }
  }
  return clusters;
}

function roleOf(node: NodeConstruct): IGrantable | undefined {
  return node.podExecutionRole ?? ((node.nodegroupName ?? node.autoScalingGroupName) ? node.role : undefined);
}

function nodesOfResource(resource: CfnResource): { cluster?: IConstruct; grantees: IGrantable[] } {
  const properties = RenderedProperties.early(resource, definitionOf(resource));
  const found = NODES[resource.cfnResourceType](properties.values);
  const pullers = found && roleBehind(resource, properties, found.role);
  return {
    cluster: clusterOf(found && 'cluster' in found ? properties.target(found.cluster) : resource),
    grantees: pullers && 'grantees' in pullers ? pullers.grantees() : [],
  };
}

/** The cluster whose tag CDK puts on a group that it connects to a cluster. */
function clusterOfTags(node: IConstruct & NodeConstruct): IConstruct | undefined {
  if (node.autoScalingGroupName === undefined) {
    return undefined;
  }
  for (const { key } of Aspects.of(node).all as { key?: unknown }[]) {
    if (typeof key === 'string' && key.startsWith(CLUSTER_TAG) && Token.isUnresolved(key)) {
      const token = Tokenization.reverseString(key.slice(CLUSTER_TAG.length)).firstToken;
      return token && Reference.isReference(token) ? token.target : undefined;
    }
  }
  return undefined;
}

/** The cluster behind what names it: the L2, where there is one. */
function clusterOf(target: IConstruct | undefined): IConstruct | undefined {
  let construct = target;
  while (construct !== undefined && !('clusterName' in construct && 'clusterArn' in construct)) {
    construct = construct.node.scope;
  }
  return construct ?? target;
}
