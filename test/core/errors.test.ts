import { fail, Problem, PullThroughCacheError, quote, throwIfAny, validationErrors } from '../../src/core/errors';
import { refusal } from '../support/util';

const problem: Problem = { id: 'Class.what', what: 'it is wrong', fix: 'make it right' };
const ID = 'cdk-ecr-pull-through-cache:Class.what';

describe('a value is quoted', () => {
  test.each<[unknown, string]>([
    ['text', '"text"'],
    ['say "so"\n', '"say \\"so\\"\\n"'],
    [undefined, 'nothing'],
    [null, 'null'],
    [['a'], 'a list'],
    [42, 'a value of type number'],
    [
      {
        toString: () => {
          throw new Error('never asked');
        },
      },
      'a value of type object',
    ],
    ['a'.repeat(200), `"${'a'.repeat(200)}"`],
    ['a'.repeat(1_000_000), `"${'a'.repeat(200)}"… (1000000 characters)`],
  ])('%p', (value, text) => {
    expect(quote(value)).toBe(text);
  });

  test.each([
    ['{"username":"me","accessToken":"hunter2"}'],
    ['name/{ "accessToken": "hunter2" }'],
    ["{'accessToken': 'hunter2'}"],
    ['{\\"accessToken\\":\\"hunter2\\"}'],
  ])('but not where it may hold a secret: %s', (value) => {
    expect(quote(value)).toBe(`a text of ${value.length} characters with JSON in it, which may hold a secret`);
  });
});

test('no more problems are told than can be read', () => {
  const lines = refusal(() => throwIfAny(new Array(1000).fill(problem))).split('\n');
  expect(lines).toHaveLength(21);
  expect(lines.pop()).toBe('and 980 more');
});

test('the path of a construct is told, and cut where it is long', () => {
  expect(refusal(() => fail(problem, 'Stack/Rule'))).toBe(`it is wrong; to fix: make it right [at Stack/Rule] [${ID}]`);
  expect(refusal(() => fail(problem, 'a'.repeat(2000)))).toBe(
    `it is wrong; to fix: make it right [at ${'a'.repeat(1000)}…] [${ID}]`,
  );
});

describe('the id of a mistake', () => {
  const other: Problem = { ...problem, id: 'Other.what' };
  const thrown = (problems: Problem[], at?: string): PullThroughCacheError => {
    try {
      throwIfAny(problems, at);
    } catch (error) {
      return error as PullThroughCacheError;
    }
    throw new Error('nothing was thrown');
  };

  test('ends a message without a path too', () => {
    expect(thrown([problem]).message).toBe(`it is wrong; to fix: make it right [${ID}]`);
  });

  test('ends each line of several problems, behind the path', () => {
    expect(thrown([problem, other], 'Stack/Rule').message.split('\n')).toEqual([
      `it is wrong; to fix: make it right [at Stack/Rule] [${ID}]`,
      'it is wrong; to fix: make it right [at Stack/Rule] [cdk-ecr-pull-through-cache:Other.what]',
    ]);
  });

  test('ends what a validation answers', () => {
    expect(validationErrors([problem], 'Stack/Rule')).toEqual([
      `it is wrong; to fix: make it right [at Stack/Rule] [${ID}]`,
    ]);
  });

  test('is given by the error, each once, also where the message names only the first problems', () => {
    const error = thrown([...new Array(100).fill(problem), other]);
    expect(error.ids).toEqual([ID, 'cdk-ecr-pull-through-cache:Other.what']);
  });
});
