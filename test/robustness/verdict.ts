import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { World } from './world';
import { PASTED_SECRET, SECRET } from './wrong-values';
import { PullThroughCacheError } from '../../src/private/errors';

/** What JavaScript throws when code trips over a value. */
const ENGINE_ERRORS = [
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'EvalError',
  'URIError',
  'InternalError',
];
/** The same in the message of an error that wraps it. */
const ENGINE_WORDS =
  /Cannot (read|set|destructure|convert|mix)|is not (a function|iterable|a constructor|extensible|defined)|call stack|Invalid (string|array) length|circular structure|serialize a BigInt|\[object /;

/** Longer than what a library has to say of any one call. */
const LONGEST_MESSAGE = 12_000;

/** What is wrong with the error of a call; nothing if it is one that a user can make sense of. */
export function complaintAbout(error: unknown): string | undefined {
  if (!(error instanceof Error)) {
    return `throws what is no error: ${typeof error}`;
  }
  const told = `${error.name}: ${error.message.slice(0, 500)}\n${framesOf(error).slice(0, 8).join('\n')}`;
  if (error.message.includes(SECRET)) {
    return `tells the secret: ${told}`;
  }
  if (error instanceof PullThroughCacheError) {
    if (error.message.includes(PASTED_SECRET)) {
      return `tells the secret: ${told}`;
    }
    return error.message.includes('; to fix: ') && error.message.length <= LONGEST_MESSAGE
      ? undefined
      : `says too little or too much: ${told}`;
  }
  if (ENGINE_ERRORS.includes(error.name) || ENGINE_WORDS.test(error.message)) {
    return `trips: ${told}`;
  }
  // What goes to a construct of CDK as it was given is refused by CDK, in words of its own.
  return isOfCdk(error) ? undefined : `throws an error of somebody else: ${told}`;
}

/** The errors of CDK's own, whose stack leaves CDK out. */
const CDK_ERRORS = ['ValidationError', 'UnscopedValidationError', 'AssumptionError', 'ExecutionError'];

function isOfCdk(error: Error): boolean {
  return (
    CDK_ERRORS.includes(error.name) || /node_modules[\\/](aws-cdk-lib|constructs)[\\/]/.test(framesOf(error)[0] ?? '')
  );
}

function framesOf(error: Error): string[] {
  return error.stack?.split('\n').filter((line) => /^ +at .*:\d+:\d+\)?$/.test(line)) ?? [];
}

/** What is wrong with what an app synthesizes to, which is thrown away; nothing if all is well. */
export function complaintAboutSynthesis({ app, guardsSecrets }: World): string | undefined {
  try {
    app.synth();
    const files = filesBelow(app.outdir);
    const notes = files.filter(([name]) => name === 'manifest.json').flatMap(([, manifest]) => notesOf(manifest));
    const telling = notes.find((note) =>
      [SECRET, PASTED_SECRET].some((secret) => JSON.stringify(note).includes(secret)),
    );
    if (telling !== undefined) {
      return `a note tells the secret: ${JSON.stringify(telling)}`;
    }
    // Where CDK does not guard secrets, users may write them into anything.
    if (!guardsSecrets) {
      return undefined;
    }
    // An access token in plain text works, with a warning.
    const isWarned = notes.some((note) => String(note).includes('UpstreamCredentials.plainTextToken'));
    const leak = files.find(([, content]) =>
      JSON.stringify(content, isWarned ? withoutSecretString : undefined).includes(SECRET),
    );
    return leak && `the secret stands in ${leak[0]}`;
  } catch (error) {
    return complaintAbout(error);
  }
}

function filesBelow(directory: string): [string, any][] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.json'))
    .map((entry) => [entry.name, JSON.parse(readFileSync(join(entry.parentPath, entry.name), 'utf8'))]);
}

/** What CDK shows to a user about constructs. */
function notesOf(manifest: any): unknown[] {
  return Object.values<any>(manifest.artifacts ?? {})
    .flatMap((artifact) => Object.values<any>(artifact.metadata ?? {}).flat())
    .filter(({ type }) => /^aws:cdk:(info|warning|error)$/.test(type))
    .map(({ data }) => data);
}

function withoutSecretString(key: string, value: unknown): unknown {
  return key.toLowerCase() === 'secretstring' ? undefined : value;
}
