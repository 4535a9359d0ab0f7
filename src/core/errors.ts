import { withoutCredentials } from './credentials-in-text';
import { fullId, MessageId } from './message-id';

/**
 * One thing that is wrong: what it is, what was given, what is allowed, and how to fix it.
 */
export interface Problem {
  /** The same for the same mistake, wherever it is found. */
  readonly id: MessageId;
  readonly what: string;
  /** The value at fault. What may hold a secret is described and not quoted. */
  readonly given?: unknown;
  readonly allowed?: string;
  readonly fix: string;
}

/**
 * The error that this library throws for a mistake in the app.
 *
 * Its message says what is wrong, what was given, what is allowed and what to do, and names the construct and the id
 * of the mistake, under which `docs/messages.md` explains it. It never contains a token or a password.
 *
 * In other languages than TypeScript and JavaScript it arrives as the error of jsii, with the same message.
 *
 * @jsii ignore
 */
// `ValidationError` of aws-cdk-lib is internal and changed its arguments between 2.240 and 2.250.
export class PullThroughCacheError extends Error {
  /**
   * Tells whether an error was thrown by this library, also by another copy of it.
   *
   * @param error any error
   */
  public static isPullThroughCacheError(error: unknown): error is PullThroughCacheError {
    return error instanceof Error && error.name === NAME;
  }

  /**
   * The ids of what is wrong, each once, such as `cdk-ecr-pull-through-cache:UpstreamCredentials.secretName`.
   *
   * They stay the same from version to version, also where the message is worded anew.
   */
  public readonly ids: string[];

  constructor(message: string, ids: string[]) {
    super(message);
    this.name = NAME;
    this.ids = ids;
  }
}

const NAME = 'PullThroughCacheError';
const LONGEST_QUOTE = 200;
/** What is looked at of a value, so that a huge one costs no time. */
const LONGEST_READ = 2000;
const LONGEST_PATH = 1000;
const MOST_PROBLEMS = 20;

/** The beginning of a JSON object, as the value of a secret is one, also with the quotes of a shell. */
const DOCUMENT = /\{\s*["'\\]/;

/** Tells whether a text may be, or have in it, the value of a secret. */
export function holdsDocument(text: string): boolean {
  return DOCUMENT.test(text);
}

/** Tells whether a text has in it what messages leave out: what is made of it must not stand in them either. */
export function mayHoldSecret(text: string): boolean {
  return holdsDocument(text) || withoutCredentials(text) !== text;
}

/** Quotes a value for a message: a short line for a value of any type and size. */
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
  const text = JSON.stringify(withoutCredentials(value.slice(0, LONGEST_READ)).slice(0, LONGEST_QUOTE));
  return value.length <= LONGEST_QUOTE ? text : `${text}… (${value.length} characters)`;
}

/** Says a problem in one line. */
export function describe(problem: Problem): string {
  const parts = [withoutCredentials(problem.what)];
  if ('given' in problem) {
    parts.push(problem.given === undefined ? 'none given' : `got ${quote(problem.given)}`);
  }
  if (problem.allowed) {
    parts.push(`allowed: ${problem.allowed}`);
  }
  parts.push(`to fix: ${withoutCredentials(problem.fix)}`);
  return parts.join('; ');
}

/**
 * Throws one error for all problems, if there are any.
 *
 * @param at the path of the construct that was given the values, where there is one
 */
export function throwIfAny(problems: Problem[], at?: string): void {
  if (problems.length > 0) {
    throw toError(problems, at);
  }
}

/** Throws for one problem. */
export function fail(problem: Problem, at?: string): never {
  throw toError([problem], at);
}

/** Gives the lines that a construct's validation answers with. */
export function validationErrors(problems: Problem[], at: string): string[] {
  return problems.map((problem) => withId(problem, at));
}

/** Says a problem in one line, with the place and the id that an error names. */
export function withId(problem: Problem, at?: string): string {
  const where = at ? [`[at ${at.length > LONGEST_PATH ? `${at.slice(0, LONGEST_PATH)}…` : at}]`] : [];
  return [describe(problem), ...where, `[${fullId(problem.id)}]`].join(' ');
}

function toError(problems: Problem[], at?: string): PullThroughCacheError {
  const lines = problems.slice(0, MOST_PROBLEMS).map((problem) => withId(problem, at));
  if (problems.length > MOST_PROBLEMS) {
    lines.push(`and ${problems.length - MOST_PROBLEMS} more`);
  }
  return new PullThroughCacheError(lines.join('\n'), [...new Set(problems.map(({ id }) => fullId(id)))]);
}
