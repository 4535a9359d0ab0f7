import { mayHoldSecret, Problem } from './errors';
import { holdsToken } from './tokens';

/** The prefix that stands for every repository that no other rule or template covers. */
export const ROOT = 'ROOT';

/**
 * The separators that ECR accepts inside a path component; `a__b` and `a--b` are legal since 2026-02.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html
 */
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const PREFIX = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*/?$`);

const SHAPE =
  'lower case letters and digits, with ".", "_", "__" or "-" between them, in one or more parts separated by "/", ' +
  'or ROOT';

/** The limits of a template's prefix, in characters; that of a rule is shorter. */
export const TEMPLATE_PREFIX_LENGTH = { min: 1, max: 256 };

/** The least length of a rule's prefix, in characters. */
const RULE_PREFIX_MIN = 2;

/** The longest name of a repository, prefix included. */
export const REPOSITORY_NAME_MAX_LENGTH = 256;

/** `docker-hub/` and `docker-hub` are one namespace for ECR, so a trailing slash says nothing. */
export function normalizePrefix(prefix: string): string {
  return !holdsToken(prefix) && prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
}

/** The form in which ECR takes a prefix of a rule: one letter is long enough only with its slash. */
export function renderRulePrefix(prefix: string): string {
  return prefix.length < RULE_PREFIX_MIN ? `${prefix}/` : prefix;
}

/** What is wrong with a prefix: nothing for a token, whose value is not known yet. */
export function prefixProblems(name: string, prefix: unknown, length: { min: number; max: number }): Problem[] {
  if (typeof prefix === 'string' && holdsToken(prefix)) {
    return [];
  }
  const allowed = `${SHAPE}; ${length.min} to ${length.max} characters`;
  if (typeof prefix !== 'string' || (prefix !== ROOT && !PREFIX.test(prefix))) {
    return [
      {
        id: 'RepositoryPrefix.form',
        what: `${name} is not a repository prefix`,
        given: prefix,
        allowed,
        fix: suggestPrefix(prefix, length),
      },
    ];
  }
  if (prefix.length < length.min || prefix.length > length.max) {
    return [
      {
        id: 'RepositoryPrefix.length',
        what: `${name} has ${prefix.length} characters`,
        given: prefix,
        allowed,
        fix:
          prefix.length > length.max
            ? `shorten it to ${length.max} characters`
            : `use at least ${length.min} characters`,
      },
    ];
  }
  return [];
}

function suggestPrefix(prefix: unknown, length: { min: number; max: number }): string {
  if (prefix === `${ROOT}/`) {
    return `write it as ${JSON.stringify(ROOT)}`;
  }
  const suggestion =
    typeof prefix === 'string' && prefix.length <= REPOSITORY_NAME_MAX_LENGTH && !mayHoldSecret(prefix)
      ? prefix
          .toLowerCase()
          .replace(/[^a-z0-9/]+/g, '-')
          .replace(/(^|\/)-+|-+(?=\/|$)/g, '$1')
          .replace(/\/{2,}/g, '/')
          .replace(/^\//, '')
      : '';
  const shown = normalizePrefix(suggestion);
  return PREFIX.test(shown) && shown.length >= length.min && shown.length <= length.max
    ? `write it as ${JSON.stringify(shown)}`
    : 'give a name such as "docker-hub" or "team-a/quay"';
}

/** The proper ancestors of a prefix: `a/b/c` lies below `a/b` and `a`. */
export function ancestorsOf(prefix: string): string[] {
  const parts = prefix.split('/');
  return parts.slice(1).map((_, depth) => parts.slice(0, depth + 1).join('/'));
}

/** The name of a repository below a prefix. */
export function joinPrefix(prefix: string, path: string): string {
  return prefix === ROOT ? path : `${prefix}/${path}`;
}

/** The path below a prefix; nothing where the repository does not lie below it. */
export function stripPrefix(prefix: string | undefined, repository: string): string | undefined {
  if (prefix === undefined || prefix === ROOT) {
    return repository;
  }
  return repository.startsWith(`${prefix}/`) ? repository.slice(prefix.length + 1) : undefined;
}
