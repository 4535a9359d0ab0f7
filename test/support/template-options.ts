import * as fc from 'fast-check';
import type { RepositoryCreationTemplateOptions, RepositoryLifecycleRule } from '../../src';

/**
 * The modules whose classes are used: the check with CDK's own validator has them of the newest CDK and of the packed
 * library.
 */
export interface Modules {
  readonly library: typeof import('../../src');
  readonly core: typeof import('aws-cdk-lib');
  readonly ecr: typeof import('aws-cdk-lib/aws-ecr');
  readonly iam: typeof import('aws-cdk-lib/aws-iam');
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const word = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-)[a-z0-9]{1,8}){0,2}$/);

/** Prefixes of templates, wrong ones among them. */
export const templatePrefixes: fc.Arbitrary<string> = fc.oneof(
  fc.constant('ROOT'),
  fc.array(word, { minLength: 1, maxLength: 20 }).map((words) => words.join('/')),
  fc.string({ maxLength: 12 }),
);

/**
 * Properties of templates, beyond their limits too: what is refused says nothing of the schema, but what is
 * accepted must not break it.
 */
export function templateOptions({ library, core, ecr, iam }: Modules): fc.Arbitrary<RepositoryCreationTemplateOptions> {
  const { RepositoryLifecycleRule: Rule, RepositoryTemplateUse } = library;
  const filter = (tag: string) => ecr.ImageTagMutabilityExclusionFilter.wildcard(tag);
  const lifecycleRule: fc.Arbitrary<RepositoryLifecycleRule> = fc.oneof(
    fc.integer({ min: 1, max: 500 }).map((count) => Rule.keepNewest(count)),
    fc
      .integer({ min: 90, max: 500 })
      .map((days) => Rule.expireArchivedAfter(core.Duration.days(days), { untagged: true })),
    fc
      .string({ minLength: 1, maxLength: 4000 })
      .map((description) => Rule.expireAfter(core.Duration.days(7), { description, tagPatterns: ['v*'] })),
  );
  const statement = (account: string, index: number) =>
    new iam.PolicyStatement({
      sid: `S${index}`,
      principals: [new iam.AccountPrincipal(account)],
      actions: ['ecr:BatchGetImage'],
    });
  return fc.record({
    appliedFor: maybe(fc.uniqueArray(fc.constantFrom(...Object.values(RepositoryTemplateUse)), { maxLength: 3 })),
    description: maybe(fc.oneof(fc.string(), fc.string({ minLength: 250, maxLength: 260 }))),
    imageTagMutability: maybe(fc.constantFrom(...Object.values(ecr.TagMutability))),
    imageTagMutabilityExclusionFilters: maybe(
      fc.array(fc.stringMatching(/^[a-z0-9._-]{1,8}\*?$/).map(filter), { maxLength: 6 }),
    ),
    encryption: maybe(
      fc.constantFrom(
        ecr.RepositoryEncryption.AES_256,
        ecr.RepositoryEncryption.KMS,
        ecr.RepositoryEncryption.KMS_DSSE,
      ),
    ),
    resourceTags: maybe(fc.dictionary(fc.string({ maxLength: 130 }), fc.string({ maxLength: 258 }), { maxKeys: 52 })),
    lifecycleRules: maybe(fc.array(lifecycleRule, { maxLength: 9 })),
    repositoryPolicy: maybe(
      fc.array(fc.stringMatching(/^[0-9]{12}$/), { maxLength: 300 }).map((accounts) => accounts.map(statement)),
    ),
  });
}
