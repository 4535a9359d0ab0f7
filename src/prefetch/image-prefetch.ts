import { CfnResource, CustomResource, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Construct, Dependable, IConstruct, IDependable } from 'constructs';
import { imagesFunction } from './images-function';
import type { PrefetchOptions } from './prefetch-options';
import type { PrefetchRule } from './prefetch-rule';
import type { Prefetch } from './prefetched-image';
import { PrefetchedRepository } from './prefetched-repository';
import { addDependency } from '../access/ecs-service-dependencies';
import { fail } from '../core/errors';
import { keepLogicalId } from '../core/logical-id';
import { ancestorsOf } from '../core/repository-prefix';
import { secretProperties } from '../provider/placeholder';
import { RepositoryCreationTemplate } from '../template/repository-creation-template';

/** Which image, and where it comes from. */
export interface PrefetchTarget {
  readonly rule: PrefetchRule;
  /** The reference in full, for messages. */
  readonly reference: string;
  readonly registryUri: string;
  readonly repositoryName: string;
  readonly tag: string;
  readonly digest?: string;
}

/**
 * The custom resource that has an image in the cache. There is one for each image of a rule, whose logical id comes
 * from the image, so that a change of the image never touches what was there before: it would be prefetched again
 * when a deployment is rolled back.
 */
export class ImagePrefetch extends Construct implements Prefetch {
  /** The prefetch of an image, made when it is first asked for. */
  public static of(target: PrefetchTarget, options: PrefetchOptions): ImagePrefetch {
    const { rule, registryUri, repositoryName, tag, digest } = target;
    const suffix = digest === undefined ? `:${tag}` : `:${tag}@${digest}`;
    const name = `${repositoryName}${suffix}${registryUri.includes('.dkr-ecr.') ? ' by dual-stack' : ''}`;
    const id = `Prefetch:${Token.isUnresolved(name) ? rule.node.children.length : name.replace(/\//g, ':')}`;
    const known = rule.node.tryFindChild(id) as ImagePrefetch | undefined;
    known?.checkSame(options);
    return known ?? new ImagePrefetch(id, name, target, options);
  }

  public readonly repository: PrefetchedRepository;

  private readonly resource: CustomResource;
  private readonly platforms: string[] = [];

  private constructor(
    id: string,
    name: string,
    target: PrefetchTarget,
    private readonly options: PrefetchOptions,
  ) {
    super(target.rule, id);
    const { rule, repositoryName } = target;
    const { repositoryArn } = rule._repository(repositoryName, target.registryUri);
    const { timeout, trigger } = options;
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::PrefetchedImage',
      serviceToken: imagesFunction(rule, repositoryArn).function.functionArn,
      properties: {
        Reference: target.reference,
        RegistryUri: target.registryUri,
        RepositoryName: repositoryName,
        ImageTag: target.tag,
        ImageDigest: target.digest,
        Platforms: Lazy.list({ produce: () => [...this.platforms].sort() }, { omitEmpty: true }),
        Timeout: timeout?.toSeconds(),
        Trigger: trigger,
        ...secretProperties(rule.credentialsSecret),
      },
    });
    // The beginning of a digest tells it from others.
    keepLogicalId(this.resource, 'PrefetchedImage', name.replace(/(@\w+:\w{12})\w+/, '$1'));
    // Now, for it may be made when CDK has collected the dependencies; and again by what is there then.
    const resource = this.resource.node.defaultChild as CfnResource;
    [rule, ...templatesNow(rule, repositoryName)]
      .flatMap(({ node }) => node.defaultChild ?? [])
      .forEach((need) => addDependency(resource, need as CfnResource));
    this.resource.node.addDependency(templatesOf(rule, repositoryName));
    this.repository = new PrefetchedRepository(rule, `Prefetched${id}`, {
      repositoryName,
      repositoryArn,
      registryUri: this.resource.getAttString('RegistryUri'),
    });
  }

  public get digest(): string {
    return this.resource.getAttString('Digest');
  }

  public platformDigest(platform: string): string {
    if (!this.platforms.includes(platform)) {
      this.platforms.push(platform);
    }
    return this.resource.getAttString(`Digest.${platform.replace(/\//g, '.')}`);
  }

  private checkSame({ timeout, trigger }: PrefetchOptions): void {
    const isOther = (given: unknown, known: unknown) => given !== undefined && given !== known;
    if (isOther(timeout?.toSeconds(), this.options.timeout?.toSeconds()) || isOther(trigger, this.options.trigger)) {
      fail(
        {
          id: 'PrefetchedImage.otherOptions',
          what: 'this image is prefetched already, with other options',
          allowed: 'one timeout and one trigger for each image',
          fix: 'use the PrefetchedImage of the first call, or give both calls the same options',
        },
        this.node.path,
      );
    }
  }
}

/**
 * The templates that may speak for a repository: they act when it is created, and so come before. Looked for when the
 * app is synthesized, so that they may be made in any order.
 */
function templatesOf(rule: Construct, repositoryName: string): IDependable {
  const templates: IDependable = {};
  Dependable.implement(templates, {
    get dependencyRoots(): IConstruct[] {
      return templatesNow(rule, repositoryName);
    },
  });
  return templates;
}

function templatesNow(rule: Construct, repositoryName: string): IConstruct[] {
  return ancestorsOf(repositoryName)
    .flatMap((prefix) => RepositoryCreationTemplate._at(rule, prefix) ?? [])
    .filter((template) => Stack.of(template) === Stack.of(rule));
}
