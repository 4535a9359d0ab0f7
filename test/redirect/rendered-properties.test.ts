import { App, aws_iam as iam, aws_s3 as s3, Aws, CfnParameter, CfnResource, Fn, Lazy, Stack, Token } from 'aws-cdk-lib';
import { isLiteral, RenderedProperties } from '../../src/redirect/rendered-properties';
import { definitionOf } from '../../src/redirect/rendering';
import { ENV } from '../support/redirect';

function render(properties: (stack: Stack) => any, before: (resource: CfnResource) => void = () => {}) {
  const app = new App();
  const stack = new Stack(app, 'Stack', { env: ENV });
  const resource = new CfnResource(stack, 'Resource', { type: 'Any::Thing::AtAll', properties: properties(stack) });
  before(resource);
  return { stack, rendered: RenderedProperties.final(resource, definitionOf(resource)!) };
}

test.each<[string, any, unknown]>([
  ['text', 'x', 'x'],
  ['a lazy text', Lazy.string({ produce: () => 'x' }), 'x'],
  ['text joined of text', `a-${Lazy.string({ produce: () => 'x' })}`, 'a-x'],
  ['text with a number', `a-${Token.asString(Lazy.any({ produce: () => 5 }))}`, 'a-5'],
  ['a lazy list', Lazy.list({ produce: () => ['x', 'y'] }), ['x', 'y']],
  ['a lazy object', Lazy.any({ produce: () => ({ Deep: [Lazy.string({ produce: () => 'x' })] }) }), { Deep: ['x'] }],
])('%s is as in the template', (_, value, expected) => {
  const { rendered } = render(() => ({ Value: value }));
  expect(rendered.values.Value).toEqual(expected);
});

test.each<[string, (stack: Stack) => any]>([
  ['a parameter', (stack) => new CfnParameter(stack, 'P').valueAsString],
  ['text with a parameter', (stack) => `quay.io/a:${new CfnParameter(stack, 'P').valueAsString}`],
  ['a pseudo parameter', () => Aws.REGION],
  ['a function of CloudFormation', () => Fn.importValue('Image')],
  ['a selected part', (stack) => Fn.select(0, Fn.split(':', new s3.Bucket(stack, 'B').bucketArn))],
])('%s is no literal', (_, value) => {
  const { rendered } = render((stack) => ({ Value: value(stack) }));
  expect(isLiteral(rendered.values.Value)).toBe(false);
});

test.each<[string, (stack: Stack) => any]>([
  ['a parameter', (stack) => new CfnParameter(stack, 'P').valueAsString],
  ['an attribute', (stack) => new s3.Bucket(stack, 'B').bucketArn],
  ['text around an attribute', (stack) => `before ${new s3.Bucket(stack, 'B').bucketArn} after`],
  [
    'an attribute of another stack',
    (stack) => new s3.Bucket(new Stack(stack.node.root as App, 'Other', { env: ENV }), 'B').bucketArn,
  ],
  [
    'a part of it',
    (stack) =>
      Fn.select(
        5,
        Fn.split(':', new s3.Bucket(new Stack(stack.node.root as App, 'Other', { env: ENV }), 'B').bucketArn),
      ),
  ],
  ['text around pseudo parameters', () => `arn:${Aws.PARTITION}:s3:::x-${Aws.REGION}`],
])('%s, restored, refers to what it referred to', (_, value) => {
  let original: any;
  const { stack, rendered } = render((scope) => ({ Value: (original = value(scope)) }));
  const properties = { Restored: rendered.restore(rendered.values.Value), Original: original };
  const output = new CfnResource(stack, 'Output', { type: 'Any::Thing::AtAll', properties });
  const template = (stack.node.root as App).synth().getStackByName(stack.stackName).template;
  const { Restored, Original } = template.Resources[stack.resolve(output.logicalId)].Properties;
  expect(Restored).toEqual(Original);
  expect(JSON.stringify(Restored)).not.toContain('\u{E000}');
});

test('what overrides wrote counts', () => {
  const { rendered } = render(
    () => ({ Value: { Image: 'a', Name: 'n' } }),
    (resource) => resource.addPropertyOverride('Value.Image', 'b'),
  );
  expect(rendered.values).toEqual({ Value: { Image: 'b', Name: 'n' } });
});

test('a resource without properties has none', () => {
  expect(render(() => undefined).rendered.values).toEqual({});
});

test('finds the construct behind a reference, also in another stack', () => {
  let role: iam.Role;
  const { rendered } = render((stack) => {
    const other = new Stack(stack.node.root as App, 'Other', { env: ENV });
    role = new iam.Role(other, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    return { Role: role.roleArn, Text: `x${role.roleArn}`, Plain: 'x' };
  });
  expect(rendered.target(rendered.values.Role)).toBe(role!.node.defaultChild);
  expect([rendered.values.Text, rendered.values.Plain, undefined].map((value) => rendered.target(value))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
