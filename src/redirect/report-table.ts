import type { RedirectedImage } from './redirect-options';
import { withoutCredentials } from '../core/credentials-in-text';

/** One image of one result, with the places that name it. */
interface Row {
  readonly image: string;
  readonly cachedUri?: string;
  readonly resources: Set<string>;
  places: number;
}

/** The images of one result. */
interface Group {
  readonly title: string;
  readonly rank: number;
  readonly rows: Map<string, Row>;
}

/** The order of the groups: what somebody has to look at comes first. */
const [ESCAPES, CACHED, LEFT] = [0, 1, 2];

const HEADING = 'PLACES';
const INDENT = '  ';
/** A name that is longer moves what is behind it on its own line only. */
const WIDEST_NAME = 72;

/**
 * Says what became of images, for people at a terminal: each image once with the number of places that name it, by
 * result.
 *
 * @param isDryRun tells whether nothing was changed
 * @param isComplete tells whether the app is synthesized
 */
export function reportTable(report: RedirectedImage[], isDryRun: boolean, isComplete: boolean): string {
  if (report.length === 0) {
    return isComplete ? 'no images\n' : 'no images; the report is complete once the app is synthesized\n';
  }
  const groups = inOrder(groupsOf(report, isDryRun));
  const rows = groups.flatMap((group) => [...group.rows.values()]);
  const nameWidth = Math.max(...rows.map(({ image }) => image.length).filter((width) => width <= WIDEST_NAME), 0);
  const lines = groups.flatMap((group) => [
    '',
    line(placesOf(group), group.title),
    ...inOrderOfRows(group).map((row) =>
      line(row.places, `${INDENT}${row.image.padEnd(nameWidth)}${INDENT}${whereTo(row)}`),
    ),
  ]);
  return [`${HEADING}${INDENT}IMAGES`, ...lines, ''].join('\n');
}

function line(places: number, text: string): string {
  return `${String(places).padStart(HEADING.length)}${INDENT}${text}`;
}

function groupsOf(report: RedirectedImage[], isDryRun: boolean): Group[] {
  const groups = new Map<string, Group>();
  for (const entry of report) {
    const { title, rank } = resultOf(entry, isDryRun);
    const group = groups.get(title) ?? { title, rank, rows: new Map<string, Row>() };
    groups.set(title, group);
    const image = oneLine(entry.image);
    const cachedUri = entry.cachedUri && oneLine(entry.cachedUri);
    const key = JSON.stringify([image, cachedUri]);
    const row = group.rows.get(key) ?? { image, cachedUri, resources: new Set<string>(), places: 0 };
    group.rows.set(key, row);
    row.resources.add(entry.constructPath);
    row.places += 1;
  }
  return [...groups.values()];
}

function resultOf({ cachedUri, reason, escapes }: RedirectedImage, isDryRun: boolean): { title: string; rank: number } {
  if (cachedUri !== undefined) {
    return { title: isDryRun ? 'would go through the cache' : 'go through the cache', rank: CACHED };
  }
  const why = oneLine(reason ?? 'no reason is known');
  return escapes ? { title: `escape the cache: ${why}`, rank: ESCAPES } : { title: `left alone: ${why}`, rank: LEFT };
}

function placesOf({ rows }: Group): number {
  return [...rows.values()].reduce((sum, { places }) => sum + places, 0);
}

function inOrder(groups: Group[]): Group[] {
  return groups.sort((a, b) => a.rank - b.rank || placesOf(b) - placesOf(a) || compare(a.title, b.title));
}

function inOrderOfRows({ rows }: Group): Row[] {
  return [...rows.values()].sort((a, b) => b.places - a.places || compare(a.image, b.image));
}

/** The same on every machine, whatever its language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function whereTo({ cachedUri, resources }: Row): string {
  if (cachedUri !== undefined) {
    return cachedUri;
  }
  const [first] = resources;
  return resources.size === 1 ? first : `${first} and ${resources.size - 1} more`;
}

/** What others wrote may be anything. */
function oneLine(text: string): string {
  return withoutCredentials(text.replace(/\s+/g, ' '));
}
