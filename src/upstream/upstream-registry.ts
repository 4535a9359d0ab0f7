import { Stack } from 'aws-cdk-lib';
import { IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import {
  Authentication,
  azureHost,
  canonicalHost,
  ecrHost,
  isChina,
  kindOfHost,
  parseEcrHost,
  REGISTRIES,
  RegistryKind,
} from './catalogue';
import type { UpstreamCredentials } from './upstream-credentials';
import { upstreamHostProblems } from './upstream-host';
import { missingActions, trustProblems, watchPolicies } from '../access/given-role';
import { describe, fail, Problem, refuse } from '../core/errors';
import { keepLogicalId } from '../core/logical-id';
import { joinPrefix } from '../core/repository-prefix';
import { constructWith } from '../core/shapes';
import { holdsToken } from '../core/tokens';
import { warn } from '../core/warnings';
import { accountOf, differ, same } from '../environment/environment';

/**
 * A private ECR registry as an upstream.
 */
export interface EcrUpstreamOptions {
  /** The account that owns the upstream registry: 12 digits. */
  readonly account: string;

  /** The region of the upstream registry, such as `eu-west-1`. */
  readonly region: string;

  /**
   * The role with which ECR reads from another account. It belongs to the account of the rule and trusts
   * `pullthroughcache.ecr.amazonaws.com`; one that this app makes and that does not is refused at synth. One
   * that lacks an action that ECR needs is a warning.
   *
   * @default - made when the upstream is, or may be, of another account than the rule; none for the same account
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
   */
  readonly role?: IRole;
}

/** What a rule gets from its upstream. */
export interface BoundUpstream {
  readonly secret?: ISecret;
  readonly role?: IRole;
}

/**
 * A registry whose images ECR can cache. These nine are all that there are.
 *
 * A registry that asks for credentials takes them as an argument; one that does not has no such argument.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
 */
export class UpstreamRegistry {
  /** Amazon ECR Public, `public.ecr.aws`. Takes no credentials. Default prefix: `ecr-public`. */
  public static ecrPublic(): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.ecrPublic, REGISTRIES.ecrPublic.url);
  }

  /** The registry of the Kubernetes project, `registry.k8s.io`. Takes no credentials. Default prefix: `kubernetes`. */
  public static kubernetes(): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.kubernetes, REGISTRIES.kubernetes.url);
  }

  /** Quay, `quay.io`. Takes no credentials, so public images only. Default prefix: `quay`. */
  public static quay(): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.quay, REGISTRIES.quay.url);
  }

  /**
   * Docker Hub, `docker.io`. Needs credentials, also for public images. Default prefix: `docker-hub`.
   *
   * @param credentials the account's name and a personal access token, or the organization's name and an organization access token
   */
  public static dockerHub(credentials: UpstreamCredentials): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.dockerHub, REGISTRIES.dockerHub.url, { credentials });
  }

  /**
   * GitHub Container Registry, `ghcr.io`. Needs credentials, also for public images. Default prefix: `github`.
   *
   * @param credentials the account's name and a classic personal access token with `read:packages`; fine-grained tokens do not work
   */
  public static github(credentials: UpstreamCredentials): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.github, REGISTRIES.github.url, { credentials });
  }

  /**
   * A Microsoft Azure Container Registry, `<name>.azurecr.io`. Needs credentials. Default prefix: `azure`.
   *
   * Throws if the name is not one that Azure gives.
   *
   * @param registryName the name of the registry, with or without `.azurecr.io`
   * @param credentials the name and the password of a token of the registry
   */
  public static azure(registryName: string, credentials: UpstreamCredentials): UpstreamRegistry {
    refuse(azureProblems(registryName));
    return new UpstreamRegistry(REGISTRIES.azure, azureHost(registryName), { credentials });
  }

  /**
   * GitLab.com Container Registry, `registry.gitlab.com`. Needs credentials, also for public images; self-hosted
   * GitLab is not supported by ECR. Default prefix: `gitlab`.
   *
   * @param credentials a user's name and a personal, group or project access token with `read_registry`
   */
  public static gitlab(credentials: UpstreamCredentials): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.gitlab, REGISTRIES.gitlab.url, { credentials });
  }

  /**
   * Chainguard, `cgr.dev`. Needs credentials, also for public images. Default prefix: `chainguard`.
   *
   * @param credentials the id and the password of a pull token, which expires after 30 days unless it was made to last longer
   */
  public static chainguard(credentials: UpstreamCredentials): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.chainguard, REGISTRIES.chainguard.url, { credentials });
  }

  /**
   * A private ECR registry of another region or account. Needs a role when it is of another account, which is
   * then made. Default prefix: `ecr`. The registry of the rule itself is a warning.
   *
   * The upstream account must let the account of the rule read its repositories.
   *
   * Throws if account or region are not of their form, or the region is one of China.
   *
   * @param options account and region of the upstream
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
   */
  public static ecr(options: EcrUpstreamOptions): UpstreamRegistry {
    refuse(ecrProblems(options));
    return new UpstreamRegistry(REGISTRIES.ecr, ecrHost(options.account, options.region), { ecr: options });
  }

  /**
   * The registry behind a host that a person would write: `docker.io`, `ghcr.io`, `myregistry.azurecr.io`,
   * `111122223333.dkr.ecr.eu-west-1.amazonaws.com`.
   *
   * Throws if ECR does not support the registry, listing those that it does; if the host has a scheme or a
   * path; and if credentials are missing, or given to a registry that takes none.
   *
   * @param url the host of the registry
   * @param credentials for a registry that needs them
   */
  public static fromUrl(url: string, credentials?: UpstreamCredentials): UpstreamRegistry {
    if (typeof url === 'string' && holdsToken(url)) {
      fail({
        what: 'the host of a registry is a CDK token, so its kind cannot be known',
        fix: 'use the factory of the registry, such as UpstreamRegistry.azure(name, credentials)',
      });
    }
    refuse(upstreamHostProblems(url));
    const kind = kindOfHost(url)!;
    const host = canonicalHost(url);
    const ecr = parseEcrHost(host);
    if (credentials !== undefined && kind.authentication !== Authentication.SECRET) {
      fail({ what: `${kind.title} takes no credentials`, given: url, fix: 'leave out the credentials' });
    }
    return ecr ? UpstreamRegistry.ecr(ecr) : new UpstreamRegistry(kind, host, { credentials });
  }

  /** CloudFormation's `UpstreamRegistry`, such as `docker-hub`. (A property of that name would rename this class in C#.) */
  public readonly upstreamRegistryName: string;

  /** The host from which ECR pulls, such as `registry-1.docker.io`. */
  public readonly upstreamRegistryUrl: string;

  /** The prefix that a rule takes unless it is given one: the one that the console proposes, such as `docker-hub`. */
  public readonly defaultEcrRepositoryPrefix: string;

  /** Whether ECR asks for a secret, also to pull public images. */
  public readonly requiresCredentials: boolean;

  private readonly credentials?: UpstreamCredentials;
  private readonly ecrUpstream?: EcrUpstreamOptions;

  private constructor(
    kind: RegistryKind,
    url: string,
    access: { credentials?: UpstreamCredentials; ecr?: EcrUpstreamOptions } = {},
  ) {
    this.upstreamRegistryName = kind.upstreamRegistry;
    this.upstreamRegistryUrl = url;
    this.defaultEcrRepositoryPrefix = kind.defaultPrefix;
    this.requiresCredentials = kind.authentication === Authentication.SECRET;
    this.credentials = access.credentials;
    this.ecrUpstream = access.ecr;
    if (this.requiresCredentials && typeof this.credentials?._bindSecret !== 'function') {
      refuse([
        {
          what: `${kind.title} needs credentials, also for public images`,
          fix: `give UpstreamRegistry.${kind.factory} an UpstreamCredentials: of an existing secret, a new one or a placeholder`,
        },
      ]);
    }
  }

  /**
   * The secret or the role with which a rule reads from this registry.
   *
   * @internal
   */
  public _bind(rule: Construct, ecrRepositoryPrefix: string, upstreamRepositoryPrefix: string): BoundUpstream {
    return {
      secret: this.credentials?._bindSecret(rule, ecrRepositoryPrefix),
      role: this.ecrUpstream && bindRole(rule, this.ecrUpstream, ecrRepositoryPrefix, upstreamRepositoryPrefix),
    };
  }
}

