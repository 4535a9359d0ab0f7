import { SecretValue, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { renderText } from '../core/cloudformation-text';
import { fail } from '../core/errors';
import { warn } from '../core/warnings';

/** Values that CloudFormation looks up when it deploys; a function may be part of the look-up. */
const LOOK_UP = /\{\{resolve:[^}]*\}\}/g;
const SECURE_PARAMETER = '{{resolve:ssm-secure:';
/** Stands for what a function gives. */
const UNKNOWN = '\u0000';

/** Gives an access token back when CloudFormation can put it into a secret. No message says what it is. */
export function checkAccessToken(rule: IConstruct, token: SecretValue): SecretValue {
  if (!SecretValue.isSecretValue(token)) {
    fail(
      {
        id: 'UpstreamCredentials.accessToken',
        what: 'accessToken is not a SecretValue',
        fix: 'use SecretValue.secretsManager(...) or SecretValue.cfnParameter(...)',
      },
      rule.node.path,
    );
  }
  const text = renderText(Stack.of(rule).resolve(token.unsafeUnwrap()), () => UNKNOWN);
  if (text.includes(SECURE_PARAMETER)) {
    fail(
      {
        id: 'UpstreamCredentials.ssmSecure',
        what: 'CloudFormation does not resolve SecretValue.ssmSecure in a secret',
        fix:
          'keep the token in Secrets Manager and use SecretValue.secretsManager(...), or use ' +
          'UpstreamCredentials.placeholder() and fill it in',
      },
      rule.node.path,
    );
  }
  if (text.replace(LOOK_UP, '').replaceAll(UNKNOWN, '') !== '') {
    warn(
      rule,
      'UpstreamCredentials.plainTextToken',
      'the access token stands in the template in plain text; use SecretValue.secretsManager(...), ' +
        'SecretValue.cfnParameter(...) of a parameter with noEcho, or UpstreamCredentials.placeholder() and fill it ' +
        'in after deploying',
    );
  }
  return token;
}
