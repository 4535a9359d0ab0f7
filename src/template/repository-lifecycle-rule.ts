import { Duration, Token } from 'aws-cdk-lib';
import type { LifecycleRule } from 'aws-cdk-lib/aws-ecr';
import { LifecycleSelection, patternProblems, selectionProblems } from './lifecycle-selection';
import { Problem, throwIfAny } from '../core/errors';

/** ECR keeps what is archived for so long, and refuses policies that say less. */
const LEAST_ARCHIVED_DAYS = 90;

/** A rule of a lifecycle policy without its priority, as ECR writes it. */
export interface RenderedLifecycleRule {
  readonly rulePriority?: number;
  readonly description?: string;
  readonly selection: {
    readonly tagStatus: string;
    readonly tagPrefixList?: string[];
    readonly tagPatternList?: string[];
    readonly storageClass?: string;
    readonly countType: string;
    readonly countUnit?: string;
    readonly countNumber: number;
  };
  readonly action: { readonly type: string; readonly targetStorageClass?: string };
}

/**
 * A rule by which ECR removes the images of the repositories that pulls create. Without a rule they stay forever.
 *
 * For a cache, `expireAfter` is the rule that never stands in the way: what it removes is fetched again by the
 * next pull.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 * @example
 * new PullThroughCacheRule(this, 'Quay', {
 *   upstream: UpstreamRegistry.quay(),
 *   repositories: { lifecycleRules: [RepositoryLifecycleRule.expireAfter(Duration.days(30))] },
 * });
 */
export class RepositoryLifecycleRule {
  /**
   * Removes images when they have been in the cache for some time; the next pull fetches them again.
   *
   * @param age at least one day, in whole days
   * @param selection to which images
   */
  public static expireAfter(age: Duration, selection: LifecycleSelection = {}): RepositoryLifecycleRule {
    return RepositoryLifecycleRule.aged('sinceImagePushed', age, selection, { type: 'expire' });
  }

  /**
   * Keeps the newest `count` images of each repository, and removes the others.
   *
   * @param count at least 1
   * @param selection to which images
   */
  public static keepNewest(count: number, selection: LifecycleSelection = {}): RepositoryLifecycleRule {
    throwIfAny(countProblems(count));
    return RepositoryLifecycleRule.of(
      selection,
      { countType: 'imageCountMoreThan', countNumber: count },
      { type: 'expire' },
    );
  }

  /**
   * Removes what nobody has pulled for some time: archives it, and expires it 90 days later. Gives these two rules, as
   * a list.
   *
   * That is the nearest that ECR has: it counts the days since a pull only to archive an image, and keeps
   * what is archived for at least 90 days. Meanwhile a pull of the image fails as "not found", which is a
   * warning; `expireAfter` has no such gap.
   *
   * @param age at least one day, in whole days
   * @param selection to which images
   */
  public static removeUnusedAfter(age: Duration, selection: LifecycleSelection = {}): RepositoryLifecycleRule[] {
    return [
      RepositoryLifecycleRule.archiveUnusedAfter(age, selection),
      RepositoryLifecycleRule.expireArchivedAfter(Duration.days(LEAST_ARCHIVED_DAYS), selection),
    ];
  }

  /**
   * Archives what nobody has pulled for some time. A pull of an archived image fails as "not found" until somebody
   * restores it.
   *
   * @param age at least one day, in whole days
   * @param selection to which images
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html
   */
  public static archiveUnusedAfter(age: Duration, selection: LifecycleSelection = {}): RepositoryLifecycleRule {
    return RepositoryLifecycleRule.aged('sinceImagePulled', age, selection, {
      type: 'transition',
      targetStorageClass: 'archive',
    });
  }

  /**
   * Removes images when they have been archived for some time.
   *
   * @param age at least 90 days, in whole days
   * @param selection to which images
   */
  public static expireArchivedAfter(age: Duration, selection: LifecycleSelection = {}): RepositoryLifecycleRule {
    return RepositoryLifecycleRule.aged(
      'sinceImageTransitioned',
      age,
      selection,
      { type: 'expire' },
      LEAST_ARCHIVED_DAYS,
    );
  }

