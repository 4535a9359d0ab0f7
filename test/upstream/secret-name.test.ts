import { Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { describe as tell } from '../../src/core/errors';
import {
  looksLikeSuffix,
  parseSecretArn,
  qualifySecretName,
  secretNameProblems,
  withoutSuffix,
} from '../../src/upstream/secret-name';
import { often, runs } from '../support/runs';

/** The pattern of `CredentialArn` in the CloudFormation schema, as it stands there, and its length. */
const SCHEMA = /^arn:[a-zA-Z-]+:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr\-pullthroughcache\/[a-zA-Z0-9\/_+=.@-]+$/;
const SCHEMA_LENGTH = { min: 50, max: 612 };
/** The longest name of a secret. */
const NAME_LENGTH = 512;

const ARN_BEFORE_NAME = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:';

function schemaAccepts(name: string): boolean {
  const arn = ARN_BEFORE_NAME + name;
  return (
    SCHEMA.test(arn) && arn.length >= SCHEMA_LENGTH.min && arn.length <= SCHEMA_LENGTH.max && name.length <= NAME_LENGTH
  );
}

const problemsOf = (name: unknown) => secretNameProblems(name).map(tell);
const accepts = (name: unknown) => problemsOf(name).length === 0;

const valid = fc.stringMatching(/^ecr\-pullthroughcache\/[a-zA-Z0-9\/_+=.@-]+$/);
const mutated = fc
  .tuple(valid, fc.nat(), fc.constantFrom('', '/', ' ', '\n', ':', '!', 'é', '$', 'X', '\\', '*', '~'), fc.boolean())
  .map(([name, at, insert, replaces]) => {
    const place = at % (name.length + 1);
    return name.slice(0, place) + insert + name.slice(place + (replaces ? 1 : 0));
  });
const long = fc.integer({ min: 480, max: 520 }).map((length) => 'ecr-pullthroughcache/'.padEnd(length, 'x'));

const candidates = fc.oneof(
  valid,
  mutated,
  long,
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'grapheme' }).map((text) => `ecr-pullthroughcache/${text}`),
);

describe('the name of a secret', () => {
  test('is accepted where the schema accepts its ARN, and nowhere else', () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(candidates, (name) => {
        const expected = schemaAccepts(name);
        seen[expected ? 'accepted' : 'refused']++;
        return accepts(name) === expected;
      }),
      runs(5000),
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(often(1000));
  });

  test.each([
    ['ecr-pullthroughcache/docker-hub'],
    ['ecr-pullthroughcache/a'],
    ['ecr-pullthroughcache/Team_1/a+b=c.d@e-f'],
    ['ecr-pullthroughcache/'.padEnd(512, 'x')],
  ])('%s is accepted', (name) => {
    expect(problemsOf(name)).toEqual([]);
  });

  test.each([
    ['docker-hub', 'create the secret as "ecr-pullthroughcache/docker-hub"; a secret cannot be renamed'],
    ['ECR-pullthroughcache/docker-hub', 'create the secret as "ecr-pullthroughcache/ECR-pullthroughcache/docker-hub"'],
    ['', 'create the secret under a name such as "ecr-pullthroughcache/docker-hub"'],
    ['ecr-pullthroughcache/', 'create the secret under a name such as "ecr-pullthroughcache/docker-hub"'],
    ['ecr-pullthroughcache/docker hub', 'create the secret under a name such as "ecr-pullthroughcache/docker-hub"'],
    ['ecr-pullthroughcache/a!b', 'create the secret under a name such as'],
    ['ecr-pullthroughcache/café', 'create the secret under a name such as'],
    ['ecr-pullthroughcache/a\n', 'create the secret under a name such as'],
    ['ecr-pullthroughcache/'.padEnd(513, 'x'), 'shorten the name to 512 characters'],
    ['x'.repeat(500), 'shorten the name to 512 characters, "ecr-pullthroughcache/" included'],
  ])('%j is refused: %s', (name, fix) => {
    const [message] = problemsOf(name);
    expect(message).toContain(`got ${JSON.stringify(name).slice(0, 150)}`);
    expect(message).toContain(
      'allowed: "ecr-pullthroughcache/" followed by letters, digits and any of / _ + = . @ -; at most 512 ' +
        'characters in all',
    );
    expect(message).toContain(`to fix: ${fix}`);
  });

  test('what a message proposes is accepted', () => {
    let proposals = 0;
    fc.assert(
      fc.property(
        fc.oneof(candidates, fc.stringMatching(/^[a-zA-Z0-9\/_+=.@-]+$/), fc.constant('x'.repeat(500))),
        (name) => {
          const proposal = /create the secret as ("[^"]*")/.exec(problemsOf(name)[0] ?? '');
          if (!proposal) {
            return true;
          }
          proposals++;
          return schemaAccepts(JSON.parse(proposal[1]));
        },
      ),
      runs(2000),
    );
    expect(proposals).toBeGreaterThan(often(100));
  });

  test.each([[undefined], [null], [42], [{}], [['a']]])('%p is refused, and is not a TypeError', (value) => {
    expect(problemsOf(value)[0]).toContain('to fix: name the secret "ecr-pullthroughcache/docker-hub" or the like');
  });

  test('gets the prefix once', () => {
    fc.assert(
      fc.property(candidates, (name) => {
        const qualified = qualifySecretName(name);
        return (
          qualified.startsWith('ecr-pullthroughcache/') &&
          qualified.endsWith(name) &&
          qualifySecretName(qualified) === qualified
        );
      }),
      runs(1000),
    );
    expect(qualifySecretName('docker-hub')).toBe('ecr-pullthroughcache/docker-hub');
    expect(qualifySecretName('ecr-pullthroughcache/docker-hub')).toBe('ecr-pullthroughcache/docker-hub');
  });

  test('a token passes', () => {
    expect(problemsOf(Lazy.string({ produce: () => 'not a name!' }))).toEqual([]);
  });
});

describe('the suffix that Secrets Manager adds', () => {
  test.each([
    ['docker-hub-AbC123', true],
    ['docker-string', true],
    ['docker-hub', false],
    ['docker-hub-AbC1234', false],
    ['docker-hub_AbC123', false],
    ['docker-hub-AbC12.', false],
  ])('%s ends with one: %s', (name, expected) => {
    expect(looksLikeSuffix(name)).toBe(expected);
  });

  test('is taken off once', () => {
    expect(withoutSuffix('docker-hub-AbC123')).toBe('docker-hub');
    expect(withoutSuffix('docker-secret-AbC123')).toBe('docker-secret');
  });

  test('is not looked for in a token', () => {
    expect(looksLikeSuffix(`${Lazy.string({ produce: () => 'x' })}-AbC123`)).toBe(false);
  });
});

describe('the ARN of a secret', () => {
  test('is taken apart', () => {
    expect(
      parseSecretArn('arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:ecr-pullthroughcache/a/b-AbC123'),
    ).toEqual({ region: 'us-gov-west-1', account: '111122223333', resource: 'ecr-pullthroughcache/a/b-AbC123' });
  });

  test.each([
    [''],
    ['docker-hub'],
    ['arn:aws:ssm:eu-west-1:111122223333:parameter/a'],
    ['arn:aws:secretsmanager:eu-west-1:111122223333:secret:'],
    [' arn:aws:secretsmanager:eu-west-1:111122223333:secret:a'],
    ['arn:aws:secretsmanager:eu-west-1:secret:a'],
  ])('%j is none', (arn) => {
    expect(parseSecretArn(arn)).toBeUndefined();
  });
});
