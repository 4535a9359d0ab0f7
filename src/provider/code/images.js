const { BatchGetImageCommand, DescribeImagesCommand, ECRClient } = require('@aws-sdk/client-ecr');

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** With a rule, a role or a secret that the same deployment made, these may pass. */
const SETTLES = [
  'AccessDeniedException',
  'ImageInaccessible',
  'ImageNotFound',
  'RepositoryNotFoundException',
  'UnableToGetUpstreamImageException',
  'UpstreamAccessDenied',
];

/** As many images as one call takes. */
const BATCH = 100;

const ecr = new ECRClient({});

exports.handler = (event, context) => answer(event, context, prefetch);

/** Has the image of a tag in the cache, with all images of its index. */
async function prefetch(event, clock) {
  const image = event.ResourceProperties;
  const id = `${image.RepositoryName}:${image.ImageTag}`;
  // What is cached stays: others may have come to use it.
  if (event.RequestType === 'Delete') {
    return { id: event.PhysicalResourceId };
  }
  try {
    const { digest, children } = await bring(image, clock);
    await checkDigest(image, digest, children, event.RequestType);
    const platforms = Object.fromEntries(
      (image.Platforms ?? []).map((platform) => [
        `Digest.${platform.replaceAll('/', '.')}`,
        digestOf(image, digest, children, platform),
      ]),
    );
    await complete(image, digest, children, clock);
    console.log(`${id} is cached with the digest ${digest}, after ${clock.seconds} s`);
    return { id, data: { RegistryUri: image.RegistryUri, Digest: digest, ...platforms } };
  } catch (error) {
    throw error instanceof Said ? new Failure(await explain(image, error)) : error;
  }
}

/** Asks ECR for the image, which so fetches it from the upstream registry. The layers come later. */
async function bring({ RepositoryName, ImageTag }, clock) {
  const { imageManifest, imageId } = await clock.retry(async () => {
    const { images = [], failures = [] } = await ask(RepositoryName, [{ imageTag: ImageTag }]);
    if (images.length === 0) {
      const [{ failureCode = 'no image', failureReason = 'and no reason' } = {}] = failures;
      throw new Said(failureCode, failureReason);
    }
    return images[0];
  }, SETTLES);
  return { digest: imageId.imageDigest, children: JSON.parse(imageManifest).manifests ?? [] };
}

function ask(repositoryName, imageIds) {
  return ecr.send(new BatchGetImageCommand({ repositoryName, imageIds, acceptedMediaTypes: MANIFESTS }));
}

/** A digest that the image was pinned to is that of the index or of one of its images. */
async function checkDigest(image, digest, children, requestType) {
  const wanted = image.ImageDigest;
  if (wanted === undefined || [digest, ...children.map((child) => child.digest)].includes(wanted)) {
    return;
  }
  // A deployment that is rolled back comes here with what it had before: that must not fail because the tag has moved.
  if (requestType === 'Update' && (await describe(image.RepositoryName, { imageDigest: wanted }))) {
    return;
  }
  throw new Failure(
    `the image ${image.Reference} is pinned to ${wanted}, and its tag ${image.ImageTag} has the digest ${digest} now; ` +
      `to fix: pin it to ${digest} once you know what changed, or name a tag that still has the digest`,
  );
}

/** Without an index, the image is the one that there is, for whatever platform. */
function digestOf(image, digest, children, platform) {
  if (children.length === 0) {
    return digest;
  }
  const [os, architecture, variant] = platform.split('/');
  const found = children.find(
    (child) =>
      child.platform?.os === os &&
      child.platform.architecture === architecture &&
      (variant === undefined || child.platform.variant === variant),
  );
  if (found === undefined) {
    const offered = children.filter(isForPlatform).map((child) => nameOf(child.platform));
    throw new Failure(
      `the image ${image.Reference} has nothing for the platform ${platform}; it has ${offered.join(', ')}; ` +
        'to fix: ask for one of these, or use another tag',
    );
  }
  return found.digest;
}

