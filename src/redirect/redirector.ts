import { Annotations, CfnResource, Stack, Stage } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { CachedImage } from '../image/cached-image';
import { NodeRoles } from './node-roles';
import { Pullers, refusalOf, roleBehind } from './pullers';
import type { RedirectedImage, RedirectOptions } from './redirect-options';
import { isLiteral, Json, partsOfText, RenderedProperties } from './rendered-properties';
import { LeftImage, summaryOf } from './summary';
import type { ImageSlot, Puller, Workload } from './workload';
import { crossAccountStatements } from '../access/cross-account-statements';
import { PullOrder } from '../access/ecs-service-dependencies';
import { displayText } from '../core/display';
import { PullThroughCacheError } from '../core/errors';
import { matchesGlob } from '../core/glob';
import { ROOT } from '../core/repository-prefix';
import { inform, warn } from '../core/warnings';
import { accountOf, regionOf, surelyDiffer } from '../environment/environment';
import { ImageReference } from '../image/image-reference';
import { warnOfReference } from '../rule/rule-checks';

/** What a redirection needs of a cache. */
export interface RedirectTarget extends IConstruct {
  /** @internal */
  _find(reference: ImageReference): CachedImage | undefined;
  /** @internal */
  _findCached(uri: string): CachedImage | undefined;
}

/** Why an image stays as it is. */
export interface Refused {
  readonly reason: string;
  /** Whether somebody would expect that it goes through the cache. */
  readonly isExpected?: boolean;
}

/** An image that goes through the cache. */
export interface Accepted {
  readonly image: CachedImage;
  /** What is to be written; nothing where the URI of the cached image stands there already. */
  readonly reference?: ImageReference;
  readonly grantees: () => IGrantable[];
}

export type Decision = Refused | Accepted;

/** What stands in a text for a variable of the program that has no value. */
const NO_VALUE = /(^|[/:@-])(undefined|null|NaN|\[object Object\])($|[/:@-])/;

/** The work of a redirection: what becomes of each image, and what is said of it. */
export class Redirector {
  public readonly isDryRun: boolean;
  private readonly entries = new Map<CfnResource, RedirectedImage[]>();
  private readonly left = new Map<CfnResource, LeftImage[]>();
  private readonly stages = new Set<IConstruct>();
  private readonly hosts = new Map<string, string>();
  private nodeRoles?: NodeRoles;

  constructor(
    private readonly cache: RedirectTarget,
    private readonly options: RedirectOptions,
  ) {
    this.isDryRun = options.dryRun ?? false;
  }

  public get report(): RedirectedImage[] {
    return [...this.entries.values()].flat();
  }

  /** Sums up a stage, once CDK has prepared what is in it, and before it writes its templates. */
  public watch(resource: CfnResource): void {
    const stage = Stage.of(resource) ?? resource.node.root;
    if (!this.stages.has(stage)) {
      this.stages.add(stage);
      stage.node.addValidation({
        validate: () => {
          this.summarize(stage);
          return [];
        },
      });
    }
    // Nodes may have been added since the last time.
    this.nodeRoles = undefined;
  }

  /** What becomes of an image. Nothing is changed by asking. */
  public decide(resource: CfnResource, workload: Workload, slot: ImageSlot, properties: RenderedProperties): Decision {
    const found = this.find(resource, slot, properties);
    if ('reason' in found) {
      return found;
    }
    if (found.reference && slot.leave) {
      return { reason: slot.leave, isExpected: true };
    }
    const puller = workload.puller(slot);
    const pullers = this.pullersOf(resource, puller, properties);
    if ('unknown' in pullers) {
      return { reason: pullers.unknown, isExpected: true };
    }
    const refusal = 'made' in puller && puller.made ? refusalOf(puller.made) : undefined;
    return refusal ? { reason: refusal, isExpected: true } : { ...found, grantees: pullers.grantees };
  }

