import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { parser, SAXOptions } from 'sax';

/** The documentation comments of C# code. */
export interface Comments {
  readonly count: number;
  /** What the compiler would not take for XML, so that it would leave out the comment, each with file and line. */
  readonly broken: string[];
}

/** Reads the comments of all C# files in a directory. */
export function commentsIn(directory: string): Comments {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.cs'));
  const all = files.map((file) => comments(file, readFileSync(join(directory, file), 'utf8')));
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    broken: all.flatMap(({ broken }) => broken),
  };
}

/** Reads the comments of a C# file: each is a run of lines that begin with three slashes. */
export function comments(file: string, source: string): Comments {
  const lines = source.split('\n').map((line) => /^\s*\/\/\/(.*)/.exec(line)?.[1]);
  const starts = lines.flatMap((line, at) => (line !== undefined && lines[at - 1] === undefined ? [at] : []));
  const broken = starts.flatMap((start) => {
    const end = lines.indexOf(undefined, start);
    const text = lines.slice(start, end === -1 ? undefined : end);
    const problem = xmlProblem(text.join('\n'));
    return problem ? [`${file}:${start + problem.line + 1}: ${problem.what}\n    ${text[problem.line]?.trim()}`] : [];
  });
  return { count: starts.length, broken };
}

/** The first thing that keeps a text from being the content of an XML element. */
function xmlProblem(text: string): { what: string; line: number } | undefined {
  // Entities of HTML are none of XML. The types of sax do not know the option.
  const xml = parser(true, { strictEntities: true } as SAXOptions);
  let problem: { what: string; line: number } | undefined;
  xml.onerror = (error) => {
    problem ??= { what: error.message.split('\n')[0], line: xml.line };
    // So that it goes on to the end, and does not throw.
    xml.error = null as unknown as Error;
  };
  xml.write(`<member>${text}</member>`).close();
  return problem;
}
