import { Stack } from 'aws-cdk-lib';
import { ImagePrefetch } from './image-prefetch';
import type { PrefetchOptions } from './prefetch-options';
import type { PrefetchRule } from './prefetch-rule';
import { PrefetchedImage } from './prefetched-image';
import { Problem, throwIfAny } from '../core/errors';
import { warn } from '../core/warnings';
import { surelyElsewhere } from '../environment/environment';
import type { CachedImage } from '../image/cached-image';
import { ImageReference } from '../image/image-reference';
import { FUNCTION_TIMEOUT } from '../provider/inline-function';
import { isGenerated } from '../provider/placeholder';

const LEAST_SECONDS = 60;
/** The function needs a little of its time for the answer. */
const MOST_SECONDS = FUNCTION_TIMEOUT.toSeconds() - 60;

/**
 * Has an image in the cache when the stack of its rule is deployed.
 *
 * @param reference the image; with a digest, the deployment fails if the tag has another
 */
export function prefetchImage(rule: PrefetchRule, reference: string, options: PrefetchOptions): PrefetchedImage {
  const [tagged, digest] = splitDigest(reference);
  const image = rule.image(tagged, options);
  const { registryUri, repositoryName, reference: upstream } = image._props;
  throwIfAny([...placeProblems(rule), ...timeoutProblems(options), ...tagProblems(image, digest)], rule.node.path);
  if (isGenerated(rule.credentialsSecret)) {
    warn(
      rule,
      'PrefetchedImage.placeholder',
      'the secret of the rule has a random value until somebody fills it in, and until then the deployment fails at ' +
        'the image; deploy the rule first, and prefetch once the secret is filled in',
    );
  }

  const { host, repository, tag = 'latest' } = upstream;
  const full = ImageReference.fromParts({ host, repository, tag, digest });
  const prefetch = ImagePrefetch.of(
    { rule, reference: full.toString(), registryUri, repositoryName, tag, digest },
    options,
  );
  return PrefetchedImage._of({ ...image._props, reference: full }, prefetch);
}

function splitDigest(reference: string): [string, string | undefined] {
  // What follows the name of an image only; a password is followed by a host, and told when it is whole.
  const at = reference.search(/@(?=sha\d+:|\$\{Token\[)/);
  return at === -1 ? [reference, undefined] : [reference.slice(0, at), reference.slice(at + 1)];
}

/** The function calls ECR where it is. */
function placeProblems(rule: PrefetchRule): Problem[] {
  const { account, region } = Stack.of(rule);
  return surelyElsewhere(rule.env, { account, region })
    ? [
        {
          id: 'PrefetchedImage.elsewhere',
          what: 'an image is prefetched in the account and region of its rule',
          given: `${account}/${region}`,
          allowed: `${rule.env.account}/${rule.env.region}`,
          fix: 'call prefetch in a stack of that account and region',
        },
      ]
    : [];
}

function timeoutProblems({ timeout }: PrefetchOptions): Problem[] {
  if (timeout === undefined || timeout.isUnresolved()) {
    return [];
  }
  const seconds = timeout.toSeconds({ integral: false });
  return seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS && Number.isInteger(seconds)
    ? []
    : [
        {
          id: 'PrefetchedImage.timeout',
          what: 'not a timeout of prefetch',
          given: timeout.toHumanString(),
          allowed: '1 to 14 minutes, in whole seconds',
          fix: 'give a duration within these, or leave it out',
        },
      ];
}

/** Of what has a digest and no tag, nothing can be fetched: ECR imports by tag. */
function tagProblems(image: CachedImage, digest: string | undefined): Problem[] {
  return digest !== undefined && image.tag === undefined
    ? [
        {
          id: 'PrefetchedImage.digestAlone',
          what: 'a digest alone cannot be prefetched: ECR fetches a new image by its tag',
          given: `${image._props.reference}@${digest}`,
          allowed: 'name:tag@digest',
          fix: 'write the tag that has the digest before it',
        },
      ]
    : [];
}
