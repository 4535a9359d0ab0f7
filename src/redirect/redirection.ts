import { CfnResource, IAspect } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { kindOf } from './kinds';
import type { CachedImage } from '../image/cached-image';
import { ImageReference } from '../image/image-reference';
import { taskWithoutRole } from './kinds/ecs';
import { NodeRoles } from './node-roles';
import { isLiteral, RenderedProperties } from './rendered-properties';
import type { Pullers } from './pullers';
import type { ImageSlot, Workload } from './workload';
import { watchServices } from '../access/ecs-service-dependencies';
import { displayText } from '../core/display';
import { fail, PullThroughCacheError } from '../core/errors';
import { matchesGlob } from '../core/glob';
import { inform } from '../core/warnings';
import { accountOf, surelyDiffer, regionOf } from '../environment/environment';
import { parseEcrHost } from '../upstream/catalogue';

/**
 * Which images to send through the cache, and how.
 */
export interface RedirectOptions {
  /**
   * Only images that match one of these patterns, in which `*` stands for any text. They are compared with
   * the normalised reference, with and without its tag: `docker.io/library/*`, `quay.io/prometheus/prometheus:v3.*`.
   *
   * @default - all
   */
  readonly only?: string[];

  /**
   * No image that matches one of these patterns, which are as in `only`.
   *
   * @default - none
   */
  readonly exclude?: string[];

  /**
   * Whether to report only, and change nothing.
   *
   * @default false
   */
  readonly dryRun?: boolean;

  /**
   * The roles of the nodes that pull for Kubernetes manifests, Helm charts and Batch jobs on EKS.
   *
   * @default - the roles of the node groups and Fargate profiles of a cluster that this app makes; images of other
   *   clusters are left alone
   */
  readonly nodeRoles?: IGrantable[];
}

/**
 * What became of one image.
 */
export interface RedirectedImage {
  /** The path of the resource that names the image. */
  readonly constructPath: string;

  /** The type of the resource, such as `AWS::ECS::TaskDefinition`. */
  readonly resourceType: string;

  /** Where in the resource the image stands, such as `ContainerDefinitions.0.Image`. */
  readonly place: string;

  /** The image as it was declared; `(token)` where it is not known at synth. */
  readonly image: string;

  /**
   * What is pulled instead.
   *
   * @default - the image is left as it is
   */
  readonly cachedUri?: string;

  /**
   * Why the image is left as it is.
   *
   * @default - it goes through the cache
   */
  readonly reason?: string;
}

/** What a redirection needs of a cache. */
export interface RedirectTarget extends IConstruct {
  /** @internal */
  _find(reference: ImageReference): CachedImage | undefined;
}

/** Stands for the name of an image below a registry. */
const ANY = 'any-name';

/** Places that go through a cache already, also by another redirection. */
const redirected = new WeakMap<CfnResource, Set<string>>();

/**
 * Sends images that others declared through a cache. Made by `redirect()` and `redirection()` of a
 * `PullThroughCache`.
 *
 * It is an aspect, for `Aspects.of(scope).add(...)`, and acts on what is there when the app is synthesized; and
 * it has the form of a mixin, for `scope.with(...)`, and acts on what is there at the call.
 */
export class Redirection implements IAspect {
  /** @internal */
  public static _of(cache: RedirectTarget, options: RedirectOptions): Redirection {
    return new Redirection(cache, options);
  }

  private readonly entries: RedirectedImage[] = [];
  private readonly nodeRoles: NodeRoles;
  private readonly prepared = new WeakSet<IConstruct>();
  private readonly hosts = new Map<string, string>();

  private constructor(
    private readonly cache: RedirectTarget,
    private readonly options: RedirectOptions,
  ) {
    // Grants are made while aspects run, when it is too late to add another.
    watchServices(cache);
    this.nodeRoles = this.newNodeRoles();
  }

  /** What became of each image; complete once the app is synthesized. */
  public get report(): RedirectedImage[] {
    return [...this.entries];
  }

  /**
   * Redirects the images of a construct, if it is a resource that names any.
   *
   * @param node the construct
   */
  public visit(node: IConstruct): void {
    if (!this.prepared.has(node)) {
      this.prepare(node);
    }
    if (this.supports(node)) {
      this.apply(node as CfnResource, this.nodeRoles);
    }
  }

  /**
   * Whether a construct is a resource that may name images.
   *
   * @param construct the construct
   */
  public supports(construct: IConstruct): boolean {
    return CfnResource.isCfnResource(construct) && kindOf(construct.cfnResourceType) !== undefined;
  }

  /**
   * Redirects the images of a resource.
   *
   * @param construct a resource that `supports` says yes to
   */
  public applyTo(construct: IConstruct): void {
    if (!this.supports(construct)) {
      fail(
        {
          what: 'this is no resource that may name images',
          given: construct,
          allowed: 'what supports() says yes to',
          fix: 'ask supports() first',
        },
        this.cache.node.path,
      );
    }
    // Node groups may have been added since the last call.
    this.apply(construct as CfnResource, this.newNodeRoles());
  }

  private apply(resource: CfnResource, nodeRoles: NodeRoles): void {
    const properties = new RenderedProperties(resource);
    const workload = kindOf(resource.cfnResourceType)!.read({ resource, properties, nodeRoles });
    const done = redirected.get(resource) ?? new Set<string>();
    const open = workload.slots.filter((slot) => !done.has(slot.place));
    const written = open.filter((slot) => this.redirect(resource, workload, slot));
    if (written.length === 0 || this.options.dryRun) {
      return;
    }
    written.forEach((slot) => done.add(slot.place));
    redirected.set(resource, done);
    workload.save?.();
  }

