import type { Problem } from './errors';
import { adviceFor, kindOfHost, SUPPORTED_HOSTS } from './registries';
import { holdsToken } from './tokens';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const PATH = /[/?#].*$/s;

/** What is wrong with the host of an upstream registry: nothing for a token, whose value is not known yet. */
export function upstreamHostProblems(url: unknown): Problem[] {
  if (typeof url !== 'string' || url === '') {
    return [{ what: 'not the host of a registry', given: url, allowed: SUPPORTED_HOSTS, fix: 'give the host, as in "docker.io"' }];
  }
  if (holdsToken(url)) { return []; }
  const host = url.replace(SCHEME, '').replace(PATH, '');
  if (host !== url) {
    return [{ what: 'the host of a registry has a scheme or a path', given: url, allowed: 'the host alone', fix: `write ${JSON.stringify(host)}` }];
  }
  return kindOfHost(url) ? [] : [{
    what: 'ECR pull through cache does not support this upstream registry', given: url, allowed: SUPPORTED_HOSTS, fix: adviceFor(url.toLowerCase()),
  }];
}
