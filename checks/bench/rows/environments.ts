import { App, Stack } from 'aws-cdk-lib';
import { PullThroughCacheRule, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import { count } from '../apps';
import { alternate, QUICK } from '../measure';
import { digits, report, show } from '../result';

const RULES = QUICK ? 5 : 50;
const ENVIRONMENTS = 20;
const account = (index: number) => String(111122223333 + index);

/** An environment may have 50 rules, so there is one stack of 50 for each. */
function app(environments: number): void {
  const scope = new App({ analyticsReporting: false });
  for (const environment of count(environments)) {
    const stack = new Stack(scope, `Stack${environment}`, {
      env: { account: account(environment), region: 'eu-west-1' },
    });
    count(RULES).forEach(
      (rule) =>
        new PullThroughCacheRule(stack, `Rule${rule}`, {
          upstream: UpstreamRegistry.quay(),
          ecrRepositoryPrefix: `quay-${rule}`,
        }),
    );
  }
  scope.synth();
}

const each = (of: { median: number }, rules: number) => `${digits((of.median / rules) * 1000)} µs for each rule`;
// As many rules on either side, so that a moment of the machine hits both alike.
const { ours, theirs, ratio } = alternate(
  6,
  () => app(ENVIRONMENTS),
  () => count(ENVIRONMENTS).forEach(() => app(1)),
);
report({
  what: `construct and synth ${RULES * ENVIRONMENTS} rules over ${ENVIRONMENTS} environments`,
  against: `${RULES} rules, for each rule`,
  ours: each(ours, RULES * ENVIRONMENTS),
  theirs: each(theirs, RULES * ENVIRONMENTS),
  ratio: show(ratio),
  aim: 'at most 1.2 times',
  met: ratio.median <= 1.2,
});
