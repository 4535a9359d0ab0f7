import type { CfnResource, IResolveContext } from 'aws-cdk-lib';
import { kindOf } from './kinds';
import { mentionSlots } from './kinds/mention-slots';
import type { Accepted, Decision, Redirector } from './redirector';
import { Json, RenderedProperties, TemplateProperties } from './rendered-properties';
import { definitionOf, onRender, Rendered } from './rendering';
import { ImageSlot, NO_IMAGES, Puller, Workload, WorkloadKind } from './workload';

/** The field of a resource that holds this. */
const FIELD = Symbol.for('cdk-ecr-pull-through-cache.RedirectedResource');

/** A resource that names images, with all redirections that it is subject to. The first that takes an image has it. */
export class RedirectedResource {
  public static of(resource: CfnResource): RedirectedResource {
    const holder = resource as unknown as Record<symbol, RedirectedResource | undefined>;
    if (holder[FIELD] === undefined) {
      Object.defineProperty(resource, FIELD, { value: new RedirectedResource(resource) });
    }
    return holder[FIELD]!;
  }

  /** Tells whether an image of a resource goes through some cache. */
  public static isRedirected(resource: CfnResource): boolean {
    const known = (resource as unknown as Record<symbol, RedirectedResource | undefined>)[FIELD];
    return known?.redirectors.some(({ isDryRun }) => !isDryRun) ?? false;
  }

  private readonly redirectors: Redirector[] = [];
  /** What was decided for each image, once CDK has prepared the resource. */
  private decisions?: Map<string, Accepted | undefined>;

  private constructor(private readonly resource: CfnResource) {
    onRender(resource, (rendered, context) => this.render(rendered, context));
  }

  /** Takes the images as they are when CDK renders the resource. */
  public add(redirector: Redirector): void {
    if (!this.redirectors.includes(redirector)) {
      this.redirectors.push(redirector);
    }
  }

  /**
   * Gives the permissions for what is known already, so that the aspects of the app see them.
   *
   * @param mayMakeRoles whether a role may be made for it
   */
  public anticipate(mayMakeRoles: boolean): void {
    if (this.kind?.read && this.redirectors.some(({ isDryRun }) => !isDryRun)) {
      const properties = RenderedProperties.early(this.resource, definitionOf(this.resource));
      const workload = this.read(properties);
      workload.slots
        .filter((slot) => mayMakeRoles || !makesRole(workload.puller(slot)))
        .forEach((slot) => this.take(workload, slot, properties));
    }
  }

  /** CDK prepares its templates before it writes them: early enough for permissions, too late for whoever adds more. */
  private render(rendered: Rendered, context: IResolveContext): void {
    if (context.preparing) {
      this.decisions = this.decide(rendered);
    }
    if (this.decisions === undefined || this.kind?.read === undefined) {
      return;
    }
    const properties = new TemplateProperties(rendered.properties, context);
    const workload = this.read(properties);
    const written = workload.slots.filter((slot) => this.write(slot, this.decisions!));
    if (written.length > 0) {
      workload.save?.();
    }
  }

  private decide({ properties: values, metadata, definition }: Rendered): Map<string, Accepted | undefined> {
    this.redirectors.forEach((redirector) => redirector.forget(this.resource));
    if (this.kind?.read === undefined) {
      this.noteMentions({ ...values, Metadata: metadata }, []);
      return new Map();
    }
    const properties = RenderedProperties.final(this.resource, definition);
    const workload = this.read(properties);
    const decided = new Map(
      workload.slots.map((slot) => {
        const { taken, decisions } = this.take(workload, slot, properties);
        for (const redirector of this.redirectors) {
          // What goes through one cache is no matter of another.
          if (taken === undefined || taken.by === redirector || redirector.isDryRun) {
            const decision = decisions.get(redirector) ?? redirector.decide(this.resource, workload, slot, properties);
            redirector.note(this.resource, slot, decision);
          }
        }
        return [keyOf(slot), taken?.decision] as const;
      }),
    );
    this.noteMentions({ ...properties.values, Metadata: metadata }, workload.slots);
    return decided;
  }

  private noteMentions(values: Json, seen: ImageSlot[]): void {
    for (const slot of mentionSlots(this.kind, values, seen)) {
      this.redirectors.forEach((redirector) => redirector.noteMention(this.resource, slot));
    }
  }

  /** The first redirection that takes an image, once who pulls may do so, and what those before it decided. */
  private take(workload: Workload, slot: ImageSlot, properties: RenderedProperties): Taking {
    const decisions = new Map<Redirector, Decision>();
    for (const redirector of this.redirectors.filter(({ isDryRun }) => !isDryRun)) {
      const decision = redirector.grant(
        this.resource,
        workload,
        slot,
        redirector.decide(this.resource, workload, slot, properties),
      );
      decisions.set(redirector, decision);
      if ('image' in decision) {
        return { taken: { by: redirector, decision }, decisions };
      }
    }
    return { decisions };
  }

  private write(slot: ImageSlot, decisions: Map<string, Accepted | undefined>): boolean {
    const decision = decisions.get(keyOf(slot));
    if (decision?.reference === undefined) {
      if (!decisions.has(keyOf(slot))) {
        this.redirectors.forEach((redirector) => redirector.noteLate(this.resource, slot));
      }
      return false;
    }
    const { image, name, reference, prefetched } = decision;
    const { registryUri } = prefetched?.repository ?? image._props;
    slot.write(registryUri, name.replace(/\/?\*$/, ''), prefetched?.reference ?? reference);
    return true;
  }

  private read(properties: RenderedProperties | TemplateProperties): Workload {
    const upstreams = () => [...new Set(this.redirectors.flatMap((redirector) => redirector.upstreams))];
    return this.kind?.read?.({ resource: this.resource, properties, upstreams }) ?? NO_IMAGES;
  }

  private get kind(): WorkloadKind | undefined {
    return kindOf(this.resource.cfnResourceType);
  }
}

interface Taking {
  readonly taken?: { readonly by: Redirector; readonly decision: Accepted };
  readonly decisions: Map<Redirector, Decision>;
}

function keyOf({ place, image }: ImageSlot): string {
  return typeof image === 'string' ? `${place} ${image}` : place;
}

function makesRole(puller: Puller): boolean {
  return 'grantee' in puller && puller.made === undefined;
}
