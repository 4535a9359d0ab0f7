import { Aspects, CfnResource, Stack } from 'aws-cdk-lib';
import { IGrantable, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import { isUnknown, Json, RenderedProperties } from './rendered-properties';
import { displayText } from '../core/display';
import { registryOfApp } from '../environment/registry';

/** Who pulls, made only when asked for, or why nobody is known. */
export type Pullers = { readonly grantees: () => IGrantable[] } | { readonly unknown: string };

/** The role behind a property that holds its ARN. */
export function roleBehind(resource: CfnResource, properties: RenderedProperties, arn: Json): Pullers {
  const target = properties.target(arn);
  const l2 = target?.node.scope as (Construct & Partial<IGrantable>) | undefined;
  // Any construct may have a role in it and be one that is granted to.
  if (l2?.grantPrincipal !== undefined && l2.node.defaultChild === target) {
    return { grantees: () => [l2 as IGrantable] };
  }
  if (target !== undefined && CfnResource.isCfnResource(target) && target.cfnResourceType === 'AWS::IAM::Role') {
    return { grantees: () => [existing(target, 'PullRole', (id) => roleOf(target, id))] };
  }
  const text = isUnknown(arn) ? undefined : properties.text(arn);
  // CDK throws for an ARN without its parts.
  if (text && /^arn:([^:]*:){4}role\/./.test(text)) {
    const readable = displayText(resource, text);
    const immutable = registryOfApp(ImmutableRoles, resource).at(resource.stack, readable);
    const id = `PullRole:${readable.replace(/\//g, ':')}`;
    return {
      grantees: () => [immutable ?? existing(resource, id, () => Role.fromRoleArn(resource, id, text))],
    };
  }
  return {
    unknown:
      arn === undefined
        ? 'it has no role that pulls; give it an execution role: ' +
          'on EC2 the role of the instances pulls, and is not looked for'
        : 'the role that pulls is not known at synth',
  };
}

/** The policy of a role that is deployed under a condition has the condition too: without the role it would fail. */
function roleOf(resource: CfnResource, id: string): IGrantable & IConstruct {
  const role = Role.fromRoleName(resource, id, resource.ref);
  Aspects.of(role).add({
    visit: (node) => {
      if (CfnResource.isCfnResource(node)) {
        node.cfnOptions.condition = resource.cfnOptions.condition;
      }
    },
  });
  return role;
}

/** Tells whether a property has the ARN of a role, or leaves it to whoever makes the role. */
export function isRole(resource: CfnResource, properties: RenderedProperties, arn: Json, role?: IGrantable): boolean {
  if (arn === undefined || isUnknown(arn) || arn.Ref === 'AWS::NoValue') {
    return true;
  }
  const { roleArn } = (role ?? {}) as { readonly roleArn?: string };
  const text = properties.text(arn) ?? properties.restore(arn);
  return (
    roleArn !== undefined &&
    (properties.target(arn)?.node.scope === role ||
      JSON.stringify(resource.stack.resolve(text)) === JSON.stringify(resource.stack.resolve(roleArn)))
  );
}

function existing(scope: Construct, id: string, make: (id: string) => IGrantable & IConstruct): IGrantable {
  return (scope.node.tryFindChild(id) as (IGrantable & IConstruct) | undefined) ?? make(id);
}

/** The roles that their users want no policy of, by their ARN: the ARN alone does not say so. */
export class ImmutableRoles {
  /** A stack is searched once: it may have hundreds of resources with a role. */
  private readonly stacks = new Map<Stack, Map<string, IConstruct & IGrantable>>();

  /** Searches again: there may be more. */
  public forget(): void {
    this.stacks.clear();
  }

  public at(stack: Stack, arn: string): (IConstruct & IGrantable) | undefined {
    const roles = this.stacks.get(stack) ?? immutableRolesIn(stack);
    this.stacks.set(stack, roles);
    return roles.get(arn);
  }
}

function immutableRolesIn(stack: Stack): Map<string, IConstruct & IGrantable> {
  const roles = (stack.node.findAll() as (IConstruct & IGrantable & { roleArn: string })[]).filter(isImmutable);
  // The first of an ARN counts.
  return new Map(roles.reverse().map((role) => [displayText(role, role.roleArn), role]));
}

/** CDK says of such a role that it took the statement. */
export function isImmutable(principal: object): boolean {
  return 'addGrantsToResources' in principal && 'roleArn' in principal;
}

/** A role of `customizeRoles`, which somebody makes by hand. */
function isCustomized(principal: object): boolean {
  return (
    'policySynthesizer' in principal || ('_precreatedRole' in principal && principal._precreatedRole !== undefined)
  );
}

/** Why a principal cannot be given permission to pull, as far as CDK would not say so itself. */
export function refusalOf(grantee: IGrantable): string | undefined {
  const principal = grantee.grantPrincipal as IGrantable['grantPrincipal'] & { node?: IConstruct['node'] };
  const name = principal.node ? `the role ${principal.node.path} that pulls` : 'who pulls';
  if (isImmutable(principal)) {
    return (
      `${name} takes no permissions, being imported with mutable: false or of another account, or without policy ` +
      'updates; let CDK change it, or name the image with image() of the cache and permit its first pull by hand'
    );
  }
  return isCustomized(principal)
    ? `${name} is made by hand, by customizeRoles; name the image with image() of the cache and permit its first ` +
        'pull by hand'
    : undefined;
}