function nameOf({ os, architecture, variant }) {
  return [os, architecture, variant].filter((part) => part !== undefined).join('/');
}

/** Signatures and the like stand in an index too, as images for an unknown platform. */
function isForPlatform({ platform }) {
  return platform === undefined || platform.os !== 'unknown';
}

/** Waits until ECR lists the image, which it does when all its layers are there, and all images of its index. */
async function complete(image, digest, children, clock) {
  const { RepositoryName, ImageTag } = image;
  const missing = new Map(children.filter(isForPlatform).map((child) => [child.digest, { imageDigest: child.digest }]));
  missing.set(digest, { imageTag: ImageTag });
  const total = missing.size;
  for (; ; await clock.wait()) {
    for (const [wanted, imageId] of missing) {
      const found = await clock.retry(() => describe(RepositoryName, imageId), SETTLES);
      // Of a tag that moved, ECR lists the image before until the new one is there.
      if (found?.imageDigest === wanted) {
        missing.delete(wanted);
      }
    }
    if (missing.size === 0) {
      return;
    }
    if (clock.isOver) {
      const names = [...missing.keys()].slice(0, 5).join(', ');
      throw new Failure(
        `the image ${image.Reference} is not complete after ${clock.seconds} s: ECR does not list ${missing.size} of its ${total} parts (${names}); ` +
          'to fix: deploy again, for what has come stays, or give prefetch a longer timeout',
      );
    }
    await askFor(RepositoryName, [...missing.values()], clock);
  }
}

/** Asks for what is missing, so that ECR says why it does not come, and begins anew where it gave up. */
async function askFor(repositoryName, imageIds, clock) {
  for (let start = 0; start < imageIds.length; start += BATCH) {
    const batch = imageIds.slice(start, start + BATCH);
    const { failures = [] } = await clock.retry(() => ask(repositoryName, batch), SETTLES);
    const denied = failures.find(({ failureCode }) => failureCode === 'UpstreamAccessDenied');
    if (denied) {
      throw new Said(denied.failureCode, denied.failureReason);
    }
  }
}

/** Nothing for an image that is not there, or not yet. */
async function describe(repositoryName, imageId) {
  try {
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [imageId] }));
    return imageDetails[0];
  } catch (error) {
    if (error.name === 'ImageNotFoundException') {
      return undefined;
    }
    throw error;
  }
}

/** What people can do about what ECR said. */
async function explain(image, said) {
  return `the image ${image.Reference} cannot be cached in ${image.RepositoryName}: ECR says ${said.message}; to fix: ${await advice(image, said.code)}`;
}

async function advice(image, code) {
  switch (code) {
    case 'UpstreamAccessDenied':
    case 'UnableToGetUpstreamImageException':
      return image.SecretId === undefined
        ? 'check that the image exists and that everybody may pull it; where the upstream is ECR, that its account lets this one pull'
        : (await isPlaceholder(image))
          ? `nobody has filled in the secret ${image.SecretId} yet: run the command in the output of the stack, and deploy again`
          : `put a user name and an access token that are valid and may read this image into the secret ${image.SecretId}, and check that the image exists`;
    case 'UpstreamTooManyRequests':
      return 'the upstream registry limits how often it is asked: deploy again later, or use the token of an account with a higher limit';
    case 'UpstreamUnavailable':
      return 'deploy again when the upstream registry answers';
    case 'ImageInaccessible':
      return 'restore the image if a lifecycle rule has archived it, and check that the key of the repository may be used';
    case 'AccessDeniedException':
      return 'check that no policy of the organization or registry denies the actions that the message names';
    case 'ImageNotFound':
    case 'RepositoryNotFoundException':
      return (
        'check that the upstream registry has this image with this tag; ' +
        'if it has, that the role of the repository creation template may create the repository with its tags and key'
      );
    default:
      return 'deploy again if this may pass by itself; the log of the function has each answer of ECR';
  }
}
