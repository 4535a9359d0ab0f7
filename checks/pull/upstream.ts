import { mkdtempSync, writeFileSync } from 'fs';
import { join } from 'path';
import { ImageKind, writeImage } from './images';
import { workDirectory } from '../support/check';
import { run } from '../support/run';
import { freePort, startServer } from '../support/servers';

/** Starts one registry that stands for all upstreams, and gives its host. */
export async function startUpstream(): Promise<string> {
  const host = `127.0.0.1:${await freePort()}`;
  const directory = workDirectory('upstream');
  const config = join(directory, 'config.json');
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({
      version: '0.1',
      log: { level: 'warn' },
      storage: { filesystem: { rootdirectory: join(directory, 'data') }, cache: { blobdescriptor: 'inmemory' } },
      http: { addr: host },
    }),
  );
  await startServer('docker-registry', ['serve', config], { OTEL_TRACES_EXPORTER: 'none' }, `http://${host}/v2/`);
  return host;
}

/** Puts a new image upstream, and gives its digest. */
export function pushImage(upstream: string, image: string, kind?: ImageKind): string {
  const directory = mkdtempSync(join(workDirectory('images'), 'image-'));
  const digest = writeImage(directory, image, kind);
  run('skopeo', [
    '--insecure-policy',
    'copy',
    '--quiet',
    '--all',
    '--dest-tls-verify=false',
    `oci:${directory}:image`,
    `docker://${upstream}/${image}`,
  ]);
  return digest;
}
