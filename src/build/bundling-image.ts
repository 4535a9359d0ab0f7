import { DockerImage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { fail } from '../core/errors';
import { holdsToken } from '../core/tokens';
import type { CachedImage } from '../image/cached-image';

/** Gives an image of a cache in which CDK bundles assets when the app is synthesized. */
export function bundlingImageOf(
  cache: IConstruct & { image(reference: string): CachedImage },
  reference: string,
): DockerImage {
  return DockerImage.fromRegistry(literalUri(cache, cache.image(reference), reference));
}

/** Gives the URI of an image as text, for what is pulled while the app is synthesized, or before it is deployed. */
export function literalUri(cache: IConstruct, { uri }: CachedImage, name: string): string {
  if (!holdsToken(uri)) {
    return uri;
  }
  fail(
    {
      id: 'CachedBuild.tokens',
      what:
        `the account, region or prefix under which the cache has the image ${name} is not known at synth, ` +
        'and builds take no tokens',
      fix:
        'give the stack of the cache an env with its account and region, and the rule a prefix that is no token: ' +
        'new Stack(app, id, { env: { account: "111122223333", region: "eu-west-1" } })',
    },
    cache.node.path,
  );
}
