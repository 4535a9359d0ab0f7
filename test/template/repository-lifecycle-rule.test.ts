import { CfnParameter, Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LifecycleRule, TagStatus } from 'aws-cdk-lib/aws-ecr';
import * as fc from 'fast-check';
import { RepositoryCreationTemplate, RepositoryLifecycleRule } from '../../src';
import { renderText } from '../../src/core/cloudformation-text';
import { messageOf, propertiesOf, stackIn, TEMPLATE } from '../support/policies';
import { runs } from '../support/runs';

const { expireAfter, keepNewest, removeUnusedAfter, archiveUnusedAfter, expireArchivedAfter, fromLifecycleRule } =
  RepositoryLifecycleRule;
const days = Duration.days;

function lifecycleOf(...lifecycleRules: RepositoryLifecycleRule[]): any[] {
  const stack = stackIn();
  new RepositoryCreationTemplate(stack, 'Template', { prefix: 'quay', lifecycleRules });
  const { LifecyclePolicy } = propertiesOf(stack, TEMPLATE);
  expect(typeof LifecyclePolicy).toBe('string');
  return JSON.parse(LifecyclePolicy).rules;
}

const EXPIRE = { type: 'expire' };
const ARCHIVE = { type: 'transition', targetStorageClass: 'archive' };
const pushed = (countNumber: number) => ({ countType: 'sinceImagePushed', countUnit: 'days', countNumber });
const pulled = (countNumber: number) => ({ countType: 'sinceImagePulled', countUnit: 'days', countNumber });
const archived = (countNumber: number) => ({
  storageClass: 'archive',
  countType: 'sinceImageTransitioned',
  countUnit: 'days',
  countNumber,
});
const count = (countNumber: number) => ({ countType: 'imageCountMoreThan', countNumber });

describe('what each rule renders', () => {
  test.each<[string, RepositoryLifecycleRule, object]>([
    ['expireAfter', expireAfter(days(14)), { selection: { tagStatus: 'any', ...pushed(14) }, action: EXPIRE }],
    [
      'expireAfter of hours that make whole days',
      expireAfter(Duration.hours(48)),
      { selection: { tagStatus: 'any', ...pushed(2) }, action: EXPIRE },
    ],
    ['keepNewest', keepNewest(10), { selection: { tagStatus: 'any', ...count(10) }, action: EXPIRE }],
    [
      'archiveUnusedAfter',
      archiveUnusedAfter(days(30)),
      { selection: { tagStatus: 'any', ...pulled(30) }, action: ARCHIVE },
    ],
    [
      'expireArchivedAfter',
      expireArchivedAfter(days(90)),
      { selection: { tagStatus: 'any', ...archived(90) }, action: EXPIRE },
    ],
    ['the least age', expireAfter(days(1)), { selection: { tagStatus: 'any', ...pushed(1) }, action: EXPIRE }],
    ['the least count', keepNewest(1), { selection: { tagStatus: 'any', ...count(1) }, action: EXPIRE }],
    [
      'untagged',
      expireAfter(days(1), { untagged: true }),
      { selection: { tagStatus: 'untagged', ...pushed(1) }, action: EXPIRE },
    ],
    [
      'tag patterns',
      keepNewest(3, { tagPatterns: ['v*', '*a*b*c'] }),
      { selection: { tagStatus: 'tagged', tagPatternList: ['v*', '*a*b*c'], ...count(3) }, action: EXPIRE },
    ],
    [
      'four wildcards',
      expireAfter(days(3), { tagPatterns: ['*a*b*c*'] }),
      { selection: { tagStatus: 'tagged', tagPatternList: ['*a*b*c*'], ...pushed(3) }, action: EXPIRE },
    ],
    [
      'a description',
      keepNewest(3, { description: 'say "why"' }),
      { description: 'say "why"', selection: { tagStatus: 'any', ...count(3) }, action: EXPIRE },
    ],
  ])('%s', (_, rule, rendered) => {
    expect(lifecycleOf(rule)).toEqual([{ rulePriority: 1, ...rendered }]);
  });

  test('removeUnusedAfter archives, and expires 90 days later', () => {
    expect(lifecycleOf(...removeUnusedAfter(days(30), { tagPatterns: ['*'] }))).toEqual([
      { rulePriority: 1, selection: { tagStatus: 'tagged', tagPatternList: ['*'], ...pulled(30) }, action: ARCHIVE },
      { rulePriority: 2, selection: { tagStatus: 'tagged', tagPatternList: ['*'], ...archived(90) }, action: EXPIRE },
    ]);
  });
});

