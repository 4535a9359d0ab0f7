import { Aspects, IAspect } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { AdmissionPolicyOptions } from './admission-policy-options';
import { warn } from '../core/warnings';
import { NodeRoles } from '../redirect/node-roles';
import type { IPullThroughCacheRule } from '../rule/i-pull-through-cache-rule';

/**
 * Lets the nodes of a cluster pull through rules: those that are named at once, and those of a cluster that the app
 * makes when it is synthesized, for node groups may be added after the call.
 *
 * @returns the roles, of which there are more once the app is synthesized
 */
export function grantToNodes(
  cache: IConstruct,
  rules: IPullThroughCacheRule[],
  { nodeRoles, cluster }: Pick<AdmissionPolicyOptions, 'nodeRoles' | 'cluster'>,
): IGrantable[] {
  const granted = [...(nodeRoles ?? [])];
  granted.forEach((role) => grant(rules, role));
  if (cluster !== undefined) {
    Aspects.of(cache).add(new ClusterNodes(cache, cluster, rules, granted));
  } else if (nodeRoles === undefined) {
    warnOfUnknownNodes(cache);
  }
  return granted;
}

function grant(rules: IPullThroughCacheRule[], role: IGrantable): void {
  rules.forEach((rule) => rule.grants.pull(role));
}

function warnOfUnknownNodes(cache: IConstruct): void {
  warn(
    cache,
    'AdmissionPolicy.unknownNodes',
    'the admission policy sends images through the cache, and the roles of the nodes that pull are not known, ' +
      'so that first pulls may fail as "not found"; name them in nodeRoles, or give the cluster that makes them; ' +
      'an empty nodeRoles says that they may pull already',
  );
}

class ClusterNodes implements IAspect {
  private isDone = false;

  constructor(
    private readonly cache: IConstruct,
    private readonly cluster: IConstruct,
    private readonly rules: IPullThroughCacheRule[],
    private readonly granted: IGrantable[],
  ) {}

  public visit(): void {
    if (this.isDone) {
      return;
    }
    this.isDone = true;
    const pullers = new NodeRoles([...this.granted]).pullers(this.cluster);
    if ('unknown' in pullers) {
      warnOfUnknownNodes(this.cache);
      return;
    }
    const found = pullers.grantees().filter((role) => !this.granted.includes(role));
    found.forEach((role) => grant(this.rules, role));
    this.granted.push(...found);
  }
}
