import { Token } from 'aws-cdk-lib';
import { Json, partsOfText, Properties } from '../rendered-properties';

/**
 * A JSON document in a property, as `stack.toJsonString` writes it: text, or text joined with intrinsic
 * functions. The functions become numbers while the document is read, for a number can stand both inside a
 * string and on its own, and functions again when it is written.
 */
export class JsonText {
  /** Nothing where the property holds no JSON. The properties are those that it is one of. */
  public static parse(property: unknown, properties: Pick<Properties, 'restore'>): JsonText | undefined {
    const parts = partsOf(property);
    if (parts === undefined) {
      return undefined;
    }
    const rendered = parts.filter((part) => typeof part !== 'string');
    const functions = rendered.map((part) => properties.restore(part));
    let next = FIRST_STAND_IN;
    const text = parts.map((part) => (typeof part === 'string' ? part : String(next++))).join('');
    try {
      return new JsonText(parse(text), functions, rendered);
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

/** What CDK joins in a JSON text stays as it is: functions within are written again as they were. */
function partsOf(property: unknown): unknown[] | undefined {
  const [delimiter, parts] = (property as { 'Fn::Join'?: [string, unknown] } | undefined)?.['Fn::Join'] ?? [];
  return delimiter === '' && Array.isArray(parts) ? parts : partsOfText(property);
}

/** Numbers that JavaScript would write in another way than they stand there. */
const OTHER_NUMBER = /\d{17}|\d[eE][+-]?\d|\.\d*0(?![\d.])/;

/** What Node.js gives a reviver since its version 21, and TypeScript does not know. */
interface RawJson {
  rawJSON(text: string): Json;
}

/** Keeps numbers to the letter. */
function parse(text: string): Json {
  if (!OTHER_NUMBER.test(text)) {
    return JSON.parse(text);
  }
  const keep = (_: string, value: Json, { source }: { source?: string }) =>
    typeof value === 'number' && String(value) !== source ? (JSON as unknown as RawJson).rawJSON(source!) : value;
  return JSON.parse(text, keep as Parameters<typeof JSON.parse>[1]);
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
