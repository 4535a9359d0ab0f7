import { existsSync, readdirSync, readFileSync, statSync } from 'fs';
import { dirname, join, posix, relative } from 'path';
import { anchorOf } from '../support/markdown';
import { EXAMPLES, ROOT } from '../support/run';

/** Where the repository is on GitHub, by a page and by the content of a file. */
const REPOSITORY =
  /^https:\/\/(?:github\.com\/cdk-ecr-pull-through-cache\/cdk-ecr-pull-through-cache\/(?:blob|tree)|raw\.githubusercontent\.com\/cdk-ecr-pull-through-cache\/cdk-ecr-pull-through-cache)\/main\//;

const markdownIn = (directory: string) =>
  readdirSync(join(ROOT, directory))
    .filter((file) => file.endsWith('.md'))
    .map((file) => posix.join(directory, file));

/** Whatever people read, from the top of the repository. */
export const READ = [
  ...markdownIn('.'),
  ...markdownIn('docs'),
  ...readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(^|[\\/])README\.md$/.test(file) && !file.includes('node_modules'))
    .map((file) => relative(ROOT, join(EXAMPLES, file))),
].sort();

/** The links of a page to this repository that lead nowhere: to a file or to a heading. */
export function brokenLinks(page: string): string[] {
  return linksOf(readFileSync(join(ROOT, page), 'utf8')).flatMap((link) => {
    const target = targetOf(page, link);
    if (target === undefined) {
      return [];
    }
    const [file, anchor] = target;
    const path = join(ROOT, file);
    if (!existsSync(path)) {
      return [`${page}: ${link}: there is no ${file}`];
    }
    return anchor === undefined || statSync(path).isDirectory() || anchorsOf(file).has(anchor)
      ? []
      : [`${page}: ${link}: ${file} has no heading #${anchor}`];
  });
}

/** What of a page shows only in this repository: links that are not absolute. Those within the page are no such. */
export function relativeLinks(page: string): string[] {
  return linksOf(readFileSync(join(ROOT, page), 'utf8')).filter((link) => !/^(https?:|#)/.test(link));
}

/** The links of a part of a page to this repository: files with anchors. */
export function targetsIn(page: string, text: string): string[] {
  return linksOf(text).flatMap(
    (link) =>
      targetOf(page, link)
        ?.filter((part) => part !== undefined)
        .join('#') ?? [],
  );
}

/** The part of a page below a heading, with the headings below that. */
export function sectionOf(page: string, anchor: string): string {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const headings = [...text.matchAll(HEADING)];
  const start = headings.findIndex(([, , title]) => anchorOf(title) === anchor);
  const end = headings.slice(start + 1).find(([, level]) => level.length <= headings[start][1].length);
  return text.slice(headings[start].index, end?.index);
}

const HEADING = /^(#{1,6}) (.+)$/gm;

function linksOf(text: string): string[] {
  const prose = text.replace(/^ *```.*?^ *```/gms, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[()<>]/g, ' '));
  const markdown = [...prose.matchAll(/\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)?)\)/g)];
  const html = [...prose.matchAll(/ (?:src|srcset|href)="([^"]+)"/g)];
  return [...markdown, ...html].map(([, link]) => link);
}

/** File and heading of a link to this repository. */
function targetOf(page: string, link: string): [string, string | undefined] | undefined {
  const isOurs = REPOSITORY.test(link);
  if (!isOurs && /^(https?|mailto):/.test(link)) {
    return undefined;
  }
  const [path, anchor] = link.replace(REPOSITORY, '').split('#');
  const file = isOurs ? path : path === '' ? page : posix.join(dirname(page), path);
  return [decodeURI(file), anchor];
}

const known = new Map<string, Set<string>>();

function anchorsOf(file: string): Set<string> {
  let anchors = known.get(file);
  if (!anchors) {
    const text = readFileSync(join(ROOT, file), 'utf8').replace(/^```.*?^```/gms, '');
    const slugs = [...text.matchAll(HEADING)].map(([, , title]) => anchorOf(title));
    anchors = new Set([
      ...slugs.map((slug, index) => {
        const before = slugs.slice(0, index).filter((other) => other === slug).length;
        return before === 0 ? slug : `${slug}-${before}`;
      }),
      ...[...text.matchAll(/ (?:id|name)="([^"]+)"/g)].map(([, id]) => id),
    ]);
    known.set(file, anchors);
  }
  return anchors;
}
