import { CfnResource, CustomResource, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Construct, Dependable, IConstruct, IDependable } from 'constructs';
import { imagesFunction } from './images-function';
import type { PrefetchOptions } from './prefetch-options';
import type { PrefetchRule } from './prefetch-rule';
import type { Prefetch } from './prefetched-image';
import { PrefetchedRepository } from './prefetched-repository';
import { templatesInStack, waitForOtherStack } from './repository-templates';
import { fail } from '../core/errors';
import { keepLogicalId } from '../core/logical-id';
import { addDependency } from '../core/resources';
import { registryOf } from '../environment/registry';
import { SERVICE_TIMEOUT } from '../provider/inline-function';
import { secretProperties } from '../provider/placeholder';

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

/** The prefetches of an account and region, by their stack and image. */
class Prefetches {
  public readonly byName = new Map<string, ImagePrefetch>();
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
    const { byName } = registryOf(Prefetches, rule);
    // A stack has one, also where two rules of it are the same.
    const key = `${Stack.of(rule).node.addr} ${name}`;
    const known = Token.isUnresolved(name) ? undefined : byName.get(key);
    known?.checkSame(options);
    known?.waitFor(rule);
    const prefetch = known ?? new ImagePrefetch(id, name, target, options);
    byName.set(key, prefetch);
    return prefetch;
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
      serviceTimeout: SERVICE_TIMEOUT,
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
    [rule, ...templatesInStack(rule, repositoryName)].forEach((need) => this.waitFor(need));
    this.resource.node.addDependency(templatesOf(rule, repositoryName));
    this.node.addValidation({
      validate: () => {
        waitForOtherStack(this.resource.node.defaultChild as CfnResource, repositoryName);
        return [];
      },
    });
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

  /** Rules that exist have no resource. */
  private waitFor({ node }: IConstruct): void {
    if (node.defaultChild) {
      addDependency(this.resource.node.defaultChild as CfnResource, node.defaultChild as CfnResource);
    }
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
      return templatesInStack(rule, repositoryName);
    },
  });
  return templates;
}
