import { heredocNames, unquote } from './docker-words';

/** One instruction of a Dockerfile, its continued lines put together, without comments and heredocs. */
export interface Instruction {
  /** Its name, in lower case. */
  readonly name: string;
  /** Its flags, such as `--from=build`, without quotes. */
  readonly flags: string[];
  /** What follows the flags. */
  readonly rest: string;
  /** The line on which it begins; the first is 1. */
  readonly line: number;
}

/** A Dockerfile, taken apart. */
export interface Dockerfile {
  readonly instructions: Instruction[];
  /** The character that escapes, and that continues lines. */
  readonly escape: string;
  /** What the `# syntax` directive says: the image of a frontend, and perhaps its options. */
  readonly syntax?: string;
}

const DIRECTIVE = /^\s*#\s*(syntax|escape|check)\s*=\s*(.+?)\s*$/i;
const COMMENT = /^\s*#/;
const BLANK = /^\s*$/;
const SPACE = /[\t\v\f\r ]+/;
const MAY_HAVE_HEREDOCS = /^(?:onbuild\s+)?(?:add|copy|run)\s+(.*)$/is;

/**
 * Reads a Dockerfile as BuildKit does.
 *
 * Never fails: what BuildKit refuses, it will refuse itself, and say why.
 *
 * @see https://docs.docker.com/reference/dockerfile/
 */
export function readDockerfile(text: string): Dockerfile {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.replace(/\r+$/, ''));
  const directives = readDirectives(lines);
  const escape = directives.get('escape') === '`' ? '`' : '\\';
  const continued = new RegExp(`(^|[^\\${escape}])\\${escape}[ \\t]*$`);
  const instructions: Instruction[] = [];
  let next = 0;

  while (next < lines.length) {
    const line = next + 1;
    let statement = '';
    let goesOn = true;
    while (goesOn && next < lines.length) {
      const part = lines[next];
      next += 1;
      // Between the lines of an instruction, comments and empty lines are as if they were not there.
      if (COMMENT.test(part) || BLANK.test(part)) {
        goesOn = statement !== '';
        continue;
      }
      goesOn = continued.test(part);
      statement += goesOn ? part.replace(continued, '$1') : part;
    }
    if (BLANK.test(statement)) {
      continue;
    }
    instructions.push(toInstruction(statement.trim(), escape, line));
    for (const { name, indented } of heredocsOf(statement.trim())) {
      const isEnd = (content: string) => (indented ? content.replace(/^\t+/, '') : content) === name;
      while (next < lines.length && !isEnd(lines[next])) {
        next += 1;
      }
      next += 1;
    }
  }
  return { instructions, escape, syntax: directives.get('syntax') };
}

/** Directives are comments at the very top; the first line that is none ends them. */
function readDirectives(lines: string[]): Map<string, string> {
  const directives = new Map<string, string>();
  for (const line of lines) {
    const match = DIRECTIVE.exec(line);
    if (!match) {
      break;
    }
    directives.set(match[1].toLowerCase(), match[2]);
  }
  return directives;
}

function toInstruction(statement: string, escape: string, line: number): Instruction {
  const [name] = statement.split(SPACE, 1);
  const flags: string[] = [];
  const e = `\\${escape}`;
  const quoted = (quote: string) => `${quote}(?:${e}[^]|[^${quote}${e}])*${quote}`;
  const flag = new RegExp(`\\s*(--(?:${quoted("'")}|${quoted('"')}|${e}[^]|[^\\s'"${e}])*)(?=\\s|$)`, 'y');
  flag.lastIndex = name.length;
  let end = name.length;
  for (let match = flag.exec(statement); match; match = flag.exec(statement)) {
    end = flag.lastIndex;
    if (match[1] === '--') {
      break;
    }
    flags.push(unquote(match[1], escape));
  }
  return { name: name.toLowerCase(), flags, rest: statement.slice(end).trim(), line };
}

function heredocsOf(statement: string): ReturnType<typeof heredocNames> {
  const match = MAY_HAVE_HEREDOCS.exec(statement);
  return match && statement.includes('<<') && !isListOfTexts(match[1]) ? heredocNames(statement) : [];
}

/** The form `["npm", "start"]`, which no shell reads. */
function isListOfTexts(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string');
  } catch {
    return false;
  }
}
