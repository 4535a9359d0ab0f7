import type { Problem } from '../core/errors';
import { holdsToken } from '../core/tokens';

/** ECR reads only secrets whose name begins so. */
export const SECRET_NAME_PREFIX = 'ecr-pullthroughcache/';

const MAX_LENGTH = 512;

/** What the pattern of a rule's `CredentialArn` admits after the prefix. */
const NAME = /^ecr-pullthroughcache\/[a-zA-Z0-9/_+=.@-]+$/;

const ALLOWED =
  `"${SECRET_NAME_PREFIX}" followed by letters, digits and any of / _ + = . @ -; ` +
  `at most ${MAX_LENGTH} characters in all`;

/** Adds the prefix that ECR asks for where it is missing. What is no name stays, for `secretNameProblems` to tell. */
export function qualifySecretName(name: string): string {
  return typeof name !== 'string' || name.startsWith(SECRET_NAME_PREFIX) || isArn(name)
    ? name
    : `${SECRET_NAME_PREFIX}${name}`;
}

/** No name has a colon, and an ARN begins so even if tokens follow. */
function isArn(name: string): boolean {
  return name.startsWith('arn:');
}

/** Says what is wrong with the full name of a secret: nothing for a token, whose value is not known yet. */
export function secretNameProblems(name: unknown): Problem[] {
  if (typeof name === 'string' && holdsToken(name) && !isArn(name)) {
    return [];
  }
  if (typeof name === 'string' && name.length <= MAX_LENGTH && NAME.test(name)) {
    return [];
  }
  const given = typeof name === 'string' ? withoutPassword(name) : name;
  return [
    {
      id: 'UpstreamCredentials.secretName',
      what: 'ECR does not read a secret of this name',
      given,
      allowed: ALLOWED,
      fix: suggestName(name),
    },
  ];
}

function suggestName(name: unknown): string {
  if (typeof name !== 'string') {
    return `name the secret "${SECRET_NAME_PREFIX}docker-hub" or the like`;
  }
  if (isArn(name)) {
    return (
      'this is an ARN: use UpstreamCredentials.fromSecretCompleteArn, which takes it with the six characters that ' +
      'Secrets Manager adds; or give the name alone'
    );
  }
  if (qualifySecretName(name).length > MAX_LENGTH) {
    return `shorten the name to ${MAX_LENGTH} characters, "${SECRET_NAME_PREFIX}" included`;
  }
  if (!name.startsWith(SECRET_NAME_PREFIX) && NAME.test(SECRET_NAME_PREFIX + name)) {
    return `create the secret as "${SECRET_NAME_PREFIX}${name}"; a secret cannot be renamed`;
  }
  return `create the secret under a name such as "${SECRET_NAME_PREFIX}docker-hub"; a secret cannot be renamed`;
}

/** Cuts what follows a colon, which no name has: a password may have been pasted with its user. */
export function withoutPassword(text: string): string {
  return isArn(text) ? text : text.replace(/:(?!\/\/).*$/s, ':…');
}

/** Secrets Manager ends every complete ARN with a hyphen and six characters of its own. */
const SUFFIX = /-[a-zA-Z0-9]{6}$/;

/** Tells whether Secrets Manager would read the end of a name as its own suffix, and look for another secret. */
export function looksLikeSuffix(name: string): boolean {
  return !holdsToken(name) && SUFFIX.test(name);
}

export interface SecretArn {
  readonly region: string;
  readonly account: string;
  /** The name with the suffix of Secrets Manager, where the ARN has it. */
  readonly resource: string;
}

const ARN = /^arn:[^:]+:secretsmanager:([^:]*):([^:]*):secret:(.+)$/s;

/** Takes a secret's ARN apart; its fields may be tokens. Nothing where it is not the ARN of a secret. */
export function parseSecretArn(arn: string): SecretArn | undefined {
  const match = ARN.exec(arn);
  return match ? { region: match[1], account: match[2], resource: match[3] } : undefined;
}

/** Gives the name of the secret with a complete ARN. */
export function withoutSuffix(resource: string): string {
  return resource.replace(SUFFIX, '');
}

/** The two keys that ECR reads, for every registry. */
export const USERNAME_KEY = 'username';
export const ACCESS_TOKEN_KEY = 'accessToken';
