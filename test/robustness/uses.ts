import { Aspects, aws_ecs as ecs, aws_iam as iam, Duration, Lazy } from 'aws-cdk-lib';
import { membersOf, OPERATIONS, Readable, READABLES, shortName, Type } from './assembly';
import { REACHED } from './reached';
import { Make } from './right-values';
import { World } from './world';
import * as library from '../../src';

const puller: Make = ({ stack }) =>
  new iam.Role(stack, 'Puller', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });

function useUpstream({ stack }: World, upstream: library.UpstreamRegistry): library.PullThroughCacheRule {
  return new library.PullThroughCacheRule(stack, 'UsingRule', { upstream, ecrRepositoryPrefix: 'using' });
}

/** What users do with what the library gives them, where that is more than to look at it: much is checked only then. */
const USES: Record<string, (world: World, thing: any) => void> = {
  CachedImage: (world, image: library.CachedImage) => {
    new ecs.FargateTaskDefinition(world.stack, 'UsingTask').addContainer('web', { image: image.toContainerImage() });
    image.repository.grantPull(world.once(puller));
  },
  ImageReference: (world, reference: library.ImageReference) => {
    // A host that is a token may be that of any image.
    const attributes = { ecrRepositoryPrefix: 'using', upstreamRegistryUrl: Lazy.string({ produce: () => 'quay.io' }) };
    library.PullThroughCacheRule.fromPullThroughCacheRuleAttributes(world.stack, 'UsingRule', attributes)
      .imageFromReference(reference)
      .repository.grantPull(world.once(puller));
  },
  OrganizationalUnitPrincipal: (world, principal) =>
    useUpstream(world, library.UpstreamRegistry.quay()).allowPullFrom(principal),
  PullThroughCache: (world, cache: library.PullThroughCache) => {
    cache.grants.pull(world.once(puller));
    cache.redirect(world.stack);
    cache.onCacheFailure('Failures');
  },
  PullThroughCacheGrants: (world, grants: library.PullThroughCacheGrants) => grants.pull(world.once(puller)),
  PullThroughCacheRuleGrants: (world, grants: library.PullThroughCacheRuleGrants) => grants.pull(world.once(puller)),
  Redirection: ({ stack }, redirection) => Aspects.of(stack).add(redirection),
  RepositoryLifecycleRule: ({ stack }, rule: library.RepositoryLifecycleRule) => {
    const lifecycleRules = [library.RepositoryLifecycleRule.olderThan(Duration.days(30)), rule];
    new library.RepositoryCreationTemplate(stack, 'UsingTemplate', { prefix: 'using', lifecycleRules });
  },
  UpstreamCredentials: (world, credentials) => useUpstream(world, library.UpstreamRegistry.dockerHub(credentials)),
  UpstreamRegistry: useUpstream,
};

/** Reads all properties of a thing, and those of what the library gives there. */
export function read(thing: any, type: Type): void {
  if (thing === undefined) {
    return;
  }
  if (type.collection) {
    thing.forEach((item: unknown) => read(item, type.collection!.elementtype));
  }
  for (const member of membersOf(type.fqn ?? '') ?? []) {
    REACHED.add(member.apiName!);
    read(thing[member.name], member.type);
  }
  for (const readable of READABLES.filter((one) => one.owner === type.fqn && !one.static)) {
    read(valueOf(thing, readable), readable.type);
  }
}

export function readStatics(): void {
  for (const readable of READABLES.filter((one) => one.static)) {
    valueOf((library as any)[shortName(readable.owner)], readable);
  }
}

function valueOf(thing: any, { name, property }: Readable): unknown {
  REACHED.add(name);
  return thing[property];
}

/** Reads all of what a call gave, calls what needs no arguments, and uses it. */
export function use(world: World, thing: any, type?: Type): void {
  if (thing === undefined || type === undefined) {
    return;
  }
  if (type.collection) {
    thing.slice(0, 1).forEach((item: unknown) => use(world, item, type.collection!.elementtype));
  }
  read(thing, type);
  for (const { name, method } of OPERATIONS.filter(
    (one) => one.owner === type.fqn && one.method && !one.static && one.parameters.length === 0,
  )) {
    REACHED.add(name);
    thing[method!]();
  }
  USES[shortName(type.fqn ?? '')]?.(world, thing);
}
