/** Stands in a text for what only the machine that builds will know. */
export const UNKNOWN = '\0';

/** A word with its variables filled in. */
export interface Expansion {
  /** The word; `UNKNOWN` stands for each part that cannot be known. */
  readonly text: string;
  /** Variables that have no value and no default, and so are empty. */
  readonly unset: string[];
}

/**
 * Fills in the variables of a word, and takes off its quotes, as BuildKit does: `$name`, `${name}`, and `${name…}`
 * with `:-`, `-`, `:+`, `+`, `:?`, `?`, `#`, `##`, `%`, `%%`, `/` and `//`.
 *
 * Nothing for a word that BuildKit refuses.
 *
 * @see https://docs.docker.com/reference/dockerfile/#environment-replacement
 */
export function expand(
  word: string,
  escape: string,
  valueOf: (name: string) => string | undefined,
): Expansion | undefined {
  const reader = new WordReader(word, escape, valueOf);
  try {
    return { text: reader.readUntil(), unset: [...reader.unset] };
  } catch (error) {
    if (error instanceof NotAWord) {
      return undefined;
    }
    throw error;
  }
}

/** Takes off quotes and escapes, and leaves variables as they are. */
export function unquote(word: string, escape: string): string {
  let text = '';
  let quote = '';
  for (let at = 0; at < word.length; at += 1) {
    const character = word[at];
    if (character === escape) {
      at += 1;
      text += word[at] ?? '';
    } else if (quote ? character === quote : character === "'" || character === '"') {
      quote = quote ? '' : character;
    } else {
      text += character;
    }
  }
  return text;
}

/** Splits a text at its spaces, but for those in quotes; the quotes stay. */
export function splitWords(text: string, escape: string): string[] {
  const e = `\\${escape}`;
  return text.match(new RegExp(`(?:'[^']*'|"(?:${e}[^]|[^"${e}])*"|${e}[^]|[^\\s'"${e}])+`, 'g')) ?? [];
}

// Between `<<` and the name may be spaces.
const SHELL_WORD = /(?:<<[ \t]*|'[^']*'|"(?:\\[^]|[^"\\])*"|\\(?:[^]|$)|[^\s'"\\])+/g;
/** Quotes that do not end make BuildKit give up the line: then it has no heredocs. */
const ENDING_QUOTES = /^(?:'[^']*'|"(?:\\[^]|[^"\\])*"|\\(?:[^]|$)|[^'"\\])*$/;
const HEREDOC = /^\d*<<(-?)\s*([^<]+)$/;

/** The names that end the heredocs of a line, in the order in which their contents follow. */
export function heredocNames(line: string): { name: string; indented: boolean }[] {
  if (!ENDING_QUOTES.test(line)) {
    return [];
  }
  return (line.match(SHELL_WORD) ?? []).flatMap((word) => {
    const match = HEREDOC.exec(word);
    return match ? [{ name: unquote(match[2], '\\'), indented: match[1] === '-' }] : [];
  });
}

class NotAWord extends Error {}

/** Reads a word from its beginning to its end. */
class WordReader {
  public readonly unset = new Set<string>();
  private at = 0;

  constructor(
    private readonly word: string,
    private readonly escape: string,
    private readonly valueOf: (name: string) => string | undefined,
  ) {}

  /** @param keepsEscapes patterns have escapes of their own */
  public readUntil(stop?: string, keepsEscapes = false): string {
    let text = '';
    while (this.at < this.word.length) {
      const character = this.next();
      if (character === stop) {
        return text;
      }
      text += this.readFrom(character, keepsEscapes);
    }
    if (stop !== undefined) {
      throw new NotAWord();
    }
    return text;
  }

  private next(): string {
    this.at += 1;
    return this.word[this.at - 1] ?? '';
  }

  private peek(): string {
    return this.word[this.at] ?? '';
  }

  private readFrom(character: string, keepsEscapes: boolean): string {
    switch (character) {
      case "'":
        return this.readSingleQuoted();
      case '"':
        return this.readDoubleQuoted(keepsEscapes);
      case '$':
        return this.readVariable();
      case this.escape:
        return (keepsEscapes ? character : '') + this.next();
      default:
        return character;
    }
  }

