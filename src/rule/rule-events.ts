import { Stack } from 'aws-cdk-lib';
import type { OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import type { IPullThroughCacheRule } from './i-pull-through-cache-rule';
import { fail } from '../core/errors';
import { ROOT } from '../core/repository-prefix';
import { surelyElsewhere } from '../environment/environment';

/** What an event says besides where it comes from. SUCCESS is the only status that AWS documents. */
export const ANY_ACTION = {};
export const FAILURE = { 'sync-status': [{ 'anything-but': ['SUCCESS'] }] };

/**
 * Makes an EventBridge rule for what the cache does with the images of rules.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
 */
export function watch(
  scope: Construct,
  id: string,
  rules: IPullThroughCacheRule[],
  detail: object,
  options: OnEventOptions,
): Rule {
  const place = options.crossStackScope ?? scope;
  rules.forEach((rule) => checkPlace(scope, place, rule));
  // Loaded here and not above, for those who never watch a rule.
  const events: typeof import('aws-cdk-lib/aws-events') = require('aws-cdk-lib/aws-events');
  const eventRule = new events.Rule(place, id, options);
  eventRule.addEventPattern({
    source: ['aws.ecr'],
    detailType: ['ECR Pull Through Cache Action'],
    detail: { ...origin(rules), ...detail },
  });
  eventRule.addTarget(options.target);
  return eventRule;
}

/** AWS does not say which prefix the events of ROOT carry; they are told by their upstream. */
function origin(rules: IPullThroughCacheRule[]): object {
  const prefixes = rules.filter((rule) => !isRoot(rule)).map((rule) => rule.ecrRepositoryPrefix);
  const upstreams = rules.filter(isRoot).map((rule) => rule.upstreamRegistryUrl);
  const byPrefix = { 'ecr-repository-prefix': prefixes };
  const byUpstream = { 'upstream-registry-url': upstreams };
  if (upstreams.length === 0) {
    return byPrefix;
  }
  return prefixes.length === 0 ? byUpstream : { $or: [byPrefix, byUpstream] };
}

function isRoot(rule: IPullThroughCacheRule): boolean {
  return rule.ecrRepositoryPrefix === ROOT && rule.upstreamRegistryUrl !== undefined;
}

function checkPlace(scope: Construct, place: Construct, rule: IPullThroughCacheRule): void {
  const stack = Stack.of(place);
  if (surelyElsewhere(rule.env, stack)) {
    fail(
      {
        id: 'PullThroughCacheRule.eventsElsewhere',
        what: `the events of the rule ${rule.node.path} are sent in its own account and region`,
        given: `${rule.env.account}/${rule.env.region}`,
        allowed: `${stack.account}/${stack.region}`,
        fix: 'watch the rule from a stack there',
      },
      scope.node.path,
    );
  }
}