/** What ECR does with the images of the upstream registry and with their copies. */
const READ_ACTIONS = [
  'ecr:BatchGetImage',
  'ecr:BatchImportUpstreamImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetImageCopyStatus',
];
/** What ECR does to write the copies. */
const WRITE_ACTIONS = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];
const SIGN_IN_ACTION = 'ecr:GetAuthorizationToken';

/** Who uses the role. */
const SERVICE = 'pullthroughcache.ecr.amazonaws.com';

/**
 * The role for an upstream of another account. Where synth cannot know whether the account is another one,
 * a role is made: it does no harm where it is not needed, and without it the rule would fail where it is.
 */
function bindRole(
  rule: Construct,
  upstream: EcrUpstreamOptions,
  ecrRepositoryPrefix: string,
  upstreamRepositoryPrefix: string,
): IRole | undefined {
  const stack = Stack.of(rule);
  warnOfOwnRegistry(rule, upstream);
  if (upstream.role) {
    refuse(roleProblems(rule, upstream.role), rule.node.path);
    checkAtSynth(rule, upstream.role);
    return upstream.role;
  }
  if (same(rule, upstream.account, stack.account)) {
    return undefined;
  }

  const repositories = (account: string, region: string, prefix: string) =>
    stack.formatArn({ service: 'ecr', account, region, resource: 'repository', resourceName: joinPrefix(prefix, '*') });
  const upstreamArn = repositories(upstream.account, upstream.region, upstreamRepositoryPrefix);
  const cacheArn = repositories(stack.account, stack.region, ecrRepositoryPrefix);
  const role = new Role(rule, 'Role', {
    assumedBy: new ServicePrincipal(SERVICE),
    // Part of the role and no resource of its own: ECR tries the role when it creates the rule.
    inlinePolicies: {
      PullThroughCache: new PolicyDocument({
        statements: [
          new PolicyStatement({ actions: READ_ACTIONS, resources: [upstreamArn, cacheArn] }),
          new PolicyStatement({ actions: WRITE_ACTIONS, resources: [cacheArn] }),
          // This action knows no resource.
          new PolicyStatement({ actions: [SIGN_IN_ACTION], resources: ['*'] }),
        ],
      }),
    },
  });
  // A role of another ARN would replace the rule, which CloudFormation cannot do.
  keepLogicalId(role, 'PullThroughCacheRole', ecrRepositoryPrefix);
  return role;
}

