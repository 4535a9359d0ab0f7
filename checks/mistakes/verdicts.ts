import type { Synthesized, SynthesizedMistake } from './synthesize';
import type { LintFinding } from '../support/cfn-lint';

/** What one of the three says of a mistake. */
export interface Verdict {
  readonly kind: 'nothing' | 'error' | 'warning' | 'right' | 'untyped';
  /** For the table. */
  readonly says: string;
}

/** One row of the table. */
export interface Row {
  readonly mistake: string;
  /** Why nobody can see it, if so. */
  readonly unseen?: string;
  readonly cdk: Verdict;
  readonly cfnLint: Verdict;
  readonly ours: Verdict;
}

const NOTHING: Verdict = { kind: 'nothing', says: '' };
const WARNING_ID = /\[ack: cdk-ecr-pull-through-cache:([^\]]+)\]/;

/** The beginning of an error of this library, which says what is wrong; the rest says what to do about it. */
const firstClause = (message: string) => message.split('; ')[0];

/** What a finding of CDK or cfn-lint is worth in the table: each once. */
function findings(found: string[]): Verdict {
  return found.length === 0
    ? NOTHING
    : { kind: 'error', says: [...new Set(found)].map((one) => `\`${one}\``).join(', ') };
}

/** CDK's validator, which ends an app by an error of its own, and whatever else CDK says or throws. */
export function cdkVerdict({ validator, notes, thrown }: Synthesized): Verdict {
  const exception = thrown && thrown.name !== 'ValidationFailed' ? [`throws ${thrown.name}`] : [];
  return findings([...validator, ...exception, ...notes.map((note) => /\[ack: ([^\]]+)\]/.exec(note)?.[1] ?? note)]);
}

export function cfnLintVerdict(found: LintFinding[]): Verdict {
  return findings(
    found.map(({ id, path }) => [id, path.split('/').slice(3).join('/')].filter((part) => part !== '').join(' ')),
  );
}

/** Errors that this library throws, and those that it gives to CDK to throw at synth. */
function errorOfOurs({ thrown }: Synthesized): string | undefined {
  if (thrown?.name === 'PullThroughCacheError') {
    return thrown.message;
  }
  return /\] (.*; to fix: .*)/s.exec(thrown?.message ?? '')?.[1];
}

export function refusalVerdict(synthesized: Synthesized): Verdict {
  const error = errorOfOurs(synthesized);
  if (error !== undefined) {
    return { kind: 'error', says: `error: ${firstClause(error)}` };
  }
  const ids = synthesized.notes.flatMap((note) => WARNING_ID.exec(note)?.[1] ?? []);
  return ids.length === 0 ? NOTHING : { kind: 'warning', says: `warning \`${[...new Set(ids)].join('`, `')}\`` };
}

/** Whatever anybody says of an app, CDK's validator included. */
export function complaints({ validator, notes, thrown }: Synthesized): string[] {
  return [...validator, ...notes, ...(thrown ? [`${thrown.name}: ${thrown.message}`] : [])];
}

/** What the compiler says of an expression; nothing of one that is right. */
export type Compiled = Map<string, string | undefined>;

/** What this library says, and what is wrong with that. */
export function ourVerdict(
  { ours, expressions, gives, unseen }: SynthesizedMistake,
  compiled: Compiled,
): { verdict: Verdict; wrong?: string } {
  if (expressions) {
    const accepted = compiled.get(expressions.right);
    if (accepted !== undefined) {
      return { verdict: NOTHING, wrong: `the right expression does not compile either: ${accepted}` };
    }
    return compiled.get(expressions.wrong) === undefined
      ? { verdict: NOTHING, wrong: 'it compiles' }
      : { verdict: { kind: 'untyped', says: `cannot be made: \`${expressions.wrong}\` does not compile` } };
  }
  if (gives !== undefined) {
    const wrong = [...complaints(ours!), ...(ours!.broken ? [ours!.broken] : [])].join('\n');
    return wrong ? { verdict: NOTHING, wrong } : { verdict: { kind: 'right', says: `made right: ${gives}` } };
  }
  const verdict = refusalVerdict(ours!);
  const isSeen = verdict.kind !== 'nothing';
  if (unseen === undefined) {
    return isSeen ? { verdict } : { verdict, wrong: 'this library says nothing' };
  }
  return isSeen ? { verdict, wrong: 'it can be seen after all' } : { verdict };
}
