import type { App, Stack } from 'aws-cdk-lib';
import type { PullThroughCache, PullThroughCacheRule } from 'cdk-ecr-pull-through-cache';

/** What a program may use besides its stack. Each thing is made when the program asks for it. */
export interface Given {
  readonly app: App;
  /** A rule for Quay. */
  readonly rule: PullThroughCacheRule;
  /** A cache without options. */
  readonly cache: PullThroughCache;
  /** The path of a directory with a Dockerfile. */
  readonly directoryWith: (dockerfile: string) => string;
}

/** What docs/messages.md says of an error or a warning, besides its own text. */
export type Explanation = {
  /** Why it is said: what the message does not tell itself, in Markdown. */
  readonly cause: string;
  /** What to do, where the message does not say so in its last clause. */
  readonly fix?: string;
} &
  /** A program that raises it, in a stack with account and region; or why there can be none. */
  ({ example(this: Stack, given: Given): void } | { readonly noExample: string });

/** By the id. */
export type Explanations = Readonly<Record<string, Explanation>>;
