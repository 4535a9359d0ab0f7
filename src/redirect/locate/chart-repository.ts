import { Place, placesBelow, valueAt } from './plain-slots';
import { isLiteral, Json, partsOfText, Properties } from '../rendered-properties';
import type { ImageSlot } from '../workload';

const SCHEME = 'oci://';

/** What Helm takes for one version, and no range: https://github.com/Masterminds/semver. */
const VERSION = /^v?\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

const NOT_ONE_VERSION =
  'a chart in a cache needs a version that is known at synth and no range: Helm looks for ranges in the tags of the ' +
  'registry, and a cache lists no tags but those that were pulled';
const IN_CHART =
  "CDK's function signs in to ECR only for the property repository: write the chart there, with its whole address";

/**
 * The charts that CDK's function pulls from a registry, which are artifacts like images. It signs in to ECR by the host
 * in `Repository`, whose last part is the name of the chart; `Chart` is not read then.
 */
export function repositorySlots(properties: Properties): ImageSlot[] {
  const { values } = properties;
  const slots = (key: string, leave?: string) =>
    placesBelow({ owner: values, key, path: key }, '')
      .filter((place) => isOci(valueAt(place)))
      .map((place) => repositorySlot(properties, place, leave));
  const leave = isVersion(values.Version) ? undefined : NOT_ONE_VERSION;
  return values.Repository === undefined ? slots('Chart', IN_CHART) : slots('Repository', leave);
}

function repositorySlot(properties: Properties, { owner, key, path }: Place, leave: string | undefined): ImageSlot {
  const { Version: version } = properties.values;
  const image = withoutScheme(owner[key]);
  // Helm writes the + of a version, which no tag may have, in another way.
  const tag = isVersion(version) ? `:${version.replace('+', '_')}` : '';
  return {
    place: path,
    image: isLiteral(image) ? image + tag : image,
    leave,
    write: (registry, repositoryName) => properties.set(owner, key, `${SCHEME}${registry}/${repositoryName}`),
  };
}

function isOci(value: Json): boolean {
  return String(partsOfText(value)?.[0]).startsWith(SCHEME);
}

/** What is joined with functions is joined again. */
function withoutScheme(value: Json): Json {
  const [first, ...rest] = partsOfText(value) as [string, ...Json[]];
  const beginning = first.slice(SCHEME.length);
  return rest.length === 0 ? beginning.replace(/\/$/, '') : { 'Fn::Join': ['', [beginning, ...rest]] };
}

function isVersion(value: unknown): value is string {
  return typeof value === 'string' && VERSION.test(value);
}
