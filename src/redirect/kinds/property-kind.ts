import type { CfnResource } from 'aws-cdk-lib';
import type { ImagePlaces } from './image-places';
import { isFunction, Place, placesBelow, plainSlot, valueAt } from '../locate/plain-slots';
import { isRole } from '../pullers';
import { isUnknown, Json, Properties, RenderedProperties } from '../rendered-properties';
import type { DocumentedPlace, ImageSlot, Puller, Workload, WorkloadContext, WorkloadKind } from '../workload';

const MIXED = 'the same property names an image of AWS under another condition, which is pulled in another way';

/** The kinds of workloads whose images have properties of their own, one for each type. */
export function propertyKinds(rows: ImagePlaces[]): WorkloadKind[] {
  return [...new Set(rows.map(({ resourceType }) => resourceType))].map((resourceType) => {
    const ofType = rows.filter((row) => row.resourceType === resourceType);
    return {
      resourceType,
      places: ofType.map(documentedPlace),
      read: (context) => readPlaces(ofType, context),
    };
  });
}

/** The images of one resource that rows know of. */
export function readPlaces(rows: ImagePlaces[], context: WorkloadContext): Workload {
  const found = rows.flatMap((row) => imagesOf(row, context));
  const pullers = new Map(found);
  return {
    slots: found.map(([slot]) => slot),
    puller: (slot) => pullers.get(slot)!(),
    waits: rows.some(({ waits }) => (typeof waits === 'function' ? waits(l2Of(context.resource)) : waits)),
  };
}

/** What the documentation says of a row. */
export function documentedPlace(row: ImagePlaces): DocumentedPlace {
  const { resourceType, block, holders, image, puller, mustBeCached } = row;
  const path = (holder: string) => [block, holder, image].filter((part) => part).join('.');
  const paths = holders.map(path);
  if (puller === 'nodes') {
    return { resourceType, paths, puller: 'the nodes of the cluster' };
  }
  if ('nobody' in puller) {
    return { resourceType, paths, reason: puller.nobody };
  }
  const who = 'who' in puller ? puller.who : `the role of \`${[block, puller.role].filter((part) => part).join('.')}\``;
  return { resourceType, paths, puller: who, reason: mustBeCached };
}

function imagesOf(row: ImagePlaces, context: WorkloadContext): [ImageSlot, () => Puller][] {
  const { resource, properties } = context;
  const root: Place = { owner: { root: properties.values }, key: 'root', path: '' };
  return placesBelow(root, row.block ?? '').flatMap((block) =>
    row.holders
      .flatMap((path) => placesBelow(block, path))
      .flatMap((holder) => (isUnknown(valueAt(holder)) ? planned(row, l2Of(resource), holder) : [holder]))
      .flatMap((holder) => {
        const images = placesBelow(holder, row.image);
        const kept = images.filter((image) => !row.ignore?.(valueAt(image), valueAt(holder)));
        // What has to be said besides is said of both sides of an Fn::If, and holds for one of them only.
        const leave = row.also && kept.length < images.length ? MIXED : whyLeave(row, valueAt(holder), valueAt(block));
        return kept.map((image) => ({ holder, image, leave }));
      })
      .map(({ holder, image, leave }): [ImageSlot, () => Puller] => [
        slotAt(row, properties, image, [valueAt(holder), valueAt(block)], leave),
        () => pullerOf(row, context, valueAt(block), image.path),
      ]),
  );
}

/** The construct of CDK that a resource is the one of, and not any that it stands in; empty where there is none. */
export function l2Of(resource: CfnResource): Json {
  const scope = resource.node.scope;
  return scope?.node.defaultChild === resource ? scope : {};
}

function whyLeave(row: ImagePlaces, holder: Json, block: Json): string | undefined {
  return (
    row.leave?.(holder, block) ??
    (typeof row.puller === 'object' && 'nobody' in row.puller ? row.puller.nobody : undefined)
  );
}

function planned(row: ImagePlaces, l2: Json, { path }: Place): Place[] {
  const holders = row.planned?.(l2) ?? [];
  return holders.map((_, index) => ({ owner: holders, key: index, path: `${path}.${index}` }));
}

function slotAt(
  row: ImagePlaces,
  properties: Properties,
  image: Place,
  [holder, block]: [Json, Json],
  leave?: string,
): ImageSlot {
  const slot = plainSlot(properties, image, leave);
  return {
    ...slot,
    isUnused: row.isRecord,
    mustBeCached: row.mustBeCached,
    platform: row.platform?.(block),
    write: (...cached) => {
      slot.write(...cached);
      Object.assign(holder, row.also);
    },
  };
}

/** Who pulls the images of a block. */
export function pullerOf(row: ImagePlaces, context: WorkloadContext, block: Json, path: string): Puller {
  const { puller } = row;
  if (puller === 'nodes') {
    return { nodesOf: undefined };
  }
  if ('nobody' in puller) {
    return puller;
  }
  if ('find' in puller) {
    return puller.find(context);
  }
  const roleArn = isFunction(block) ? block : block[puller.role];
  const { resource, properties } = context;
  const own = row.l2Role?.(l2Of(resource), path);
  // An override may name another role than that of the L2.
  return own && isRole(resource, properties as RenderedProperties, roleArn, own.made) ? own : { roleArn };
}
