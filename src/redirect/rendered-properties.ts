import { CfnResource, DefaultTokenResolver, IPostProcessor, IResolvable, IResolveContext, Reference, Tokenization } from 'aws-cdk-lib';
import { IGrantable, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import type { Pullers } from './workload';

/** A value of a template, whatever its shape. */
export type Json = any;

/** Stands for a reference in rendered properties. No template has these characters. */
const MARK = '\u{E000}';

/**
 * The properties of a resource as its template will have them, whether an L2, an L1 or an override wrote
 * them. References to other resources are kept apart, so that the construct behind an ARN is found also in
 * another stack.
 */
export class RenderedProperties {
  /** The properties in CloudFormation's names. Strings with a token in them are no strings here. */
  public readonly values: Json;
  private readonly references: Reference[] = [];

  constructor(private readonly resource: CfnResource) {
    // The very text of the template. It is internal to CDK, and has had this name and shape since its first version.
    const fragment = (resource as unknown as { _toCloudFormation(): object })._toCloudFormation();
    const rendered = Tokenization.resolve(fragment, { scope: resource, resolver: new ReferenceKeeper(this.references), preparing: false });
    const [resourceFragment] = Object.values(rendered.Resources ?? {}) as { Properties?: Json }[];
    this.values = resourceFragment?.Properties ?? {};
  }

  /** The role behind a property that holds its ARN. */
  public role(arn: unknown): Pullers {
    const target = this.target(arn);
    const l2 = target?.node.scope as (Construct & Partial<IGrantable>) | undefined;
    if (l2?.grantPrincipal !== undefined) { return { grantees: () => [l2 as IGrantable] }; }
    if (target !== undefined && CfnResource.isCfnResource(target) && target.cfnResourceType === 'AWS::IAM::Role') {
      return { grantees: () => [existing(target, 'PullRole', (id) => Role.fromRoleName(target, id, target.ref))] };
    }
    if (typeof arn === 'string' && arn.startsWith('arn:')) {
      return { grantees: () => [existing(this.resource, `PullRole:${arn.replace(/\//g, ':')}`, (id) => Role.fromRoleArn(this.resource, id, arn))] };
    }
    return { unknown: arn === undefined ? 'it has no role that pulls; give it an execution role' : 'the role that pulls is not known at synth' };
  }

  /** The construct that a property refers to. */
  public target(value: unknown): IConstruct | undefined {
    return typeof value === 'string' && value.startsWith(MARK) ? this.references[Number(value.slice(1))]?.target : undefined;
  }
}

/** Whether a rendered value is text that is known at synth. */
export function isLiteral(value: unknown): value is string {
  return typeof value === 'string' && !value.includes(MARK);
}

function existing(scope: Construct, id: string, make: (id: string) => IGrantable & IConstruct): IGrantable {
  return scope.node.tryFindChild(id) as (IGrantable & IConstruct) | undefined ?? make(id);
}

/** Marks references instead of resolving them, and everything that holds a token beside text. */
class ReferenceKeeper extends DefaultTokenResolver {
  constructor(private readonly references: Reference[]) {
    super({ join: (left, right) => typeof left === 'string' && typeof right === 'string' ? left + right : `${asText(left)}${asText(right)}` });
  }

  public resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): Json {
    if (!Reference.isReference(token)) { return super.resolveToken(token, context, postProcessor); }
    return `${MARK}${this.references.push(token) - 1}`;
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : MARK;
}