/** What ECR tries when it creates the rule, as far as it can be seen of a role that the app makes. */
function checkAtSynth(rule: Construct, role: IRole): void {
  watchPolicies(rule);
  rule.node.addValidation({
    validate: () => {
      const missing = missingActions(role, [...READ_ACTIONS, ...WRITE_ACTIONS, SIGN_IN_ACTION]);
      if (missing.length > 0) {
        warn(
          rule,
          'PullThroughCacheRule.rolePermissions',
          `no policy of the role ${role.node.path} allows ${missing.join(', ')}, with which ECR reads the upstream and writes the copies; ` +
            'allow these actions, or leave the role out to have one made',
        );
      }
      return trustProblems(role, SERVICE).map((problem) => `${describe(problem)} [at ${rule.node.path}]`);
    },
  });
}

/** The guides of AWS know upstreams of other regions and accounts, and do not say what a registry does with itself. */
function warnOfOwnRegistry(rule: Construct, { account, region }: EcrUpstreamOptions): void {
  const stack = Stack.of(rule);
  if (same(rule, account, stack.account) && same(rule, region, stack.region)) {
    warn(
      rule,
      'PullThroughCacheRule.ownRegistry',
      'the upstream is the registry of the rule itself, whose images are there already; give the account and region of another registry',
    );
  }
}

function roleProblems(rule: Construct, role: IRole): Problem[] {
  return differ(role.env?.account, accountOf(rule))
    ? [
        {
          what: 'the role is of another account than the rule',
          given: role.env.account,
          allowed: accountOf(rule),
          fix: 'give a role of the account of the rule, or leave it out to have one made',
        },
      ]
    : [];
}

function azureProblems(registryName: unknown): Problem[] {
  if (
    typeof registryName === 'string' &&
    (holdsToken(registryName) || kindOfHost(azureHost(registryName)) === REGISTRIES.azure)
  ) {
    return [];
  }
  return [
    {
      what: 'not the name of an Azure Container Registry',
      given: registryName,
      allowed: 'letters, digits and "-", with or without ".azurecr.io"',
      fix: 'give the name as in "myregistry" or "myregistry.azurecr.io"',
    },
  ];
}

const ROLE = constructWith('an IRole', 'roleArn');
const ACCOUNT = /^[0-9]{12}$/;
const REGION = /^[a-z]+(-[a-z]+)+-[0-9]+$/;

function ecrProblems(options: EcrUpstreamOptions): Problem[] {
  const problems: Problem[] = [];
  const { account, region, role } = options ?? {};
  if (typeof account !== 'string' || !(holdsToken(account) || ACCOUNT.test(account))) {
    problems.push({
      what: 'the account of an ECR upstream is not an account id',
      given: account,
      allowed: '12 digits',
      fix: 'give the id as a string, as in "111122223333"',
    });
  }
  if (typeof region !== 'string' || !(holdsToken(region) || REGION.test(region))) {
    problems.push({
      what: 'the region of an ECR upstream is not a region',
      given: region,
      allowed: 'a region such as "eu-west-1"',
      fix: 'give the name of the region, not its title',
    });
  } else if (isChina(region)) {
    problems.push({
      what: 'ECR pull through cache does not exist in the regions of China',
      given: region,
      fix: 'use an upstream in another region',
    });
  }
  if (role !== undefined && role !== null && !ROLE.fits(role)) {
    problems.push({
      what: 'the role of an ECR upstream is not a role',
      given: role,
      allowed: ROLE.name,
      fix: 'give a role, such as one of Role.fromRoleArn(...), or leave it out to have one made',
    });
  }
  return problems;
}
