import * as fc from 'fast-check';
import {
  intrinsicOf,
  joinText,
  renderDocument,
  renderText,
  showText,
  textParts,
} from '../../src/core/cloudformation-text';

const REGION = { Ref: 'AWS::Region' };
const fill = ({ name, argument }: { name: string; argument: unknown }) => `<${name} ${String(argument)}>`;

test.each<[unknown, string]>([
  ['text', 'text'],
  [8080, '8080'],
  [REGION, '<Ref AWS::Region>'],
  [{ 'Fn::GetAtt': ['Role', 'Arn'] }, '<Fn::GetAtt Role,Arn>'],
  [{ 'Fn::Join': ['', ['a', REGION, 'b']] }, 'a<Ref AWS::Region>b'],
  [{ 'Fn::Join': ['/', ['a', { 'Fn::Join': ['-', ['b', 'c']] }]] }, 'a/b-c'],
  [{ 'Fn::Join': ['', { Ref: 'List' }] }, '<Fn::Join ,[object Object]>'],
  [{ 'Fn::Sub': 'a ${AWS::Region} ${Role.Arn} ${!Kept}' }, 'a <Ref AWS::Region> <Fn::GetAtt Role,Arn> ${Kept}'],
  [{ 'Fn::Sub': ['${Name}-${Other}', { Name: { 'Fn::Join': ['', ['x', 'y']] } }] }, 'xy-<Ref Other>'],
  [{ 'Fn::If': ['Condition', 'a', 'b'] }, '<Fn::If Condition,a,b>'],
])('%j as text', (value, text) => {
  expect(renderText(value, fill)).toBe(text);
});

test('shows functions as people write them', () => {
  expect(showText({ 'Fn::Join': ['', ['a.', REGION, '/', { 'Fn::GetAtt': ['Role', 'Arn'] }]] })).toBe(
    'a.${AWS::Region}/${Role.Arn}',
  );
});

test('fills in a whole document, and leaves objects that only look like functions', () => {
  expect(renderDocument({ list: [REGION], both: { Ref: 'a', Sid: 'b' } }, fill)).toEqual({
    list: ['<Ref AWS::Region>'],
    both: { Ref: 'a', Sid: 'b' },
  });
  expect(intrinsicOf({ Condition: 'x' })).toBeUndefined();
});

test('a text that was taken apart and joined again is the same text', () => {
  const piece = fc.oneof(fc.string(), fc.constant(REGION));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const value = { 'Fn::Join': ['', pieces] };
      expect(renderText(joinText(textParts(value)), fill)).toBe(renderText(value, fill));
    }),
  );
});
