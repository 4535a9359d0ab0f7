import { App, Stack } from 'aws-cdk-lib';

export const ENVIRONMENT = { account: '111122223333', region: 'eu-west-1' };

/** The template of a stack with what `make` puts into it. */
export function synthesize(make: (stack: Stack) => void): Record<string, any> {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Stack', { env: ENVIRONMENT });
  make(stack);
  return app.synth().getStackByName(stack.stackName).template;
}

export function count(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
