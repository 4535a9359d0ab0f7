import { withoutCredentials } from '../../src/core/credentials-in-text';
import { describe as described } from '../../src/core/errors';

// Made up here, in the shapes that vendors give them.
const SECRETS = [
  'ghp_abcdefghijklmnopqrstuvwxyz0123456789',
  'github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz',
  'dckr_pat_aBcDeFgHiJkLmNoPqRsTuVwXyZ0',
  'dckr_oat_7awgM4jG5SQvxcvmNzhKj8PQjxo',
  'glpat-aBcDeFgHiJkLmNoPqRsT',
  'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl',
  'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7',
  '0123456789abcdef0123456789abcdef01234567',
];

test.each(SECRETS)('is cut: %s', (secret) => {
  for (const text of [secret, `octocat:${secret}`, `secret ${secret} in a text`, `quay.io/team/${secret}:1`]) {
    expect(withoutCredentials(text)).not.toContain(secret);
    expect(
      described({ id: 'Class.what', what: `not right: ${text}`, given: text, fix: `write ${text}` }),
    ).not.toContain(secret);
  }
});

test.each([
  ['https://me:hunter2@registry.example.com/app', 'https://…@registry.example.com/app'],
  ['me:hunter2@ghcr.io', '…@ghcr.io'],
])('a password before a host is cut: %s', (text, cut) => {
  expect(withoutCredentials(text)).toBe(cut);
});

test.each([
  'nginx:1.27',
  `ghcr.io/owner/app:v1@sha256:${'0123456789abcdef'.repeat(4)}`,
  'localhost:5000/app:1.2.3-alpine3.20',
  'arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/docker-hub-a1B2c3',
  'a-very-long-name-of-a-repository-with-many-words',
  'MyVeryLongStackNameForProduction',
  'a'.repeat(200),
])('is left as it is: %s', (text) => {
  expect(withoutCredentials(text)).toBe(text);
});
