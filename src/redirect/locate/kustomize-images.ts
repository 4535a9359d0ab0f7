import { isText } from './chart-keys';
import { literal, nameSlot } from './pod-images';
import type { Json } from '../rendered-properties';
import type { ImageSlot } from '../workload';

/**
 * What Kustomize puts in the place of the images of what it installs: texts as Argo CD has them, `nginx:1.27` or
 * `nginx=quay.io/team/nginx:1.27`, or objects as in its own files, with `name`, `newName`, `newTag` and `digest`.
 */
export function kustomizeSlots(images: Json[], place: string, leave?: string): ImageSlot[] {
  return images.flatMap((image, index) => {
    const here = `${place}[${index}]`;
    if (typeof image === 'string') {
      return [textSlot(images, index, here, leave)];
    }
    return isText(image?.newName ?? image?.name) ? [objectSlot(image, here, leave)] : [];
  });
}

function textSlot(images: Json[], index: number, place: string, leave: string | undefined): ImageSlot {
  const text: string = images[index];
  const [instead, name] = text.includes('=') ? text.split('=').reverse() : [text];
  return {
    ...nameSlot({ instead }, 'instead', place, leave),
    write: (registry, repositoryName, { suffix }) => {
      const replaced = name ?? instead.slice(0, instead.length - suffix.length);
      images[index] = `${replaced}=${registry}/${repositoryName}${suffix}`;
    },
  };
}

function objectSlot(image: Json, place: string, leave: string | undefined): ImageSlot {
  const { name, newName = name, newTag, digest } = image;
  // A digest counts more than a tag.
  const suffix = isText(digest) ? `@${digest}` : isText(newTag) ? `:${newTag}` : '';
  return {
    place,
    image: literal(newName + suffix),
    leave,
    write: (registry, repositoryName) => {
      image.newName = `${registry}/${repositoryName}`;
    },
  };
}
