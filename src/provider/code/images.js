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

const NOT_THERE = ['ImageNotFoundException'];
/** Passes while an image is fetched, which creates its repository. */
const NO_REPOSITORY = 'RepositoryNotFoundException';

/** As many images as one call takes. */
const BATCH = 100;

const ecr = new ECRClient(CLIENT);

exports.handler = (event, context) => answer(event, context, prefetch);

/** What says which image is meant: an update that changes none of these leaves a tag that has moved alone. */
const MEANING = ['Reference', 'RepositoryName', 'ImageTag', 'ImageDigest', 'Trigger'];

/** Has the image of a tag in the cache, with all images of its index. */
async function prefetch(event, clock) {
  const image = event.ResourceProperties;
  const id = `${image.RepositoryName}:${image.ImageTag}`;
  // What is cached stays: others may have come to use it.
  if (event.RequestType === 'Delete') {
    return { id: event.PhysicalResourceId };
  }
  const isUpdate = event.RequestType === 'Update';
  const isRollback = isUpdate && (await isRolledBack(event.StackId, clock)) === true;
  try {
    const before = isUpdate ? await whatWasBefore(event, isRollback, clock) : undefined;
    const found = before ?? (await bringAll(image, clock));
    console.log(`${id} is cached with the digest ${found.digest}, after ${clock.seconds} s`);
    return { id, data: { RegistryUri: image.RegistryUri, ...digestsOf(image, found, isRollback) } };
  } catch (error) {
    // What comes back must not fail: the stack would be stuck.
    if (isRollback) {
      console.error(error);
      return { id, data: { RegistryUri: image.RegistryUri, Digest: image.ImageDigest } };
    }
    throw error instanceof Said ? new Failure(await explain(image, error, clock)) : error;
  }
}

/** The image as it is in the cache, where an update means the same one; nothing where it has to be fetched. */
async function whatWasBefore({ ResourceProperties: image, OldResourceProperties: old = {} }, isRollback, clock) {
  const isSame = MEANING.every((name) => image[name] === old[name]);
  const found = isSame || isRollback ? await cached(image, clock) : undefined;
  if (found === undefined || isRollback) {
    return found;
  }
  // The platform of an image that stands alone is known by the index of its tag only.
  const isNew = (platform) => !(old.Platforms ?? []).includes(platform);
  if (image.ImageDigest !== undefined && found.children.length === 0 && (image.Platforms ?? []).some(isNew)) {
    return undefined;
  }
  for (const child of found.children.filter(isForPlatform)) {
    if ((await list(image, { imageDigest: child.digest }, clock)) === undefined) {
      return undefined;
    }
  }
  return found;
}

/** The image that ECR lists, by its digest, so that it does not look whether the tag has moved. */
async function cached(image, clock) {
  const { RepositoryName, ImageTag, ImageDigest } = image;
  const imageId = ImageDigest === undefined ? { imageTag: ImageTag } : { imageDigest: ImageDigest };
  const listed = await clock.retry(() => describe(RepositoryName, imageId, [...NOT_THERE, NO_REPOSITORY]), SETTLES);
  if (listed === undefined) {
    return undefined;
  }
  const { images = [] } = await clock.retry(() => ask(RepositoryName, [{ imageDigest: listed.imageDigest }]), SETTLES);
  return images.map(read)[0];
}

/** Brings the image of a tag, and what the tag has then, should it move meanwhile. */
async function bringAll(image, clock) {
  for (;;) {
    const tagged = await bring(image, clock);
    const found = image.ImageDigest === undefined ? tagged : pinned(image, tagged);
    // What is asked for and not there ends it now.
    digestsOf(image, found);
    if (await complete(image, tagged, clock)) {
      return found;
    }
  }
}

/** Asks ECR for the image, which so fetches it from the upstream registry. The layers come later. */
async function bring({ RepositoryName, ImageTag }, clock) {
  const found = await clock.retry(async () => {
    const { images = [], failures = [] } = await ask(RepositoryName, [{ imageTag: ImageTag }]);
    if (images.length === 0) {
      const [{ failureCode = 'no image', failureReason = 'and no reason' } = {}] = failures;
      throw new Said(failureCode, failureReason);
    }
    return images[0];
  }, SETTLES);
  return read(found);
}

function ask(repositoryName, imageIds) {
  return ecr.send(new BatchGetImageCommand({ repositoryName, imageIds, acceptedMediaTypes: MANIFESTS }));
}

function read({ imageManifest, imageId }) {
  return { digest: imageId.imageDigest, children: JSON.parse(imageManifest).manifests ?? [] };
}

/** What an image is pinned to: the index of the tag, or one of the index's images. */
function pinned(image, tagged) {
  const wanted = image.ImageDigest;
  if (tagged.digest === wanted) {
    return tagged;
  }
  const same = tagged.children.filter(({ digest }) => digest === wanted);
  if (same.length === 0) {
    throw new Failure(
      `the image ${image.Reference} is pinned to ${wanted}, and its tag ${image.ImageTag} has the digest ${tagged.digest} now; ` +
        `to fix: pin it to ${tagged.digest} once you know what changed, or name a tag that still has the digest`,
    );
  }
  const other = (image.Platforms ?? []).find(
    (platform) => !same.some((child) => nameOf(child) === '' || isFor(child, platform)),
  );
  if (other !== undefined) {
    throw new Failure(
      `the image ${image.Reference} is pinned to ${wanted}, which is for ${namesOf(same)} and not for ${other}; ` +
        `to fix: pin it to ${tagged.digest}, which has all platforms, or to the digest of ${other}`,
    );
  }
  return { digest: wanted, children: [] };
}

