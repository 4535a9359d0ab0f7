import { Token } from 'aws-cdk-lib';
import type { Json, Properties } from '../rendered-properties';

/**
 * A JSON document in a property, as `stack.toJsonString` writes it: text, or text joined with intrinsic
 * functions. The functions become numbers while the document is read, for a number can stand both inside a
 * string and on its own, and functions again when it is written.
 */
export class JsonText {
  /** Nothing where the property holds no JSON. The properties are those that it is one of. */
  public static parse(property: unknown, properties: Pick<Properties, 'restore'>): JsonText | undefined {
    const parts =
      typeof property === 'string'
        ? [property]
        : (property as { 'Fn::Join'?: [string, unknown[]] } | undefined)?.['Fn::Join']?.[1];
    if (!Array.isArray(parts)) {
      return undefined;
    }
    const rendered = parts.filter((part) => typeof part !== 'string');
    const functions = rendered.map((part) => properties.restore(part));
    let next = FIRST_STAND_IN;
    const text = parts.map((part) => (typeof part === 'string' ? part : String(next++))).join('');
    try {
      return new JsonText(JSON.parse(text), functions, rendered);
    } catch {
      return undefined;
    }
  }

  private constructor(
    public readonly document: Json,
    private readonly functions: unknown[],
    private readonly rendered: unknown[],
  ) {}

  /** A value of the document as a property would have it: with functions as they are rendered, to be looked at. */
  public property(value: Json): Json {
    if (typeof value !== 'string' && typeof value !== 'number') {
      return value;
    }
    const parts = String(value)
      .split(new RegExp(`(${STAND_IN.source})`))
      .filter((part) => part !== '')
      .map((part) => this.rendered[Number(part) - FIRST_STAND_IN] ?? part);
    return parts.length === 1 ? parts[0] : { 'Fn::Join': ['', parts] };
  }

  /** The document as text, with tokens where the functions were. */
  public toString(): string {
    return JSON.stringify(this.document).replace(STAND_IN, (standIn) => {
      const index = Number(standIn) - FIRST_STAND_IN;
      return index < this.functions.length ? Token.asString(this.functions[index]) : standIn;
    });
  }
}

/** Below 2^53, so that JSON.parse keeps every digit; no port, size or time is so large. */
const FIRST_STAND_IN = 8_731_094_650_000_000;
const STAND_IN = /87310946500\d{5}/g;

/** Tells whether a text of a document stands for, or holds, a function. */
export function holdsStandIn(text: string): boolean {
  return text.search(STAND_IN) !== -1;
}

/** A text with the same in the place of each function: one function stands in a document under several numbers. */
export function withoutStandIns(text: string): string {
  return text.replace(STAND_IN, '?');
}