  private readSingleQuoted(): string {
    const end = this.word.indexOf("'", this.at);
    if (end === -1) {
      throw new NotAWord();
    }
    const text = this.word.slice(this.at, end);
    this.at = end + 1;
    return text;
  }

  private readDoubleQuoted(keepsEscapes: boolean): string {
    let text = '';
    while (this.at < this.word.length) {
      const character = this.next();
      if (character === '"') {
        return text;
      }
      if (character === '$') {
        text += this.readVariable();
      } else if (character === this.escape && ['"', '$', this.escape].includes(this.peek())) {
        text += (keepsEscapes ? character : '') + this.next();
      } else {
        text += character;
      }
    }
    throw new NotAWord();
  }

  private readVariable(): string {
    if (this.peek() !== '{') {
      const name = this.readName();
      return name === '' ? '$' : this.plainValue(name);
    }
    this.next();
    if (['', '{', '}', ':'].includes(this.peek())) {
      throw new NotAWord();
    }
    const name = this.readName();
    const operator = this.next();
    switch (operator) {
      case '}':
        return this.plainValue(name);
      case ':':
        return this.readDefault(name, this.next(), true);
      case '-':
      case '+':
      case '?':
        return this.readDefault(name, operator, false);
      case '#':
      case '%':
        return this.readTrimmed(name, operator);
      case '/':
        return this.readReplaced(name);
      default:
        throw new NotAWord();
    }
  }

  /** A name; digits alone, and the signs that mean something to a shell, are names too. */
  private readName(): string {
    const match = /\d+|[@*#?\-$!]|[\p{L}\p{Nd}_]+/uy;
    match.lastIndex = this.at;
    const [name] = match.exec(this.word) ?? [''];
    this.at += name.length;
    return name;
  }

  private plainValue(name: string): string {
    const value = this.valueOf(name);
    if (value === undefined) {
      this.unset.add(name);
    }
    return value ?? '';
  }

  private readDefault(name: string, operator: string, emptyIsUnset: boolean): string {
    const word = this.readUntil('}');
    const value = this.valueOf(name);
    if (emptyIsUnset && value?.includes(UNKNOWN)) {
      return UNKNOWN;
    }
    const isSet = value !== undefined && !(emptyIsUnset && value === '');
    switch (operator) {
      case '-':
        return isSet ? value : word;
      case '+':
        return isSet ? word : '';
      case '?':
        if (isSet) {
          return value;
        }
        throw new NotAWord();
      default:
        throw new NotAWord();
    }
  }

  /** `#` cuts off the beginning of a value, and `%` its end: the shortest that matches, or doubled the longest. */
  private readTrimmed(name: string, operator: string): string {
    const word = this.readUntil('}', true);
    const isGreedy = word.startsWith(operator);
    const pattern = new RegExp(`^${toExpression(isGreedy ? word.slice(1) : word)}$`, 's');
    const value = this.plainValue(name);
    if (value.includes(UNKNOWN)) {
      return UNKNOWN;
    }
    const lengths = Array.from({ length: value.length + 1 }, (_, length) => length);
    const fits = (length: number) =>
      pattern.test(operator === '#' ? value.slice(0, length) : value.slice(value.length - length));
    const cut = (isGreedy ? lengths.reverse() : lengths).find(fits) ?? 0;
    return operator === '#' ? value.slice(cut) : value.slice(0, value.length - cut);
  }

  private readReplaced(name: string): string {
    const isGlobal = this.peek() === '/';
    if (isGlobal) {
      this.next();
    }
    const pattern = this.readUntil('/', true);
    const replacement = this.readUntil('}', true);
    const value = this.plainValue(name);
    return value.includes(UNKNOWN)
      ? UNKNOWN
      : value.replace(new RegExp(toExpression(pattern), isGlobal ? 'gs' : 's'), () => replacement);
  }
}

/** A pattern of the shell, in which `*` and `?` stand for others, as a regular expression. */
function toExpression(pattern: string): string {
  return pattern.replace(/\\[^]|[^]/g, (part) => {
    switch (part) {
      case '*':
        return '.*';
      case '?':
        return '.';
      default:
        return part.slice(-1).replace(/[.*+?^${}()|[\]\\]/, '\\$&');
    }
  });
}
