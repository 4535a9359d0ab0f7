import { Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { describe as tell } from '../../src/core/errors';
import {
  ancestorsOf,
  joinPrefix,
  normalizePrefix,
  prefixProblems,
  renderRulePrefix,
  ROOT,
  stripPrefix,
  TEMPLATE_PREFIX_LENGTH,
} from '../../src/core/repository-prefix';
import { RULE_PREFIX_LENGTH } from '../../src/rule/rule-checks';
import { often, runs } from '../support/runs';

/** The pattern of the CloudFormation schema, as it stands there. */
const SCHEMA = /^([a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\/?|ROOT)$/;

const problemsOf = (prefix: unknown, length = RULE_PREFIX_LENGTH) =>
  prefixProblems('ecrRepositoryPrefix', prefix, length).map(tell);
const accepts = (prefix: unknown, length = RULE_PREFIX_LENGTH) => problemsOf(prefix, length).length === 0;

/** One character more, less or other, at any place. */
const mutated = fc
  .tuple(
    fc.stringMatching(SCHEMA),
    fc.nat(),
    fc.constantFrom('', '.', '_', '__', '___', '-', '--', '/', '//', 'A', ' ', '\n', ':', 'é', '0', 'ROOT'),
    fc.boolean(),
  )
  .map(([prefix, at, insert, replaces]) => {
    const place = at % (prefix.length + 1);
    return prefix.slice(0, place) + insert + prefix.slice(place + (replaces ? 1 : 0));
  });

/** Strings of the grammar, strings next to it, strings of its characters, and any strings. */
const candidates = fc.oneof(
  fc.stringMatching(SCHEMA),
  fc.stringMatching(/^[a-z0-9]{1,3}(([._/]|-{1,2})[a-z0-9]{1,3}){0,8}\/?$/),
  mutated,
  fc.string({ unit: fc.constantFrom('a', 'b', '0', '.', '_', '-', '/', 'R', 'O', 'T'), maxLength: 35 }),
  fc.string({ unit: 'grapheme' }),
);

describe('the grammar of a prefix', () => {
  test.each([
    ['of a rule', { min: 2, max: 30 }, RULE_PREFIX_LENGTH],
    ['of a template', { min: 1, max: 256 }, TEMPLATE_PREFIX_LENGTH],
  ])('%s accepts what the pattern and the length of the schema accept, and nothing else', (_, schemaLength, length) => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(candidates, (prefix) => {
        const expected = SCHEMA.test(prefix) && prefix.length >= schemaLength.min && prefix.length <= schemaLength.max;
        seen[expected ? 'accepted' : 'refused']++;
        return accepts(prefix, length) === expected;
      }),
      runs(5000),
    );
    // The generators reach both sides.
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(often(500));
  });

  test.each([
    ['docker-hub'],
    ['docker-hub/'],
    ['team-a/quay'],
    ['a/b/c/d'],
    ['a.b'],
    ['a_b'],
    ['a__b'],
    ['a--b'],
    ['a---b'],
    ['00'],
    ['root'],
    ['ROOT'],
    ['a/'],
    ['ab'],
    ['a'.repeat(30)],
    [`${'a'.repeat(29)}/`],
  ])('%s is a prefix', (prefix) => {
    expect(problemsOf(prefix)).toEqual([]);
  });

  test.each([
    ['', 'is not a repository prefix'],
    ['/', 'is not a repository prefix'],
    ['a..b', 'is not a repository prefix'],
    ['a___b', 'is not a repository prefix'],
    ['a._b', 'is not a repository prefix'],
    ['a//b', 'is not a repository prefix'],
    ['ab//', 'is not a repository prefix'],
    ['/ab', 'is not a repository prefix'],
    ['-ab', 'is not a repository prefix'],
    ['ab-', 'is not a repository prefix'],
    ['ab/-c', 'is not a repository prefix'],
    ['Docker-Hub', 'is not a repository prefix'],
    ['Root', 'is not a repository prefix'],
    ['ROOT/', 'is not a repository prefix'],
    ['ROOT/a', 'is not a repository prefix'],
    ['a b', 'is not a repository prefix'],
    ['ab\n', 'is not a repository prefix'],
    ['\nab', 'is not a repository prefix'],
    ['café', 'is not a repository prefix'],
    ['a', 'has 1 characters'],
    ['a'.repeat(31), 'has 31 characters'],
    [`${'a'.repeat(30)}/`, 'has 31 characters'],
  ])('%j is not: %s', (prefix, what) => {
    const [message, ...others] = problemsOf(prefix);
    expect(others).toEqual([]);
    expect(message).toContain(`ecrRepositoryPrefix ${what}`);
    expect(message).toContain(`got ${JSON.stringify(prefix)}`);
    expect(message).toContain('2 to 30 characters');
    expect(message).toContain('to fix: ');
  });

  test.each([
    ['Docker-Hub', 'docker-hub'],
    ['docker hub', 'docker-hub'],
    ['/quay', 'quay'],
    ['a..b', 'a-b'],
    ['Team_A/-Quay-/', 'team-a/quay'],
    ['Root', 'root'],
    ['ROOT/', 'ROOT'],
  ])('%j is answered with %j', (prefix, suggestion) => {
    expect(problemsOf(prefix)[0]).toContain(`write it as "${suggestion}"`);
  });

  test('what a message proposes is accepted', () => {
    let proposals = 0;
    fc.assert(
      fc.property(candidates, (prefix) => {
        const proposal = /write it as ("[^"]*")/.exec(problemsOf(prefix)[0] ?? '');
        if (!proposal) {
          return true;
        }
        proposals++;
        return accepts(JSON.parse(proposal[1]));
      }),
      { ...runs(3000), examples: [['A'], ['.a'], ['A'.repeat(40)]] },
    );
    expect(proposals).toBeGreaterThan(often(100));
  });

  test.each([[undefined], [null], [42], [{}], [['quay']], [() => 'quay']])(
    '%p is no prefix, and not a TypeError',
    (value) => {
      expect(problemsOf(value)[0]).toContain('is not a repository prefix');
    },
  );

  test('a token passes, alone and inside a string', () => {
    const token = Lazy.string({ produce: () => 'NOT A PREFIX' });
    expect(problemsOf(token)).toEqual([]);
    expect(problemsOf(`Team/${token}`)).toEqual([]);
  });
});

