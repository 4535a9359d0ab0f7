import { adviceFor, kindOfHost, SUPPORTED_HOSTS } from './catalogue';
import { Problem, quote } from '../core/errors';
import { holdsToken } from '../core/tokens';

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
/**
 * Who signs in where, as URLs have it before the host, which no message shows; without a scheme it is told from an
 * image's digest.
 */
const USER_IN_URL = /^[^/?#@]*@/;
const USER = /^[^/?#@:]*:[^/?#@]*@(?=[^/?#@:]+(?::[0-9]+)?(?:[/?#]|$))/;
const PATH = /[/?#].*$/s;

/** What is wrong with the host of an upstream registry: nothing for a token, whose value is not known yet. */
export function upstreamHostProblems(url: unknown): Problem[] {
  if (typeof url !== 'string' || url === '') {
    return [
      {
        id: 'UpstreamRegistry.host',
        what: 'not the host of a registry',
        given: url,
        allowed: SUPPORTED_HOSTS,
        fix: 'give the host, as in "docker.io"',
      },
    ];
  }
  if (holdsToken(url)) {
    return [];
  }
  const scheme = SCHEME.exec(url)?.[0] ?? '';
  const given = url.slice(scheme.length).replace(scheme ? USER_IN_URL : USER, '');
  const host = given.replace(PATH, '');
  if (host !== url) {
    return [
      {
        id: 'UpstreamRegistry.hostForm',
        what: 'the host of a registry has a scheme or a path',
        given: scheme + given,
        allowed: 'the host alone',
        fix: `write ${quote(host)}`,
      },
    ];
  }
  return kindOfHost(url)
    ? []
    : [
        {
          id: 'UpstreamRegistry.unsupported',
          what: 'ECR pull through cache does not support this upstream registry',
          given: url,
          allowed: SUPPORTED_HOSTS,
          fix: adviceFor(url.toLowerCase()),
        },
      ];
}
