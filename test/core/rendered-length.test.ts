import * as fc from 'fast-check';
import { renderedLength } from '../../src/core/rendered-length';
import { deployed } from '../support/policies';

describe('renderedLength', () => {
  test.each<[string, unknown, unknown]>([
    ['text', 'abc', 'abc'],
    ['a quotation mark, which JSON escapes', 'a"b', 'a"b'],
    ['numbers, booleans and null', [1, true, null], [1, true, null]],
    ['an object', { a: { b: ['c'] } }, { a: { b: ['c'] } }],
    ['an object of one entry that is no function', { Statement: [] }, { Statement: [] }],
    ['a condition key that only looks like a Ref', { Ref: 'a', Sid: 'b' }, { Ref: 'a', Sid: 'b' }],
    ['the partition', { Ref: 'AWS::Partition' }, 'aws'],
    ['the account', { Ref: 'AWS::AccountId' }, '111122223333'],
    ['the region', { Ref: 'AWS::Region' }, 'eu-west-1'],
    ['the URL suffix', { Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    ['a join', { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam']] }, 'arn:aws:iam'],
    ['a join with a delimiter', { 'Fn::Join': ['-', ['a', 'b', 'c']] }, 'a-b-c'],
    ['a join inside a join', { 'Fn::Join': ['', ['a', { 'Fn::Join': ['/', ['b', 'c']] }]] }, 'ab/c'],
    // What is not known is counted as nothing, so that no policy is refused that may be short enough.
    ['a parameter', { Ref: 'Parameter' }, ''],
    ['an attribute', { 'Fn::GetAtt': ['Role', 'Arn'] }, ''],
    ['a join of what is not known', { 'Fn::Join': [',', { Ref: 'List' }] }, ''],
    ['a choice', { 'Fn::If': ['Condition', 'one', 'other'] }, ''],
  ])('counts %s', (_, value, filledIn) => {
    expect(renderedLength(value)).toBe(JSON.stringify(filledIn).length);
  });

  test('counts nothing as nothing', () => {
    expect(renderedLength(undefined)).toBe(0);
  });

  test('is never more than what CloudFormation renders', () => {
    const name = fc.constantFrom('AWS::Partition', 'AWS::AccountId', 'AWS::Region', 'AWS::URLSuffix', 'Parameter');
    const leaf = fc.oneof(
      fc.string(),
      name.map((Ref) => ({ Ref })),
      fc.constant({ 'Fn::GetAtt': ['Role', 'Arn'] }),
    );
    const text = fc.oneof(
      leaf,
      fc.array(leaf).map((parts) => ({ 'Fn::Join': ['', parts] })),
    );
    const document = fc.record({
      Version: fc.constant('2012-10-17'),
      Statement: fc.array(fc.record({ Sid: fc.string(), Resource: fc.array(text) })),
    });
    fc.assert(
      fc.property(document, (value) => {
        const rendered = JSON.stringify(deployed(value, { account: '111122223333', region: 'eu-west-1' }));
        expect(renderedLength(value)).toBeLessThanOrEqual(rendered.length);
      }),
    );
  });

  test('is the exact length where everything is known', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ Action: fc.array(fc.string()), Resource: fc.string() })), (value) => {
        expect(renderedLength(value)).toBe(JSON.stringify(value).length);
      }),
    );
  });
});
