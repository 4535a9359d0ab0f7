import { Token } from 'aws-cdk-lib';
import type { RepositoryCreationTemplateOptions } from './template-options';
import type { Problem } from '../core/errors';

/** The longest policy of a repository. */
export const POLICY_LENGTH = 10240;

const DESCRIPTION_LENGTH = 256;
const MOST_FILTERS = 5;
const MOST_TAGS = 50;
const TAG_KEY_LENGTH = 128;
const TAG_VALUE_LENGTH = 256;

/** What is wrong with the properties of a template that are values. */
export function optionProblems(options: RepositoryCreationTemplateOptions): Problem[] {
  return [descriptionProblems, useProblems, mutabilityProblems, encryptionProblems, tagProblems].flatMap((check) =>
    check(options),
  );
}

function descriptionProblems({ description }: RepositoryCreationTemplateOptions): Problem[] {
  return description === undefined || Token.isUnresolved(description) || description.length <= DESCRIPTION_LENGTH
    ? []
    : [
        {
          id: 'RepositoryCreationTemplate.description',
          what: `the description has ${description.length} characters`,
          allowed: `at most ${DESCRIPTION_LENGTH}`,
          fix: 'shorten it',
        },
      ];
}

function useProblems({ appliedFor }: RepositoryCreationTemplateOptions): Problem[] {
  return appliedFor?.length === 0
    ? [
        {
          id: 'RepositoryCreationTemplate.appliedFor',
          what: 'appliedFor is empty',
          allowed: 'at least one RepositoryTemplateUse',
          fix: 'leave it out for the repositories of the cache',
        },
      ]
    : [];
}

function mutabilityProblems({
  imageTagMutability,
  imageTagMutabilityExclusionFilters: filters,
}: RepositoryCreationTemplateOptions): Problem[] {
  const excludes = imageTagMutability?.endsWith('_WITH_EXCLUSION') ?? false;
  if (filters !== undefined && !excludes) {
    return [
      {
        id: 'RepositoryCreationTemplate.exclusionFilters',
        what: 'imageTagMutabilityExclusionFilters exclude from nothing',
        given: imageTagMutability,
        allowed: 'with MUTABLE_WITH_EXCLUSION or IMMUTABLE_WITH_EXCLUSION',
        fix: 'set imageTagMutability to one of the two, or leave out the filters',
      },
    ];
  }
  const count = filters?.length ?? 0;
  return excludes && (count < 1 || count > MOST_FILTERS)
    ? [
        {
          id: 'RepositoryCreationTemplate.exclusionFilterCount',
          what: `imageTagMutability ${imageTagMutability} has ${count} filters`,
          allowed: `1 to ${MOST_FILTERS} imageTagMutabilityExclusionFilters`,
          fix: 'give at least one filter, or use MUTABLE or IMMUTABLE',
        },
      ]
    : [];
}

function encryptionProblems({ encryption, encryptionKey }: RepositoryCreationTemplateOptions): Problem[] {
  return encryptionKey !== undefined && encryption?.value === 'AES256'
    ? [
        {
          id: 'RepositoryCreationTemplate.encryptionKey',
          what: 'AES_256 encryption uses no key',
          given: encryption.value,
          allowed: 'KMS with an encryptionKey',
          fix: 'leave out encryption or encryptionKey',
        },
      ]
    : [];
}

function tagProblems({ resourceTags }: RepositoryCreationTemplateOptions): Problem[] {
  const tags = Object.entries(resourceTags ?? {});
  const problems: Problem[] =
    tags.length <= MOST_TAGS
      ? []
      : [
          {
            id: 'RepositoryCreationTemplate.resourceTagCount',
            what: `${tags.length} resource tags`,
            allowed: `at most ${MOST_TAGS}`,
            fix: 'leave some out',
          },
        ];
  for (const [key, value] of tags) {
    const badKey =
      !Token.isUnresolved(key) &&
      (key.length < 1 || key.length > TAG_KEY_LENGTH || key.toLowerCase().startsWith('aws:'));
    const badValue = !Token.isUnresolved(value) && value.length > TAG_VALUE_LENGTH;
    if (badKey || badValue) {
      problems.push({
        id: 'RepositoryCreationTemplate.resourceTag',
        what: 'not a resource tag',
        given: `${key}: ${value}`,
        allowed:
          `a key of 1 to ${TAG_KEY_LENGTH} characters that does not begin with "aws:", and a value of up to ` +
          `${TAG_VALUE_LENGTH}`,
        fix: 'rename or shorten it',
      });
    }
  }
  return problems;
}
