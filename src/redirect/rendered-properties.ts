import {
  CfnResource,
  DefaultTokenResolver,
  IPostProcessor,
  IResolvable,
  IResolveContext,
  Reference,
  Stack,
  Token,
  Tokenization,
} from 'aws-cdk-lib';
import { IGrantable, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import type { Pullers } from './pullers';
import { displayText } from '../core/display';

/** A value of a template, whatever its shape. */
export type Json = any;

/** Stands for a reference in rendered properties. No template has this character. */
const MARK = '\u{E000}';

/**
 * The properties of a resource as its template will have them, whether an L2, an L1 or an override wrote
 * them. References to other resources are kept apart, so that the construct behind an ARN is found also in
 * another stack, and so that what is written back refers to it.
 */
export class RenderedProperties {
  /** The properties in CloudFormation's names. What has a token in it is no string here, but a function. */
  public readonly values: Json;
  private readonly references: Reference[] = [];

  constructor(private readonly resource: CfnResource) {
    // The very text of the template. It is internal to CDK, and has had this name and shape since its first version.
    const fragment = (resource as unknown as { _toCloudFormation(): object })._toCloudFormation();
    const rendered = Tokenization.resolve(fragment, {
      scope: resource,
      resolver: new ReferenceKeeper(resource, this.references),
      preparing: false,
    });
    const [resourceFragment] = Object.values(rendered.Resources ?? {}) as { Properties?: Json }[];
    this.values = resourceFragment?.Properties ?? {};
  }

  /** The role behind a property that holds its ARN. */
  public role(arn: unknown): Pullers {
    const target = this.target(arn);
    const l2 = target?.node.scope as (Construct & Partial<IGrantable>) | undefined;
    if (l2?.grantPrincipal !== undefined) {
      return { grantees: () => [l2 as IGrantable] };
    }
    if (target !== undefined && CfnResource.isCfnResource(target) && target.cfnResourceType === 'AWS::IAM::Role') {
      return { grantees: () => [existing(target, 'PullRole', (id) => Role.fromRoleName(target, id, target.ref))] };
    }
    const text = this.text(arn);
    if (text?.startsWith('arn:')) {
      const id = `PullRole:${displayText(this.resource, text).replace(/\//g, ':')}`;
      return { grantees: () => [existing(this.resource, id, () => Role.fromRoleArn(this.resource, id, text))] };
    }
    return {
      unknown:
        arn === undefined
          ? 'it has no role that pulls; give it an execution role'
          : 'the role that pulls is not known at synth',
    };
  }

  /** The construct that a property refers to. */
  public target(value: unknown): IConstruct | undefined {
    return this.reference(value)?.target;
  }

  /** What a function was made of: with references, which CDK renders for the stack that the function stands in. */
  public restore(value: Json): Json {
    if (Array.isArray(value)) {
      return value.map((item) => this.restore(item));
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    return (
      this.reference(value) ?? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.restore(item)]))
    );
  }

  private reference(value: unknown): Reference | undefined {
    const ref = (value as { Ref?: unknown } | undefined)?.Ref;
    return typeof ref === 'string' && ref.startsWith(MARK)
      ? this.references[Number(ref.slice(MARK.length))]
      : undefined;
  }

  /** A text as code writes it, with tokens for its functions. */
  private text(value: unknown): string | undefined {
    const parts =
      typeof value === 'string'
        ? [value]
        : (value as { 'Fn::Join'?: [string, unknown[]] } | undefined)?.['Fn::Join']?.[1];
    return Array.isArray(parts) ? parts.map((part) => Token.asString(this.restore(part))).join('') : undefined;
  }
}

/** Whether a rendered value is text that is known at synth. */
export function isLiteral(value: unknown): value is string {
  return typeof value === 'string';
}

function existing(scope: Construct, id: string, make: (id: string) => IGrantable & IConstruct): IGrantable {
  return (scope.node.tryFindChild(id) as (IGrantable & IConstruct) | undefined) ?? make(id);
}

/**
 * Marks references instead of resolving them. For the rest, text beside functions is joined as CloudFormation does it.
 */
class ReferenceKeeper extends DefaultTokenResolver {
  private inList = false;

  constructor(
    private readonly resource: CfnResource,
    private readonly references: Reference[],
  ) {
    super({
      join: (left, right) =>
        left === undefined ? right : right === undefined ? left : join([...partsOf(left), ...partsOf(right)]),
    });
  }

  public resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): Json {
    if (!Reference.isReference(token) || (this.inList && Stack.of(token.target) === this.resource.stack)) {
      // For a list in a JSON text, CDK makes a resource that holds the very function.
      return super.resolveToken(token, context, postProcessor);
    }
    return { Ref: `${MARK}${this.references.push(token) - 1}` };
  }

  public resolveList(list: string[], context: IResolveContext): Json {
    this.inList = true;
    try {
      return super.resolveList(list, context);
    } finally {
      this.inList = false;
    }
  }
}

function partsOf(value: Json): Json[] {
  const joined = value?.['Fn::Join'];
  return Array.isArray(joined) && joined[0] === '' && Array.isArray(joined[1]) ? joined[1] : [value];
}

/** One text for neighbours that are text: so a text that only tokens of text make up is text again. */
function join(parts: Json[]): Json {
  const merged: Json[] = [];
  for (const part of parts.map((one) => (typeof one === 'number' || typeof one === 'boolean' ? String(one) : one))) {
    if (typeof part === 'string' && typeof merged[merged.length - 1] === 'string') {
      merged.push(merged.pop() + part);
    } else {
      merged.push(part);
    }
  }
  return merged.length === 1 ? merged[0] : { 'Fn::Join': ['', merged] };
}
