import { Lazy, Stack } from 'aws-cdk-lib';
import { describe as tell } from '../../src/private/errors';
import {
  ANYTHING,
  checkedScope,
  CONSTRUCT,
  constructWith,
  FLAG,
  listOf,
  mapOf,
  memberProblems,
  NUMBER,
  OBJECT,
  oneOf,
  Shape,
  TEXT,
  valueProblems,
  withMethod,
} from '../../src/private/shapes';
import { refusal } from '../util';

const stack = new Stack();
const token = Lazy.string({ produce: () => 'a' });

test.each<[Shape, unknown[], unknown[]]>([
  [TEXT, ['', 'a', token], [undefined, null, 1, ['a'], {}]],
  [NUMBER, [0, NaN, Lazy.number({ produce: () => 1 })], ['1', null, 1n]],
  [FLAG, [true, false], [0, 'true', null]],
  [OBJECT, [{}, Object.create(null)], [null, [], 'a', () => {}]],
  [CONSTRUCT, [stack], [null, {}, 'a', { node: stack.node }]],
  [oneOf({ A: 'a', B: 'b' }), ['a', 'b', token], ['A', 'c', null, {}]],
  [withMethod('a Thing', 'run'), [{ run: () => {} }], [null, {}, { run: 1 }, 'run']],
  [constructWith('an IStack', 'stackName'), [stack], [{ stackName: 'a' }, stack.node, null]],
  [listOf(TEXT), [[], ['a']], ['a', [1], new Array(1), null]],
  [mapOf(TEXT), [{}, { a: 'b' }], [{ a: undefined }, ['a'], null]],
])('$name', (shape, right, wrong) => {
  expect(right.filter((value) => !shape.fits(value))).toEqual([]);
  expect(wrong.filter((value) => shape.fits(value))).toEqual([]);
});

describe('messages', () => {
  const problems = (object: any) =>
    memberProblems<{ a?: string; b?: boolean; c?: unknown }>('props', object, { a: TEXT, b: FLAG, c: ANYTHING }).map(
      tell,
    );

  test('tell each member that is wrong', () => {
    expect(problems({ a: 1, b: 'no', c: null, d: 5 })).toEqual([
      'a is of the wrong type; got a value of type number; allowed: a string; to fix: give a value of that type, or leave out a',
      'b is of the wrong type; got "no"; allowed: true or false; to fix: give a value of that type, or leave out b',
    ]);
  });

  test.each([[undefined], [{}], [{ a: undefined }]])('are not needed for %j', (object) => {
    expect(problems(object)).toEqual([]);
  });

  test.each([
    [null, 'null'],
    [['a'], 'a list'],
    ['a', '"a"'],
  ])('tell that %j is no object', (object, given) => {
    expect(problems(object)).toEqual([
      `props is of the wrong type; got ${given}; allowed: an object with a, b, c; to fix: give such an object`,
    ]);
  });

  test('tell what has to be given', () => {
    expect(valueProblems('a', undefined, TEXT).map(tell)).toEqual([
      'a is of the wrong type; got nothing; allowed: a string; to fix: give a value of that type',
    ]);
  });
});

test('a construct is made below a construct, with an id', () => {
  expect(checkedScope(stack, 'Id')).toBe(stack);
  expect(refusal(() => checkedScope(undefined as any, 5 as any))).toBe(
    [
      'scope is of the wrong type; got nothing; allowed: a construct; to fix: give a value of that type',
      'id is of the wrong type; got a value of type number; allowed: a string without JSON in it; to fix: give a value of that type',
    ].join('\n'),
  );
});
