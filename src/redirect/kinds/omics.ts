import { isGiven } from './image-places';
import { kindOfHost, REGISTRIES, RegistryKind } from '../../upstream/catalogue';
import { isFunction } from '../locate/plain-slots';
import type { Json } from '../rendered-properties';
import type { ImageSlot, WorkloadKind } from '../workload';

const SERVICE = 'omics.amazonaws.com';

const PLACE = 'ContainerRegistryMap.RegistryMappings';

const MAP_ELSEWHERE =
  'the workflow has a registry map in S3, or one that is not known at synth: add the registry there';

/**
 * Workflows of AWS HealthOmics. Their definitions are elsewhere, with the images, so that the service is told which
 * registry has which prefix.
 *
 * @see https://docs.aws.amazon.com/omics/latest/dev/containers-ptc-registries.html
 */
export const OMICS: WorkloadKind[] = ['AWS::Omics::Workflow', 'AWS::Omics::WorkflowVersion'].map(workflow);

function workflow(resourceType: string): WorkloadKind {
  return {
    resourceType,
    places: [
      {
        resourceType,
        paths: [`${PLACE}: one for each rule, but for registries that are mapped already`],
        puller:
          `the service \`${SERVICE}\`, which the policy of the registry and the creation template of the rule let ` +
          'in; not into repositories that were cached before the template was made, and with `managedElsewhere` once ' +
          'somebody adds the statements',
      },
      { resourceType, paths: ['ContainerRegistryMapUri'], reason: MAP_ELSEWHERE },
    ],
    notSearched: ['ContainerRegistryMap'],
    read: ({ properties: { values }, upstreams }) => {
      const map = isGiven(values.ContainerRegistryMap) ? values.ContainerRegistryMap : {};
      const known: Json[] = map.RegistryMappings ?? [];
      const isElsewhere =
        isGiven(values.ContainerRegistryMapUri) ||
        [map, map.RegistryMappings].some((value) => value && isFunction(value));
      const mapped = new Set(isElsewhere ? [] : known.map(({ UpstreamRegistryUrl }) => UpstreamRegistryUrl));
      return {
        slots: upstreams()
          .filter((upstream) => isSupported(hostOf(upstream)) && !mapped.has(hostOf(upstream)))
          .map((upstream) => mappingSlot(values, upstream, isElsewhere ? MAP_ELSEWHERE : undefined)),
        puller: () => ({ service: SERVICE }),
      };
    },
  };
}

/** HealthOmics takes neither of these two. */
function isSupported(host: string): boolean {
  const kind: RegistryKind | undefined = kindOfHost(host);
  return kind !== undefined && kind !== REGISTRIES.chainguard && kind !== REGISTRIES.ecr;
}

function hostOf(upstream: string): string {
  return upstream.split('/')[0];
}

function mappingSlot(values: Json, upstream: string, leave?: string): ImageSlot {
  const [UpstreamRegistryUrl, ...path] = upstream.split('/');
  return {
    place: PLACE,
    image: `${upstream}/*`,
    isByTheWay: true,
    leave,
    write: (_, EcrRepositoryPrefix) => {
      const mapping = {
        UpstreamRegistryUrl,
        EcrRepositoryPrefix,
        ...(path.length > 0 && { UpstreamRepositoryPrefix: path.join('/') }),
      };
      const { RegistryMappings = [], ...map } = isGiven(values.ContainerRegistryMap) ? values.ContainerRegistryMap : {};
      values.ContainerRegistryMap = { ...map, RegistryMappings: [...RegistryMappings, mapping] };
    },
  };
}
