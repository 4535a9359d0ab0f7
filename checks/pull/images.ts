import { createHash } from 'crypto';
import { mkdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { gzipSync } from 'zlib';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An index of two platforms, or an image without one. */
export type ImageKind = 'index' | 'single';

/**
 * Writes a small image for two platforms as an OCI layout, and gives the digest of its index; or of its only image.
 *
 * @param content what makes it differ from others
 */
export function writeImage(directory: string, content: string, kind: ImageKind = 'index'): string {
  const blobs = join(directory, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const blob = (mediaType: string, data: Buffer | string): Descriptor => {
    const digest = createHash('sha256').update(data).digest('hex');
    writeFileSync(join(blobs, digest), data);
    return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(data) };
  };
  const json = (mediaType: string, value: object) => blob(mediaType, JSON.stringify(value));

  const tar = Buffer.alloc(1024);
  const layer = blob('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar));
  const platforms = ['amd64', 'arm64'].map((architecture) => {
    const config = json('application/vnd.oci.image.config.v1+json', {
      architecture,
      os: 'linux',
      config: { Labels: { content } },
      rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(tar).digest('hex')}`] },
    });
    return {
      ...json(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] }),
      platform: { os: 'linux', architecture },
    };
  });
  const { platform: _, ...single } = platforms[0];
  const image = kind === 'single' ? single : json(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests: platforms });
  writeFileSync(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(
    join(directory, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [{ ...image, annotations: { 'org.opencontainers.image.ref.name': 'image' } }],
    }),
  );
  return image.digest;
}
