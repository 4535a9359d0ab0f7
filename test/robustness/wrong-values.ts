import { Aws, CfnParameter, Fn, Lazy, SecretValue, Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { Make, OF_TYPE } from './right-values';

/** What no message, no annotation and no template may have in it: the value of a SecretValue. */
export const SECRET = 's3cr3t-5f0c2a7e';
/** What no message of the library may have in it: the value of a secret, put where it does not belong. */
export const PASTED_SECRET = 'pa5ted-5f0c2a7e';
const SECRET_JSON = JSON.stringify({ username: 'octocat', accessToken: SECRET });
const PASTED_JSON = JSON.stringify({ username: 'octocat', accessToken: PASTED_SECRET });

const MEGABYTE = 1_000_000;

/** Constants of which a call cannot change anything. */
const PLAIN: unknown[] = [
  true,
  false,
  0,
  -1,
  1.5,
  NaN,
  Infinity,
  1e308,
  2 ** 53,
  10n,
  Symbol('symbol'),
  '',
  ' ',
  'a',
  'é',
  '日本語',
  '👩‍👩‍👧',
  '\ud800',
  'a\udfff',
  'line\nbreak',
  'nul\0',
  '\u202e',
  '%s %n',
  '../..',
  '*',
  '__proto__',
  'constructor',
  'toString',
  'ROOT',
  'ROOT/',
  '${Token[TOKEN.999999]}',
  '${Token[',
  'a${Token[b',
  '#{Token[TOKEN.999999]}',
  '${AWS::Region}',
  '{{resolve:secretsmanager:token}}',
  'https://user:password@host/path',
];

/** Texts of a megabyte, those among them on which a regular expression may lose its way. */
const LONG = [
  'a',
  'A',
  '/',
  '-',
  '.',
  ' ',
  '*',
  '\n',
  ':',
  'é',
  'a-',
  'a.',
  'a/',
  'a__',
  'a:',
  'a@',
  '${Token[',
  '${Token[a',
  ':role/',
  'a*',
];
const ENDS = ['', '!', 'a', '\n'];

const THINGS: Record<string, Make> = {
  'an empty list': () => [],
  'a list of nothing': () => [undefined],
  'a list of null': () => [null],
  'a list with holes': () => new Array(3),
  'a long list': () => new Array(10_000).fill('a'),
  'a list of lists': () => [[['a']]],
  'a list of texts': () => ['a', 'é', ''],
  'an empty object': () => ({}),
  'an object without a prototype': () => Object.create(null),
  'an object with the key __proto__': () => JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":null}}'),
  'an object with many keys': () =>
    Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, 'value'])),
  'an object whose members are null': () => new Proxy({}, { get: () => null }),
  // But for the symbols by which CDK knows its own.
  'an object whose members are objects': () =>
    new Proxy({}, { get: (_, member) => (typeof member === 'string' ? {} : undefined) }),
  'an object whose toString throws': () => ({
    toString: () => {
      throw new TypeError('toString');
    },
  }),
  'an object whose toString never ends': () => {
    const self: any = { toString: () => String(self) };
    return self;
  },
  'an object whose toJSON throws': () => ({
    toJSON: () => {
      throw new TypeError('toJSON');
    },
  }),
  'an object that holds itself': () => {
    const self: any = { a: [] };
    self.a.push(self);
    return self;
  },
  'a deep object': () => Array.from({ length: 5_000 }).reduce<object>((inner) => ({ inner }), {}),
  'a big integer in an object': () => ({ detail: { count: [10n] } }),
  'a date': () => new Date(NaN),
  'a map': () => new Map([['a', 'b']]),
  'a pattern': () => /a/,
  'a promise': () => Promise.resolve('a'),
  'a function': () => () => 'a',
  'a class': () => class {},
  'a stack': ({ stack }) => stack,
  'an app': ({ app }) => app,

  'a token of text': () => Lazy.string({ produce: () => 'a' }),
  'a token of bad text': () => Lazy.string({ produce: () => 'Not A Name\n' }),
  'a token of nothing': () => Lazy.string({ produce: () => undefined }),
  'a token of anything': () => Lazy.any({ produce: () => ({ a: ['b'] }) }),
  'a token of a number': () => Lazy.number({ produce: () => 7 }),
  'a token of a list': () => Lazy.list({ produce: () => ['a', 'b'] }),
  'a token of an object as text': () => Token.asString({ Ref: 'Elsewhere' }),
  'a parameter of text': ({ stack }) => new CfnParameter(stack, 'TextParameter').valueAsString,
  'a parameter of a number': ({ stack }) =>
    new CfnParameter(stack, 'NumberParameter', { type: 'Number' }).valueAsNumber,
  'a parameter of a list': ({ stack }) =>
    new CfnParameter(stack, 'ListParameter', { type: 'CommaDelimitedList' }).valueAsList,
  'a pseudo parameter': () => Aws.ACCOUNT_ID,
  'text with a token': () => `team-${Aws.REGION}/a`,
  'joined text': () => Fn.join('/', ['a', Aws.REGION]),
  'split text': () => Fn.split(',', Fn.importValue('list')),

  'a secret in a text': () => `a/${SecretValue.unsafePlainText(SECRET)}:b`,
  'a secret in a list': () => [SecretValue.unsafePlainText(SECRET).toString()],
  'a secret of Secrets Manager': () => SecretValue.secretsManager('token').toString(),
  'a secret of Systems Manager': () => SecretValue.ssmSecure('token'),
};

