import { parseAllDocuments } from 'yaml';

/** A text of a manifest. */
export interface Text {
  readonly text: string;
  /** Whether it is an image that some node pulls, and not one that is spoken of. */
  readonly isImage: boolean;
}

/** An image that has a host may stand anywhere; without a host, only a container says that it is one. */
const WITH_HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?\/[\w./-]+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/;

/** No image has two hosts, or an empty part: charts that are given a whole name often make such a thing of it. */
const CAN_BE_PULLED =
  /^([\w-]+(\.[\w-]+)*(:\d+)?\/)?[a-z0-9_-]+([._-]+[a-z0-9]+)*(\/[a-z0-9._-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]+)?$/;
const TWO_HOSTS = /^[^/]+\/([^/]+\/)*[\w-]+\.(io|com|aws|dev)\//;

/**
 * All texts of rendered manifests by the place where they stand. This code shares nothing with the library, so
 * that both are not wrong in the same way.
 */
export function textsOf(manifests: string): Map<string, Text> {
  const texts = new Map<string, Text>();
  const seen = new Map<string, number>();
  for (const document of parseAllDocuments(manifests, { logLevel: 'silent', uniqueKeys: false })) {
    const content = document.toJS({ maxAliasCount: -1 });
    // What only `helm test` runs, CDK does not install.
    if (/(^|,)\s*test/.test(content?.metadata?.annotations?.['helm.sh/hook'] ?? '')) {
      continue;
    }
    const title = `${content?.kind}/${content?.metadata?.name}`;
    const count = (seen.get(title) ?? 0) + 1;
    seen.set(title, count);
    collect(content, count > 1 ? `${title}#${count}` : title, '', texts);
  }
  return texts;
}

function collect(node: any, place: string, owner: string, texts: Map<string, Text>): void {
  if (typeof node === 'string') {
    const [key] = /[^.]*$/.exec(place)!;
    const inContainer = /ontainers\.\d+$/.test(owner) && key === 'image';
    const inVolume = /volumes\.\d+\.image$/.test(owner) && key === 'reference';
    const isNamed = inContainer || inVolume || (key === 'image' && WITH_HOST.test(node));
    texts.set(place, { text: node, isImage: isNamed && CAN_BE_PULLED.test(node) && !TWO_HOSTS.test(node) });
  } else if (typeof node === 'object' && node !== null) {
    for (const [key, value] of Object.entries(node)) {
      collect(value, `${place}.${Array.isArray(node) ? key : key.replace(/\./g, '_')}`, place, texts);
    }
  }
}

/** An image as container tools understand it. */
export interface Image {
  readonly host: string;
  readonly path: string;
  /** Tag and digest. */
  readonly rest: string;
}

export function imageOf(text: string): Image {
  const [, name, rest] = /^([^:@]*(?::\d+\/[^:@]*)?)([^]*)$/.exec(text)!;
  const [first, ...others] = name.split('/');
  const named = others.length > 0 && /[.:]|^localhost$/.test(first);
  const hub = ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'];
  const host = !named || hub.includes(first) ? 'docker.io' : first;
  const path = named ? others.join('/') : name;
  return { host, path: host === 'docker.io' && !path.includes('/') ? `library/${path}` : path, rest };
}