  /** Gives permission to whoever pulls an image that is to go through the cache: only then it does. */
  public grant(resource: CfnResource, workload: Workload, decision: Decision): Decision {
    if ('reason' in decision) {
      return decision;
    }
    const { repository } = decision.image;
    const rule = repository.node.scope!;
    const grantees = decision.grantees();
    for (const grantee of grantees) {
      const refusal = refusalOf(grantee) ?? this.refusalOfAccount(rule, grantee);
      if (refusal) {
        return { reason: refusal, isExpected: true };
      }
    }
    try {
      grantees.forEach((grantee) => repository.grantPull(grantee));
    } catch (error) {
      if (error instanceof PullThroughCacheError) {
        return { reason: `who pulls cannot be given permission: ${error.message.split(';')[0]}`, isExpected: true };
      }
      throw error;
    }
    if (workload.waits) {
      grantees.forEach((grantee) => PullOrder.of(resource).wait(resource, grantee, rule));
    }
    return decision;
  }

  public forget(resource: CfnResource): void {
    this.entries.set(resource, []);
    this.left.set(resource, []);
  }

  public note(resource: CfnResource, slot: ImageSlot, decision: Decision): void {
    const image = isLiteral(slot.image) ? slot.image : '(token)';
    const cachedUri = 'image' in decision ? this.display(decision) : undefined;
    const reason = 'reason' in decision ? decision.reason : undefined;
    this.entries.get(resource)!.push({
      constructPath: resource.node.path,
      resourceType: resource.cfnResourceType,
      place: slot.place,
      image: 'image' in decision && decision.reference === undefined ? cachedUri! : image,
      cachedUri,
      reason,
    });
    if ('reason' in decision && decision.isExpected) {
      this.left.get(resource)!.push({ image, reason: decision.reason });
    }
    if ('image' in decision && decision.reference?.digest !== undefined) {
      warnOfReference(decision.image.repository.node.scope!, decision.reference);
    }
    const would = this.isDryRun ? 'would go' : 'goes';
    inform(
      resource,
      cachedUri === undefined
        ? `${slot.place}: the image ${image} does not go through the cache: ${reason}`
        : `${slot.place}: the image ${image} ${would} through the cache as ${cachedUri}`,
    );
  }

  /** For what is added when permissions can no longer be given. */
  public noteLate(resource: CfnResource, slot: ImageSlot): void {
    if (isLiteral(slot.image) && !('reason' in this.findLiteral(resource, slot.image))) {
      warn(
        resource,
        'Redirection.late',
        `${slot.place}: the image ${slot.image} was set after CDK had prepared its templates, and does not go through ` +
          'the cache; set it before, for instance in an aspect',
      );
    }
  }

  private find(
    resource: CfnResource,
    slot: ImageSlot,
    properties: RenderedProperties,
  ): Refused | Omit<Accepted, 'grantees'> {
    const { image } = slot;
    if (isOfEcr(image)) {
      const cached = unlessRefused(() => this.cache._findCached(properties.text(image) ?? ''));
      return cached ? { image: cached } : { reason: 'it is in a private registry of ECR' };
    }
    return isLiteral(image)
      ? this.findLiteral(resource, image)
      : { reason: 'it is a token, whose value is not known at synth' };
  }

  /** The cached image for one that a resource declares. */
  private findLiteral(resource: CfnResource, declared: string): Refused | Omit<Accepted, 'grantees'> {
    const reference = unlessRefused(() => ImageReference.parse(declared));
    const isElsewhere =
      surelyDiffer(accountOf(resource), accountOf(this.cache)) ||
      surelyDiffer(regionOf(resource), regionOf(this.cache));
    const image = reference && !isElsewhere ? this.cache._find(reference) : undefined;
    if (NO_VALUE.test(declared)) {
      return { reason: 'a variable in it has no value', isExpected: true };
    }
    if (isElsewhere) {
      const isExpected = reference && this.wants(reference) && this.cache._find(reference) !== undefined;
      return { reason: 'it is deployed to another account or region than the cache', isExpected };
    }
    if (reference === undefined) {
      return { reason: 'it is not an image reference' };
    }
    if (!this.wants(reference)) {
      return { reason: 'the options of the redirection leave it out' };
    }
    return image
      ? { image, reference }
      : { reason: `the cache has no rule for ${reference.host}/${reference.repository}` };
  }

