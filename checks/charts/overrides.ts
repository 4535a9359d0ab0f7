/** Values as users write them: a part of what a chart has, given anew. */
export interface Override {
  readonly name: string;
  readonly values: unknown;
}

type Path = string[];

const SIDECARS = [
  { name: 'side', image: 'quay.io/crew/side:1', args: ['--log=debug'] },
  { name: 'hub', image: 'busybox:1.36' },
];
const SIDECARS_TEXT = '- name: side\n  image: quay.io/crew/side:1\n- name: hub\n  image: busybox:1.36\n';

/** The usual overrides of a chart, made from its default values: each is given for all images at once. */
export function usualOverrides(defaults: any): Override[] {
  const maps = [...mapsIn(defaults, [])].filter(([, map]) => isImageMap(map));
  const split = maps.filter(([, map]) => 'registry' in map);
  // Nobody asks for nginx where the chart makes nginx/tool of it.
  const alone = split.filter(([, map]) => !('repository' in map && 'name' in map));
  const joined = maps.filter(([, map]) => !('registry' in map));
  const texts = [...mapsIn(defaults, [])].flatMap(([path, map]) =>
    Object.keys(map)
      .filter((key) => /(^|[a-z])image$/i.test(key) && typeof map[key] === 'string')
      .map((key): [Path, any] => [[...path, key], map[key]]),
  );
  const lists = [...mapsIn(defaults, [])].flatMap(([path, map]) =>
    Object.keys(map)
      .filter((key) => /^(extra|additional|init)?\w*(containers|sidecars)$/i.test(key) && isOpen(map[key]))
      .map((key): [Path, any] => [[...path, key], map[key]]),
  );
  const name = (map: any) => (typeof map.repository === 'string' ? 'repository' : 'image' in map ? 'image' : 'name');
  const each = (places: [Path, any][], give: (given: any) => unknown) =>
    places.map(([path, given]): [Path, unknown] => [path, give(given)]);
  const candidates: [string, [Path, unknown][]][] = [
    ['a tag', each(maps, () => ({ tag: '9.9.9' }))],
    ['the names again', each(maps, (map) => ({ [name(map)]: map[name(map)], tag: '9.9.9' }))],
    ['another registry', each(split, () => ({ registry: 'quay.io' }))],
    ['another image', each(split, (map) => ({ registry: 'ghcr.io', [name(map)]: 'crew/thing', tag: '1' }))],
    ['Docker Hub', each(split, (map) => ({ registry: 'docker.io', [name(map)]: 'crew/thing', tag: '1' }))],
    ['an official image', each(alone, (map) => ({ registry: 'docker.io', [name(map)]: 'nginx', tag: '1' }))],
    [
      'a whole name and no registry',
      each(split, (map) => ({ registry: '', [name(map)]: 'quay.io/crew/thing', tag: '1' })),
    ],
    ['a whole name', each(joined, (map) => ({ [name(map)]: 'quay.io/crew/thing', tag: '1' }))],
    ['a name without host', each(joined, (map) => ({ [name(map)]: 'crew/thing', tag: '1' }))],
    ['images in one text', each(texts, () => 'quay.io/crew/thing:1')],
    ['sidecars', each(lists, (list) => (typeof list === 'string' ? SIDECARS_TEXT : SIDECARS))],
    ...(typeof defaults?.global === 'object' && defaults.global !== null && 'imageRegistry' in defaults.global
      ? ['quay.io', 'docker.io'].map((registry): [string, [Path, unknown][]] => [
          `${registry} for the whole chart`,
          [[['global', 'imageRegistry'], registry]],
        ])
      : []),
  ];
  return candidates
    .filter(([, places]) => places.length > 0)
    .map(([title, places]) => ({ name: title, values: built(places) }));
}

function* mapsIn(node: any, path: Path): Generator<[Path, any]> {
  if (typeof node === 'object' && node !== null && !Array.isArray(node)) {
    yield [path, node];
    for (const [key, value] of Object.entries(node)) {
      yield* mapsIn(value, [...path, key]);
    }
  }
}

function isImageMap(map: any): boolean {
  const isText = (key: string) => typeof map[key] === 'string';
  return (
    'tag' in map && ['repository', 'image', 'name'].some((key) => isText(key) && map[key] && !map[key].includes('://'))
  );
}

/** A list or text that is meant to be filled. */
function isOpen(value: unknown): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0);
}

function built(places: [Path, unknown][]): unknown {
  const values: any = {};
  for (const [path, value] of places) {
    let node = values;
    path.slice(0, -1).forEach((key) => (node = node[key] = node[key] ?? {}));
    const key = path[path.length - 1];
    if (key === undefined) {
      Object.assign(values, value);
    } else {
      node[key] = typeof node[key] === 'object' ? { ...node[key], ...(value as object) } : value;
    }
  }
  return values;
}
