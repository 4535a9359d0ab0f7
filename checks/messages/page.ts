/* eslint max-len: 'off' -- the lines of the page are written as it has them */
import { anchorOf } from '../support/markdown';

/** What the page says of an id. */
export interface Entry {
  readonly id: string;
  readonly kind: 'Error' | 'Warning';
  readonly cause: string;
  readonly message: string;
  readonly fix: string;
  readonly program?: string;
  readonly noExample?: string;
  /** What raises it, by the table of mistakes: one is likely the program itself. */
  readonly mistakes: string[];
}

/** An entry names no more mistakes than this. */
const MOST_MISTAKES = 3;

const classOf = ({ id }: Entry) => id.split('.')[0];
/** Messages are plain text. */
const plain = (text: string) => text.replace(/[\\`*_<>]/g, '\\$&').replace(/\n/g, ' ');

export function page(entries: Entry[]): string {
  const classes = [...new Set(entries.map(classOf))];
  return `<!-- Written by npx tsx checks/messages/main.ts --write, from src and the programs in checks/messages. Do not edit. -->

# Messages

What the library says at synth, each with its cause, a program that raises it, and the fix. A message ends with its id, and the id is the heading here:

\`\`\`text
the upstream quay.io is given twice with one prefix; got "quay"; ...; to fix: ... [at Stack/Cache] [cdk-ecr-pull-through-cache:PullThroughCache.samePrefix]
\`\`\`

The ids stay the same from version to version, while the words may change.

- **An error** ends synth. In TypeScript it is a \`PullThroughCacheError\`, whose \`ids\` has the ids of all that is wrong.
- **A warning** tells of what may be right. Once you have looked at it: \`Annotations.of(scope).acknowledgeWarning('cdk-ecr-pull-through-cache:PullThroughCacheRule.noTag')\`.

The programs stand in a stack, \`this\`, with the account 111122223333 and the region eu-west-1, in \`app\`. \`rule\` is a rule for Quay, \`cache\` a cache without options, and \`directoryWith\` gives the path of a directory with a Dockerfile. Each program is run, and the message is what it raised. More ways to each are in [mistakes.md](mistakes.md).

${classes.map((name) => `[${name}](#${anchorOf(name)})`).join(' ·\n')}

${classes
  .map((name) =>
    section(
      name,
      entries.filter((entry) => classOf(entry) === name),
    ),
  )
  .join('\n')}`;
}

function section(name: string, entries: Entry[]): string {
  return `## ${name}\n\n${entries.map(entryText).join('\n')}`;
}

function entryText({ id, kind, cause, message, fix, program, noExample, mistakes }: Entry): string {
  const parts = [
    `### ${id}`,
    cause,
    program === undefined ? `No example: ${noExample}.` : `\`\`\`ts\n${program}\n\`\`\``,
    `> **${kind}:** ${plain(message)}`,
    `**To fix:** ${plain(fix)}.`,
    ...(mistakes.length < 2 ? [] : [`Raised by: ${listed(mistakes)}.`]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function listed(mistakes: string[]): string {
  const named = mistakes.slice(0, MOST_MISTAKES).join('; ');
  return mistakes.length <= MOST_MISTAKES ? named : `${named}; and ${mistakes.length - MOST_MISTAKES} more`;
}
