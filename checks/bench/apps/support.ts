import { App, Stack } from 'aws-cdk-lib';
import type * as Library from 'cdk-ecr-pull-through-cache';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const ENVIRONMENT = { account: ACCOUNT, region: REGION };

/** The library, loaded by whoever uses it: the other side does without. */
export const library = (): typeof Library => require('cdk-ecr-pull-through-cache');

export const newApp = () => new App({ analyticsReporting: false });

/** The template of a stack with what `make` puts into it. */
export function synthesize(make: (stack: Stack) => void): Record<string, any> {
  const app = newApp();
  const stack = new Stack(app, 'Stack', { env: ENVIRONMENT });
  make(stack);
  return app.synth().getStackByName(stack.stackName).template;
}

export function numbers(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

/** Calls something for each number below `length`, with a stack that holds so many of them. */
export function overStacks(
  app: App,
  length: number,
  ofStack: number,
  make: (stack: Stack, index: number) => void,
): void {
  let stack: Stack;
  numbers(length).forEach((index) => {
    if (index % ofStack === 0) {
      stack = new Stack(app, `Stack${index}`, { env: ENVIRONMENT });
    }
    make(stack, index);
  });
}
