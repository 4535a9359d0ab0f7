import type { Manifest } from './manifests';

/** Words and numbers that YAML reads as something else than text. */
const PLAIN = /^[A-Za-z][A-Za-z0-9./_-]*$/;
const NOT_TEXT = /^(?:true|false|yes|no|on|off|y|n|null|nan|inf)$/i;
/** What a block holds as it is: no control characters, no white space at its beginning, no line break at its end. */
const BLOCK = /^(?![ \t\n])[\t\n\u{20}-\u{7E}\u{A0}-\u{D7FF}\u{E000}-\u{FEFE}\u{FF00}-\u{FFFD}]*[^\n]$/u;

/** Objects of Kubernetes as YAML, with texts of several lines as people write them. */
export function toYaml(manifests: Manifest[]): string {
  return manifests.map((manifest) => `${mapping(manifest, '').join('\n')}\n`).join('---\n');
}

function mapping(value: object, indent: string): string[] {
  return Object.entries(value).flatMap(([key, item]) => entry(`${indent}${scalar(key)}:`, item, indent));
}

/** A value after its key: on the same line, or below it. */
function entry(head: string, value: unknown, indent: string): string[] {
  if (Array.isArray(value) && value.length > 0) {
    return [head, ...value.flatMap((item) => listItem(item, indent))];
  }
  if (isMap(value) && Object.keys(value).length > 0) {
    return [head, ...mapping(value, `${indent}  `)];
  }
  return inline(head, value, `${indent}  `);
}

function listItem(value: unknown, indent: string): string[] {
  if (isMap(value) && Object.keys(value).length > 0) {
    const [first, ...rest] = mapping(value, `${indent}  `);
    return [`${indent}- ${first.trimStart()}`, ...rest];
  }
  return inline(`${indent}-`, value, `${indent}  `);
}

function inline(head: string, value: unknown, indent: string): string[] {
  if (typeof value === 'string' && (value.includes('\n') || value.includes("'")) && BLOCK.test(value)) {
    return [`${head} |-`, ...value.split('\n').map((line) => (line === '' ? '' : indent + line))];
  }
  return [`${head} ${typeof value === 'string' ? scalar(value) : JSON.stringify(value)}`];
}

function scalar(text: string): string {
  return PLAIN.test(text) && !NOT_TEXT.test(text) ? text : JSON.stringify(text);
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