/** A value that is wrong nearly everywhere, and how a report calls it. */
export class Wrong {
  constructor(
    public readonly name: string,
    public readonly make: Make,
  ) {}

  /** For the counterexamples of fast-check, which would look into the value else. */
  public [fc.toStringMethod](): string {
    return this.name;
  }
}

/** What is given everywhere, and not by chance: secrets, and what JavaScript gives by mistake most often. */
export const ALWAYS: Wrong[] = [
  new Wrong('undefined', () => undefined),
  new Wrong('null', () => null),
  new Wrong('a secret', () => SecretValue.unsafePlainText(SECRET)),
  new Wrong('a secret of JSON', () => SecretValue.unsafePlainText(SECRET_JSON)),
  new Wrong('a secret as text', () => SecretValue.unsafePlainText(SECRET).toString()),
  new Wrong('the value of a secret', () => PASTED_JSON),
];

/** What is known to have been trouble somewhere, one by one. */
const KNOWN: Wrong[] = [
  ...ALWAYS,
  ...PLAIN.map((value) => new Wrong(fc.stringify(value), () => value)),
  ...Object.entries(THINGS).map(([name, make]) => new Wrong(name, make)),
  // What is right at one place is wrong at another.
  ...Object.entries(OF_TYPE).map(([type, make]) => new Wrong(`a right ${type}`, make)),
];

const longTexts = fc
  .tuple(fc.constantFrom(...LONG), fc.constantFrom(...ENDS))
  .map(
    ([text, end]) =>
      new Wrong(
        `a megabyte of ${fc.stringify(text)} and ${fc.stringify(end)}`,
        () => text.repeat(MEGABYTE / text.length) + end,
      ),
  );

const anything = fc
  .oneof(
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
      withUnicodeString: true,
    }),
    fc.string({ unit: 'binary' }),
    fc.double(),
  )
  .map((value) => new Wrong(fc.stringify(value), () => value));

/** Any wrong value: most are those that are known, the others come up by chance. */
export const wrongs: fc.Arbitrary<Wrong> = fc.oneof(
  { arbitrary: fc.constantFrom(...KNOWN), weight: 6 },
  { arbitrary: longTexts, weight: 1 },
  { arbitrary: anything, weight: 2 },
);
