import type { IResource } from 'aws-cdk-lib';
import { RepositoryBase } from 'aws-cdk-lib/aws-ecr';
import { AddToResourcePolicyResult, Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { allowPull } from '../access/ecs-service-dependencies';
import { CACHED_PULL_ACTIONS, FIRST_PULL_ACTIONS } from '../access/pull-permissions';

export interface CachedRepositoryProps {
  readonly repositoryName: string;
  readonly repositoryArn: string;
  /** Host of the registry, in the form in which images name it. */
  readonly registryUri: string;
}

/**
 * The repository of a cached image, which the first pull creates. What takes an `IRepository` of CDK asks it for
 * permission with `grantPull`, and so gets what a first pull needs.
 */
export class CachedRepository extends RepositoryBase {
  public readonly repositoryName: string;
  public readonly repositoryArn: string;
  private readonly host: string;

  constructor(
    private readonly rule: Construct & IResource,
    id: string,
    props: CachedRepositoryProps,
  ) {
    super(rule, id, { environmentFromArn: props.repositoryArn });
    this.repositoryName = props.repositoryName;
    this.repositoryArn = props.repositoryArn;
    this.host = props.registryUri;
  }

  // The names of CDK's base class; its own hosts are never those of the dual-stack endpoints.
  public get registryUri(): string {
    return this.host;
  }
  public get repositoryUri(): string {
    return this.repositoryUriForTag();
  }
  public repositoryUriForTag(tag?: string): string {
    return this.uri(tag ? `:${tag}` : '');
  }
  public repositoryUriForDigest(digest?: string): string {
    return this.uri(digest ? `@${digest}` : '');
  }

  /**
   * Takes a tag or a digest; CDK tells a digest by its `sha256:`. With its `:` or `@` before it, it may be either, or
   * both, or a token.
   */
  public repositoryUriForTagOrDigest(tagOrDigest: string = ''): string {
    return /^[:@]/.test(tagOrDigest) ? this.uri(tagOrDigest) : super.repositoryUriForTagOrDigest(tagOrDigest);
  }

  /** All grants of CDK's base class come here. Whoever may pull an image may make its first pull. */
  public grant(grantee: IGrantable, ...actions: string[]): Grant {
    if (!actions.includes(PULL_ACTION)) {
      return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.repositoryArn] });
    }
    return allowPull(this.rule, grantee, [...new Set([...actions, ...FIRST_PULL_ACTIONS])], this.repositoryArn);
  }

  /** CDK's would add a statement for signing in with each image, which a principal has once by `allow`. */
  public grantPull(grantee: IGrantable): Grant {
    return this.grant(grantee, ...CACHED_PULL_ACTIONS);
  }

  /** The repository does not exist yet: its policy comes from a repository creation template. */
  public addToResourcePolicy(): AddToResourcePolicyResult {
    return { statementAdded: false };
  }

  private uri(suffix: string): string {
    return `${this.host}/${this.repositoryName}${suffix}`;
  }
}

/** What every pull does, and nothing else. */
const PULL_ACTION = 'ecr:BatchGetImage';