describe("CDK's own rules", () => {
  test.each<[string, LifecycleRule, object]>([
    [
      'an age',
      { maxImageAge: days(7) },
      { rulePriority: 1, selection: { tagStatus: 'any', ...pushed(7) }, action: EXPIRE },
    ],
    [
      'a count',
      { maxImageCount: 5 },
      { rulePriority: 1, selection: { tagStatus: 'any', ...count(5) }, action: EXPIRE },
    ],
    [
      'a priority',
      { maxImageCount: 5, rulePriority: 7 },
      { rulePriority: 7, selection: { tagStatus: 'any', ...count(5) }, action: EXPIRE },
    ],
    [
      'a description',
      { maxImageCount: 5, description: 'few' },
      { rulePriority: 1, description: 'few', selection: { tagStatus: 'any', ...count(5) }, action: EXPIRE },
    ],
    [
      'untagged images',
      { maxImageCount: 5, tagStatus: TagStatus.UNTAGGED },
      { rulePriority: 1, selection: { tagStatus: 'untagged', ...count(5) }, action: EXPIRE },
    ],
    [
      'tag prefixes',
      { maxImageCount: 5, tagPrefixList: ['v'] },
      { rulePriority: 1, selection: { tagStatus: 'tagged', tagPrefixList: ['v'], ...count(5) }, action: EXPIRE },
    ],
    [
      'tag patterns',
      { maxImageAge: days(5), tagStatus: TagStatus.TAGGED, tagPatternList: ['v*'] },
      { rulePriority: 1, selection: { tagStatus: 'tagged', tagPatternList: ['v*'], ...pushed(5) }, action: EXPIRE },
    ],
  ])('%s', (_, rule, rendered) => {
    expect(lifecycleOf(fromLifecycleRule(rule))).toEqual([rendered]);
  });

  test.each<[string, LifecycleRule, string]>([
    ['neither age nor count', {}, 'neither or both of maxImageAge and maxImageCount'],
    [
      'both age and count',
      { maxImageAge: days(1), maxImageCount: 1 },
      'neither or both of maxImageAge and maxImageCount',
    ],
    ['no rule', undefined as unknown as LifecycleRule, 'neither or both of maxImageAge and maxImageCount'],
    ['tagged without a list', { maxImageCount: 1, tagStatus: TagStatus.TAGGED }, 'does not say which tagged images'],
    ['an empty list', { maxImageCount: 1, tagPrefixList: [] }, 'does not say which tagged images'],
    [
      'two lists',
      { maxImageCount: 1, tagPrefixList: ['v'], tagPatternList: ['v*'] },
      'does not say which tagged images',
    ],
    [
      'untagged with a list',
      { maxImageCount: 1, tagStatus: TagStatus.UNTAGGED, tagPatternList: ['v*'] },
      'does not say which tagged images',
    ],
    [
      'any with a list',
      { maxImageCount: 1, tagStatus: TagStatus.ANY, tagPatternList: ['v*'] },
      'does not say which tagged images',
    ],
    ['no images', { maxImageCount: 0 }, 'not a number of images to keep; got "0"; allowed: a whole number from 1'],
    [
      'no priority',
      { maxImageCount: 1, rulePriority: 0 },
      'not the priority of a lifecycle rule; got "0"; allowed: a whole number from 1',
    ],
    ['five wildcards', { maxImageCount: 1, tagPatternList: ['*****'] }, 'not a tag pattern; got "*****"'],
  ])('fails for %s', (_, rule, what) => {
    const message = messageOf(() => fromLifecycleRule(rule));
    expect(message).toContain(what);
    expect(message).toContain('allowed: ');
    expect(message).toContain('to fix: ');
  });
});

