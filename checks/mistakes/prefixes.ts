import { App, Aws, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { PullThroughCache, PullThroughCacheRule, UpstreamRegistry } from 'cdk-ecr-pull-through-cache';
import { another, HOME, Mistake, Topic } from './mistake';
import { credentials, rule } from './ours';
import { quayRule } from './plain';

const { ROOT } = PullThroughCacheRule;

/** A prefix that the grammar of ECR does not have. */
const wrongPrefix = (mistake: string, ecrRepositoryPrefix: string): Mistake => ({
  mistake,
  plain: (stack) => quayRule(stack, { ecrRepositoryPrefix }),
  ours: (stack) => rule(stack, { ecrRepositoryPrefix }),
});

const wrongUpstreamPrefix = (
  mistake: string,
  upstreamRepositoryPrefix: string,
  ecrRepositoryPrefix?: string,
): Mistake => ({
  mistake,
  plain: (stack) =>
    quayRule(stack, { upstreamRepositoryPrefix, ...(ecrRepositoryPrefix ? { ecrRepositoryPrefix } : {}) }),
  ours: (stack) => rule(stack, { upstreamRepositoryPrefix, ecrRepositoryPrefix }),
});

/** Two rules with these prefixes, the second wherever `where` says. */
const twoRules = (
  mistake: string,
  [one, other]: [string, string],
  where: (first: Stack, app: App) => Stack = (first) => first,
): Mistake => ({
  mistake,
  plain: (stack, app) => {
    quayRule(stack, { ecrRepositoryPrefix: one }, 'One');
    quayRule(where(stack, app), { ecrRepositoryPrefix: other }, 'Other');
  },
  ours: (stack, app) => {
    rule(stack, { ecrRepositoryPrefix: one }, 'One');
    rule(where(stack, app), { ecrRepositoryPrefix: other }, 'Other');
  },
});

/** So many rules, each in the stack that `where` says. */
const manyRules = (
  mistake: string,
  count: number,
  where: (index: number, first: Stack, second: () => Stack) => Stack,
): Mistake => {
  const each = (make: (stack: Stack, ecrRepositoryPrefix: string) => void) => (stack: Stack, app: App) => {
    let second: Stack | undefined;
    const other = () => (second ??= another(app, 'Second'));
    for (let index = 0; index < count; index += 1) {
      make(where(index, stack, other), `quay-${index}`);
    }
  };
  return {
    mistake,
    plain: each((stack, ecrRepositoryPrefix) => quayRule(stack, { ecrRepositoryPrefix }, ecrRepositoryPrefix)),
    ours: each((stack, ecrRepositoryPrefix) => rule(stack, { ecrRepositoryPrefix }, ecrRepositoryPrefix)),
  };
};

/** A rule in a region. */
const inRegion = (mistake: string, region: string): Mistake => ({
  mistake,
  plain: (_, app) => quayRule(another(app, 'There', { ...HOME, region })),
  ours: (_, app) => rule(another(app, 'There', { ...HOME, region })),
});

export const PREFIXES: Topic = {
  title: 'Prefixes, quota, regions',
  file: 'prefixes.ts',
  mistakes: [
    wrongPrefix('upper case', 'Docker-Hub'),
    wrongPrefix('two dots', 'docker..hub'),
    wrongPrefix('three underscores', 'docker___hub'),
    wrongPrefix('a slash at its beginning', '/quay'),
    wrongPrefix('a hyphen at its beginning', '-quay'),
    wrongPrefix('a hyphen at its end', 'quay-'),
    wrongPrefix('two slashes', 'team//quay'),
    wrongPrefix('a space', 'my quay'),
    wrongPrefix('a wildcard', 'quay/*'),
    wrongPrefix('a tag', 'quay/prometheus:v3'),
    wrongPrefix('letters that are not ASCII', 'küche'),
    wrongPrefix('an empty prefix', ''),
    wrongPrefix('one character', 'q'),
    wrongPrefix('31 characters', 'q'.repeat(31)),
    wrongPrefix('`ROOT/`', 'ROOT/'),
    wrongPrefix('`Root` for `ROOT`', 'Root'),
    wrongPrefix('`root` for `ROOT`: a name like any other', 'root'),
    {
      mistake: 'no prefix',
      plain: (stack) => quayRule(stack, { ecrRepositoryPrefix: undefined }),
      instead: (stack) => rule(stack),
      gives: 'the prefix of the console is the default',
      check: (template) =>
        template.hasResourceProperties('AWS::ECR::PullThroughCacheRule', { EcrRepositoryPrefix: 'quay' }),
    },
    wrongUpstreamPrefix('an upstream prefix with upper case', 'Prometheus'),
    wrongUpstreamPrefix('an upstream prefix with a slash at its beginning', '/prometheus'),
    wrongUpstreamPrefix('an upstream prefix of 31 characters', 'p'.repeat(31)),
    wrongUpstreamPrefix('an upstream prefix for `ROOT`', 'prometheus', ROOT),
    twoRules('one prefix twice in one stack', ['team', 'team']),
    twoRules('`a/` beside `a`, in one stack', ['team', 'team/']),
    twoRules('`ROOT` twice', [ROOT, ROOT]),
    twoRules('one prefix in two stacks of one account and region', ['team', 'team'], (_, app) =>
      another(app, 'Second'),
    ),
    twoRules('`a/` beside `a`, in two stacks', ['team', 'team/'], (_, app) => another(app, 'Second')),
    twoRules(
      'one prefix in a stack and in its nested stack',
      ['team', 'team'],
      (first) => new NestedStack(first, 'Nested'),
    ),
    twoRules(
      'one prefix in two stages of one account and region',
      ['team', 'team'],
      (_, app) => new Stack(new Stage(app, 'Stage', { env: HOME }), 'Stack'),
    ),
    {
      mistake: 'one prefix in two stacks that leave account and region open',
      plain: (_, app) => ['One', 'Other'].forEach((id) => quayRule(new Stack(app, id))),
      ours: (_, app) => ['One', 'Other'].forEach((id) => rule(new Stack(app, id))),
    },
    twoRules('a prefix below another', ['team', 'team/quay']),
    twoRules('a prefix above another, in two stacks', ['team/quay', 'team'], (_, app) => another(app, 'Second')),
    {
      mistake: 'two registries with one default prefix',
      plain: (stack) =>
        ['one', 'other'].forEach((name) =>
          quayRule(
            stack,
            {
              ecrRepositoryPrefix: 'azure',
              upstreamRegistry: 'azure-container-registry',
              upstreamRegistryUrl: `${name}.azurecr.io`,
              credentialArn:
                `arn:aws:secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:` + `ecr-pullthroughcache/${name}`,
            },
            name,
          ),
        ),
      ours: (stack) =>
        new PullThroughCache(stack, 'Cache', {
          upstreams: ['one', 'other'].map((name) => UpstreamRegistry.azure(name, credentials)),
        }),
    },
    {
      mistake: 'a prefix for a registry that the cache does not have',
      plain: (stack) => quayRule(stack, { ecrRepositoryPrefix: 'quayio', upstreamRegistryUrl: 'quayio' }),
      untyped: "new PullThroughCache(stack, 'Cache', { rules: [{ ecrRepositoryPrefix: 'team' }] })",
      typed: "new PullThroughCache(stack, 'Cache', { rules: [{ upstream, ecrRepositoryPrefix: 'team' }] })",
    },
    manyRules('51 rules in one stack', 51, (_, first) => first),
    manyRules('51 rules in two stacks of one account and region', 51, (index, first, second) =>
      index < 30 ? first : second(),
    ),
    {
      mistake: 'a rule that moves in the tree: its new logical id replaces it, and the prefix is taken',
      plain: (stack) => {
        const stage = new Stage(stack.node.root as App, 'Before', { env: HOME });
        quayRule(new Stack(stage, 'Stack'), {}, 'Rule');
        quayRule(stack, {}, 'MovedRule');
      },
      instead: (stack) => rule(stack, {}, 'MovedRule'),
      gives: 'the logical id comes from the prefix, wherever the rule stands',
      check: (template) => template.templateMatches({ Resources: { PullThroughCacheRuleQuay33888E30: {} } }),
    },
    inRegion('a rule in `cn-north-1`', 'cn-north-1'),
    inRegion('a rule in `cn-northwest-1`', 'cn-northwest-1'),
    inRegion('a rule in GovCloud, of which the guides of AWS disagree', 'us-gov-west-1'),
    {
      mistake: 'a prefix that the account has already, from another app or the console',
      unseen: 'it is in the account',
      plain: (stack) => quayRule(stack),
      ours: (stack) => rule(stack),
    },
    {
      mistake: 'a 51st rule beside 50 of other apps',
      unseen: 'they are in the account',
      plain: (stack) => quayRule(stack),
      ours: (stack) => rule(stack),
    },
  ],
};
