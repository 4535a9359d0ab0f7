import type { Problem } from '../core/errors';

/**
 * Selects the images that a lifecycle rule applies to.
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

/** Wildcards in one tag pattern. */
const MOST_WILDCARDS = 4;

/** Says what is wrong with a selection. */
export function selectionProblems(selection: LifecycleSelection): Problem[] {
  const problems: Problem[] = [];
  if (selection.untagged && selection.tagPatterns) {
    problems.push({
      id: 'RepositoryLifecycleRule.untaggedByTag',
      what: 'a lifecycle rule selects untagged images by their tags',
      fix: 'leave out untagged or tagPatterns',
    });
  }
  if (selection.tagPatterns?.length === 0) {
    problems.push({
      id: 'RepositoryLifecycleRule.noPatterns',
      what: 'the tagPatterns of a lifecycle rule are empty',
      allowed: 'at least one',
      fix: 'leave out tagPatterns to select every image',
    });
  }
  return [...problems, ...patternProblems(selection.tagPatterns)];
}

/** Says what is wrong with tag patterns. */
export function patternProblems(patterns: string[] | undefined): Problem[] {
  return (patterns ?? [])
    .filter((pattern) => pattern.split('*').length - 1 > MOST_WILDCARDS)
    .map((pattern) => ({
      id: 'RepositoryLifecycleRule.pattern',
      what: 'not a tag pattern',
      given: pattern,
      allowed: `text with at most ${MOST_WILDCARDS} wildcards *`,
      fix: 'use fewer wildcards',
    }));
}
