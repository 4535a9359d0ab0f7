import * as fc from 'fast-check';
import {
  celText,
  globRegex,
  ImageExpressions,
  imageVariables,
  podConditions,
  reportVariables,
  rewrittenPod,
} from '../../src/admission/cel';
import { matchesGlob } from '../../src/core/glob';

const EXPRESSIONS: ImageExpressions = {
  rewrites: [{ from: 'quay.io/', registry: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/', to: 'quay/' }],
  only: ['quay.io/*'],
  exclude: ['quay.io/a.b/*'],
};
const variables = (expressions = EXPRESSIONS) => [...imageVariables(expressions), ...reportVariables(expressions)];
const expressionOf = (name: string, expressions?: ImageExpressions) =>
  variables(expressions).find((variable) => variable.name === name)!.expression;

describe('texts', () => {
  test.each([
    ['quay.io/', "'quay.io/'"],
    ['^a\\.b$', "r'^a\\.b$'"],
    ["it's", "'it\\'s'"],
    ["\\d'", "'\\\\d\\''"],
    ['a\nb\r', "'a\\nb\\r'"],
  ])('%j is %s', (text, literal) => {
    expect(celText(text)).toBe(literal);
  });

  test('a token stays whole', () => {
    expect(celText('${Token[AWS.AccountId.4]}.dkr/')).toBe("'${Token[AWS.AccountId.4]}.dkr/'");
  });
});

test('a pattern as a regular expression is the pattern', () => {
  const text = (maxLength: number) =>
    fc.string({
      unit: fc.constantFrom('a', 'b', '.', '/', ':', '*', '+', '?', '(', '[', '\\', '^', '$', '|', '{', '-'),
      maxLength,
    });
  fc.assert(
    fc.property(fc.array(text(6), { minLength: 1, maxLength: 3 }), text(8), fc.boolean(), (patterns, other, take) => {
      const name = take ? patterns[0].replace(/\*/g, other) : other;
      expect(new RegExp(globRegex(patterns)).test(name)).toBe(patterns.some((pattern) => matchesGlob(pattern, name)));
    }),
    { numRuns: 2000 },
  );
});

test('no pattern matches nothing, as in a redirection', () => {
  expect(new RegExp(globRegex([])).test('quay.io/a')).toBe(false);
});

test('every variable reads only those before it', () => {
  const known = new Set<string>();
  for (const { name, expression } of variables()) {
    const read = [...expression.matchAll(/variables\.(\w+)/g)].map(([, other]) => other);
    expect(read.filter((other) => !known.has(other))).toEqual([]);
    known.add(name);
  }
  const read = [...rewrittenPod().matchAll(/variables\.(\w+)/g)].map(([, other]) => other);
  expect(read.filter((other) => !known.has(other))).toEqual([]);
});

test('RE2 has no lookahead, and a request has no subResource', () => {
  const all = [
    rewrittenPod(),
    ...podConditions([{ key: 'a', value: 'b' }]).map(({ expression }) => expression),
    ...variables().map(({ expression }) => expression),
  ].join('\n');
  expect(all).not.toMatch(/\(\?[=!<]|subResource/);
});

test('patterns stand in the policy only if there are any', () => {
  const { rewrites } = EXPRESSIONS;
  expect(expressionOf('candidates')).toContain("r'^(?:quay\\.io/.*)$'");
  expect(expressionOf('escaping')).toContain("r'^(?:quay\\.io/a\\.b/.*)$'");
  for (const without of [{ rewrites }, { rewrites, exclude: [] }]) {
    expect(expressionOf('candidates', without)).not.toContain('matches');
    expect(expressionOf('escaping', without)).not.toContain('variables.normal');
  }
});
