import type { IRoleRef } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import {
  Authentication,
  azureHost,
  canonicalHost,
  ecrHost,
  kindOfHost,
  parseEcrHost,
  REGISTRIES,
  RegistryKind,
} from './catalogue';
import { bindRole, EcrUpstreamOptions, ecrUpstreamProblems } from './ecr-upstream';
import { withoutPassword } from './secret-name';
import type { UpstreamCredentials } from './upstream-credentials';
import { upstreamHostProblems } from './upstream-host';
import { fail, Problem, throwIfAny } from '../core/errors';
import { holdsToken } from '../core/tokens';

/** What a rule gets from its upstream. */
export interface BoundUpstream {
  readonly secret?: ISecret;
  readonly role?: IRoleRef;
}

/**
 * A registry whose images ECR can cache. ECR supports these nine.
 *
 * A registry that asks for credentials takes them as an argument; one that does not has no such argument.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
 * @example
 * new PullThroughCacheRule(this, 'GitHub', {
 *   upstream: UpstreamRegistry.github(UpstreamCredentials.fromSecretName('github')),
 * });
 */
export class UpstreamRegistry {
  /** Caches Amazon ECR Public, `public.ecr.aws`. Takes no credentials. Default prefix: `ecr-public`. */
  public static ecrPublic(): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.ecrPublic, REGISTRIES.ecrPublic.url);
  }

  /**
   * Caches the registry of the Kubernetes project, `registry.k8s.io`. Takes no credentials. Default prefix:
   * `kubernetes`.
   */
  public static kubernetes(): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.kubernetes, REGISTRIES.kubernetes.url);
  }

  /** Caches Quay, `quay.io`. Takes no credentials, so public images only. Default prefix: `quay`. */
  public static quay(): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.quay, REGISTRIES.quay.url);
  }

  /**
   * Caches Docker Hub, `docker.io`. Needs credentials, also for public images. Default prefix: `docker-hub`.
   *
   * @param credentials the account's name and a personal access token, or the organization's name and an organization
   *   access token
   */
  public static dockerHub(credentials: UpstreamCredentials): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.dockerHub, REGISTRIES.dockerHub.url, { credentials });
  }

  /**
   * Caches GitHub Container Registry, `ghcr.io`. Needs credentials, also for public images. Default prefix: `github`.
   *
   * @param credentials the account's name and a classic personal access token with `read:packages`; fine-grained
   *   tokens do not work
   */
  public static github(credentials: UpstreamCredentials): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.github, REGISTRIES.github.url, { credentials });
  }

  /**
   * Caches a Microsoft Azure Container Registry, such as `myregistry.azurecr.io`. Needs credentials. Default prefix:
   * `azure`.
   *
   * Throws if the name is not one that Azure gives.
   *
   * @param registryName the name of the registry, with or without `.azurecr.io`
   * @param credentials the name and the password of a token of the registry
   */
  public static azure(registryName: string, credentials: UpstreamCredentials): UpstreamRegistry {
    throwIfAny(azureProblems(registryName));
    return new UpstreamRegistry(REGISTRIES.azure, azureHost(registryName), { credentials });
  }

  /**
   * Caches GitLab.com Container Registry, `registry.gitlab.com`. Needs credentials, also for public images; self-hosted
   * GitLab is not supported by ECR. Default prefix: `gitlab`.
   *
   * @param credentials a user's name and a personal, group or project access token with `read_registry`
   */
  public static gitlab(credentials: UpstreamCredentials): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.gitlab, REGISTRIES.gitlab.url, { credentials });
  }

  /**
   * Caches Chainguard, `cgr.dev`. Needs credentials, also for public images. Default prefix: `chainguard`.
   *
   * @param credentials the id and the password of a pull token, which expires after 30 days unless it was made to
   *   last longer
   */
  public static chainguard(credentials: UpstreamCredentials): UpstreamRegistry {
    return new UpstreamRegistry(REGISTRIES.chainguard, REGISTRIES.chainguard.url, { credentials });
  }

  /**
   * Caches a private ECR registry of another region or account. Needs a role when it is of another account, which is
   * then made. Default prefix: `ecr`. Using the rule's own registry warns.
   *
   * The upstream account must let the account of the rule read its repositories.
   *
   * Throws if account or region are not of their form, or the region is one of China.
   *
   * @param options account and region of the upstream
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
   */
  public static ecr(options: EcrUpstreamOptions): UpstreamRegistry {
    throwIfAny(ecrUpstreamProblems(options));
    return new UpstreamRegistry(REGISTRIES.ecr, ecrHost(options.account, options.region), { ecr: options });
  }

  /**
   * Finds the registry behind a host that a person would write: `docker.io`, `ghcr.io`, `myregistry.azurecr.io`,
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
        id: 'UpstreamRegistry.token',
        what: 'the host of a registry is a CDK token, so its kind cannot be known',
        fix: 'use the factory of the registry, such as UpstreamRegistry.azure(name, credentials)',
      });
    }
    throwIfAny(upstreamHostProblems(url));
    const kind = kindOfHost(url)!;
    const host = canonicalHost(url);
    const ecr = parseEcrHost(host);
    if (credentials !== undefined && kind.authentication !== Authentication.SECRET) {
      fail({
        id: 'UpstreamRegistry.noCredentials',
        what: `${kind.title} takes no credentials`,
        given: url,
        fix: 'leave out the credentials',
      });
    }
    return ecr ? UpstreamRegistry.ecr(ecr) : new UpstreamRegistry(kind, host, { credentials });
  }

  /**
   * CloudFormation's `UpstreamRegistry`, such as `docker-hub`. (A property of that name would rename this class in C#.)
   */
  public readonly upstreamRegistryName: string;

  /** The host from which ECR pulls, such as `registry-1.docker.io`. */
  public readonly upstreamRegistryUrl: string;

  /** The prefix that a rule takes unless it is given one: the one that the console proposes, such as `docker-hub`. */
  public readonly defaultEcrRepositoryPrefix: string;

  /** True if ECR asks for a secret, also to pull public images. */
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
      throwIfAny([
        {
          id: 'UpstreamRegistry.credentials',
          what: `${kind.title} needs credentials, also for public images`,
          fix:
            `give UpstreamRegistry.${kind.factory} an UpstreamCredentials: of an existing secret, a new one or a ` +
            'placeholder',
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

function azureProblems(registryName: unknown): Problem[] {
  if (
    typeof registryName === 'string' &&
    (holdsToken(registryName) || kindOfHost(azureHost(registryName)) === REGISTRIES.azure)
  ) {
    return [];
  }
  return [
    {
      id: 'UpstreamRegistry.azureName',
      what: 'not the name of an Azure Container Registry',
      given: typeof registryName === 'string' ? withoutPassword(registryName) : registryName,
      allowed: 'letters, digits and "-", with or without ".azurecr.io"',
      fix: 'give the name as in "myregistry" or "myregistry.azurecr.io"',
    },
  ];
}
