import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { ISecret, Secret, SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { checkAccessToken } from './access-token';
import { addFillCommand, createdSecret, SECRET_ID } from './created-secret';
import { checkSecret, completeArnProblems } from './imported-secret';
import { watchSecretName } from './secret-dependencies';
import { ACCESS_TOKEN_KEY, qualifySecretName, secretNameProblems, USERNAME_KEY } from './secret-name';
import { Problem, throwIfAny } from '../core/errors';
import { isDummy } from '../core/tokens';

/**
 * What every secret that the stack makes has in common.
 */
export interface UpstreamSecretOptions {
  /**
   * The name of the secret: letters, digits and any of `/_+=.@-`, at most 512 characters in all.
   *
   * The `ecr-pullthroughcache/` that ECR asks for is added where it is missing.
   *
   * @default - the ECR repository prefix of the rules that use the credentials, which must be the same for all
   */
  readonly secretName?: string;

  /**
   * What happens to the secret when it leaves the stack.
   *
   * @default - `DESTROY` for a new secret; `RETAIN_ON_UPDATE_OR_DELETE` for a placeholder, whose value is nowhere else
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A secret for `UpstreamCredentials.newSecret`.
 */
export interface NewSecretOptions extends UpstreamSecretOptions {
  /**
   * The user that the upstream registry knows.
   *
   * Docker Hub: the account's name, or the organization's for an organization access token. GitHub: the
   * account's name. Azure: the token's name. GitLab: the user's name, or any for a project or group token.
   * Chainguard: the pull token's id. It stands in the template in plain text.
   */
  readonly username: string;

  /**
   * The access token.
   *
   * Refer to a value that is kept elsewhere: `SecretValue.secretsManager(...)` or
   * `SecretValue.cfnParameter(...)` of a parameter with `noEcho`. `SecretValue.unsafePlainText` works, with
   * a warning, since the token then stands in the template. `SecretValue.ssmSecure` is an error:
   * CloudFormation does not resolve it in a secret.
   */
  readonly accessToken: SecretValue;
}

/**
 * A secret for `UpstreamCredentials.placeholder`.
 */
export interface PlaceholderOptions extends UpstreamSecretOptions {
  /**
   * The user that the upstream registry knows, for the command that fills in the secret.
   *
   * It does not stand in the secret until then, so that changing it never overwrites what was filled in.
   *
   * @default - the command has the word `username` there, to be replaced
   */
  readonly username?: string;
}

/**
 * The secret with which ECR signs in to an upstream registry.
 *
 * For every registry it is a secret in Secrets Manager, in the account and region of the rule, encrypted
 * with the default key `aws/secretsmanager`, whose name begins with `ecr-pullthroughcache/` and whose value is
 * `{"username": "...", "accessToken": "..."}`. What is known of that at synth is checked when a rule uses the
 * credentials. ECR reads the value at each pull: a new token needs no change to the rule.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-secret.html
 * @example
 * const hub = UpstreamCredentials.fromSecretName('docker-hub');
 * const github = UpstreamCredentials.placeholder({ username: 'octocat' });
 * new PullThroughCache(this, 'Cache', {
 *   upstreams: [UpstreamRegistry.dockerHub(hub), UpstreamRegistry.github(github)],
 * });
 */
export class UpstreamCredentials {
  /**
   * Uses a secret that exists, or that this app makes elsewhere.
   *
   * Throws, when a rule uses it, if its name, key, account or region is one that ECR does not accept.
   *
   * @param secret the secret
   */
  public static fromSecret(secret: ISecret): UpstreamCredentials {
    return new UpstreamCredentials((rule) => checkSecret(rule, secret));
  }

  /**
   * Uses a secret that exists in the account and region of the rule, by its name.
   *
   * The rule gets the ARN without the six characters that Secrets Manager adds, as in the examples of the
   * ECR user guide. A name that itself ends with a hyphen and six letters or digits is a warning: Secrets
   * Manager would take its end for the suffix. So is the name of a secret that this app makes, for which the
   * rule does not wait: use `fromSecret` for that.
   *
   * @param secretName the name; the `ecr-pullthroughcache/` that ECR asks for is added where it is missing
   */
  public static fromSecretName(secretName: string): UpstreamCredentials {
    return new UpstreamCredentials((rule) => {
      const name = qualifySecretName(secretName);
      throwIfAny(secretNameProblems(name), rule.node.path);
      watchSecretName(rule, name);
      return checkSecret(rule, Secret.fromSecretNameV2(rule, SECRET_ID, name));
    });
  }

  /**
   * Uses a secret that exists, by its complete ARN, with the six characters that Secrets Manager adds to the name.
   *
   * Throws, when a rule uses it, if the ARN is not complete, or is of another account or region than the rule.
   *
   * @param secretCompleteArn the ARN, such as
   * `arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/docker-hub-a1B2c3`
   */
  public static fromSecretCompleteArn(secretCompleteArn: string): UpstreamCredentials {
    return new UpstreamCredentials((rule) => {
      throwIfAny(completeArnProblems(secretCompleteArn), rule.node.path);
      // CDK does not take the dummy of a look-up for an ARN. The template of that synth is thrown away.
      return isDummy(secretCompleteArn)
        ? Secret.fromSecretNameV2(rule, SECRET_ID, secretCompleteArn)
        : checkSecret(rule, Secret.fromSecretCompleteArn(rule, SECRET_ID, secretCompleteArn));
    });
  }

  /**
   * Makes a secret with a token that is kept elsewhere.
   *
   * One object given to several rules of one account and region makes one secret; rules of different prefixes need a
   * `secretName` for that. Its logical id comes from its name.
   *
   * @example
   * UpstreamCredentials.newSecret({
   *   username: 'octocat',
   *   accessToken: SecretValue.secretsManager('github/read-packages', { jsonField: 'token' }),
   * });
   *
   * @param options the user and the token
   */
  public static newSecret(options: NewSecretOptions): UpstreamCredentials {
    throwIfAny(
      options
        ? usernameProblems(options.username)
        : [
            {
              id: 'UpstreamCredentials.noOptions',
              what: 'newSecret has no options',
              fix: 'give it username and accessToken',
            },
          ],
    );
    return UpstreamCredentials.created(options, (rule) => ({
      removalPolicy: options.removalPolicy,
      secretObjectValue: {
        [USERNAME_KEY]: SecretValue.unsafePlainText(options.username),
        [ACCESS_TOKEN_KEY]: checkAccessToken(rule, options.accessToken),
      },
    }));
  }

  /**
   * Makes a secret with a random token, to be filled in by hand after the first deployment.
   *
   * An output of the stack gives the command that fills it in. Later deployments keep what was filled in, and so does
   * the removal of the secret from the stack, unless told otherwise. To use it again, refer to it by `fromSecretName`.
   * One object given to several rules of one account and region makes one secret; rules of different prefixes need a
   * `secretName` for that. Its logical id comes from its name.
   *
   * @param options the user, and the name of the secret
   */
  public static placeholder(options: PlaceholderOptions = {}): UpstreamCredentials {
    throwIfAny(options.username === undefined ? [] : usernameProblems(options.username));
    return UpstreamCredentials.created(
      options,
      () => ({
        // The value that somebody filled in is nowhere else. Only a creation that fails takes its secret along.
        removalPolicy: options.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        // CloudFormation makes a new random value whenever this block changes, over what was filled in. So it is
        // constant.
        generateSecretString: {
          secretStringTemplate: JSON.stringify({ [USERNAME_KEY]: 'placeholder' }),
          generateStringKey: ACCESS_TOKEN_KEY,
          excludePunctuation: true,
        },
      }),
      (secret, name) => addFillCommand(secret, name, options.username ?? '<username>'),
    );
  }

  /** A secret that the stack makes, once for each account and region in which a rule asks for it. */
  private static created(
    options: UpstreamSecretOptions,
    props: (rule: Construct) => SecretProps,
    whenMade?: (secret: ISecret, name: string) => void,
  ): UpstreamCredentials {
    const credentials: UpstreamCredentials = new UpstreamCredentials((rule, prefix) =>
      createdSecret(rule, prefix, {
        credentials,
        secretName: options.secretName,
        props: () => props(rule),
        whenMade,
      }),
    );
    return credentials;
  }

  private constructor(private readonly secretFor: (rule: Construct, prefix: string) => ISecret) {}

  /**
   * Gives the secret for a rule, checked against what the rule can use.
   *
   * @internal
   */
  public _bindSecret(rule: Construct, prefix: string): ISecret {
    return this.secretFor(rule, prefix);
  }
}

/** Nothing is quoted: what stands here by mistake may be the token itself. */
function usernameProblems(username: unknown): Problem[] {
  return typeof username === 'string' && username !== ''
    ? []
    : [
        {
          id: 'UpstreamCredentials.username',
          what: 'username is not a user name',
          allowed: 'a string of at least one character',
          fix: 'give the user that the upstream registry knows',
        },
      ];
}