  /**
   * Makes the roles that a construct and those below it will need, all at once: whenever a role is made while
   * aspects run, CDK starts them over, and it gives up after a hundred times.
   */
  private prepare(node: IConstruct): void {
    for (const construct of node.node.findAll()) {
      this.prepared.add(construct);
      const task = taskWithoutRole(construct);
      if (task && !this.options.dryRun && task.images.some((image) => 'image' in this.find(construct, image))) {
        task.makeRole();
      }
    }
  }

  /** Says whether the slot has a new image. */
  private redirect(resource: CfnResource, workload: Workload, slot: ImageSlot): boolean {
    const decision = this.decide(resource, workload, slot);
    this.note(resource, slot, decision);
    if ('reason' in decision) {
      return false;
    }
    if (!this.options.dryRun) {
      const { image, reference, name, grantees } = decision;
      slot.write(image.repository.registryUri, name.replace(/\/?\*$/, ''), reference);
      const all = slot.mayGoOn ? image._repositoriesLike(name.replace(/\*$/, '')) : undefined;
      const repository = all ?? image.repository;
      grantees().forEach((grantee) => repository.grantPull(grantee));
    }
    return true;
  }

  private decide(resource: CfnResource, workload: Workload, slot: ImageSlot): Decision {
    if (slot.leave) {
      return { reason: slot.leave };
    }
    const found = this.find(resource, slot.image);
    if ('reason' in found) {
      return found;
    }
    const pullers: Pullers = workload.pullers(slot);
    return 'unknown' in pullers ? { reason: pullers.unknown } : { ...found, grantees: pullers.grantees };
  }

  /** The cached image for one that a construct declares. */
  private find(declaring: IConstruct, declared: unknown): Refusal | Found {
    if (!isLiteral(declared)) {
      return { reason: 'it is a token, whose value is not known at synth' };
    }
    if (
      surelyDiffer(accountOf(declaring), accountOf(this.cache)) ||
      surelyDiffer(regionOf(declaring), regionOf(this.cache))
    ) {
      return { reason: 'it is deployed to another account or region than the cache' };
    }
    const isAll = declared.endsWith('/*');
    const reference = parse(isAll ? declared.replace(/\*$/, ANY) : declared);
    if (reference === undefined) {
      return { reason: 'it is not an image reference' };
    }
    if (parseEcrHost(reference.host)) {
      return { reason: 'it is in a private registry of ECR' };
    }
    if (!(isAll ? this.wantsAll(declared) : this.wants(reference))) {
      return { reason: 'the options of the redirection leave it out' };
    }
    const image = this.cache._find(reference);
    const name = isAll ? image?.repositoryName.slice(0, -ANY.length) + '*' : image?.repositoryName;
    if (isAll && image?._repositoriesLike(name!.slice(0, -1)) === undefined) {
      return { reason: `the cache has no rule that can grant all of ${declared}` };
    }
    return image
      ? { image, reference, name: name! }
      : { reason: `the cache has no rule for ${reference.host}/${reference.repository}` };
  }

  private newNodeRoles(): NodeRoles {
    return new NodeRoles(this.options.nodeRoles ?? []);
  }

  private wants(reference: ImageReference): boolean {
    const names = [reference.toString(), `${reference.host}/${reference.repository}`];
    const among = (patterns: string[]) => patterns.some((pattern) => names.some((name) => matchesGlob(pattern, name)));
    return among(this.options.only ?? ['*']) && !among(this.options.exclude ?? []);
  }

  /** Whether the options leave nothing out of what is below a registry. */
  private wantsAll(below: string): boolean {
    const { only = ['*'], exclude = [] } = this.options;
    const beginning = below.slice(0, -1);
    const mayMatch = (pattern: string) => {
      const head = pattern.split('*')[0];
      return head.startsWith(beginning) || beginning.startsWith(head);
    };
    return only.some((pattern) => matchesGlob(pattern, below)) && !exclude.some(mayMatch);
  }

  private note(resource: CfnResource, slot: ImageSlot, decision: Decision): void {
    const image = isLiteral(slot.image) ? slot.image : '(token)';
    const cachedUri = 'image' in decision ? this.display(decision) : undefined;
    const reason = 'reason' in decision ? decision.reason : undefined;
    this.entries.push({
      constructPath: resource.node.path,
      resourceType: resource.cfnResourceType,
      place: slot.place,
      image,
      cachedUri,
      reason,
    });
    const would = this.options.dryRun ? 'would go' : 'goes';
    inform(
      resource,
      cachedUri === undefined
        ? `${slot.place}: the image ${image} does not go through the cache: ${reason}`
        : `${slot.place}: the image ${image} ${would} through the cache as ${cachedUri}`,
    );
  }

  /** The URI with the tokens of the registry's host, the same for all images of a rule, resolved once. */
  private display({ image, name, reference }: Found): string {
    const { registryUri } = image.repository;
    const host = this.hosts.get(registryUri) ?? displayText(this.cache, registryUri);
    this.hosts.set(registryUri, host);
    return `${host}/${displayText(this.cache, name + reference.suffix)}`;
  }
}

interface Refusal {
  readonly reason: string;
}

interface Found {
  readonly image: CachedImage;
  readonly reference: ImageReference;
  /** Of the repository, or the beginning of many and `*`. */
  readonly name: string;
}

type Decision = Refusal | (Found & { readonly grantees: () => IGrantable[] });

/** What others declared may be anything, so that a bad reference is no error here. */
function parse(image: string): ImageReference | undefined {
  try {
    return ImageReference.parse(image);
  } catch (error) {
    if (error instanceof PullThroughCacheError) {
      return undefined;
    }
    throw error;
  }
}
