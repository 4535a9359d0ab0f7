/**
 * How a mistake is told: what is wrong, what was given, what is allowed, and what to do.
 */
export interface Problem {
  readonly what: string;
  /** The offending value. Never a secret: what may hold one is described, not quoted. */
  readonly given?: unknown;
  readonly allowed?: string;
  readonly fix: string;
}

/**
 * The only error that this library throws. `ValidationError` of aws-cdk-lib is internal and changed
 * its arguments between 2.240 and 2.250, so it cannot be used by a library with a range of versions.
 */
export class PullThroughCacheError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PullThroughCacheError';
  }
}

const LONGEST_QUOTE = 200;
const LONGEST_PATH = 1000;
const MOST_PROBLEMS = 20;

/** The beginning of a JSON object, as the value of a secret is one, also with the quotes of a shell. */
const DOCUMENT = /\{\s*["'\\]/;

/** Whether a text may be, or have in it, the value of a secret. */
export function holdsDocument(text: string): boolean {
  return DOCUMENT.test(text);
}

/** Quotes a value for a message; a value of any type and size gives a short line. */
export function quote(value: unknown): string {
  if (value === undefined) {
    return 'nothing';
  }
  if (typeof value !== 'string') {
    return value === null ? 'null' : Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
  }
  if (holdsDocument(value)) {
    return `a text of ${value.length} characters with JSON in it, which may hold a secret`;
  }
  const text = JSON.stringify(value.slice(0, LONGEST_QUOTE));
  return value.length <= LONGEST_QUOTE ? text : `${text}… (${value.length} characters)`;
}

export function describe(problem: Problem): string {
  const parts = [problem.what];
  if ('given' in problem) {
    parts.push(`got ${quote(problem.given)}`);
  }
  if (problem.allowed) {
    parts.push(`allowed: ${problem.allowed}`);
  }
  parts.push(`to fix: ${problem.fix}`);
  return parts.join('; ');
}

/**
 * Throws one error for all problems, if there are any.
 *
 * @param at the path of the construct that was given the values, where there is one
 */
export function refuse(problems: Problem[], at?: string): void {
  if (problems.length > 0) {
    throw toError(problems, at);
  }
}

/** Throws for one problem. */
export function fail(problem: Problem, at?: string): never {
  throw toError([problem], at);
}

function toError(problems: Problem[], at?: string): PullThroughCacheError {
  const lines = problems.slice(0, MOST_PROBLEMS).map(describe);
  if (problems.length > MOST_PROBLEMS) {
    lines.push(`and ${problems.length - MOST_PROBLEMS} more`);
  }
  const where = at ? ` [at ${at.length > LONGEST_PATH ? `${at.slice(0, LONGEST_PATH)}…` : at}]` : '';
  return new PullThroughCacheError(lines.join('\n') + where);
}
