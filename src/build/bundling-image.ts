import { DockerImage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { literal } from './literal';
import { fail } from '../core/errors';
import type { CachedImage } from '../image/cached-image';

/** An image of a cache in which CDK bundles assets when the app is synthesized. */
export function bundlingImageOf(
  cache: IConstruct & { image(reference: string): CachedImage },
  reference: string,
): DockerImage {
  const image = cache.image(reference);
  return DockerImage.fromRegistry(
    literal(cache, image.uri, image.repository.env.region) ?? refuseOpenRegistry(cache, reference),
  );
}

/** What is pulled while the app is synthesized, or before it is deployed, is pulled by its name alone. */
export function refuseOpenRegistry(cache: IConstruct, image: string): never {
  fail(
    {
      what: `the account, region or prefix under which the cache has the image ${image} is not known at synth, and builds take no tokens`,
      fix:
        'give the stack of the cache an env with its account and region, and the rule a prefix that is no token: ' +
        'new Stack(app, id, { env: { account: "111122223333", region: "eu-west-1" } })',
    },
    cache.node.path,
  );
}
