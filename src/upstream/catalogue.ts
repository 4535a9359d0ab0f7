import { holdsToken } from '../core/tokens';

/** The host under which container tools know Docker Hub. */
export const DOCKER_HUB = 'docker.io';

/** How an upstream registry wants to be asked. */
export enum Authentication {
  NONE = 'none',
  SECRET = 'secret',
  ROLE = 'role',
}

/** What ECR knows of one kind of upstream registry. */
export interface RegistryKind {
  /** The name of the registry in messages. */
  readonly title: string;
  /** The factory of `UpstreamRegistry`, for messages. */
  readonly factory: string;
  /** CloudFormation's `UpstreamRegistry`. */
  readonly upstreamRegistry: string;
  /** CloudFormation's `UpstreamRegistryUrl`; for registries with a host of their own for each customer, its shape. */
  readonly url: string;
  /** The hosts of a registry that gives each customer one of their own. */
  readonly hostPattern?: RegExp;
  /** Other hosts that people write for the same registry. */
  readonly aliases: string[];
  /** Hosts of its website, which people write for it too, and which serve no images. */
  readonly websites?: string[];
  /** The prefix that the console proposes. */
  readonly defaultPrefix: string;
  readonly authentication: Authentication;
}

const AZURE_SUFFIX = '.azurecr.io';
/** A label of DNS; the portal adds a hyphen and a hash to the name where that is asked for. */
const AZURE_HOST = /^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]\.azurecr\.io$/;
export const ECR_HOST =
  /^([0-9]{12})\.dkr(?:\.ecr|\.ecr-fips|-ecr|-ecr-fips)\.([a-z]+(?:-[a-z]+)+-[0-9]+)\.[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

/**
 * All upstream registries that ECR supports, each once.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
 */
export const REGISTRIES = {
  ecrPublic: {
    title: 'Amazon ECR Public',
    factory: 'ecrPublic()',
    upstreamRegistry: 'ecr-public',
    url: 'public.ecr.aws',
    aliases: [],
    websites: ['gallery.ecr.aws'],
    defaultPrefix: 'ecr-public',
    authentication: Authentication.NONE,
  },
  kubernetes: {
    title: 'Kubernetes',
    factory: 'kubernetes()',
    upstreamRegistry: 'k8s',
    url: 'registry.k8s.io',
    aliases: [],
    defaultPrefix: 'kubernetes',
    authentication: Authentication.NONE,
  },
  quay: {
    title: 'Quay',
    factory: 'quay()',
    upstreamRegistry: 'quay',
    url: 'quay.io',
    aliases: [],
    defaultPrefix: 'quay',
    authentication: Authentication.NONE,
  },
  dockerHub: {
    title: 'Docker Hub',
    factory: 'dockerHub(credentials)',
    upstreamRegistry: 'docker-hub',
    url: 'registry-1.docker.io',
    aliases: [DOCKER_HUB, 'index.docker.io', 'registry.hub.docker.com'],
    websites: ['hub.docker.com'],
    defaultPrefix: 'docker-hub',
    authentication: Authentication.SECRET,
  },
  github: {
    title: 'GitHub Container Registry',
    factory: 'github(credentials)',
    upstreamRegistry: 'github-container-registry',
    url: 'ghcr.io',
    aliases: [],
    defaultPrefix: 'github',
    authentication: Authentication.SECRET,
  },
  azure: {
    title: 'Azure Container Registry',
    factory: 'azure(registryName, credentials)',
    upstreamRegistry: 'azure-container-registry',
    url: '<name>.azurecr.io',
    hostPattern: AZURE_HOST,
    aliases: [],
    defaultPrefix: 'azure',
    authentication: Authentication.SECRET,
  },
  gitlab: {
    title: 'GitLab.com Container Registry',
    factory: 'gitlab(credentials)',
    upstreamRegistry: 'gitlab-container-registry',
    url: 'registry.gitlab.com',
    aliases: [],
    websites: ['gitlab.com'],
    defaultPrefix: 'gitlab',
    authentication: Authentication.SECRET,
  },
  chainguard: {
    title: 'Chainguard',
    factory: 'chainguard(credentials)',
    upstreamRegistry: 'chainguard',
    url: 'cgr.dev',
    aliases: [],
    defaultPrefix: 'chainguard',
    authentication: Authentication.SECRET,
  },
  ecr: {
    title: 'Amazon ECR',
    factory: 'ecr({ account, region })',
    upstreamRegistry: 'ecr',
    url: '<account>.dkr.ecr.<region>.amazonaws.com',
    hostPattern: ECR_HOST,
    aliases: [],
    // AWS documents no default; its CLI example uses this one.
    defaultPrefix: 'ecr',
    authentication: Authentication.ROLE,
  },
} satisfies Record<string, RegistryKind>;

/** The hosts of all supported registries, for messages. */
export const SUPPORTED_HOSTS = Object.values(REGISTRIES)
  .map((kind) => kind.url)
  .join(', ');

/** Registries that people ask for and ECR does not support, with what helps instead. */
const UNSUPPORTED: { readonly host: RegExp; readonly advice: string }[] = [
  { host: /^k8s\.gcr\.io$/, advice: 'k8s.gcr.io is frozen; its images live on registry.k8s.io' },
  {
    host: /(^|\.)gcr\.io$|\.pkg\.dev$/,
    advice: 'ECR cannot cache Google registries; copy the image into a private repository',
  },
  {
    host: /(^|\.)mcr\.microsoft\.com$/,
    advice:
      'ECR cannot cache mcr.microsoft.com; import the image into an Azure Container Registry of your own and ' +
      'cache that',
  },
  {
    host: /^dhi\.io$/,
    advice: 'ECR cannot cache Docker Hardened Images; mirror them into an organization on Docker Hub and cache that',
  },
  {
    host: /^docker\.elastic\.co$/,
    advice: 'ECR cannot cache docker.elastic.co; Elastic publishes its images on Docker Hub too',
  },
  { host: /(^|\.)github\.com$/, advice: 'the images of GitHub are on ghcr.io, which ECR caches: name that host' },
  { host: /\.azurecr\.(cn|us|de)$/, advice: 'ECR caches registries of the public Azure cloud only' },
];

const UNSUPPORTED_ADVICE = 'use a registry that ECR supports, or copy the image into a private repository';

/** What to do about a host that ECR does not support. */
export function adviceFor(host: string): string {
  return UNSUPPORTED.find((row) => row.host.test(host))?.advice ?? UNSUPPORTED_ADVICE;
}

/** What to do about a host for which a cache has no rule. */
export function adviceForNoRule(host: unknown): string {
  if (typeof host !== 'string' || host === '' || host.includes('/')) {
    return `name the host of a registry, such as ${DOCKER_HUB}`;
  }
  const kind = kindOfHost(host);
  if (kind === undefined) {
    return adviceFor(host.toLowerCase());
  }
  const add = `add UpstreamRegistry.${kind.factory} to the upstreams of the cache`;
  // A name without a host is one of Docker Hub, also where somebody has left the host out.
  return kind === REGISTRIES.dockerHub ? `${add}, or name the registry of the image in full` : add;
}

/** Account and region in the host of a private ECR registry, also of its FIPS and dual-stack hosts. */
export function parseEcrHost(host: string): { readonly account: string; readonly region: string } | undefined {
  const match = ECR_HOST.exec(host);
  return match ? { account: match[1], region: match[2] } : undefined;
}

/** The registries with one host for all customers, by each of its names. */
const BY_NAME = new Map(
  Object.values<RegistryKind>(REGISTRIES)
    .filter((kind) => kind.hostPattern === undefined)
    .flatMap((kind) => namesOf(kind).map((name) => [name, kind.url])),
);

/** The one host under which a registry's images are known, whichever of its hosts is written. */
export function canonicalHost(host: string): string {
  return BY_NAME.get(host) ?? canonicalForm(host.toLowerCase());
}

function canonicalForm(name: string): string {
  const ecr = parseEcrHost(name);
  return ecr ? ecrHost(ecr.account, ecr.region) : (BY_NAME.get(name) ?? name);
}

/** Tells whether a host is one of a registry in the catalogue, as it stands there. */
export function isKnownHost(host: string | undefined): boolean {
  return host !== undefined && BY_NAME.has(host);
}

/** The host under which people and container tools know a registry: Docker Hub is served by another. */
export function familiarHost(host: string): string {
  return host === REGISTRIES.dockerHub.url ? DOCKER_HUB : host;
}

/** Every host that people write for a registry. */
export function namesOfHost(host: string): string[] {
  const kind = kindOfHost(host);
  return kind === undefined || kind.hostPattern ? [host] : namesOf(kind);
}

/** Tells whether images are pulled from a host that ECR supports, by whichever name of it. */
export function servesImages(host: string): boolean {
  const kind = kindOfHost(host);
  return kind !== undefined && !kind.websites?.includes(host);
}

function namesOf({ url, aliases, websites = [] }: RegistryKind): string[] {
  return [url, ...aliases, ...websites];
}

/** The host that ECR takes for an ECR upstream: the same suffix in every partition that has the feature. */
export function ecrHost(account: string, region: string): string {
  return `${account}.dkr.ecr.${region}.amazonaws.com`;
}

/** The kind of registry behind a host, if ECR supports it. */
export function kindOfHost(host: string): RegistryKind | undefined {
  const canonical = canonicalHost(host);
  return Object.values<RegistryKind>(REGISTRIES).find(
    (kind) => kind.url === canonical || kind.hostPattern?.test(canonical),
  );
}

/**
 * The host of an Azure registry from its name, or from the host itself. Azure shows names as they were typed; hosts are
 * lower case.
 */
export function azureHost(registryName: string): string {
  const name = holdsToken(registryName) ? registryName : registryName.toLowerCase();
  return name.endsWith(AZURE_SUFFIX) ? name : name + AZURE_SUFFIX;
}

/** Tells whether an image reference begins with a host: its first component has a dot or a colon, or is `localhost`. */
export function hasHost(reference: string): boolean {
  const first = reference.slice(0, Math.max(reference.indexOf('/'), 0));
  return /[.:]/.test(first) || first === 'localhost';
}
