import type { Rewrite } from './image-rules';
import { DOCKER_HUB_HOSTS } from './image-rules';
import { REPOSITORY_NAME_MAX_LENGTH } from '../core/repository-prefix';
import {
  BEGINS_WITH_HOST,
  DIGEST_VALUE,
  IMAGE_ID,
  MAX_REPOSITORY_LENGTH,
  OFFICIAL_IMAGES,
  PATH,
  TAG_NAME,
} from '../image/reference-grammar';
import { DOCKER_HUB, ECR_HOST } from '../upstream/catalogue';

/**
 * The expressions of admission policies, in the Common Expression Language of Kubernetes. Kyverno takes the same.
 *
 * What Kubernetes asks of them: it has no regular expression that replaces, and RE2 has no lookahead. Maps by two
 * variables are there from Kubernetes 1.33 on. `request.subResource` is absent, not empty, so that nothing here
 * reads it: with `failurePolicy: Ignore` such a mistake switches a policy off in silence.
 */

/** A variable of a policy, which those after it may use. */
export interface CelVariable {
  readonly name: string;
  readonly expression: string;
}

/** What a policy does to which images. */
export interface ImageExpressions {
  readonly rewrites: Rewrite[];
  /** Patterns of images, as in the options of a redirection. */
  readonly only?: string[];
  readonly exclude?: string[];
}

