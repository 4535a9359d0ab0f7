import {
  Aws,
  DefaultTokenResolver,
  Intrinsic,
  IPostProcessor,
  IResolvable,
  IResolveContext,
  Reference,
  Stack,
  Token,
  Tokenization,
} from 'aws-cdk-lib';
import type { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A value of a template, whatever its shape. */
export type Json = any;

/** Stands for a reference in rendered properties. No template has this character. */
const MARK = '\u{E000}';

/** Stands for a value that is not known yet. */
const UNKNOWN = { Ref: `${MARK}?` };

/**
 * The properties of a resource as its template will have them, whether an L2, an L1 or an override wrote
 * them. What has a token in it is no string here, but a function.
 */
export interface Properties {
  /** The properties in CloudFormation's names. */
  readonly values: Json;
  /** The construct that a property refers to. */
  target(value: unknown): IConstruct | undefined;
  /** What a function was made of: with references, which CDK renders for the stack that the function stands in. */
  restore(value: Json): Json;
  /** Puts a text, or a value with texts in it, in the place of a property, with tokens for their functions. */
  set(owner: Json, key: string | number, value: Json): void;
}

/**
 * Properties to be read. References to other resources are kept apart, so that the construct behind an ARN is found
 * also in another stack.
 */
export class RenderedProperties implements Properties {
  /**
   * What is known without asking anybody: a value that is produced later is a function, for CDK keeps some values
   * from the first time that they are asked for, and what is added after that would be lost.
   */
  public static early(resource: CfnResource, definition: IResolvable | undefined): RenderedProperties {
    return new RenderedProperties(resource, definition, true);
  }

  /** All that there is, once CDK has rendered the resource itself. */
  public static final(resource: CfnResource, definition: IResolvable | undefined): RenderedProperties {
    return new RenderedProperties(resource, definition, false);
  }

  public readonly values: Json;
  private readonly references: Reference[] = [];

  private constructor(
    resource: CfnResource,
    definition: IResolvable | undefined,
    /** Tells whether values that are produced later are left open. */
    public readonly isEarly: boolean,
  ) {
    const resolver = new ReferenceKeeper(resource, this.references, isEarly);
    const rendered: Json = Tokenization.resolve(definition, { scope: resource, resolver, preparing: false });
    this.values = rendered?.Properties ?? {};
  }

  public target(value: unknown): IConstruct | undefined {
    return this.reference(value)?.target;
  }

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

  public set(): void {
    throw new Error('these properties are to be read only');
  }

  /** A text as code writes it, with tokens for its functions. */
  public text(value: unknown): string | undefined {
    const parts = partsOfText(value);
    return parts?.map((part) => pseudoParameter(part) ?? Token.asString(this.restore(part))).join('');
  }

  private reference(value: unknown): Reference | undefined {
    const ref = (value as { Ref?: unknown } | undefined)?.Ref;
    return typeof ref === 'string' && ref.startsWith(MARK)
      ? this.references[Number(ref.slice(MARK.length))]
      : undefined;
  }
}

/** Properties in the midst of CDK's rendering of them, to be written. */
export class TemplateProperties implements Properties {
  constructor(
    public readonly values: Json,
    private readonly context: IResolveContext,
  ) {}

  public target(): undefined {
    return undefined;
  }

  public restore(value: Json): Json {
    return value;
  }

  public set(owner: Json, key: string | number, value: Json): void {
    owner[key] = this.context.resolve(value);
  }
}

/** Tells whether a rendered value is text that is known at synth. */
export function isLiteral(value: unknown): value is string {
  return typeof value === 'string';
}

/** Tells whether a value is one that an early look leaves open. */
export function isUnknown(value: unknown): boolean {
  return (value as { Ref?: unknown } | undefined)?.Ref === UNKNOWN.Ref;
}

const PSEUDO_PARAMETERS: Record<string, string> = {
  'AWS::AccountId': Aws.ACCOUNT_ID,
  'AWS::Partition': Aws.PARTITION,
  'AWS::Region': Aws.REGION,
  'AWS::URLSuffix': Aws.URL_SUFFIX,
};

/** The very token that CDK has for it, so that texts can be compared. */
function pseudoParameter(part: unknown): string | undefined {
  return PSEUDO_PARAMETERS[(part as { Ref?: string }).Ref ?? ''];
}

/** The texts and functions that a text is made of, whichever functions put it together. */
export function partsOfText(value: unknown): unknown[] | undefined {
  if (typeof value === 'string') {
    return [value];
  }
  const { 'Fn::Join': joined, 'Fn::Sub': substituted } = (value ?? {}) as Json;
  if (Array.isArray(joined)) {
    const [delimiter, parts] = joined;
    return Array.isArray(parts)
      ? parts.flatMap((part, at) => [...(at > 0 && delimiter ? [delimiter] : []), ...(partsOfText(part) ?? [part])])
      : undefined;
  }
  const [text, variables] = Array.isArray(substituted) ? substituted : [substituted, {}];
  return typeof text === 'string' ? partsOfSub(text, variables) : undefined;
}

/** What stands for a variable of `Fn::Sub`; with `!` it is text. */
const VARIABLE = /\$\{([^}]*)\}/;

function partsOfSub(text: string, variables: Json): unknown[] {
  const valueOf = (name: string) => (name.startsWith('!') ? `\${${name.slice(1)}}` : variable(name, variables));
  return text
    .split(VARIABLE)
    .map((part, at) => (at % 2 === 0 ? part : valueOf(part)))
    .flatMap((part) => partsOfText(part) ?? [part])
    .filter((part) => part !== '');
}

function variable(name: string, variables: Json): unknown {
  const [id, ...attribute] = name.split('.');
  return variables?.[name] ?? (attribute.length === 0 ? { Ref: id } : { 'Fn::GetAtt': [id, attribute.join('.')] });
}

/** A text that a function makes of texts alone is text. */
export function literalOf(value: Json): Json {
  const parts = typeof value === 'string' ? undefined : partsOfText(value);
  return parts?.every((part) => typeof part === 'string') ? parts.join('') : value;
}

/**
 * Marks references instead of resolving them. For the rest, text beside functions is joined as CloudFormation does it.
 */
class ReferenceKeeper extends DefaultTokenResolver {
  private inList = false;

  constructor(
    private readonly resource: CfnResource,
    private readonly references: Reference[],
    private readonly isEarly: boolean,
  ) {
    super({
      join: (left, right) =>
        left === undefined ? right : right === undefined ? left : join([...partsOf(left), ...partsOf(right)]),
    });
  }

  public resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): Json {
    if (Reference.isReference(token) && !(this.inList && Stack.of(token.target) === this.resource.stack)) {
      return { Ref: `${MARK}${this.references.push(token) - 1}` };
    }
    // For a list in a JSON text, CDK makes a resource that holds the very function.
    return this.isEarly && !(token instanceof Intrinsic) ? UNKNOWN : super.resolveToken(token, context, postProcessor);
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
