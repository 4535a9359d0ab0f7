import { CfnOutput, Fn, Stack, Stage, Token } from 'aws-cdk-lib';
import { ISecret, Secret, SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import {
  ACCESS_TOKEN_KEY,
  qualifySecretName,
  SECRET_NAME_PREFIX,
  secretNameProblems,
  USERNAME_KEY,
} from './secret-name';
import { fail, throwIfAny } from '../core/errors';
import { keepLogicalId } from '../core/logical-id';
import { warn } from '../core/warnings';
import { registryOf, registryOfPossibleNeighbours } from '../environment/registry';

/** The id, below a rule, of its secret. */
export const SECRET_ID = 'Credentials';

/** A secret that the app makes, and the name that it was asked for with. */
interface CreatedSecret {
  readonly secret: ISecret;
  readonly secretName: string;
}

/** The secrets that the app makes in an account and region. */
class CreatedSecrets {
  public readonly byName = new Map<string, ISecret>();
  public readonly byCredentials = new Map<object, CreatedSecret>();
}

/** How to make the secret of some credentials. */
export interface SecretRecipe {
  /** What tells the credentials from others: rules that share them share the secret. */
  readonly credentials: object;
  /** The name that was asked for; that of the rule's prefix unless given. */
  readonly secretName?: string;
  readonly props: () => SecretProps;
  readonly whenMade?: (secret: ISecret, name: string) => void;
}

/**
 * Makes the secret of a rule, once for all rules of its account and region that share the credentials. Its logical id
 * comes from its name: a secret that moves in the tree, or gets its value in another way, keeps its ARN. A new ARN
 * would replace the rule, which CloudFormation cannot do.
 */
export function createdSecret(rule: Construct, prefix: string, recipe: SecretRecipe): ISecret {
  const secretName = qualifySecretName(recipe.secretName ?? prefix);
  throwIfAny(secretNameProblems(secretName), rule.node.path);
  const secrets = registryOf(CreatedSecrets, rule);
  const known = secrets.byCredentials.get(recipe.credentials);
  if (known) {
    checkShared(rule, known, secretName);
    return withinReach(rule, known);
  }
  checkName(rule, secretName);
  const secret = new Secret(rule, SECRET_ID, { ...recipe.props(), secretName });
  keepLogicalId(secret, 'PullThroughCacheSecret', secretName.slice(SECRET_NAME_PREFIX.length));
  recipe.whenMade?.(secret, secretName);
  [secrets, registryOfPossibleNeighbours(CreatedSecrets, rule)].forEach(({ byName }) => byName.set(secretName, secret));
  secrets.byCredentials.set(recipe.credentials, { secret, secretName });
  return secret;
}

/** The name of a secret must not depend on which of several rules comes first. */
function checkShared(rule: Construct, { secret, secretName }: CreatedSecret, wanted: string): void {
  if (wanted !== secretName) {
    fail(
      {
        id: 'UpstreamCredentials.sharedWithoutName',
        what: 'rules of different prefixes share an UpstreamCredentials object that has no secretName',
        given: `${secretName} and ${wanted}`,
        fix: 'give the credentials a secretName, or each rule credentials of its own',
      },
      rule.node.path,
    );
  }
  if (Stack.of(secret) !== Stack.of(rule) && Stage.of(secret) === Stage.of(rule)) {
    warn(
      rule,
      'UpstreamCredentials.sharedBetweenStacks',
      `the secret stands in the stack ${Stack.of(secret).node.path}, whose rule came first; another order of the ` +
        'rules would move it; make the secret in the stack of your choice, and use UpstreamCredentials.fromSecret',
    );
  }
}

/** Each account and region has a name once. */
function checkName(rule: Construct, secretName: string): void {
  const byName = (registry: CreatedSecrets) => registry.byName.get(secretName);
  const rival = byName(registryOf(CreatedSecrets, rule));
  if (rival) {
    fail(
      {
        id: 'UpstreamCredentials.nameTaken',
        what: `the secret of ${rival.node.path} has the same name`,
        given: secretName,
        fix: 'give both rules the same UpstreamCredentials object, or one of them another secretName',
      },
      rule.node.path,
    );
  }
  const neighbours = registryOfPossibleNeighbours(CreatedSecrets, rule);
  const possibleRival = byName(neighbours);
  if (possibleRival) {
    warn(
      rule,
      'UpstreamCredentials.possibleDuplicateName',
      `${possibleRival.node.path} makes a secret of the same name in another stack that leaves account or region ` +
        'open; one of the two fails if both are deployed to the same account and region; give the stacks an env',
    );
  }
}

/** A secret of another stage is named and not referred to: CDK lets no stage refer to what another makes. */
function withinReach(rule: Construct, { secret, secretName }: CreatedSecret): ISecret {
  return Stage.of(secret) === Stage.of(rule) ? secret : Secret.fromSecretNameV2(rule, SECRET_ID, secretName);
}

/** Tells the operator how to fill in a secret that was made with a random value. */
export function addFillCommand(secret: ISecret, secretName: string, username: string): void {
  const value = `{"${USERNAME_KEY}":${quotedInShell(username)},"${ACCESS_TOKEN_KEY}":"<access token>"}`;
  const output = new CfnOutput(secret, 'FillIn', {
    description: `Fills in ${secretName}, from which ECR reads the access token of the upstream registry`,
    value:
      `aws secretsmanager put-secret-value --region ${Stack.of(secret).region} --secret-id ${secretName} ` +
      `--secret-string '${value}'`,
  });
  keepLogicalId(output, 'FillInSecret', secretName.slice(SECRET_NAME_PREFIX.length));
}

/** Writes a text as JSON inside single quotes of a shell; for a token CloudFormation escapes what it fills in. */
function quotedInShell(text: string): string {
  const escaped = (value: string, character: string, by: string) => Fn.join(by, Fn.split(character, value));
  const json = Token.isUnresolved(text)
    ? `"${escaped(escaped(text, '\\', '\\\\'), '"', '\\"')}"`
    : JSON.stringify(text);
  return Token.isUnresolved(text) ? escaped(json, "'", "'\\''") : json.replaceAll("'", "'\\''");
}