/** The digests that the resource has as attributes. In a rollback a platform may be missing. */
function digestsOf(image, found, isRollback = false) {
  const data = { Digest: found.digest };
  for (const platform of image.Platforms ?? []) {
    const digest = digestFor(found, platform);
    if (digest === undefined && !isRollback) {
      throw new Failure(
        `the image ${image.Reference} has nothing for the platform ${platform}; it has ${namesOf(found.children) || 'nothing'}; ` +
          'to fix: ask for one of these, or use another tag',
      );
    }
    data[`Digest.${platform.replaceAll('/', '.')}`] = digest;
  }
  return data;
}

/** Without an index, the image is the one that there is, for whatever platform. */
function digestFor({ digest, children }, platform) {
  if (children.length === 0) {
    return digest;
  }
  const fitting = children.filter((child) => isFor(child, platform));
  return (fitting.find((child) => nameOf(child) === platform) ?? fitting[0])?.digest;
}

/** Tells whether an image is for a platform, which may be named without its variant. */
function isFor({ platform }, wanted) {
  const [os, architecture, variant] = wanted.split('/');
  return (
    platform?.os === os &&
    platform.architecture === architecture &&
    (variant === undefined || platform.variant === variant)
  );
}

function nameOf({ platform }) {
  return [platform?.os, platform?.architecture, platform?.variant].filter(Boolean).join('/');
}

function namesOf(children) {
  const names = children.filter(isForPlatform).map((child) => nameOf(child) || 'an image without a platform');
  return [...new Set(names)].join(', ');
}

/** Signatures and the like stand in an index too, as images for an unknown platform. */
function isForPlatform({ platform }) {
  return platform?.os !== 'unknown';
}

/**
 * Waits until ECR lists the image, which it does when all its layers are there, and all images of its index. Says no
 * if the tag has another image by then.
 */
async function complete(image, { digest, children }, clock) {
  const { RepositoryName, ImageTag } = image;
  const missing = new Map(children.filter(isForPlatform).map((child) => [child.digest, { imageDigest: child.digest }]));
  missing.set(digest, { imageTag: ImageTag });
  const total = missing.size;
  let before;
  for (; ; await clock.wait()) {
    for (const [wanted, imageId] of missing) {
      const found = await list(image, imageId, clock);
      if (found?.imageDigest === wanted) {
        missing.delete(wanted);
      } else {
        // Of a tag that moved, ECR lists the image before until the new one is there, and may give it too.
        before ??= found?.imageDigest;
      }
    }
    if (missing.size === 0) {
      return true;
    }
    if (clock.isOver) {
      const names = [...missing.keys()].slice(0, 5).join(', ');
      throw new Failure(
        `the image ${image.Reference} is not complete after ${clock.seconds} s: ECR does not list ${missing.size} of its ${total} parts (${names}); ` +
          'to fix: deploy again, for what has come stays, or give prefetch a longer timeout',
      );
    }
    const images = await askFor(RepositoryName, [...missing.values()], clock);
    const tagged = images.find(({ imageId }) => imageId.imageTag === ImageTag)?.imageId.imageDigest ?? digest;
    if (![digest, before].includes(tagged)) {
      return false;
    }
  }
}

/** Asks for what is missing, so that ECR says why it does not come, and begins anew where it gave up. */
async function askFor(repositoryName, imageIds, clock) {
  const all = [];
  for (let start = 0; start < imageIds.length; start += BATCH) {
    const batch = imageIds.slice(start, start + BATCH);
    const { images = [], failures = [] } = await clock.retry(() => ask(repositoryName, batch), SETTLES);
    const denied = failures.find(({ failureCode }) => failureCode === 'UpstreamAccessDenied');
    if (denied) {
      throw new Said(denied.failureCode, denied.failureReason);
    }
    all.push(...images);
  }
  return all;
}

/** What ECR lists; nothing for an image that is not there, or not yet. */
function list({ RepositoryName }, imageId, clock) {
  return clock.retry(() => describe(RepositoryName, imageId, NOT_THERE), SETTLES);
}

async function describe(repositoryName, imageId, notThere) {
  try {
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [imageId] }));
    return imageDetails[0];
  } catch (error) {
    if (notThere.includes(error.name)) {
      return undefined;
    }
    throw error;
  }
}

/** What people can do about what ECR said. */
async function explain(image, said, clock) {
  return `the image ${image.Reference} cannot be cached in ${image.RepositoryName}: ECR says ${said.message}; to fix: ${await advice(image, said.code, clock)}`;
}

async function advice(image, code, clock) {
  switch (code) {
    case 'UpstreamAccessDenied':
    case 'UnableToGetUpstreamImageException':
      return image.SecretId === undefined
        ? 'check that the image exists and that everybody may pull it; where the upstream is ECR, that its account lets this one pull'
        : (await isPlaceholder(image, clock))
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