  /**
   * Takes a lifecycle rule of `aws-cdk-lib/aws-ecr`.
   *
   * @param rule the rule; its priority is kept
   */
  public static fromLifecycleRule(rule: LifecycleRule): RepositoryLifecycleRule {
    throwIfAny(
      (rule?.maxImageAge === undefined) === (rule?.maxImageCount === undefined)
        ? [
            {
              id: 'RepositoryLifecycleRule.ageOrCount',
              what: 'a lifecycle rule has neither or both of maxImageAge and maxImageCount',
              allowed: 'one of the two',
              fix: 'give one of the two',
            },
          ]
        : [],
    );
    throwIfAny([
      ...tagListProblems(rule),
      ...priorityProblems(rule.rulePriority),
      ...(rule.maxImageAge ? [] : countProblems(rule.maxImageCount)),
    ]);
    const tagStatus = rule.tagStatus ?? (rule.tagPrefixList || rule.tagPatternList ? 'tagged' : 'any');
    const count = rule.maxImageAge
      ? { countType: 'sinceImagePushed', countUnit: 'days', countNumber: rule.maxImageAge.toDays() }
      : { countType: 'imageCountMoreThan', countNumber: rule.maxImageCount! };
    return new RepositoryLifecycleRule({
      rulePriority: rule.rulePriority,
      description: rule.description,
      selection: { tagStatus, tagPrefixList: rule.tagPrefixList, tagPatternList: rule.tagPatternList, ...count },
      action: { type: 'expire' },
    });
  }

  private static aged(
    countType: string,
    age: Duration,
    selection: LifecycleSelection,
    action: RenderedLifecycleRule['action'],
    least = 1,
  ): RepositoryLifecycleRule {
    const days = isDuration(age) ? age.toDays({ integral: false }) : NaN;
    throwIfAny(
      Token.isUnresolved(days) || (Number.isInteger(days) && days >= least)
        ? []
        : [
            {
              id: 'RepositoryLifecycleRule.age',
              what: 'not an age for a lifecycle rule',
              given: isDuration(age) ? `${days} days` : age,
              allowed: `whole days, at least ${least}`,
              fix: `give a duration such as Duration.days(${Math.max(least, 30)})`,
            },
          ],
    );
    return RepositoryLifecycleRule.of(
      selection,
      { countType, countUnit: 'days', countNumber: days, ...archiveClass(countType) },
      action,
    );
  }

  private static of(
    selection: LifecycleSelection,
    count: Omit<RenderedLifecycleRule['selection'], 'tagStatus'>,
    action: RenderedLifecycleRule['action'],
  ): RepositoryLifecycleRule {
    throwIfAny(selectionProblems(selection));
    const tagStatus = selection.untagged ? 'untagged' : selection.tagPatterns ? 'tagged' : 'any';
    return new RepositoryLifecycleRule({
      description: selection.description,
      selection: { tagStatus, tagPatternList: selection.tagPatterns, ...count },
      action,
    });
  }

  private constructor(private readonly rule: RenderedLifecycleRule) {}

  /** @internal */
  public _rendered(): RenderedLifecycleRule {
    return this.rule;
  }
}

/** A number of days alone would be taken for a duration by nobody but JavaScript. */
function isDuration(age: unknown): age is Duration {
  return typeof (age as Partial<Duration> | undefined)?.toDays === 'function';
}

/** Only this count type selects from the archive, and it must say so. */
function archiveClass(countType: string): { storageClass?: string } {
  return countType === 'sinceImageTransitioned' ? { storageClass: 'archive' } : {};
}

function countProblems(count: unknown): Problem[] {
  return isWhole(count)
    ? []
    : [
        {
          id: 'RepositoryLifecycleRule.count',
          what: 'not a number of images to keep',
          given: shown(count),
          allowed: 'a whole number from 1',
          fix: 'give the number of images to keep, such as 10',
        },
      ];
}

function priorityProblems(priority: number | undefined): Problem[] {
  return priority === undefined || isWhole(priority)
    ? []
    : [
        {
          id: 'RepositoryLifecycleRule.priority',
          what: 'not the priority of a lifecycle rule',
          given: shown(priority),
          allowed: 'a whole number from 1',
          fix: 'leave it out to have one found',
        },
      ];
}

function isWhole(count: unknown): boolean {
  return typeof count === 'number' && (Token.isUnresolved(count) || (Number.isInteger(count) && count > 0));
}

function shown(count: unknown): unknown {
  return typeof count === 'number' ? String(count) : count;
}

/** What CDK's Repository checks of the rule too. */
function tagListProblems({ tagStatus, tagPrefixList, tagPatternList }: LifecycleRule): Problem[] {
  const lists = [tagPrefixList, tagPatternList].filter((list) => list !== undefined);
  const selectsByTag = lists.length > 0 || tagStatus === 'tagged';
  const isWrong =
    selectsByTag && (lists.length !== 1 || lists[0]!.length === 0 || (tagStatus ?? 'tagged') !== 'tagged');
  return isWrong
    ? [
        {
          id: 'RepositoryLifecycleRule.tagList',
          what: 'a lifecycle rule does not say which tagged images it is for',
          given: tagStatus,
          allowed: 'tagStatus TAGGED with one of tagPrefixList and tagPatternList',
          fix: 'give one of the two lists, or neither list and another tagStatus',
        },
      ]
    : patternProblems(tagPatternList);
}
