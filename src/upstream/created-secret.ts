import { CfnOutput, Stack } from 'aws-cdk-lib';
import { ISecret, Secret, SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import {
  ACCESS_TOKEN_KEY,
  qualifySecretName,
  SECRET_NAME_PREFIX,
  secretNameProblems,
  USERNAME_KEY,
} from './secret-name';
import { refuse } from '../core/errors';
import { keepLogicalId } from '../core/logical-id';
import { Environment } from '../environment/environment';

/**
 * Makes the secret of a rule. Its logical id comes from its name: a secret that moves in the tree, or gets
 * its value in another way, keeps its ARN. A new ARN would replace the rule, which CloudFormation cannot do.
 */
export function makeSecret(rule: Construct, name: string, props: SecretProps): ISecret {
  const secretName = qualifySecretName(name);
  refuse(secretNameProblems(secretName), rule.node.path);
  const environment = Environment.of(rule);
  const rival = environment.holder('secret', secretName);
  if (rival) {
    refuse(
      [
        {
          what: `the secret of ${rival.node.path} has the same name`,
          given: secretName,
          fix: 'give both rules the same UpstreamCredentials object, or one of them another secretName',
        },
      ],
      rule.node.path,
    );
  }
  const secret = new Secret(rule, 'Credentials', { ...props, secretName });
  environment.hold('secret', secretName, secret);
  keepLogicalId(secret, 'PullThroughCacheSecret', secretName.slice(SECRET_NAME_PREFIX.length));
  return secret;
}

/** Tells the operator how to fill in a secret that was made with a random value. */
export function addFillCommand(secret: ISecret, name: string, username: string): void {
  const secretName = qualifySecretName(name);
  const value = JSON.stringify({ [USERNAME_KEY]: username, [ACCESS_TOKEN_KEY]: '<access token>' });
  const output = new CfnOutput(secret, 'FillIn', {
    description: `Fills in ${secretName}, from which ECR reads the access token of the upstream registry`,
    value: `aws secretsmanager put-secret-value --region ${Stack.of(secret).region} --secret-id ${secretName} --secret-string ${shellQuote(value)}`,
  });
  keepLogicalId(output, 'FillInSecret', secretName.slice(SECRET_NAME_PREFIX.length));
}

function shellQuote(text: string): string {
  return `'${text.replace(/'/g, "'\\''")}'`;
}
