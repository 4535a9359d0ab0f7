import { readFileSync } from 'fs';
import { join } from 'path';
import { anchorOf } from '../support/markdown';
import { fail, ROOT, run } from '../support/run';

/**
 * Checks that CHANGELOG.md has the form of Keep a Changelog, that a release takes its version from it, and that
 * docs/upgrading.md has a note for each break, and for nothing else.
 *
 *     tsx checks/docs/changelog.ts
 *
 * @see https://keepachangelog.com/en/1.1.0/
 */
const KINDS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
const HEADING = /^\[(\d+\.\d+\.\d+)\](?: - (?:\d{4}-\d{2}-\d{2}|Unreleased))?$/;
const NOTE = /docs\/upgrading\.md#([a-z0-9-]+)\)\)$/;

const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');
const changelog = read('CHANGELOG.md');
const headingsOf = (text: string, level: string) =>
  [...text.matchAll(new RegExp(`^${level} (.*)$`, 'gm'))].map(([, heading]) => heading);
const problems: string[] = [];

const entries = changelog.split(/^(?=## )/m).slice(1);
const versions = entries.map((entry) => {
  const [heading] = headingsOf(entry, '##');
  const version = HEADING.exec(heading)?.[1];
  if (version === undefined) {
    problems.push(`"${heading}" is not as in "[1.2.3] - 2026-01-31"`);
  } else if (!changelog.includes(`\n[${version}]: https://`)) {
    problems.push(`[${version}] has no link at the end of the changelog`);
  }
  const kinds = headingsOf(entry, '###');
  if (kinds.length === 0 || kinds.join() !== KINDS.filter((kind) => kinds.includes(kind)).join()) {
    problems.push(`[${version}] has ${kinds.join(', ')}: each of ${KINDS.join(', ')} once at most, in this order`);
  }
  return version ?? '';
});
const byNumber = [...versions].sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
if (new Set(versions).size !== versions.length || byNumber.join() !== versions.join()) {
  problems.push(`the newest version has to come first, and each once: ${versions.join(', ')}`);
}

const { tasks } = JSON.parse(read('.projen', 'tasks.json'));
const released = run('sh', ['-c', tasks['bump:next-version'].steps[0].exec]).trim();
if (released !== versions[0]) {
  problems.push(`a release would have the version "${released}"`);
}

const notes = headingsOf(read('docs', 'upgrading.md'), '###').map(anchorOf);
const breaks = changelog.match(/^- \*\*Breaking:\*\*.*$/gm) ?? [];
const linked = breaks.map((text) => NOTE.exec(text)?.[1]);
problems.push(
  ...breaks
    .filter((_, index) => !notes.includes(linked[index] ?? ''))
    .map((text) => `has no note in docs/upgrading.md: ${text}`),
  ...notes.filter((note) => !linked.includes(note)).map((note) => `docs/upgrading.md#${note} is no break of a version`),
);

if (problems.length > 0) {
  fail(problems.join('\n'));
}
console.log(`${versions.length} versions, the next is ${versions[0]}; ${breaks.length} breaks with a note`);
