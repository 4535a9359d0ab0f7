import { writeFileSync } from 'fs';
import { join } from 'path';
import { workDirectory } from '../support/check';
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
