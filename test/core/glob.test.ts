import * as fc from 'fast-check';
import { matchesGlob } from '../../src/core/glob';
import { runs } from '../support/runs';

test.each([
  // pattern, text, matches
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'anything/at:all', true],
  ['quay.io/*', 'quay.io/prometheus/prometheus:v3', true],
  ['quay.io/*', 'ghcr.io/quay.io/app', false],
  ['*:latest', 'docker.io/library/nginx:latest', true],
  ['*:latest', 'docker.io/library/nginx:latest-alpine', false],
  ['docker.io/*/nginx:1.*', 'docker.io/library/nginx:1.27', true],
  ['docker.io/*/nginx:1.*', 'docker.io/library/nginx:2.1', false],
  // What is no star is text, whatever it means in a regular expression.
  ['quay.io/a', 'quayXio/a', false],
  ['a+(b)[c]$', 'a+(b)[c]$', true],
  ['a?', 'ab', false],
  // Parts do not overlap.
  ['ab*ba', 'aba', false],
  ['ab*ba', 'abba', true],
  ['a*a*a', 'aa', false],
  ['a*a*a', 'aaa', true],
  ['**', 'x', true],
  ['*b*', 'abc', true],
  ['*b*', 'ac', false],
  // A part is looked for as far to the left as it can be, and the last one stands at the end.
  ['*ab*b', 'abab', true],
  ['*ab*abc', 'ababc', true],
])('%j on %j: %j', (pattern, text, matches) => {
  expect(matchesGlob(pattern, text)).toBe(matches);
});

test('is what a regular expression with .* says', () => {
  const piece = fc.stringMatching(/^[ab./*]{0,8}$/);
  fc.assert(
    fc.property(piece, fc.stringMatching(/^[ab./]{0,8}$/), (pattern, text) => {
      const oracle = new RegExp(`^${pattern.replace(/\./g, '\\.').replace(/\*/g, '.*')}$`, 's');
      expect(matchesGlob(pattern, text)).toBe(oracle.test(text));
    }),
    runs(2000),
  );
});

test('takes no time over a pattern that costs a naive matcher ages', () => {
  expect(matchesGlob(`${'a*'.repeat(200)}b`, 'a'.repeat(10_000))).toBe(false);
});
