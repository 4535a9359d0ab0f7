import { App, Stack, Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { holdsStandIn, JsonText } from '../../../src/redirect/locate/json-text';

const asTheyAre = { restore: (value: any) => value };
const stack = new Stack(new App());

/** What comes out of a property that is read and written again, as the template will have it. */
function roundTrip(property: unknown, change: (document: any) => void = () => {}): any {
  const text = JsonText.parse(property, asTheyAre)!;
  change(text.document);
  return stack.resolve(text.toString());
}

const join = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });
const NAME = { Ref: 'Name' };
const PORT = { 'Fn::GetAtt': ['Service', 'Port'] };

test.each<[string, any]>([
  ['text without functions', '{"a":[1,true,null,"x"]}'],
  ['a function in a string', join('{"a":"', NAME, '"}')],
  ['a function amid a string', join('{"a":"before ', NAME, ' after"}')],
  ['functions side by side', join('["', NAME, PORT, '"]')],
  ['a function beside digits', join('["1', NAME, '2"]')],
  ['a number', join('{"port":', PORT, '}')],
  ['an element', join('[', PORT, ',', PORT, ']')],
  ['a key', join('{"', NAME, '":1}')],
  ['quotes and line ends beside a function', join('{"a":"\\"\\n\\\\', NAME, '\\""}')],
  ['a nested function', join('{"a":"', { 'Fn::Select': [0, { 'Fn::Split': ['/', NAME] }] }, '"}')],
  ['a number that is not exact', '[0.1,1e+21,-5]'],
])('%s comes out as it went in', (_, property) => {
  expect(roundTrip(property)).toEqual(property);
});

test('any document of text and functions comes out as it went in', () => {
  const key = fc.string({ maxLength: 5 }).filter((text) => text !== '__proto__');
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const document = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(key, tie('node'), { maxKeys: 3 }),
    ),
  })).node;
  fc.assert(
    fc.property(document, fc.array(fc.constantFrom(NAME, PORT), { maxLength: 3 }), (value, functions) => {
      const parts = [JSON.stringify([value]).slice(0, -1), ...functions.flatMap((one) => [',"', one, '"']), ']'];
      const property =
        functions.length === 0
          ? parts.join('')
          : join(
              ...parts.reduce<unknown[]>((all, part) => {
                const last = all[all.length - 1];
                return typeof part === 'string' && typeof last === 'string'
                  ? [...all.slice(0, -1), last + part]
                  : [...all, part];
              }, []),
            );
      expect(roundTrip(property)).toEqual(property);
    }),
  );
});

test('a change changes nothing else', () => {
  expect(
    roundTrip(join('{"image":"a","env":"', NAME, '","port":', PORT, '}'), (document) => {
      document.image = `${Token.asString(NAME)}/b`;
    }),
  ).toEqual(join('{"image":"', NAME, '/b","env":"', NAME, '","port":', PORT, '}'));
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a function alone', { Ref: 'Manifest' }],
  ['text that is no JSON', '{{ .Values }}'],
  ['a number', 5],
  ['a list', ['{}']],
  ['text in which a function stands where JSON has none', join('{"a"', NAME, '}')],
])('%s is not taken for a document', (_, property) => {
  expect(JsonText.parse(property, asTheyAre)).toBeUndefined();
});

test('tells text that stands for a function, or holds one, from any other', () => {
  const { document } = JsonText.parse(join('["', NAME, '","pre-', NAME, '","plain","8731094650","1"]'), asTheyAre)!;
  expect(document.map(holdsStandIn)).toEqual([true, true, false, false, false]);
});
