import { CfnResource, Stack, Token } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnSecret, ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IConstruct } from 'constructs';
import {
  ACCESS_TOKEN_KEY,
  looksLikeSuffix,
  parseSecretArn,
  SECRET_NAME_PREFIX,
  secretNameProblems,
  USERNAME_KEY,
  withoutPassword,
  withoutSuffix,
} from './secret-name';
import { fail, Problem, throwIfAny } from '../core/errors';
import { holdsToken } from '../core/tokens';
import { warn } from '../core/warnings';
import { accountOf, regionOf, surelyDiffer } from '../environment/environment';

const DEFAULT_KEY = 'alias/aws/secretsmanager';
/** The default key by its name or by its ARN. */
const DEFAULT_KEY_ID = /^(arn:.*:)?alias\/aws\/secretsmanager$/;

/** Gives a secret back when a rule can use it, as far as known at synth. */
export function checkSecret(rule: IConstruct, secret: ISecret): ISecret {
  // Not quoted: what stands here by mistake may be the token itself.
  if (typeof secret?.secretArn !== 'string' || secret.node === undefined) {
    fail(
      {
        id: 'UpstreamCredentials.noSecret',
        what: 'no secret was given',
        allowed: 'an ISecret',
        fix: 'give a secret of Secrets Manager, for example Secret.fromSecretNameV2(...)',
      },
      rule.node.path,
    );
  }
  const own = ownedSecret(secret);
  throwIfAny(
    [...nameProblems(secret, own), ...keyProblems(secret, own), ...placeProblems(rule, secret)],
    rule.node.path,
  );
  if (own) {
    warnOfContent(rule, own);
  } else {
    warnOfSuffix(rule, secret);
  }
  return secret;
}

/** Says what is wrong with an ARN that is meant to be complete. */
export function completeArnProblems(arn: unknown): Problem[] {
  if (typeof arn === 'string' && (holdsToken(arn) || looksLikeSuffix(parseSecretArn(arn)?.resource ?? ''))) {
    return [];
  }
  return [
    {
      id: 'UpstreamCredentials.completeArn',
      what: 'not the complete ARN of a secret',
      given: typeof arn === 'string' ? withoutPassword(arn) : arn,
      allowed: `arn:<partition>:secretsmanager:<region>:<account>:secret:${SECRET_NAME_PREFIX}<name>-<6 characters>`,
      fix: 'copy the ARN from Secrets Manager, or use UpstreamCredentials.fromSecretName',
    },
  ];
}

/** Finds the resource of a secret that this app makes. */
function ownedSecret(secret: ISecret): CfnSecret | undefined {
  const child = secret.node.defaultChild;
  return child && CfnResource.isCfnResource(child) && child.cfnResourceType === 'AWS::SecretsManager::Secret'
    ? (child as CfnSecret)
    : undefined;
}

function nameProblems(secret: ISecret, own: CfnSecret | undefined): Problem[] {
  if (own) {
    // CDK's L2 gives a token for a name that is left out.
    return Stack.of(own).resolve(own.name) === undefined
      ? [
          {
            id: 'UpstreamCredentials.generatedName',
            what: `the secret ${own.node.path} has no secretName, so CloudFormation makes one up`,
            fix: `give it a secretName that begins with "${SECRET_NAME_PREFIX}"`,
          },
        ]
      : secretNameProblems(own.name);
  }
  const name = importedName(secret);
  if (name !== undefined) {
    return secretNameProblems(name);
  }
  return holdsToken(secret.secretArn)
    ? []
    : [
        {
          id: 'UpstreamCredentials.arn',
          what: 'not the ARN of a secret',
          given: withoutPassword(secret.secretArn),
          allowed: `arn:<partition>:secretsmanager:<region>:<account>:secret:${SECRET_NAME_PREFIX}<name>`,
          fix: 'copy the ARN from Secrets Manager',
        },
      ];
}

function importedName(secret: ISecret): string | undefined {
  const resource = parseSecretArn(secret.secretArn)?.resource;
  return resource !== undefined && secret.secretFullArn !== undefined ? withoutSuffix(resource) : resource;
}

function keyProblems(secret: ISecret, own: CfnSecret | undefined): Problem[] {
  const managed =
    secret.encryptionKey !== undefined
      ? !isDefaultKey(secret.encryptionKey)
      : own?.kmsKeyId !== undefined && !DEFAULT_KEY_ID.test(own.kmsKeyId);
  return managed
    ? [
        {
          id: 'UpstreamCredentials.customerKey',
          what: 'ECR cannot read a secret that is encrypted with a customer managed key',
          allowed: `the default key ${DEFAULT_KEY}`,
          fix: 'create the secret without an encryptionKey',
        },
      ]
    : [];
}

function isDefaultKey(key: IKey): boolean {
  return [key.keyId, key.keyArn].some((name) => DEFAULT_KEY_ID.test(name));
}

function placeProblems(rule: IConstruct, secret: ISecret): Problem[] {
  const problems: Problem[] = [];
  const { account, region } = secret.env;
  if (surelyDiffer(account, accountOf(rule))) {
    problems.push({
      id: 'UpstreamCredentials.otherAccount',
      what: 'the secret is of another account than the rule',
      given: account,
      allowed: accountOf(rule),
      fix: 'create a secret with the same value in the account of the rule',
    });
  }
  if (surelyDiffer(region, regionOf(rule))) {
    problems.push({
      id: 'UpstreamCredentials.otherRegion',
      what: 'the secret is in another region than the rule',
      given: region,
      allowed: regionOf(rule),
      fix: 'replicate the secret to the region of the rule, and name the replica',
    });
  }
  return problems;
}

function warnOfSuffix(rule: IConstruct, secret: ISecret): void {
  const name = importedName(secret);
  if (secret.secretFullArn === undefined && name !== undefined && looksLikeSuffix(name)) {
    warn(
      rule,
      'UpstreamCredentials.ambiguousPartialArn',
      `the name of the secret ${JSON.stringify(name)} ends like the suffix of a complete ARN, so that Secrets ` +
        'Manager looks for another secret; ' +
        'use UpstreamCredentials.fromSecretCompleteArn',
    );
  }
}

/** A secret may be filled in later, so a wrong shape is no more than a warning. */
function warnOfContent(rule: IConstruct, secret: CfnSecret): void {
  const generated = secret.generateSecretString;
  const keys =
    secret.secretString !== undefined
      ? jsonKeys(secret.secretString)
      : generated !== undefined && !Token.isUnresolved(generated) && 'generateStringKey' in generated
        ? jsonKeys(generated.secretStringTemplate)?.concat(generated.generateStringKey ?? [])
        : [];
  const missing = keys && [USERNAME_KEY, ACCESS_TOKEN_KEY].filter((key) => !keys.includes(key));
  if (missing?.length) {
    warn(
      rule,
      'UpstreamCredentials.secretKeys',
      `the secret ${secret.node.path} is made without the ${missing.length === 1 ? 'key' : 'keys'} ` +
        `${missing.join(' and ')}; ECR reads the keys ${USERNAME_KEY} and ${ACCESS_TOKEN_KEY} of its JSON value, so ` +
        'pulls fail until they are there; use UpstreamCredentials.newSecret',
    );
  }
}

/** The keys of a JSON object in a string; nothing where tokens hide them. */
function jsonKeys(text: string | undefined): string[] | undefined {
  if (text === undefined) {
    return [];
  }
  try {
    return Object.keys(JSON.parse(text));
  } catch {
    return holdsToken(text) ? undefined : [];
  }
}
