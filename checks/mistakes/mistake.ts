import { App, Environment, Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';

export const ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '444455556666';
export const REGION = 'eu-west-1';
export const OTHER_REGION = 'us-east-1';
export const HOME: Environment = { account: ACCOUNT, region: REGION };

/** Makes an app. Its first stack is there already, in the account and region of `HOME`. */
export type Build = (stack: Stack, app: App) => void;

/**
 * One way to misconfigure pull through cache: a row of the table.
 *
 * What this library has to say of it is one of three: it refuses or warns (`ours`), it makes the right thing
 * whatever is asked for (`instead`), or TypeScript does not compile it (`untyped`).
 */
export type Mistake = {
  /** What is done wrong. */
  readonly mistake: string;
  /** The smallest app that does it, with nothing but CDK's own constructs. */
  readonly plain: Build;
} &
  /** The same with this library. `unseen` tells what hides the mistake from everything that only reads the app. */
  (
    | { readonly ours: Build; readonly unseen?: string }
    /** The nearest that one can write with this library, and what the first stack's template then has. */
    | { readonly instead: Build; readonly gives: string; readonly check: (template: Template) => void }
    /** An expression with the mistake, and one without. `credentials`, `role`, `stack` and `upstream` are declared. */
    | { readonly untyped: string; readonly typed: string }
  );

/** Mistakes about one thing: a section of the document, and a file of this directory. */
export interface Topic {
  readonly title: string;
  readonly file: string;
  readonly mistakes: Mistake[];
}

/** A set-up that is right, however unusual. */
export interface SetUp {
  readonly setUp: string;
  readonly build: Build;
}

/** Another stack of the app, in the same account and region unless told otherwise. */
export function another(app: App, id: string, env: Environment = HOME): Stack {
  return new Stack(app, id, { env });
}