describe('the slash after a prefix', () => {
  test.each([
    ['docker-hub/', 'docker-hub'],
    ['docker-hub', 'docker-hub'],
    ['a/b/', 'a/b'],
    ['ROOT', 'ROOT'],
  ])('%s is the namespace %s', (prefix, namespace) => {
    expect(normalizePrefix(prefix)).toBe(namespace);
  });

  test('is left where a token stands', () => {
    const prefix = `${Lazy.string({ produce: () => 'a' })}/`;
    expect(normalizePrefix(prefix)).toBe(prefix);
  });

  test('is taken off only where the schema accepts what is left', () => {
    fc.assert(
      fc.property(
        candidates.filter((prefix) => accepts(prefix)),
        (prefix) => {
          const rendered = renderRulePrefix(normalizePrefix(prefix));
          return (
            SCHEMA.test(rendered) &&
            rendered.length >= 2 &&
            rendered.length <= 30 &&
            (!rendered.endsWith('/') || rendered.length === 2)
          );
        },
      ),
      { ...runs(2000), examples: [['a/'], ['0/'], ['ROOT']] },
    );
  });
});

describe('paths below a prefix', () => {
  test.each([
    ['quay', 'org/image', 'quay/org/image'],
    [ROOT, 'org/image', 'org/image'],
    ['root', 'org/image', 'root/org/image'],
  ])('%s and %s are %s, and back', (prefix, path, repository) => {
    expect(joinPrefix(prefix, path)).toBe(repository);
    expect(stripPrefix(prefix, repository)).toBe(path);
  });

  test.each([['quayside/image'], ['quay'], ['other/quay/image']])('%s is not below quay', (repository) => {
    expect(stripPrefix('quay', repository)).toBeUndefined();
  });

  test.each([
    ['a', []],
    ['a/b', ['a']],
    ['a/b/c', ['a', 'a/b']],
  ])('%s lies below %j', (prefix, ancestors) => {
    expect(ancestorsOf(prefix)).toEqual(ancestors);
  });
});
