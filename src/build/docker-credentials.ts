import { CfnOutput } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { IGrantable, IPrincipal, IRole, Role } from 'aws-cdk-lib/aws-iam';
import type { DockerCredential, EcrDockerCredentialOptions } from 'aws-cdk-lib/pipelines';
import { Construct } from 'constructs';
import { fail } from '../core/errors';
import { registryHost } from '../image/registry-host';
import type { IPullThroughCacheRule } from '../rule/i-pull-through-cache-rule';

/** A registry of ECR, and the rules by which it caches. */
interface Registry {
  readonly host: string;
  readonly region: string;
  readonly rules: IPullThroughCacheRule[];
}

/** The registries of rules: one, unless some were made in other accounts or regions. */
function registriesOf(rules: IPullThroughCacheRule[]): Registry[] {
  const registries = new Map<string, Registry>();
  for (const rule of rules) {
    const host = registryHost(rule, rule.env);
    registries.set(host, { host, region: rule.env.region, rules: [...(registries.get(host)?.rules ?? []), rule] });
  }
  return [...registries.values()];
}

/** Credentials for CDK Pipelines, one for each registry. */
export function dockerCredentialsOf(
  rules: IPullThroughCacheRule[],
  options: EcrDockerCredentialOptions,
): DockerCredential[] {
  // Loaded here and not above: CDK Pipelines are large, and most users of this library never ask for them.
  const pipelines: typeof import('aws-cdk-lib/pipelines') = require('aws-cdk-lib/pipelines');
  return registriesOf(rules).map((registry) => {
    // All that CDK asks of a repository here is where its registry is, and to let the builds pull.
    const everything = {
      repositoryUri: `${registry.host}/`,
      grantPull: (grantee: IGrantable) => registry.rules.map((rule) => rule.grants.pull(grantee))[0],
    };
    return pipelines.DockerCredential.ecr([everything as unknown as IRepository], options);
  });
}

/** The commands by which a shell with the AWS CLI and Docker signs in to each registry. */
export function signInCommands(rules: IPullThroughCacheRule[]): string[] {
  return registriesOf(rules).map(
    ({ host, region }) =>
      `aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${host}`,
  );
}

/**
 * Who builds, and signs in with the file.
 */
export interface DockerCredentialsFileProps {
  /**
   * Who may take on the role that pulls: the role of the machines which build, an account, an OIDC provider.
   *
   * @default - `role` is given
   */
  readonly assumedBy?: IPrincipal;

  /**
   * A role that exists, and may be taken on by whoever builds.
   *
   * @default - a new one, for `assumedBy`
   */
  readonly role?: IRole;
}

/**
 * What lets builds outside of CDK Pipelines pull through the cache: the role, and the file by which the CDK signs in
 * with it. Made by `dockerCredentialsFile()` of a `PullThroughCache`.
 *
 * Without the file, the CDK signs in to the registry with the role that publishes images, which may not pull through
 * the cache. The CDK reads `~/.cdk/cdk-docker-creds.json`, or the file that the environment variable
 * `CDK_DOCKER_CREDS_FILE` names, and runs `docker-credential-cdk-assets` of the npm package `cdk-assets`.
 *
 * @example
 * cache.dockerCredentialsFile('BuildMachines', { assumedBy: new iam.AccountPrincipal('444455556666') });
 */
export class DockerCredentialsFile extends Construct {
  /** @internal */
  public static _of(
    scope: Construct,
    id: string,
    rules: IPullThroughCacheRule[],
    props: DockerCredentialsFileProps,
  ): DockerCredentialsFile {
    return new DockerCredentialsFile(scope, id, rules, props);
  }

  /** The role that may pull. */
  public readonly role: IRole;

  /**
   * The content of the file, as JSON. An output of the stack has it too, as it holds tokens unless account and region
   * are known and the role is one that exists.
   */
  public readonly content: string;

  private constructor(scope: Construct, id: string, rules: IPullThroughCacheRule[], props: DockerCredentialsFileProps) {
    super(scope, id);
    this.role = this.givenRole(props) ?? new Role(this, 'Role', { assumedBy: props.assumedBy! });
    rules.forEach((rule) => rule.grants.pull(this.role));
    const source = { ecrRepository: true, assumeRoleArn: this.role.roleArn };
    this.content = JSON.stringify({
      version: '1.0',
      domainCredentials: Object.fromEntries(registriesOf(rules).map(({ host }) => [host, source])),
    });
    new CfnOutput(this, 'Content', {
      description: 'What to put into ~/.cdk/cdk-docker-creds.json where images are built',
      value: this.content,
    });
  }

  private givenRole({ role, assumedBy }: DockerCredentialsFileProps): IRole | undefined {
    if ((role === undefined) === (assumedBy === undefined)) {
      fail(
        {
          id: 'DockerCredentialsFile.role',
          what: 'the credentials file needs one role',
          given: role === undefined ? 'neither role nor assumedBy' : 'both role and assumedBy',
          fix: 'give assumedBy for a new role, or role for one that exists',
        },
        this.node.path,
      );
    }
    return role;
  }
}
