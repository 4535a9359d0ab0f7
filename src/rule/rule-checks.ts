import type { IConstruct } from 'constructs';
import { Problem, refuse } from '../core/errors';
import { ancestorsOf, normalizePrefix, prefixProblems, ROOT, RULE_PREFIX_LENGTH } from '../core/repository-prefix';
import { holdsToken } from '../core/tokens';
import { warn } from '../core/warnings';
import { Environment, regionOf } from '../environment/environment';
import { upstreamPrefixProblems } from '../image/cache-path';
import type { ImageReference } from '../image/image-reference';
import { isChina, isGovCloud } from '../upstream/catalogue';

/** The quota of an account and region, which AWS does not raise. */
const MOST_RULES = 50;

/** Checks what can be seen of a rule alone. */
export function checkPrefixes(
  rule: IConstruct,
  ecrRepositoryPrefix: string,
  upstreamRepositoryPrefix: string | undefined,
): void {
  refuse(
    [
      ...prefixProblems('ecrRepositoryPrefix', ecrRepositoryPrefix, RULE_PREFIX_LENGTH),
      ...(upstreamRepositoryPrefix === undefined
        ? []
        : prefixProblems('upstreamRepositoryPrefix', upstreamRepositoryPrefix, RULE_PREFIX_LENGTH)),
      ...upstreamPrefixProblems(ecrRepositoryPrefix, upstreamRepositoryPrefix),
    ],
    rule.node.path,
  );
  if (normalizePrefix(ecrRepositoryPrefix) === 'root') {
    warn(
      rule,
      'PullThroughCacheRule.literalRootPrefix',
      'the prefix "root" is a name like any other: images are pulled as root/<path>; to leave out the prefix use PullThroughCacheRule.ROOT',
    );
  }
}

/** Checks where a rule stands. */
export function checkRegion(rule: IConstruct): void {
  const region = regionOf(rule);
  if (region === undefined) {
    return;
  }
  refuse(
    isChina(region)
      ? [
          {
            what: 'ECR pull through cache does not exist in the regions of China',
            given: region,
            allowed: 'every other commercial region',
            fix: 'copy the images into repositories of their own there',
          },
        ]
      : [],
    rule.node.path,
  );
  if (isGovCloud(region)) {
    warn(
      rule,
      'PullThroughCacheRule.govCloud',
      `the guides of AWS disagree about whether pull through cache exists in ${region}; try one rule before relying on it`,
    );
  }
}

/**
 * Checks a rule against its siblings: the rules of all stacks of the app in its account and region.
 * A prefix that is a token could be any, and is no sibling of others; it counts all the same.
 */
export function checkSiblings(rule: IConstruct, ecrRepositoryPrefix: string): void {
  const environment = Environment.of(rule);
  environment.hold('rule', rule, rule);
  const problems: Problem[] =
    environment.count('rule') <= MOST_RULES
      ? []
      : [
          {
            what: `more than ${MOST_RULES} rules in one account and region`,
            allowed: `${MOST_RULES}; AWS does not raise this quota`,
            fix: 'cache a registry once and tell namespaces apart below its prefix, or use another region or account',
          },
        ];
  if (holdsToken(ecrRepositoryPrefix)) {
    refuse(problems, rule.node.path);
    return;
  }

  const rival = environment.holder('prefix', ecrRepositoryPrefix);
  if (rival) {
    problems.push({
      what: `the rule ${rival.node.path} has this prefix in the same account and region, where it can be used once`,
      given: ecrRepositoryPrefix,
      allowed: 'a prefix that no other rule has, a slash at its end aside',
      fix: 'give one of the two another ecrRepositoryPrefix, or use one rule for both',
    });
  }
  refuse(problems, rule.node.path);

  const possibleRival = environment.possibleHolder('prefix', ecrRepositoryPrefix);
  if (possibleRival) {
    warn(
      rule,
      'PullThroughCacheRule.possibleDuplicatePrefix',
      `the rule ${possibleRival.node.path} has the prefix ${JSON.stringify(ecrRepositoryPrefix)} too; one of the two fails to deploy if their stacks, ` +
        'which name no account and region, are deployed to the same',
    );
  }
  warnOfOverlap(environment, rule, ecrRepositoryPrefix);
  environment.hold('prefix', ecrRepositoryPrefix, rule);
}

function warnOfOverlap(environment: Environment, rule: IConstruct, prefix: string): void {
  if (prefix === ROOT) {
    return;
  }
  const ancestors = ancestorsOf(prefix);
  const above = ancestors
    .map((ancestor) => environment.holder('prefix', ancestor))
    .find((other) => other !== undefined);
  const other = above ?? environment.holder('ancestor', prefix);
  if (other) {
    warn(
      rule,
      'PullThroughCacheRule.overlappingPrefixes',
      `the prefix ${JSON.stringify(prefix)} and that of the rule ${other.node.path} lie one below the other; AWS does not say which rule then serves a pull`,
    );
  }
  ancestors.forEach((ancestor) => environment.hold('ancestor', ancestor, rule));
}

/** Why the grammar of references lets these through, and they may still cost a night. */
export function warnOfReference(rule: IConstruct, reference: ImageReference): void {
  if (reference.digest !== undefined) {
    warn(
      rule,
      'PullThroughCacheRule.digest',
      `the image ${reference} is named by its digest; the first pull of a digest that is not cached yet may fail: pull it once by its tag`,
    );
  } else if (reference.tag === undefined) {
    warn(
      rule,
      'PullThroughCacheRule.noTag',
      `the image ${reference} has no tag, which means "latest"; name the tag that you want`,
    );
  }
}
