import type { IConstruct } from 'constructs';
import { Problem, throwIfAny } from '../core/errors';
import { normalizePrefix, prefixProblems, ROOT } from '../core/repository-prefix';
import { holdsToken } from '../core/tokens';
import { warn } from '../core/warnings';
import { regionOf } from '../environment/environment';
import { isChina, isGovCloud } from '../environment/partition';
import { registryOf, registryOfPossibleNeighbours } from '../environment/registry';
import { RulePrefixes } from '../environment/rule-prefixes';
import { upstreamPrefixProblems } from '../image/cache-path';
import type { ImageReference } from '../image/image-reference';

/** The limits of a rule's two prefixes, in characters. */
export const RULE_PREFIX_LENGTH = { min: 2, max: 30 };

/** The quota of an account and region, which AWS does not raise. */
const MOST_RULES = 50;

/** Checks what can be seen of a rule alone. */
export function checkPrefixes(
  rule: IConstruct,
  ecrRepositoryPrefix: string,
  upstreamRepositoryPrefix: string | undefined,
): void {
  throwIfAny(
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
      'the prefix "root" is a name like any other: images are pulled as root/<path>; to leave out the prefix use ' +
        'PullThroughCacheRule.ROOT',
    );
  }
}

/** Checks where a rule stands. */
export function checkRegion(rule: IConstruct): void {
  const region = regionOf(rule);
  if (region === undefined) {
    return;
  }
  throwIfAny(
    isChina(region)
      ? [
          {
            id: 'PullThroughCacheRule.china',
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
      `the guides of AWS disagree about whether pull through cache exists in ${region}; try one rule before ` +
        'relying on it',
    );
  }
}

/**
 * Checks a rule against its siblings: the rules of all stacks of the app in its account and region, and adds it to
 * them. A prefix that is a token could be any, and is compared with no other; it counts all the same.
 */
export function checkSiblings(rule: IConstruct, prefix: string): void {
  const siblings = registryOf(RulePrefixes, rule);
  const neighbours = registryOfPossibleNeighbours(RulePrefixes, rule);
  throwIfAny([...quotaProblems(siblings), ...duplicateProblems(siblings, prefix)], rule.node.path);
  if (!holdsToken(prefix)) {
    warnOfNeighbour(rule, prefix, neighbours);
    warnOfOverlap(rule, prefix, siblings);
  }
  new Set([siblings, neighbours]).forEach((prefixes) => prefixes.addCreated(rule, prefix));
}

/**
 * A construct that moves gets another logical id from CDK. The rule would be taken over under the new id, and then
 * deleted under the old.
 */
export function inPlaceProblems({ logicalIdFromPrefix }: { readonly logicalIdFromPrefix?: boolean }): Problem[] {
  return logicalIdFromPrefix === false
    ? [
        {
          id: 'PullThroughCacheRule.changeInPlaceLogicalId',
          what: 'a rule with changeInPlace takes its logical id from its prefix',
          given: 'logicalIdFromPrefix: false',
          fix: 'leave out one of the two',
        },
      ]
    : [];
}

function quotaProblems(siblings: RulePrefixes): Problem[] {
  return siblings.count < MOST_RULES
    ? []
    : [
        {
          id: 'PullThroughCacheRule.quota',
          what: `more than ${MOST_RULES} rules in one account and region`,
          allowed: `${MOST_RULES}; AWS does not raise this quota`,
          fix: 'cache a registry once and tell namespaces apart below its prefix, or use another region or account',
        },
      ];
}

function duplicateProblems(siblings: RulePrefixes, prefix: string): Problem[] {
  const rival = siblings.at(prefix);
  return rival === undefined
    ? []
    : [
        {
          id: 'PullThroughCacheRule.prefixTaken',
          what: `the rule ${rival.node.path} has this prefix in the same account and region, where it can be used once`,
          given: prefix,
          allowed: 'a prefix that no other rule has; a slash at its end makes no difference',
          fix: 'give one of the two another ecrRepositoryPrefix, or use one rule for both',
        },
      ];
}

function warnOfNeighbour(rule: IConstruct, prefix: string, neighbours: RulePrefixes): void {
  const rival = neighbours.at(prefix);
  if (rival) {
    warn(
      rule,
      'PullThroughCacheRule.possibleDuplicatePrefix',
      `the rule ${rival.node.path} has the prefix ${JSON.stringify(prefix)} too; one of the two fails to deploy if ` +
        'their stacks, which name no account and region, are deployed to the same',
    );
  }
}

function warnOfOverlap(rule: IConstruct, prefix: string, siblings: RulePrefixes): void {
  const other = prefix === ROOT ? undefined : siblings.overlapping(prefix);
  if (other) {
    warn(
      rule,
      'PullThroughCacheRule.overlappingPrefixes',
      `the prefix ${JSON.stringify(prefix)} and that of the rule ${other.node.path} lie one below the other; AWS ` +
        'does not say which rule then serves a pull',
    );
  }
}

/** Warns of what the grammar of references admits and may still fail at night. */
export function warnOfReference(rule: IConstruct, reference: ImageReference): void {
  if (reference.digest !== undefined) {
    warn(
      rule,
      'PullThroughCacheRule.digest',
      `the image ${reference} is named by its digest; the first pull of a digest that is not cached yet may fail: ` +
        'pull it once by its tag, or prefetch it by tag and digest',
    );
  } else if (reference.tag === undefined && !holdsToken(reference.repository)) {
    warn(
      rule,
      'PullThroughCacheRule.noTag',
      `the image ${reference} has no tag, which means "latest"; name the tag that you want`,
    );
  }
}
