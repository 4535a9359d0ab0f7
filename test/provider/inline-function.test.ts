import { PullThroughCache, UpstreamCredentials, UpstreamRegistry } from '../../src';
import { homeStack, propertiesOf, resourcesOf } from '../support/util';

const FUNCTION = 'AWS::Lambda::Function';

const upstreams = () => [UpstreamRegistry.dockerHub(UpstreamCredentials.fromSecretName('hub'))];

describe('a function of this library', () => {
  test.each([
    ['PullThroughCacheRules', 'changeInPlace', (id: string) => cacheOf(id, true)],
    ['PullThroughCacheCredentials', 'verifyCredentials', (id: string) => cacheOf(id).cache.verifyCredentials()],
    ['PullThroughCachePrefetch', 'prefetch', (id: string) => cacheOf(id).cache.prefetch('nginx:1.27')],
  ])('leaves the id %s to the app that has taken it, with %s', (id, _, use) => {
    expect(() => use(id)).not.toThrow();
  });

  test('is one for a stack, also under another id', () => {
    const { stack, cache } = cacheOf('PullThroughCacheCredentials', true);
    cache.verifyCredentials();
    cache.watchCredentials();
    expect(propertiesOf(stack, FUNCTION)).toHaveLength(2);
    expect(Object.keys(resourcesOf(stack, FUNCTION)).map((id) => id.slice(0, -8))).toEqual([
      'PullThroughCacheRulesFunction',
      'PullThroughCacheCredentialsFunction',
    ]);
  });
});

function cacheOf(id: string, changeInPlace = false) {
  const stack = homeStack();
  return { stack, cache: new PullThroughCache(stack, id, { upstreams: upstreams(), changeInPlace }) };
}
