import { App, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as library from '../../src';
import { registryOf, registryOfApp, registryOfPossibleNeighbours } from '../../src/environment/registry';

class Things {
  public readonly names: string[] = [];
}

const HOME = { account: '111122223333', region: 'eu-west-1' };
const same = (one: Stack, other: Stack) => registryOf(Things, one) === registryOf(Things, other);

test('stacks of one account and region share a registry, in whichever stage', () => {
  const app = new App();
  const stage = new Stage(app, 'Stage', { env: HOME });
  const stacks = [new Stack(app, 'One', { env: HOME }), new Stack(stage, 'Two')];
  expect(same(stacks[0], stacks[1])).toBe(true);
  expect(same(stacks[0], new Stack(app, 'There', { env: { ...HOME, region: 'us-east-1' } }))).toBe(false);
});

test.each([
  ['both', {}],
  ['the account', { region: 'eu-west-1' }],
  ['the region', { account: '111122223333' }],
])('stacks that leave open %s have one each, and may be neighbours', (_, env) => {
  const app = new App();
  const [one, other] = ['One', 'Other'].map((id) => new Stack(app, id, { env }));
  expect(same(one, other)).toBe(false);
  expect(same(one, new NestedStack(one, 'Nested'))).toBe(true);
  expect(registryOfPossibleNeighbours(Things, one)).toBe(registryOfPossibleNeighbours(Things, other));
});

test('apps share nothing', () => {
  const [one, other] = [new App(), new App()];
  expect(registryOfApp(Things, one)).toBe(registryOfApp(Things, one));
  expect(registryOfApp(Things, one)).not.toBe(registryOfApp(Things, other));
});

test('two copies of the library in one app say so', () => {
  const stack = new Stack(new App(), 'Stack');
  let other!: typeof library;
  jest.isolateModules(() => {
    other = jest.requireActual('../../src');
  });
  new library.PullThroughCacheRule(stack, 'One', { upstream: library.UpstreamRegistry.quay() });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  new other.PullThroughCacheRule(stack, 'Two', { upstream: other.UpstreamRegistry.kubernetes() });
  Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('PullThroughCache.twoCopies'));
});
