import { Stack } from 'aws-cdk-lib';
import { CfnPullThroughCacheRule } from 'aws-cdk-lib/aws-ecr';
import { library, newApp, numbers, REGION } from './support';

/** An environment may have 50 rules, so there is one stack of 50 for each. */
const RULES = numbers(50);

function app(rules: number, make: (stack: Stack, index: number) => void): void {
  const scope = newApp();
  numbers(rules / RULES.length).forEach((environment) => {
    const env = { account: String(111122223333 + environment), region: REGION };
    const stack = new Stack(scope, `Stack${environment}`, { env });
    RULES.forEach((rule) => make(stack, rule));
  });
  scope.synth();
}

export function ours(rules: number): void {
  const { PullThroughCacheRule, UpstreamRegistry } = library();
  app(rules, (stack, index) => {
    const props = { upstream: UpstreamRegistry.quay(), ecrRepositoryPrefix: `quay-${index}` };
    new PullThroughCacheRule(stack, `Rule${index}`, props);
  });
}

export function theirs(rules: number): void {
  app(rules, (stack, index) => {
    const props = { upstreamRegistry: 'quay', upstreamRegistryUrl: 'quay.io', ecrRepositoryPrefix: `quay-${index}` };
    new CfnPullThroughCacheRule(stack, `Rule${index}`, props);
  });
}
