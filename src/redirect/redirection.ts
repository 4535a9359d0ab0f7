import { Aspects, CfnResource, IAspect, Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { RedirectTarget } from './image-finder';
import type { RedirectedImage, RedirectOptions } from './redirect-options';
import { RedirectedResource } from './redirected-resource';
import { Redirector } from './redirector';
import { reportTable } from './report-table';
import { beforeSynthesis, stagesBelow } from './stages';
import { fail } from '../core/errors';
import { isSynthesized } from '../environment/stages';

/**
 * Sends images that others declared through a cache. Made by `redirect()` and `redirectionAspect()`
 * of a `PullThroughCache`.
 *
 * It is an aspect, for `Aspects.of(scope).add(...)`, or a mixin, for `scope.with(...)`. Either way it takes the images
 * of a resource as they are when CDK renders it, and changes them there: whatever the app adds before is in the
 * template, and goes through the cache. What is left alone though the cache has a rule for it is reported, by one
 * warning.
 *
 * @example
 * const redirection = cache.redirect(this, { exclude: ['quay.io/internal/*'] });
 * // After app.synth(), what became of each image.
 * const images = redirection.report;
 */
export class Redirection implements IAspect {
  /** @internal */
  public static _of(cache: RedirectTarget, options: RedirectOptions): Redirection {
    return new Redirection(cache, options);
  }

  private readonly redirector: Redirector;
  private readonly known = new Set<IConstruct>();

  private constructor(
    private readonly cache: RedirectTarget,
    options: RedirectOptions,
  ) {
    this.redirector = new Redirector(cache, options);
  }

  /** What became of each image; complete once the app is synthesized, and empty before. */
  public get report(): RedirectedImage[] {
    return this.redirector.report;
  }

  /**
   * The report as text, to print once the app is synthesized: each image once, with the number of places that name it.
   * Those that escape the cache come first, then those that go through it, then all others, by the reason.
   */
  public get reportTable(): string {
    return reportTable(this.report, this.redirector.isDryRun, this.redirector.isComplete);
  }

  /**
   * Redirects the images of a construct, if it is a resource that has any.
   *
   * @param node the construct
   */
  public visit(node: IConstruct): void {
    if (!this.known.has(node)) {
      // All at once: whenever a role is made while aspects run, CDK starts them over, a hundred times at most.
      // And all before anything is asked of one, so that what they have in common is looked up once.
      const found = withinStage(node);
      found.forEach((construct) => this.enrol(construct));
      found.forEach((construct) => this.anticipate(construct, true));
    } else {
      // An aspect may have added an image since.
      this.anticipate(node, false);
    }
  }

  /**
   * Tells whether a construct is a resource. Most have no images, but any may name one in some text, which is reported.
   *
   * @param construct the construct
   */
  public supports(construct: IConstruct): boolean {
    return CfnResource.isCfnResource(construct);
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
          id: 'Redirection.unsupported',
          what: 'this is no resource, and names no images',
          given: construct,
          allowed: 'what supports() says yes to',
          fix: 'ask supports() first',
        },
        this.cache.node.path,
      );
    }
    this.enrol(construct);
    this.anticipate(construct, true);
  }

  /**
   * Redirects what is below a scope, and in the stages there, also in those that are added later.
   *
   * @internal
   */
  public _reachInto(scope: IConstruct): void {
    Aspects.of(scope).add(this);
    const reached = new Set<IConstruct>();
    const reach = () => {
      for (const stage of stagesBelow(scope).filter((one) => !reached.has(one))) {
        reached.add(stage);
        if (isSynthesized(stage)) {
          withinStage(stage)
            .filter(
              (construct) => this.supports(construct) && !RedirectedResource.isRedirected(construct as CfnResource),
            )
            .forEach((construct) => this.redirector.miss(construct as CfnResource, stage));
        } else {
          Aspects.of(stage).add(this);
        }
      }
    };
    reach();
    beforeSynthesis(scope.node.root, reach);
  }

  private enrol(construct: IConstruct): void {
    this.known.add(construct);
    this.redirector.meet(construct);
    if (this.supports(construct)) {
      this.redirector.watch(construct as CfnResource);
      RedirectedResource.of(construct as CfnResource).add(this.redirector);
    }
  }

  private anticipate(construct: IConstruct, mayMakeRoles: boolean): void {
    if (this.supports(construct)) {
      RedirectedResource.of(construct as CfnResource).anticipate(mayMakeRoles);
    }
  }
}

/** A construct and all below it, but for what is in stages of their own, into which aspects do not reach. */
function withinStage(construct: IConstruct): IConstruct[] {
  const found = [construct];
  for (const one of found) {
    found.push(...one.node.children.filter((child) => !Stage.isStage(child)));
  }
  return found;
}