  private wants(reference: ImageReference): boolean {
    const names = [reference.toString(), `${reference.host}/${reference.repository}`];
    const among = (patterns: string[]) => patterns.some((pattern) => names.some((name) => matchesGlob(pattern, name)));
    return among(this.options.only ?? ['*']) && !among(this.options.exclude ?? []);
  }

  private pullersOf(resource: CfnResource, puller: Puller, properties: RenderedProperties): Pullers {
    if ('nobody' in puller) {
      return { unknown: puller.nobody };
    }
    if ('grantee' in puller) {
      return { grantees: () => [puller.grantee()] };
    }
    if ('roleArn' in puller) {
      return roleBehind(resource, properties, puller.roleArn);
    }
    this.nodeRoles = this.nodeRoles ?? new NodeRoles(this.options.nodeRoles ?? []);
    return this.nodeRoles.pullers(properties.target(puller.nodesOf));
  }

  /** Whoever pulls from another account has to be let in by the rule, too. */
  private refusalOfAccount(rule: IConstruct, grantee: IGrantable): string | undefined {
    const account = grantee.grantPrincipal?.principalAccount;
    return surelyDiffer(account, accountOf(this.cache)) && !letsOthersIn(rule)
      ? `who pulls is of the account ${account}, which is not let in; let it in with allowPullFrom of the cache`
      : undefined;
  }

  private summarize(stage: IConstruct): void {
    this.nodeRoles = undefined;
    const here = [...this.left].filter(([resource]) => (Stage.of(resource) ?? resource.node.root) === stage);
    const left = here.flatMap(([, images]) => images);
    if (left.length === 0 || this.isDryRun) {
      return;
    }
    const isHome = (Stage.of(this.cache) ?? this.cache.node.root) === stage;
    const place = isHome ? this.cache : Stack.of(here.find(([, images]) => images.length > 0)![0]);
    if (this.options.strict) {
      Annotations.of(place).addError(new PullThroughCacheError(summaryOf(left)).message);
    } else {
      warn(place, 'Redirection.notRedirected', summaryOf(left));
    }
  }

  /** The URI with the tokens of the registry's host, the same for all images of a rule, resolved once. */
  private display({ image, reference }: Accepted): string {
    const { registryUri } = image.repository;
    const host = this.hosts.get(registryUri) ?? displayText(this.cache, registryUri);
    this.hosts.set(registryUri, host);
    const suffix = reference?.suffix ?? image.uri.slice(`${registryUri}/${image.repositoryName}`.length);
    return `${host}/${displayText(this.cache, image.repositoryName + suffix)}`;
  }
}

/** Whether a rule lets somebody pull from another account; whom its statements mean is not compared. */
function letsOthersIn(rule: IConstruct & { ecrRepositoryPrefix?: string }): boolean {
  return crossAccountStatements(rule, rule.ecrRepositoryPrefix ?? ROOT).length > 0;
}

/** What ECR's own hosts look like, also in the functions that CDK writes for a repository or an asset. */
function isOfEcr(image: Json): boolean {
  const text = isLiteral(image) ? image : JSON.stringify(partsOfText(image) ?? image ?? '');
  return /\.dkr[.-]ecr\./.test(text.split('/')[0]) || (!isLiteral(image) && /\.dkr[.-]ecr\.|RepositoryUri/.test(text));
}

/** What others declared may be anything, so that a bad reference is no error here. */
function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof PullThroughCacheError) {
      return undefined;
    }
    throw error;
  }
}
