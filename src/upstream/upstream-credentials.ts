import { RemovalPolicy, SecretValue, Stage } from 'aws-cdk-lib';
import { CfnSecret, ISecret, Secret, SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { addFillCommand, makeSecret } from './created-secret';
import { checkAccessToken, checkSecret, completeArnProblems } from './imported-secret';
import { watchSecretName } from './secret-dependencies';
import { ACCESS_TOKEN_KEY, qualifySecretName, secretNameProblems, USERNAME_KEY } from './secret-name';
import { Problem, refuse } from '../core/errors';
import { ANYTHING, memberProblems, oneOf, Shapes } from '../core/shapes';
import { Environment } from '../environment/environment';

/** The id, below a rule, of a secret that exists. */
const SECRET_ID = 'Credentials';

/** Under which an environment holds the secrets that credentials made. */
const MADE = 'credentials';

/**
 * What every secret that the stack makes has in common.
 */
export interface UpstreamSecretOptions {
  /**
   * The name of the secret: letters, digits and any of `/_+=.@-`, at most 512 characters in all.
   *
   * The `ecr-pullthroughcache/` that ECR asks for is added where it is missing.
   *
   * @default - the ECR repository prefix of the first rule that uses the credentials
   */
  readonly secretName?: string;

  /**
   * What happens to the secret when it leaves the stack.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

const OPTIONS: Shapes<UpstreamSecretOptions> = { secretName: ANYTHING, removalPolicy: oneOf(RemovalPolicy) };

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
   * a warning, since the token then stands in the template. `SecretValue.ssmSecure` is refused:
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
   * @default - the command says `<username>`
   */
  readonly username?: string;
}

/**
 * The secret with which ECR signs in to an upstream registry.
 *
 * For every registry it is a secret in Secrets Manager, in the account and region of the rule, encrypted
 * with the default key `aws/secretsmanager`, whose name begins with `ecr-pullthroughcache/` and whose value is
 * `{"username": "...", "accessToken": "..."}`. What can be seen of that at synth is checked when a rule uses
 * the credentials. ECR reads the value at each pull: a new token needs no change to the rule.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-secret.html
 */
export class UpstreamCredentials {
  /**
   * A secret that exists, or that this app makes elsewhere.
   *
   * Throws, when a rule uses it, if its name, key, account or region is one that ECR does not accept.
   *
   * @param secret the secret
   */
  public static fromSecret(secret: ISecret): UpstreamCredentials {
    return new UpstreamCredentials((rule) => checkSecret(rule, secret));
  }

  /**
   * A secret that exists in the account and region of the rule, by its name.
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
      refuse(secretNameProblems(name), rule.node.path);
      watchSecretName(rule, name);
      return checkSecret(rule, Secret.fromSecretNameV2(rule, SECRET_ID, name));
    });
  }

  /**
   * A secret that exists, by its complete ARN, with the six characters that Secrets Manager adds to the name.
   *
   * Throws, when a rule uses it, if the ARN is not complete, or is of another account or region than the rule.
   *
   * @param secretCompleteArn the ARN: `arn:<partition>:secretsmanager:<region>:<account>:secret:ecr-pullthroughcache/<name>-<6 characters>`
   */
  public static fromSecretCompleteArn(secretCompleteArn: string): UpstreamCredentials {
    return new UpstreamCredentials((rule) => {
      refuse(completeArnProblems(secretCompleteArn), rule.node.path);
      return checkSecret(rule, Secret.fromSecretCompleteArn(rule, SECRET_ID, secretCompleteArn));
    });
  }

  /**
   * A secret that the stack makes, with a token that is kept elsewhere.
   *
   * One object given to several rules of one environment makes one secret. Its logical id comes from its name.
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
    refuse(
      options
        ? usernameProblems(options.username)
        : [{ what: 'newSecret has no options', fix: 'give it username and accessToken' }],
    );
    refuse(memberProblems('options', options, OPTIONS));
    return UpstreamCredentials.own(options, (rule) => ({
      secretObjectValue: {
        [USERNAME_KEY]: SecretValue.unsafePlainText(options.username),
        [ACCESS_TOKEN_KEY]: checkAccessToken(rule, options.accessToken),
      },
    }));
  }

  /**
   * A secret that the stack makes with a random token, to be filled in by hand after the first deployment.
   *
   * An output of the stack gives the command that fills it in. Later deployments keep what was filled in.
   * One object given to several rules of one environment makes one secret. Its logical id comes from its name.
   *
   * @param options the user, and the name of the secret
   */
  public static placeholder(options: PlaceholderOptions = {}): UpstreamCredentials {
    refuse(placeholderProblems(options));
    refuse(memberProblems('options', options, OPTIONS));
    return UpstreamCredentials.own(
      options,
      () => ({
        // CloudFormation makes a new random value whenever this block changes, over what was filled in. So it is constant.
        generateSecretString: {
          secretStringTemplate: JSON.stringify({ [USERNAME_KEY]: 'placeholder' }),
          generateStringKey: ACCESS_TOKEN_KEY,
          excludePunctuation: true,
        },
      }),
      (secret, name) => addFillCommand(secret, name, options.username ?? '<username>'),
    );
  }

  /** A secret of the stack's own, made once for each environment in which a rule asks for it. */
  private static own(
    options: UpstreamSecretOptions,
    value: (rule: Construct) => SecretProps,
    whenMade: (secret: ISecret, name: string) => void = () => {},
  ): UpstreamCredentials {
    const credentials = new UpstreamCredentials((rule, defaultName) => {
      const environment = Environment.of(rule);
      const made = environment.possibleHolder(MADE, credentials) as ISecret | undefined;
      if (made) {
        return withinReach(rule, made);
      }
      const name = options.secretName ?? defaultName;
      const secret = makeSecret(rule, name, { removalPolicy: options.removalPolicy, ...value(rule) });
      whenMade(secret, name);
      environment.hold(MADE, credentials, secret);
      return secret;
    });
    return credentials;
  }

  private constructor(private readonly secretFor: (rule: Construct, defaultName: string) => ISecret) {}

  /**
   * The secret for a rule, checked against what the rule can use.
   *
   * @internal
   */
  public _bindSecret(rule: Construct, defaultName: string): ISecret {
    return this.secretFor(rule, defaultName);
  }
}

/** A secret of another stage is named and not referred to: CDK lets no stage refer to what another makes. */
function withinReach(rule: Construct, made: ISecret): ISecret {
  return Stage.of(made) === Stage.of(rule)
    ? made
    : Secret.fromSecretNameV2(rule, SECRET_ID, (made.node.defaultChild as CfnSecret).name!);
}

/** Nothing is quoted: what stands here by mistake may be the token itself. */
function usernameProblems(username: unknown): Problem[] {
  return typeof username === 'string' && username !== ''
    ? []
    : [
        {
          what: 'username is not a user name',
          allowed: 'a string of at least one character',
          fix: 'give the user that the upstream registry knows',
        },
      ];
}

function placeholderProblems(options: unknown): Problem[] {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [
      {
        what: 'the options of a placeholder are not an object',
        allowed: 'username, secretName and removalPolicy',
        fix: 'leave them out, or give an object',
      },
    ];
  }
  const { username } = options as PlaceholderOptions;
  return username === undefined || username === null ? [] : usernameProblems(username);
}