/** A text in CEL: raw, where it can be, so that people can read it. */
export function celText(text: string): string {
  if (!/['\\\n\r]/.test(text)) {
    return `'${text}'`;
  }
  return /['\n\r]/.test(text)
    ? `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r')}'`
    : `r'${text}'`;
}

/** Patterns in which `*` stands for any text, as one regular expression. */
export function globRegex(patterns: string[]): string {
  const one = (pattern: string) =>
    pattern
      .split('*')
      .map((text) => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
      .join('.*');
  return `^(?:${patterns.map(one).join('|')})$`;
}

/** The lists of a pod that name images, and which part of each item does. */
const CONTAINER_LISTS = ['containers', 'initContainers', 'ephemeralContainers'];

/** What tells an image that the pod has already: it runs, and stays as it is. */
const CONTAINER_KEY = (item: string) => `${item}.name + ' ' + ${item}.image`;
const VOLUME_KEY = (item: string) => `${item}.name + ' ' + ${item}.image.reference`;
const HAS_IMAGE = (item: string) => `has(${item}.image)`;
const HAS_REFERENCE = (item: string) => `has(${item}.image) && has(${item}.image.reference)`;

/** The images of a pod that are new, by the list that they stand in, and all of them as `images`. */
function imagesOfPod(): CelVariable[] {
  const before = [
    ...CONTAINER_LISTS.map(
      (list) => `oldObject.spec.?${list}.orValue([]).filter(c, ${HAS_IMAGE('c')}).map(c, ${CONTAINER_KEY('c')})`,
    ),
    `oldObject.spec.?volumes.orValue([]).filter(v, ${HAS_REFERENCE('v')}).map(v, ${VOLUME_KEY('v')})`,
  ];
  const added = (list: string, item: string, has: string, key: string): CelVariable => ({
    name: list,
    expression: lines(`object.spec.?${list}.orValue([]).filter(${item},`, `  ${has} && !(${key} in variables.before))`),
  });
  return [
    {
      name: 'before',
      expression: lines(
        '// The images that the pod has already, each with the name of its container or volume.',
        // For Kubernetes there is no old object when a pod is made, for Kyverno an empty one.
        'oldObject == null || !has(oldObject.spec) ? [] :',
        `  ${before.join('\n  + ')}`,
      ),
    },
    ...CONTAINER_LISTS.map((list) => added(list, 'c', HAS_IMAGE('c'), CONTAINER_KEY('c'))),
    added('volumes', 'v', HAS_REFERENCE('v'), VOLUME_KEY('v')),
    {
      name: 'images',
      expression: [
        ...CONTAINER_LISTS.map((list) => `variables.${list}.map(c, c.image)`),
        'variables.volumes.map(v, v.image.reference)',
      ].join('\n+ '),
    },
  ];
}

/** References taken apart and made normal, as `ImageReference.parse` does it. */
function normalReferences(): CelVariable[] {
  const suffixed = `^${PATH}(?::${TAG_NAME})?(?:@${DIGEST_VALUE})?$`;
  return [
    {
      name: 'hosted',
      expression: lines(
        '// By image: the same with a host.',
        'variables.images.transformMapEntry(n, i, variables.images.indexOf(i) == n,',
        `  {i: i.matches(${celText(`^(?:${BEGINS_WITH_HOST})`)}) ? i : ${celText(`${DOCKER_HUB}/`)} + i})`,
      ),
    },
    {
      name: 'parts',
      expression: lines(
        '// By image: the host in lower case, the repository, and what follows the host.',
        'variables.hosted.transformMap(i, h, [',
        "  h.substring(0, h.indexOf('/')).lowerAscii(),",
        "  h.substring(h.indexOf('/') + 1).split('@')[0].split(':')[0],",
        "  h.substring(h.indexOf('/') + 1)])",
      ),
    },
    {
      name: 'normal',
      expression: lines(
        "// By image: its name in full, with Docker Hub's library/, and its tag and digest; no others.",
        'variables.parts.transformMap(i, p,',
        `  p[2].matches(${celText(suffixed)})`,
        `  && size(p[1]) <= ${MAX_REPOSITORY_LENGTH} && !i.matches(${celText(IMAGE_ID.source)}),`,
        `  [(p[0] in [${DOCKER_HUB_HOSTS.map(celText).join(', ')}]`,
        `    ? ${celText(`${DOCKER_HUB}/`)} + (p[1].contains('/') ? '' : ${celText(OFFICIAL_IMAGES)})`,
        "    : p[0] + '/') + p[1],",
        '   p[2].substring(size(p[1]))])',
      ),
    },
  ];
}

/** Tells whether the patterns admit an image, of which `name` is a pair of name and suffix. */
function isWanted({ only, exclude }: ImageExpressions, name: string): string[] {
  const matches = (patterns: string[]) =>
    `[${name}[0], ${name}[0] + ${name}[1]].exists(t, t.matches(${celText(globRegex(patterns))}))`;
  return [
    ...(only === undefined ? [] : [matches(only)]),
    ...(exclude === undefined || exclude.length === 0 ? [] : [`!${matches(exclude)}`]),
  ];
}

function cachedReferences(expressions: ImageExpressions): CelVariable[] {
  const rows = expressions.rewrites.map((row) => `  [${[row.from, row.registry, row.to].map(celText).join(', ')}]`);
  const wanted = isWanted(expressions, 'n').join(' && ');
  return [
    {
      name: 'rules',
      expression: lines(
        '// How the name of an image begins, the registry that caches it, and how its repository there begins.',
        '[',
        rows.join(',\n'),
        ']',
      ),
    },
    {
      name: 'candidates',
      expression: lines(
        "// By image: what may be pulled instead, the best first. ECR's limit is for the name of the repository.",
        `variables.normal.transformMap(i, n,${wanted && ` ${wanted},`}`,
        '  variables.rules.filter(r, n[0].startsWith(r[0])',
        `      && size(r[2]) + size(n[0]) - size(r[0]) <= ${REPOSITORY_NAME_MAX_LENGTH})`,
        '    .map(r, r[1] + r[2] + n[0].substring(size(r[0])) + n[1]))',
      ),
    },
    {
      name: 'cached',
      expression: lines(
        '// By image: what is pulled instead.',
        'variables.candidates.transformMap(i, c, size(c) > 0, c[0])',
      ),
    },
  ];
}

/** What a policy needs to know of the images of a pod: at last `cached`, by image what is pulled instead. */
export function imageVariables(expressions: ImageExpressions): CelVariable[] {
  return [...imagesOfPod(), ...normalReferences(), ...cachedReferences(expressions)];
}

/** The pod with its cached images, as a configuration that is applied: lists merge by name. */
export function rewrittenPod(): string {
  const containers = CONTAINER_LISTS.map((list) =>
    lines(
      `    ${list}: variables.${list}.filter(c, c.image in variables.cached)`,
      `      .map(c, Object.spec.${list}{name: c.name, image: variables.cached[c.image]}),`,
    ),
  );
  return lines(
    'Object{',
    '  spec: Object.spec{',
    ...containers,
    '    volumes: variables.volumes.filter(v, v.image.reference in variables.cached)',
    '      .map(v, Object.spec.volumes{name: v.name,',
    '        image: Object.spec.volumes.image{reference: variables.cached[v.image.reference]}})',
    '  }',
    '}',
  );
}

/** A label of pods, with one value or any. */
export interface PodLabel {
  readonly key: string;
  readonly value?: string;
}

/** Which pods a policy looks at. Not by a selector of labels, for Kyverno's command line does not know it. */
export function podConditions(leftAlone: PodLabel[]): CelVariable[] {
  const labels = 'object.metadata.?labels.orValue({})';
  const without = leftAlone.map(({ key, value }) =>
    value === undefined
      ? `!(${celText(key)} in ${labels})`
      : `!(${celText(key)} in ${labels} && ${labels}[${celText(key)}] == ${celText(value)})`,
  );
  return [
    // Copies of static pods, which the kubelet makes and compares.
    {
      name: 'not-a-mirror-pod',
      expression: "!('kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}))",
    },
    ...(without.length === 0 ? [] : [{ name: 'not-left-alone', expression: without.join('\n&& ') }]),
  ];
}

/**
 * Kubernetes cuts a warning to its beginning if it has
 * more than 4,096 characters, the names of policy and binding included.
 */
const MESSAGE_LENGTH = 3500;

/** What a report needs besides: at last `message`. */
export function reportVariables(expressions: ImageExpressions): CelVariable[] {
  const wanted = isWanted(expressions, 'variables.normal[i]').map(
    (condition) => `(!(i in variables.normal) || ${condition})`,
  );
  return [
    {
      name: 'escaping',
      expression: lines(
        '// The images that are not in ECR, and what would be pulled instead.',
        'variables.images.transformList(n, i, variables.images.indexOf(i) == n',
        [`  && !variables.parts[i][0].matches(${celText(ECR_HOST.source)})`, ...wanted].join('\n  && ') + ',',
        "  i in variables.cached ? i + ' (cached as ' + variables.cached[i] + ')' : i)",
      ),
    },
    {
      name: 'message',
      expression: "'not pulled through the cache: ' + variables.escaping.join(', ')",
    },
  ];
}

export const NOTHING_ESCAPES = 'size(variables.escaping) == 0';
export const REPORT_MESSAGE = lines(
  `size(variables.message) <= ${MESSAGE_LENGTH}`,
  '  ? variables.message',
  `  : variables.message.substring(0, ${MESSAGE_LENGTH}) + '...'`,
);

function lines(...text: string[]): string {
  return text.join('\n');
}
