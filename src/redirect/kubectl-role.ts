import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { Puller } from './workload';

/** What CDK's provider of a custom resource has, by its shape: loading custom-resources would cost every user. */
interface ProviderConstruct {
  readonly onEventHandler?: { readonly role?: IGrantable };
}

const NOT_KNOWN =
  "CDK's function that installs charts pulls it, and its role is not known here, as with a provider that is " +
  'imported: name the repository of the cache in the chart, and let that role pull';

/**
 * Finds who pulls charts: the function of CDK that runs Helm. It stands behind the function to which CloudFormation
 * sends the resource, in aws-eks as in aws-eks-v2.
 *
 * @param target what the service token of the resource refers to
 */
export function pullerOfCharts(target: IConstruct | undefined): Puller {
  let construct = target as (IConstruct & ProviderConstruct) | undefined;
  while (construct !== undefined && construct.onEventHandler === undefined) {
    construct = construct.node.scope;
  }
  const role = construct?.onEventHandler?.role;
  return role ? { grantee: () => role, made: role } : { nobody: NOT_KNOWN };
}