describe('fails for', () => {
  const noDuration = undefined as unknown as Duration;
  test.each<[string, () => unknown, string]>([
    [
      'no days',
      () => expireAfter(days(0)),
      'got "0 days"; allowed: whole days, at least 1; to fix: give a duration such as Duration.days(30)',
    ],
    ['half a day', () => expireAfter(Duration.hours(36)), 'got "1.5 days"; allowed: whole days, at least 1'],
    ['no age', () => expireAfter(noDuration), 'none given; allowed: whole days, at least 1'],
    ['an age that is a number', () => expireAfter(30 as unknown as Duration), 'got a value of type number'],
    ['not pulled for no days', () => archiveUnusedAfter(days(0)), 'got "0 days"; allowed: whole days, at least 1'],
    ['unused for no days', () => removeUnusedAfter(days(0)), 'got "0 days"; allowed: whole days, at least 1'],
    [
      'archived for less than 90 days',
      () => expireArchivedAfter(days(89)),
      'got "89 days"; allowed: whole days, at least 90; to fix: give a duration such as Duration.days(90)',
    ],
    ['no images', () => keepNewest(0), 'got "0"; allowed: a whole number from 1; to fix: '],
    ['less than no images', () => keepNewest(-1), 'got "-1"; allowed: a whole number from 1'],
    ['half an image', () => keepNewest(1.5), 'got "1.5"; allowed: a whole number from 1'],
    ['no number of images', () => keepNewest(NaN), 'got "NaN"; allowed: a whole number from 1'],
    [
      'untagged images by their tags',
      () => keepNewest(1, { untagged: true, tagPatterns: ['v*'] }),
      'selects untagged images by their tags; to fix: ',
    ],
    [
      'no tag patterns',
      () => keepNewest(1, { tagPatterns: [] }),
      'tagPatterns of a lifecycle rule are empty; allowed: at least one; to fix: ',
    ],
    [
      'five wildcards',
      () => keepNewest(1, { tagPatterns: ['v*', '*a*b*c*d*'] }),
      'got "*a*b*c*d*"; allowed: text with at most 4 wildcards *; to fix: ',
    ],
  ])('%s', (_, misuse, message) => {
    expect(messageOf(misuse)).toContain(message);
  });
});

describe('order', () => {
  /** Each rule as its count and the priority that it got. */
  const order = (...rules: RepositoryLifecycleRule[]) =>
    lifecycleOf(...rules).map(
      ({ selection, rulePriority }) => `${selection.tagStatus} ${selection.countNumber}: ${rulePriority}`,
    );
  const some = (number: number) => keepNewest(number, { tagPatterns: [`v${number}*`] });
  const withPriority = (rulePriority: number, rule: Omit<LifecycleRule, 'rulePriority'>) =>
    fromLifecycleRule({ ...rule, rulePriority });

  test.each<[string, RepositoryLifecycleRule[], string[]]>([
    ['the given order is kept', [some(1), some(2), some(3)], ['tagged 1: 1', 'tagged 2: 2', 'tagged 3: 3']],
    [
      'rules for all images come last',
      [keepNewest(1), some(2), expireAfter(days(3), { untagged: true })],
      ['tagged 2: 1', 'untagged 3: 2', 'any 1: 3'],
    ],
    [
      'priorities fill the gaps',
      [withPriority(2, { maxImageCount: 1, tagPrefixList: ['v'] }), some(2), some(3)],
      ['tagged 1: 2', 'tagged 2: 1', 'tagged 3: 3'],
    ],
    [
      'a rule for all comes after a priority',
      [keepNewest(1), withPriority(5, { maxImageCount: 2, tagPrefixList: ['v'] })],
      ['tagged 2: 5', 'any 1: 6'],
    ],
    [
      'a rule for all keeps a priority that is last',
      [withPriority(9, { maxImageCount: 1 }), some(2)],
      ['tagged 2: 1', 'any 1: 9'],
    ],
  ])('%s', (_, rules, expected) => {
    expect(order(...rules)).toEqual(expected);
  });

  test.each<[string, RepositoryLifecycleRule[], string]>([
    [
      'a priority used twice',
      [withPriority(3, { maxImageCount: 1 }), withPriority(3, { maxImageCount: 2, tagPrefixList: ['v'] })],
      'two lifecycle rules have the same priority; got "3, 3"; allowed: each priority once; to fix: ',
    ],
    [
      'a rule for all before one for some',
      [withPriority(1, { maxImageCount: 1 }), withPriority(2, { maxImageCount: 2, tagPrefixList: ['v'] })],
      'a lifecycle rule for all images comes before one for some; got "priority 1"; allowed: a priority above 2; ' +
        'to fix: ',
    ],
    [
      'a rule for all that others cannot come before',
      [withPriority(1, { maxImageCount: 1 }), some(2)],
      'got "priority 1"; allowed: a priority above 2',
    ],
  ])('fails for %s', (_, rules, expected) => {
    const message = messageOf(() => lifecycleOf(...rules));
    expect(message).toContain(expected);
    expect(message).toContain('[at Stack/Template]');
  });

  test('priorities are unique, and rules for all images have the highest', () => {
    const rule = fc
      .record({
        forAll: fc.boolean(),
        rulePriority: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
      })
      .filter(({ forAll, rulePriority }) => !forAll || rulePriority === undefined);
    fc.assert(
      fc.property(
        fc
          .uniqueArray(rule, { selector: (one) => one.rulePriority ?? Symbol('any'), maxLength: 8, minLength: 1 })
          .filter((rules) => rules.filter(({ forAll }) => forAll).length <= 1),
        (rules) => {
          const rendered = lifecycleOf(
            ...rules.map(({ forAll, rulePriority }, index) =>
              fromLifecycleRule({
                maxImageCount: 1,
                rulePriority,
                ...(forAll ? {} : { tagPrefixList: [`v${index}`] }),
              }),
            ),
          );
          const priorities = rendered.map(({ rulePriority }) => rulePriority);
          expect(new Set(priorities).size).toBe(rules.length);
          const ofStatus = (status: string) =>
            rendered.filter(({ selection }) => selection.tagStatus === status).map(({ rulePriority }) => rulePriority);
          expect(Math.min(Infinity, ...ofStatus('any'))).toBeGreaterThan(Math.max(0, ...ofStatus('tagged')));
          const given = rules.flatMap(({ rulePriority }) => rulePriority ?? []);
          expect(priorities).toEqual(expect.arrayContaining(given));
        },
      ),
      runs(500),
    );
  });
});

