import * as fc from 'fast-check';

const LOWER = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
const ALNUM = [...LOWER, ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const textOf = (characters: string[], minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });

/** References that the grammar allows, their alphanumeric runs at most as long as said. */
export function references(run: number): fc.Arbitrary<string> {
  const component = fc
    .tuple(
      textOf(LOWER, 1, run),
      fc.array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '--', '---'), textOf(LOWER, 1, run)), { maxLength: 1 }),
    )
    .map(([head, tail]) => head + tail.map((part) => part.join('')).join(''));
  const label = fc
    .tuple(textOf(ALNUM, 1, run), fc.constantFrom('', '-', '--'), textOf(ALNUM, 1, run))
    .map((parts) => parts.join(''));
  const host = fc.oneof(
    fc.constantFrom(
      'localhost',
      'docker.io',
      'index.docker.io',
      'registry-1.docker.io',
      'ghcr.io',
      'quay.io',
      'Docker.io',
    ),
    fc.array(label, { minLength: 2, maxLength: 3 }).map((labels) => labels.join('.')),
    fc.tuple(label, fc.nat(65535)).map(([name, port]) => `${name}:${port}`),
  );
  const hex = (algorithm: string, length: number) =>
    textOf([...'0123456789abcdef'], length, length).map((text) => `${algorithm}:${text}`);
  return fc
    .tuple(
      fc.option(
        host.map((name) => `${name}/`),
        { nil: '' },
      ),
      fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
      fc.option(
        fc
          .tuple(textOf([...ALNUM, '_'], 1, 1), textOf([...ALNUM, '_', '.', '-'], 0, run * 4))
          .map(([a, b]) => `:${a}${b}`),
        { nil: '' },
      ),
      fc.option(
        fc.oneof(hex('sha256', 64), hex('sha384', 96), hex('sha512', 128)).map((digest) => `@${digest}`),
        { nil: '' },
      ),
    )
    .map((parts) => parts.join(''));
}

/** References with one to three characters put in, taken out or changed: some still valid, most not. */
export function mutated(run: number): fc.Arbitrary<string> {
  const insert = fc.constantFrom('', 'a', 'B', '0', '.', '_', '-', '/', ':', '@', ' ', '+', '~', '..', '//', '\n', 'é');
  const edit = fc.record({ at: fc.nat(), remove: fc.nat(2), insert });
  return fc.tuple(references(run), fc.array(edit, { minLength: 1, maxLength: 3 })).map(([text, edits]) =>
    edits.reduce((now, change) => {
      const index = change.at % (now.length + 1);
      return now.slice(0, index) + change.insert + now.slice(index + change.remove);
    }, text),
  );
}
