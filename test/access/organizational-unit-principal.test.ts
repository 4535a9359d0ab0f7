import { CfnParameter } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { OrganizationalUnitPrincipal } from '../../src';
import { messageOf, stackIn } from '../support/policies';

const UNIT = 'o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/';

function policyFor(...paths: string[]): any {
  const document = new PolicyDocument({
    minimize: true,
    statements: paths.map(
      (path) =>
        new PolicyStatement({ principals: [new OrganizationalUnitPrincipal(path)], actions: ['ecr:BatchGetImage'] }),
    ),
  });
  return stackIn().resolve(document);
}

test.each([
  ['a unit', UNIT, `${UNIT}*`],
  ['a unit below another', `${UNIT}ou-ab12-22222222/`, `${UNIT}ou-ab12-22222222/*`],
  ['a unit with a wildcard of its own', `${UNIT}*`, `${UNIT}*`],
])('%s is everybody on the condition of its path', (_, path, pattern) => {
  expect(policyFor(path).Statement).toEqual([
    {
      Action: 'ecr:BatchGetImage',
      Condition: { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': [pattern] } },
      Effect: 'Allow',
      Principal: { AWS: '*' },
    },
  ]);
});

test.each([
  ['nothing', ''],
  ['no text', undefined as unknown as string],
  ['the id of the organization alone', 'o-a1b2c3d4e5'],
  ['the organization and its root', 'o-a1b2c3d4e5/r-ab12/'],
  ['the id of the unit alone', 'ou-ab12-11111111'],
  ['a unit without its root', 'o-a1b2c3d4e5/ou-ab12-11111111/'],
  ['a path without the slash at its end', UNIT.slice(0, -1)],
  ['a wildcard in the middle', 'o-a1b2c3d4e5/*/ou-ab12-11111111/'],
  ['more than one wildcard', `${UNIT}**`],
  ['upper case', UNIT.toUpperCase()],
  ['another path before it', `x/${UNIT}`],
  ['something after it', `${UNIT}x`],
  ['a line end', `${UNIT}\n`],
  ['the organization id too short', 'o-a1b2c3d4/r-ab12/ou-ab12-11111111/'],
  ['an ARN', 'arn:aws:organizations::111122223333:ou/o-a1b2c3d4e5/ou-ab12-11111111'],
])('fails for %s', (_, path) => {
  const message = messageOf(() => new OrganizationalUnitPrincipal(path));
  expect(message).toContain('not the path of an organizational unit');
  expect(message).toContain(path === undefined ? 'none given' : `got ${JSON.stringify(path)}`);
  expect(message).toContain('allowed: o-<organization>/r-<root>/ou-<unit>/');
  expect(message).toContain('to fix: ');
});

test('a path that is a token passes', () => {
  const stack = stackIn();
  const path = new CfnParameter(stack, 'Path').valueAsString;
  const { conditions } = new OrganizationalUnitPrincipal(path).policyFragment;
  expect(stack.resolve(conditions)).toEqual({
    'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': [{ 'Fn::Join': ['', [{ Ref: 'Path' }, '*']] }] },
  });
});

test('two units stay two statements, and one unit named twice is one', () => {
  expect(policyFor(UNIT, `${UNIT}ou-ab12-22222222/`).Statement).toHaveLength(2);
  expect(policyFor(UNIT, UNIT).Statement).toHaveLength(1);
});

test('two principals are one if their paths are', () => {
  const unit = new OrganizationalUnitPrincipal(UNIT);
  expect(unit.dedupeString()).toBe(new OrganizationalUnitPrincipal(UNIT).dedupeString());
  expect(unit.dedupeString()).not.toBe(new OrganizationalUnitPrincipal(`${UNIT}ou-ab12-22222222/`).dedupeString());
  expect(`${unit}`).toContain(UNIT);
  expect(unit.organizationPath).toBe(UNIT);
});
