import { mkdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { App, Stack } from 'aws-cdk-lib';
import { PullThroughCache, PullThroughCacheRule, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import { EXPLANATIONS } from './examples';
import type { Given } from './explanation';
import { HOME } from '../mistakes/mistake';
import { TOPICS } from '../mistakes/topics';

/**
 * Runs the programs of all explanations, and all mistakes, and writes what they say into a file:
 *
 *     tsx checks/messages/run.ts <directory for the apps> <file>
 */
const [, , work, file] = process.argv;

/** One message of the library. */
export interface Message {
  readonly id: string;
  readonly kind: 'Error' | 'Warning';
  /** Without place and id. */
  readonly text: string;
}

export interface Results {
  /** What the program of each id says. */
  readonly examples: Record<string, Message[]>;
  /** The mistakes of the table that raise an id. */
  readonly mistakes: Record<string, string[]>;
}

const MESSAGE = /^(?:\s*\[[^\]]*\] )?(.*?)(?: \[at [^\]]*\])? \[(ack: )?cdk-ecr-pull-through-cache:([^\]]+)\]$/gms;

/** What the library says of an app. Where there are errors, that is all: nobody sees the warnings then. */
function said(build: (stack: Stack, app: App) => void): Message[] {
  const app = new App({ outdir: join(work, 'cdk.out'), analyticsReporting: false });
  const stack = new Stack(app, 'Stack', { env: HOME });
  let thrown = '';
  try {
    build(stack, app);
    app.synth();
  } catch (error) {
    thrown = (error as Error).message;
  }
  const notes = app.node.findAll().flatMap(({ node }) => node.metadata.map(({ data }) => String(data)));
  const messages = [thrown, ...notes].flatMap((text) =>
    [...text.matchAll(MESSAGE)].map(([, what, ack, id]): Message => {
      return { id, kind: ack ? 'Warning' : 'Error', text: what };
    }),
  );
  if (thrown !== '' && messages.every(({ kind }) => kind === 'Warning')) {
    return [{ id: `the error of another: ${thrown}`, kind: 'Error', text: thrown }];
  }
  const errors = messages.filter(({ kind }) => kind === 'Error');
  return errors.length > 0 ? errors : messages;
}

/** What a program has besides its stack, made when it asks. */
function given(stack: Stack, app: App): Given {
  return {
    app,
    get rule() {
      return new PullThroughCacheRule(stack, 'Rule', { upstream: UpstreamRegistry.quay() });
    },
    get cache() {
      return new PullThroughCache(stack, 'Cache');
    },
    directoryWith(dockerfile) {
      mkdirSync('app', { recursive: true });
      writeFileSync(join('app', 'Dockerfile'), dockerfile);
      return 'app';
    },
  };
}

// Messages name files as the programs do.
process.chdir(work);
const examples = Object.entries(EXPLANATIONS).flatMap(([id, explanation]): [string, Message[]][] => {
  return 'example' in explanation
    ? [[id, said((stack, app) => explanation.example.call(stack, given(stack, app)))]]
    : [];
});
const mistakes: Record<string, string[]> = {};
for (const mistake of TOPICS.flatMap((topic) => topic.mistakes)) {
  if ('ours' in mistake && mistake.unseen === undefined) {
    for (const id of new Set(said(mistake.ours).map((message) => message.id))) {
      mistakes[id] = [...(mistakes[id] ?? []), mistake.mistake];
    }
  }
}
writeFileSync(file, JSON.stringify({ examples: Object.fromEntries(examples), mistakes } satisfies Results));