describe('tokens', () => {
  test('ages, counts, patterns and descriptions may be known at deployment only', () => {
    const stack = stackIn();
    const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
    const text = new CfnParameter(stack, 'Text').valueAsString;
    new RepositoryCreationTemplate(stack, 'Template', {
      prefix: 'quay',
      lifecycleRules: [
        keepNewest(number, { tagPatterns: [text], description: text }),
        expireAfter(days(number), { untagged: true }),
        expireArchivedAfter(days(number)),
        fromLifecycleRule({ maxImageAge: days(number), tagPrefixList: [text] }),
      ],
    });
    // Numbers stand in the JSON without quotation marks.
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources(TEMPLATE));
    const rendered = renderText(Properties.LifecyclePolicy, ({ argument }) => (argument === 'Number' ? '42' : 'value'));
    expect(JSON.parse(rendered).rules).toEqual([
      {
        rulePriority: 1,
        description: 'value',
        selection: { tagStatus: 'tagged', tagPatternList: ['value'], ...count(42) },
        action: EXPIRE,
      },
      { rulePriority: 2, selection: { tagStatus: 'untagged', ...pushed(42) }, action: EXPIRE },
      { rulePriority: 3, selection: { tagStatus: 'tagged', tagPrefixList: ['value'], ...pushed(42) }, action: EXPIRE },
      { rulePriority: 4, selection: { tagStatus: 'any', ...archived(42) }, action: EXPIRE },
    ]);
  });
});

describe('the length of the policy', () => {
  /** A rule whose description makes the policy exactly so long. */
  const ofLength = (length: number) => {
    const empty = JSON.stringify({ rules: lifecycleOf(keepNewest(1, { description: '' })) }).length;
    return keepNewest(1, { description: 'x'.repeat(length - empty) });
  };

  test('30,720 characters are accepted', () => {
    expect(JSON.stringify({ rules: lifecycleOf(ofLength(30720)) })).toHaveLength(30720);
  });

  test('fails for 30,721 characters', () => {
    const message = messageOf(() => lifecycleOf(ofLength(30721)));
    expect(message).toContain(
      'the lifecycle policy has 30721 characters; allowed: at most 30720; to fix: use fewer rules',
    );
    expect(message).toContain('[at Stack/Template]');
  });
});

test('no rules make no policy', () => {
  const stack = stackIn();
  new RepositoryCreationTemplate(stack, 'Template', { prefix: 'quay', lifecycleRules: [] });
  expect(propertiesOf(stack, TEMPLATE)).not.toHaveProperty('LifecyclePolicy');
});
