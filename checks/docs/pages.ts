import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { ROOT } from '../support/run';

/** A block of code in a page. */
export interface Block {
  /** The page, from the top of the repository, as in `docs/eks.md`. */
  readonly page: string;
  /** The line on which its text begins. */
  readonly line: number;
  /** As the page has it: `ts`, `python`, `text`. */
  readonly language: string;
  /** What stands behind the language: the path of a file that the programs of the page read, or `prints`. */
  readonly info: string;
  readonly text: string;
  /**
   * What the page says of a program in a comment above it, for `npm run check -- walk`.
   *
   * @default - nothing
   */
  readonly expectation?: string;
}

/** Pages whose programs another check has: those of messages.md raise errors. */
const OTHERS = ['messages.md'];

/** The README and the pages of docs/, from the top of the repository. */
export const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md') && !OTHERS.includes(file))
    .sort()
    .map((file) => `docs/${file}`),
];

export const readPage = (page: string) => readFileSync(join(ROOT, page), 'utf8');

const BLOCK = /^(?:<!-- synth: ([^\n]*) -->\n)?( *)```(\w+)(?: ([^\n]*))?\n(.*?)^ *```$/gms;

/** The blocks of code of a page, in their order. */
export function blocksOf(page: string): Block[] {
  const text = readPage(page);
  return [...text.matchAll(BLOCK)].map((found) => {
    const [all, expectation, indent, language, info = '', code] = found;
    const before = text.slice(0, found.index + all.indexOf(code)).split('\n');
    return {
      page,
      line: before.length,
      language,
      info,
      text: code.replace(new RegExp(`^${indent}`, 'gm'), ''),
      expectation,
    };
  });
}

/** Whether a block is a whole app. What is none is a part of one, inside what the fixture of rosetta has around it. */
export const isProgram = ({ text }: Block) => /^\s*(const |)app = (new )?App\(/m.test(text) || /new App\(/.test(text);

const FIXTURE = readFileSync(join(ROOT, 'rosetta', 'default.ts-fixture'), 'utf8');
const IMPORT = /^import [^;]*;\n/gm;
const DECLARATION = /^declare const (\w+): .*;\n/gm;

/** A part of an app with what is around it, as rosetta puts it there: its imports and declarations come first. */
export function inFixture(part: string): string {
  const lifted = [...(part.match(IMPORT) ?? []), ...(part.match(DECLARATION) ?? [])];
  return FIXTURE.replace('class Example', (name) => lifted.join('') + name).replace('/// here', () =>
    part.replace(IMPORT, '').replace(DECLARATION, ''),
  );
}

/** A part of an app as it is after a change that a page shows as a diff. */
export const afterChange = (diff: string) => diff.replace(/^-.*\n/gm, '').replace(/^[+ ]/gm, '');

/** The names that a text declares without a value. */
export const declaredNames = (text: string) => [...text.matchAll(DECLARATION)].map(([, name]) => name);
