import { Duration, Token } from 'aws-cdk-lib';
import { LifecycleRule, TagStatus } from 'aws-cdk-lib/aws-ecr';
import { Problem, refuse } from '../core/errors';
import { FLAG, listOf, memberProblems, NUMBER, oneOf, Shapes, TEXT, withMethod } from '../core/shapes';

/**
 * To which images a lifecycle rule applies.
 */
export interface LifecycleSelection {
  /**
   * Only to images with all of these tags, in which `*` stands for any text; at most four in each.
   *
   * @default - whatever the tag
   */
  readonly tagPatterns?: string[];

  /**
   * Only to images without a tag. The images for each platform behind a multi-platform tag have none, and ECR
   * does not always keep them while their tag is in use.
   *
   * @default false
   */
  readonly untagged?: boolean;

  /**
   * What the rule is for.
   *
   * @default - none
   */
  readonly description?: string;
}

const AGE = withMethod('a Duration', 'toDays');

const SELECTION: Shapes<LifecycleSelection> = { tagPatterns: listOf(TEXT), untagged: FLAG, description: TEXT };

const RULE: Shapes<LifecycleRule> = {
  rulePriority: NUMBER,
  description: TEXT,
  tagStatus: oneOf(TagStatus),
  tagPrefixList: listOf(TEXT),
  tagPatternList: listOf(TEXT),
  maxImageCount: NUMBER,
  maxImageAge: AGE,
};

/** ECR keeps what is archived for so long, and refuses policies that say less. */
const LEAST_ARCHIVED_DAYS = 90;
const MOST_WILDCARDS = 4;

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
 * When ECR removes the images of the repositories that pulls create. Without a rule they stay for ever.
 *
 * For a cache, `olderThan` is the rule that never stands in the way: what it removes is fetched again by the
 * next pull.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export class RepositoryLifecycleRule {
  /**
   * Removes images so long after they came into the cache; the next pull fetches them again.
   *
   * @param age at least one day, in whole days
   * @param selection to which images
   */
  public static olderThan(age: Duration, selection: LifecycleSelection = {}): RepositoryLifecycleRule {
    return RepositoryLifecycleRule.aged('sinceImagePushed', age, selection, { type: 'expire' });
  }

  /**
   * Keeps so many images in each repository, the newest, and removes the others.
   *
   * @param count at least 1
   * @param selection to which images
   */
  public static moreThan(count: number, selection: LifecycleSelection = {}): RepositoryLifecycleRule {
    refuse(countProblems(count));
    return RepositoryLifecycleRule.of(
      selection,
      { countType: 'imageCountMoreThan', countNumber: count },
      { type: 'expire' },
    );
  }

  /**
   * Removes what nobody has pulled for so long: archives it, and expires it 90 days later.
   *
   * That is the nearest that ECR has: it counts the days since a pull only to archive an image, and keeps
   * what is archived for at least 90 days. Meanwhile a pull of the image fails as "not found", which is a
   * warning; `olderThan` has no such gap.
   *
   * @param age at least one day, in whole days
   * @param selection to which images
   */
  public static unusedFor(age: Duration, selection: LifecycleSelection = {}): RepositoryLifecycleRule[] {
    return [
      RepositoryLifecycleRule.archiveUnusedFor(age, selection),
      RepositoryLifecycleRule.archivedFor(Duration.days(LEAST_ARCHIVED_DAYS), selection),
    ];
  }

  /**
   * Archives what nobody has pulled for so long. A pull of an archived image fails as "not found" until somebody restores it.
   *
   * @param age at least one day, in whole days
   * @param selection to which images
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html
   */
  public static archiveUnusedFor(age: Duration, selection: LifecycleSelection = {}): RepositoryLifecycleRule {
    return RepositoryLifecycleRule.aged('sinceImagePulled', age, selection, {
      type: 'transition',
      targetStorageClass: 'archive',
    });
  }

  /**
   * Removes images so long after they were archived.
   *
   * @param age at least 90 days, in whole days
   * @param selection to which images
   */
  public static archivedFor(age: Duration, selection: LifecycleSelection = {}): RepositoryLifecycleRule {
    return RepositoryLifecycleRule.aged(
      'sinceImageTransitioned',
      age,
      selection,
      { type: 'expire' },
      LEAST_ARCHIVED_DAYS,
    );
  }

  /**
   * A lifecycle rule of `aws-cdk-lib/aws-ecr`.
   *
   * @param rule the rule; its priority is kept
   */
  public static fromLifecycleRule(rule: LifecycleRule): RepositoryLifecycleRule {
    refuse(memberProblems('rule', rule, RULE));
    refuse(
      (rule?.maxImageAge === undefined) === (rule?.maxImageCount === undefined)
        ? [
            {
              what: 'a lifecycle rule has neither or both of maxImageAge and maxImageCount',
              allowed: 'one of the two',
              fix: 'give one of the two',
            },
          ]
        : [],
    );
    refuse([
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
    const days = AGE.fits(age) ? age.toDays({ integral: false }) : NaN;
    refuse(
      Token.isUnresolved(days) || (Number.isInteger(days) && days >= least)
        ? []
        : [
            {
              what: 'not an age for a lifecycle rule',
              given: AGE.fits(age) ? `${days} days` : age,
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
    refuse(selectionProblems(selection));
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

/** Only this count type selects from the archive, and it must say so. */
function archiveClass(countType: string): { storageClass?: string } {
  return countType === 'sinceImageTransitioned' ? { storageClass: 'archive' } : {};
}

function countProblems(count: unknown): Problem[] {
  return isWhole(count)
    ? []
    : [
        {
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
          what: 'a lifecycle rule does not say which tagged images it is for',
          given: tagStatus,
          allowed: 'tagStatus TAGGED with one of tagPrefixList and tagPatternList',
          fix: 'give one of the two lists, or neither list and another tagStatus',
        },
      ]
    : patternProblems(tagPatternList);
}

function patternProblems(patterns: string[] | undefined): Problem[] {
  return (patterns ?? [])
    .filter((pattern) => pattern.split('*').length - 1 > MOST_WILDCARDS)
    .map((pattern) => ({
      what: 'not a tag pattern',
      given: pattern,
      allowed: `text with at most ${MOST_WILDCARDS} wildcards *`,
      fix: 'use fewer wildcards',
    }));
}

function selectionProblems(selection: LifecycleSelection): Problem[] {
  const problems = memberProblems('selection', selection, SELECTION);
  if (problems.length > 0) {
    return problems;
  }
  if (selection.untagged && selection.tagPatterns) {
    problems.push({
      what: 'a lifecycle rule selects untagged images by their tags',
      fix: 'leave out untagged or tagPatterns',
    });
  }
  if (selection.tagPatterns?.length === 0) {
    problems.push({
      what: 'the tagPatterns of a lifecycle rule are empty',
      allowed: 'at least one',
      fix: 'leave out tagPatterns to select every image',
    });
  }
  return [...problems, ...patternProblems(selection.tagPatterns)];
}
