import { Image, imageOf, Text } from './images';
import { PREFIXES, Redirected, REGISTRY, ReportLine } from './trial';

/** What became of the images of one chart with one set of values. */
export interface Verdict {
  /** Through the cache, under the right name, and somebody may pull it. */
  readonly right: string[];
  /** As it was, of a registry that the cache has; the user is told about it by name. */
  readonly reported: string[];
  /** As it was, and only the chart names it, so that no reading of the values can find it. */
  readonly unseen: string[];
  /** As it was, and nothing is said though the values name it. */
  readonly silent: string[];
  /** Anything else that changed. */
  readonly broken: string[];
  /** What the nodes may pull and no manifest names. */
  readonly needless: string[];
  /** What is said to go through the cache, and no manifest names. */
  readonly untrue: string[];
}

export interface Manifests {
  readonly before: Map<string, Text>;
  readonly after: Map<string, Text>;
  /** The same once more: what differs is made anew with each rendering. */
  readonly again: () => Promise<Map<string, Text>>;
}

export async function judge(values: unknown, redirected: Redirected, manifests: Manifests): Promise<Verdict> {
  const { before, after } = manifests;
  const { report, granted } = redirected;
  const verdict: Verdict = {
    right: [],
    reported: [],
    unseen: [],
    silent: [],
    broken: [],
    needless: [],
    untrue: [],
  };
  const suspects: string[] = [];
  for (const [place, { text, isImage }] of before) {
    const now = after.get(place)?.text;
    const uri = isImage || now === cachedUri(imageOf(text)) ? cachedUri(imageOf(text)) : undefined;
    const line = `${place}: ${text}`;
    if (now === text) {
      if (uri) {
        const told = report.filter((entry) => tellsOf(entry, imageOf(text)));
        const isLeft = told.some(({ cached }) => cached === undefined);
        // A chart that does not use the registry of the values: counted as untrue, below.
        const isNamed = told.length === 0 && namedIn(values, imageOf(text));
        (isLeft ? verdict.reported : isNamed ? verdict.silent : verdict.unseen).push(line);
      }
    } else if (uri !== undefined && now === uri) {
      const repository = repositoryOf(now);
      const mayPull = granted.some((name) => matches(name, repository));
      (mayPull ? verdict.right : verdict.broken).push(mayPull ? line : `${line}: nobody may pull ${repository}`);
    } else if (now === undefined || isImage || undone(now) !== undone(text)) {
      suspects.push(place);
    } else {
      for (const repository of repositoriesIn(readable(now))) {
        if (!granted.some((name) => matches(name, repository))) {
          verdict.broken.push(`${line}: nobody may pull ${repository}`);
        }
      }
    }
  }
  if (suspects.length > 0) {
    const again = await manifests.again();
    const steady = suspects.filter((place) => again.get(place)?.text === before.get(place)!.text);
    verdict.broken.push(
      ...steady
        // A checksum changes with what it is of.
        .filter((place) => !/checksum|hash/i.test(place) || before.get(place)!.isImage)
        .map((place) => `${place}: ${before.get(place)!.text} became ${after.get(place)?.text}`.slice(0, 400)),
    );
  }
  const pulled = new Set([...after.values()].flatMap(({ text }) => repositoriesIn(text)));
  const isPulled = (name: string) => [...pulled].some((repository) => matches(name, repository));
  verdict.needless.push(...granted.filter((name) => !isPulled(name)));
  verdict.untrue.push(
    ...report
      .filter(({ cached }) => cached !== undefined && !isPulled(`${cached.replace(/[:@].*$/, '').replace(/\*$/, '')}*`))
      .map(({ place, image }) => `${place}: ${image}`),
  );
  return verdict;
}

/** Where the image is in the cache; nothing for a registry that the cache does not have. */
function cachedUri({ host, path, rest }: Image): string | undefined {
  return PREFIXES[host] === undefined ? undefined : `${REGISTRY}/${PREFIXES[host]}/${path}${rest}`;
}

/** Some charts hand values on as base64. */
function readable(text: string): string {
  return /^[A-Za-z0-9+/]{40,}={0,2}$/.test(text) && !/^[0-9a-f]*$/.test(text)
    ? Buffer.from(text, 'base64').toString()
    : text;
}

/** A text with its images named as upstream names them, and those of Docker Hub in the short way. */
function undone(text: string): string {
  return (
    Object.entries(PREFIXES)
      .reduce((result, [host, prefix]) => result.split(`${REGISTRY}/${prefix}`).join(host), readable(text))
      .replace(/docker\.io\/(library\/)?/g, '')
      // A checksum changes with what it is of.
      .replace(/(?<!sha256:)\b[0-9a-f]{64}\b/g, '')
  );
}

function repositoriesIn(text: string): string[] {
  return text
    .split(`${REGISTRY}/`)
    .slice(1)
    .map((rest) => /^[a-z0-9._/-]*/.exec(rest)![0]);
}

function repositoryOf(uri: string): string {
  return repositoriesIn(uri)[0];
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

/** Whether a line of the report is about an image, which it may name only in part. */
function tellsOf({ image }: ReportLine, { path }: Image): boolean {
  const name = image.replace(/[:@].*$/, '').replace(/\/$/, '');
  const last = (text: string) => text.split('/').pop()!;
  return `/${path}`.endsWith(`/${name}`) || name.endsWith(`/${path}`) || last(name) === last(path);
}

/** Whether the values hold the name of an image, or, where they speak of an image, its last part. */
function namedIn(values: unknown, { path }: Image): boolean {
  const short = path.replace(/^library\//, '');
  const last = path.split('/').pop()!;
  const namesOf = (text: string) => text.split(/[\s"'=,]+/).map((name) => name.replace(/[:@].*$/, ''));
  const within = (node: any, place: string): boolean =>
    typeof node === 'string'
      ? namesOf(node).some(
          (name) =>
            (short.includes('/') && `/${name}`.endsWith(`/${short}`)) ||
            (/image|repository/i.test(place) && name.split('/').pop() === last),
        )
      : typeof node === 'object' &&
        node !== null &&
        Object.entries(node).some(([key, value]) => within(value, `${place}.${key}`));
  return within(values, '');
}
