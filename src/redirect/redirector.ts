import { Annotations, CfnResource, Stack } from 'aws-cdk-lib';
import { IGrantable, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { Found, ImageFinder, NO_REFERENCE, RedirectTarget, Refused } from './image-finder';
import { kindOf } from './kinds';
import { mentionSlots } from './kinds/mention-slots';
import { givesNodes, NodeRoles } from './node-roles';
import { mustBePrefetched, PrefetchedName, prefetchFor } from './prefetching';
import { ImmutableRoles, isImmutable, Pullers, refusalOf, roleBehind } from './pullers';
import type { RedirectedImage, RedirectOptions } from './redirect-options';
import { isLiteral, RenderedProperties } from './rendered-properties';
import { definitionOf } from './rendering';
import { summaryOf } from './summary';
import { ImageSlot, NO_IMAGES, Puller, Workload } from './workload';
import { crossAccountStatements } from '../access/cross-account-statements';
import { PullOrder } from '../access/ecs-service-dependencies';
import { displayText } from '../core/display';
import { describe, PullThroughCacheError, withId } from '../core/errors';
import { ROOT } from '../core/repository-prefix';
import { inform, warn } from '../core/warnings';
import { accountOf, surelyDiffer } from '../environment/environment';
import { registryOfApp } from '../environment/registry';
import { stageOf } from '../environment/stages';
import type { IPullThroughCacheRule } from '../rule/i-pull-through-cache-rule';
import { warnOfReference } from '../rule/rule-checks';

/** An image that goes through the cache. */
export interface Accepted extends Found {
  readonly grantees: () => IGrantable[];
  /** True if the image is fetched when it is deployed, and not by its first pull. */
  readonly isPrefetched?: boolean;
  /** What is written in its place then, once it is known who fetches it. */
  readonly prefetched?: PrefetchedName;
}

export type Decision = Refused | Accepted;

/** The work of a redirection: what becomes of each image, and what is said of it. */
export class Redirector {
  public readonly isDryRun: boolean;
  /** True once the stage of the cache is synthesized. */
  public isComplete = false;
  private readonly finder: ImageFinder;
  private readonly entries = new Map<CfnResource, RedirectedImage[]>();
  private readonly missed = new Set<CfnResource>();
  /** The rules that let in a service. */
  private readonly opened = new Set<IConstruct>();
  private readonly stages = new Set<IConstruct>();
  private readonly hosts = new Map<string, string>();
  private nodeRoles?: NodeRoles;

  constructor(
    private readonly cache: RedirectTarget,
    private readonly options: RedirectOptions,
  ) {
    this.isDryRun = options.dryRun ?? false;
    this.finder = new ImageFinder(cache, options);
    this.watchStage(cache);
  }

  public get upstreams(): string[] {
    return this.cache._upstreams;
  }

  public get report(): RedirectedImage[] {
    return [...this.entries.values()].flat();
  }

  /** Sums up the stage of a resource, once CDK has prepared what is in it, and before it writes its templates. */
  public watch(resource: CfnResource): void {
    this.watchStage(resource);
  }

  /** Looks again for those who pull where a construct is one of them. */
  public meet(construct: IConstruct): void {
    if (givesNodes(construct)) {
      this.nodeRoles = undefined;
    }
    if (isImmutable(construct)) {
      registryOfApp(ImmutableRoles, construct).forget();
    }
  }

  /** For a resource whose template is written already. It can be read without harm. */
  public miss(resource: CfnResource, stage: IConstruct): void {
    const properties = RenderedProperties.final(resource, definitionOf(resource));
    const kind = kindOf(resource.cfnResourceType);
    const upstreams = () => this.upstreams;
    const { slots } = kind?.read?.({ resource, properties, upstreams }) ?? NO_IMAGES;
    this.forget(resource);
    for (const slot of slots) {
      const found = this.finder.find(resource, slot, properties);
      if ('reason' in found || found.reference === undefined) {
        continue;
      }
      const reason =
        `the stage ${stage.node.path} was synthesized before, as CDK Pipelines does when it is added; ` +
        'call redirect(this) in the constructor of the stage';
      this.note(resource, slot, { reason, isExpected: true });
    }
    mentionSlots(kind, properties.values, slots).forEach((slot) => this.noteMention(resource, slot));
    if (this.entries.has(resource)) {
      this.missed.add(resource);
    }
  }

  /** What becomes of an image. Nothing is changed by asking. */
  public decide(resource: CfnResource, workload: Workload, slot: ImageSlot, properties: RenderedProperties): Decision {
    const found = this.finder.find(resource, slot, properties);
    if ('reason' in found) {
      return found.reason === NO_REFERENCE && slot.leave ? { reason: slot.leave } : found;
    }
    if (found.reference && slot.leave) {
      return { reason: slot.leave, isExpected: !slot.isUnused };
    }
    const isPrefetched = mustBePrefetched(resource, slot, found, this.options, properties.isEarly);
    if (typeof isPrefetched === 'object') {
      return isPrefetched;
    }
    const puller = workload.puller(slot);
    const pullers = this.pullersOf(resource, puller, properties);
    if ('unknown' in pullers) {
      return { reason: pullers.unknown, isExpected: true };
    }
    const refusal = 'made' in puller && puller.made ? refusalOf(puller.made) : undefined;
    return refusal ? { reason: refusal, isExpected: true } : { ...found, isPrefetched, grantees: pullers.grantees };
  }

  /** Gives permission to whoever pulls an image that is to go through the cache, or prefetches it: then it does. */
  public grant(resource: CfnResource, workload: Workload, slot: ImageSlot, decision: Decision): Decision {
    if ('reason' in decision) {
      return decision;
    }
    const { image, name } = decision;
    const alike = slot.mayGoOn ? image._repositoriesLike(name.replace(/\*$/, '')) : undefined;
    const rule = image._scope as IConstruct & Pick<IPullThroughCacheRule, 'allowPullFrom'>;
    const puller = workload.puller(slot);
    const grantees = decision.grantees();
    for (const grantee of grantees) {
      const refusal = refusalOf(grantee) ?? this.refusalOfAccount(rule, grantee);
      if (refusal) {
        return { reason: refusal, isExpected: true };
      }
    }
    let prefetched: PrefetchedName | undefined;
    try {
      prefetched = decision.isPrefetched ? prefetchFor(this.cache, slot, decision.reference!) : undefined;
      if ('service' in puller && !prefetched) {
        this.letIn(rule, puller.service);
      } else {
        const repository = alike ?? prefetched?.repository;
        grantees.forEach((grantee) => (repository ? repository.grantPull(grantee) : image._allowPull(grantee)));
      }
    } catch (error) {
      if (error instanceof PullThroughCacheError) {
        const what = decision.isPrefetched ? 'it cannot be prefetched' : 'who pulls cannot be given permission';
        return { reason: `${what}: ${error.message.split(';')[0]}`, isExpected: true };
      }
      throw error;
    }
    if (workload.waits) {
      grantees.forEach((grantee) => PullOrder.of(resource).wait(resource, grantee, rule));
    }
    return { ...decision, prefetched };
  }

  public forget(resource: CfnResource): void {
    this.entries.delete(resource);
  }

  public note(resource: CfnResource, slot: ImageSlot, decision: Decision): void {
    const named = 'reason' in decision ? decision.named : undefined;
    const image = isLiteral(slot.image) ? slot.image : (named ?? '(token)');
    if (slot.isByTheWay && 'reason' in decision && !decision.isExpected) {
      return;
    }
    const cachedUri = 'image' in decision ? this.display(decision) : undefined;
    const reason = 'reason' in decision ? decision.reason : undefined;
    const entries = this.entries.get(resource) ?? [];
    this.entries.set(resource, entries);
    entries.push({
      constructPath: resource.node.path,
      resourceType: resource.cfnResourceType,
      place: slot.place,
      image: 'image' in decision && decision.reference === undefined ? cachedUri! : image,
      cachedUri,
      reason,
      ...('reason' in decision && decision.isExpected ? { escapes: true } : {}),
    });
    if ('image' in decision && decision.reference?.digest !== undefined && !decision.isPrefetched) {
      warnOfReference(decision.image._scope, decision.reference);
    }
    const would = this.isDryRun ? 'would go' : 'goes';
    inform(
      resource,
      cachedUri === undefined
        ? `${slot.place}: the image ${image} does not go through the cache: ${reason}`
        : `${slot.place}: the image ${image} ${would} through the cache as ${cachedUri}`,
    );
  }

  /** For an image that is named by the way: said where the cache has a rule for it. */
  public noteMention(resource: CfnResource, slot: ImageSlot): void {
    if (this.finder.mayFind(resource, slot.image as string)) {
      this.note(resource, slot, { reason: slot.leave!, isExpected: true });
    }
  }

  /** For what is added when permissions can no longer be given. */
  public noteLate(resource: CfnResource, slot: ImageSlot): void {
    if (isLiteral(slot.image) && !('reason' in this.finder.findLiteral(resource, slot.image))) {
      warn(
        resource,
        'Redirection.late',
        `${slot.place}: the image ${slot.image} was set after CDK had prepared its templates, and does not go ` +
          'through the cache; set it before, for instance in an aspect',
      );
    }
  }

  private pullersOf(resource: CfnResource, puller: Puller, properties: RenderedProperties): Pullers {
    if ('nobody' in puller) {
      return { unknown: puller.nobody };
    }
    if ('pullers' in puller) {
      return puller.pullers;
    }
    if ('service' in puller) {
      return { grantees: () => [new ServicePrincipal(puller.service)] };
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

  /** A service has no policy of its own. */
  private letIn(rule: IConstruct & Pick<IPullThroughCacheRule, 'allowPullFrom'>, service: string): void {
    if (!this.opened.has(rule)) {
      rule.allowPullFrom(new ServicePrincipal(service));
      this.opened.add(rule);
    }
  }

  /** Whoever pulls from another account has to be let in by the rule, too. */
  private refusalOfAccount(rule: IConstruct, grantee: IGrantable): string | undefined {
    const account = grantee.grantPrincipal?.principalAccount;
    return surelyDiffer(account, accountOf(this.cache)) && !letsOthersIn(rule)
      ? `who pulls is of the account ${account}, which is not let in; let it in with allowPullFrom of the cache`
      : undefined;
  }

  private watchStage(scope: IConstruct): void {
    const stage = stageOf(scope);
    if (!this.stages.has(stage)) {
      this.stages.add(stage);
      stage.node.addValidation({
        validate: () => {
          this.summarize(stage);
          return [];
        },
      });
    }
  }

  private summarize(stage: IConstruct): void {
    this.nodeRoles = undefined;
    const isHome = stageOf(this.cache) === stage;
    this.isComplete ||= isHome;
    const here = [...this.entries].filter(([resource]) =>
      this.missed.has(resource) ? isHome : stageOf(resource) === stage,
    );
    const left = here.flatMap(([, images]) => images).filter(({ escapes }) => escapes);
    if (left.length === 0 || this.isDryRun) {
      return;
    }
    const place = isHome ? this.cache : Stack.of(here.find(([, images]) => images.some(({ escapes }) => escapes))![0]);
    const summary = summaryOf(left);
    if (this.options.strict) {
      Annotations.of(place).addError(withId(summary));
    } else {
      warn(place, summary.id, describe(summary));
    }
  }

  /** The URI with the tokens of the registry's host, the same for all images of a rule, resolved once. */
  private display({ image, name, reference }: Accepted): string {
    const { registryUri } = image._props;
    const host = this.hosts.get(registryUri) ?? displayText(this.cache, registryUri);
    this.hosts.set(registryUri, host);
    const suffix = reference?.suffix ?? image.uri.slice(`${registryUri}/${image.repositoryName}`.length);
    return `${host}/${displayText(this.cache, name + suffix)}`;
  }
}

/** Tells whether a rule lets somebody pull from another account; whom its statements mean is not compared. */
function letsOthersIn(rule: IConstruct & { ecrRepositoryPrefix?: string }): boolean {
  return crossAccountStatements(rule, rule.ecrRepositoryPrefix ?? ROOT).length > 0;
}
