/**
 * An intrinsic function of CloudFormation as it stands in a template: `{ "Fn::GetAtt": [...] }`, `{ "Ref": "..." }`.
 */
export interface Intrinsic {
  readonly name: string;
  readonly argument: any;
}

/** A piece of a text: literal, or what a function gives. */
export type TextPart = string | Intrinsic;

/** Gives what CloudFormation would put in the place of a function. */
export type Fill = (intrinsic: Intrinsic) => string;

/** Reads a value as an intrinsic function; nothing for any other value. */
export function intrinsicOf(value: unknown): Intrinsic | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return undefined;
  }
  const entries = Object.entries(value);
  if (entries.length !== 1) {
    return undefined;
  }
  const [name, argument] = entries[0];
  return name === 'Ref' || name.startsWith('Fn::') ? { name, argument } : undefined;
}

/** Writes a function the way templates have it. */
export function renderIntrinsic({ name, argument }: Intrinsic): object {
  return { [name]: argument };
}

/** Takes a text apart: joins and substitutions, also nested ones, become their pieces; other functions stay whole. */
export function textParts(value: unknown): TextPart[] {
  if (['string', 'number', 'boolean'].includes(typeof value)) {
    return [String(value)];
  }
  const intrinsic = intrinsicOf(value);
  if (intrinsic === undefined) {
    return [];
  }
  return joinedParts(intrinsic) ?? substitutedParts(intrinsic) ?? [intrinsic];
}

/** Puts a text together again, with something in the place of each function. */
export function renderText(value: unknown, fill: Fill): string {
  return textParts(value)
    .map((part) => (typeof part === 'string' ? part : fill(part)))
    .join('');
}

/** Fills in the functions of a whole document. */
export function renderDocument(value: unknown, fill: Fill): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => renderDocument(item, fill));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (intrinsicOf(value)) {
    return renderText(value, fill);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renderDocument(item, fill)]));
}

/** Merges neighbours that are literal, and writes the rest as a join: text again where nothing else is left. */
export function joinText(parts: TextPart[]): unknown {
  const merged: unknown[] = [];
  for (const part of parts) {
    const last = merged[merged.length - 1];
    if (typeof part === 'string' && typeof last === 'string') {
      merged[merged.length - 1] = last + part;
    } else {
      merged.push(typeof part === 'string' ? part : renderIntrinsic(part));
    }
  }
  return merged.length === 1 ? merged[0] : { 'Fn::Join': ['', merged] };
}

/** Shows a text to people: what CloudFormation fills in stands in it as `${AWS::Region}`. */
export function showText(value: unknown): string {
  return renderText(value, ({ name, argument }) => `\${${nameOfReference(name, argument)}}`);
}

function nameOfReference(name: string, argument: unknown): string {
  if (name === 'Ref') {
    return String(argument);
  }
  return name === 'Fn::GetAtt' && Array.isArray(argument) ? argument.join('.') : name;
}

function joinedParts({ name, argument }: Intrinsic): TextPart[] | undefined {
  const [delimiter, items] = name === 'Fn::Join' && Array.isArray(argument) ? argument : [];
  if (typeof delimiter !== 'string' || !Array.isArray(items)) {
    return undefined;
  }
  return items.flatMap((item, index) =>
    index === 0 || delimiter === '' ? textParts(item) : [delimiter, ...textParts(item)],
  );
}

/** `${Name}` in a substitution; `${!Name}` is the text `${Name}`. */
const PLACEHOLDER = /\$\{([^}]*)\}/;

function substitutedParts({ name, argument }: Intrinsic): TextPart[] | undefined {
  const [text, values] = Array.isArray(argument) ? argument : [argument, {}];
  if (name !== 'Fn::Sub' || typeof text !== 'string') {
    return undefined;
  }
  // Splitting by an expression with one group gives text and group in turn.
  return text.split(PLACEHOLDER).flatMap((piece, index): TextPart[] => {
    if (index % 2 === 0) {
      return piece === '' ? [] : [piece];
    }
    if (piece.startsWith('!')) {
      return [`\${${piece.slice(1)}}`];
    }
    if (Object.hasOwn(values ?? {}, piece)) {
      return textParts(values[piece]);
    }
    const dot = piece.indexOf('.');
    return [
      dot === -1
        ? { name: 'Ref', argument: piece }
        : { name: 'Fn::GetAtt', argument: [piece.slice(0, dot), piece.slice(dot + 1)] },
    ];
  });
}
