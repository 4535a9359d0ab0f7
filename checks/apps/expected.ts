/**
 * How ECR names a cached image, read anew from its documentation: none of this comes from the library, so that the
 * two can be compared.
 */

/** The prefixes of the trial, by host. They are not the defaults: an app may have rules of its own. */
export const PREFIXES: Record<string, string> = {
  'public.ecr.aws': 'trial/aws',
  'registry.k8s.io': 'trial/k8s',
  'quay.io': 'trial/quay',
  'docker.io': 'trial/hub',
  'ghcr.io': 'trial/github',
  'registry.gitlab.com': 'trial/gitlab',
  'trial.azurecr.io': 'trial/azure',
  'cgr.dev': 'trial/chainguard',
  '444455556666.dkr.ecr.eu-north-1.amazonaws.com': 'trial/ecr',
};

/** Other names of Docker Hub. */
const HUB = ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com', 'hub.docker.com'];

const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAIL = /^(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

export interface Read {
  readonly host: string;
  readonly repository: string;
  /** Tag and digest, with what stands before them. */
  readonly tail: string;
}

/** An image as container engines read it, if it is one. */
export function read(image: string): Read | undefined {
  const parts = image.split('/');
  const hasHost = parts.length > 1 && /[.:]|^localhost$/.test(parts[0]);
  const host = hasHost ? parts[0] : 'docker.io';
  const path = hasHost ? parts.slice(1).join('/') : image;
  const end = path.search(/[:@]/);
  const name = end < 0 ? path : path.slice(0, end);
  const tail = end < 0 ? '' : path.slice(end);
  if (!NAME.test(name) || !TAIL.test(tail)) {
    return undefined;
  }
  const isHub = HUB.includes(host);
  return {
    host: isHub ? 'docker.io' : host,
    repository: isHub && !name.includes('/') ? `library/${name}` : name,
    tail,
  };
}

/** The image of the cache in an account and region, for an image that one of its rules covers. */
export function cached(image: string, account: string, region: string): string | undefined {
  const found = read(image);
  const prefix = found && PREFIXES[found.host];
  return found && prefix
    ? `${account}.dkr.ecr.${region}.${urlSuffix(region)}/${prefix}/${found.repository}${found.tail}`
    : undefined;
}

export function urlSuffix(region: string): string {
  if (region.startsWith('cn-')) {
    return 'amazonaws.com.cn';
  }
  return region.startsWith('$') ? '${AWS::URLSuffix}' : 'amazonaws.com';
}
