import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { attempt, fail, ROOT } from '../support/run';

/**
 * Checks that imports of src go one way, those of types included: no circle of files, and no import of a room from one
 * above it. The picture of the rooms stands in docs/architecture.md; this writes it there:
 *
 *     npx tsx checks/imports/main.ts --write
 */
const FILE = join(ROOT, 'docs', 'architecture.md');
const PICTURE = /(<!-- from checks\/imports -->\n)[^]*?(<!-- end of picture -->\n)/;

/** A rule of dependency-cruiser, as far as it is used here. */
interface Rule {
  readonly name: string;
  readonly severity: 'error';
  readonly from: { path?: string };
  readonly to: { path?: string[]; circular?: boolean };
}

/** What dependency-cruiser found. */
interface CruiseResult {
  readonly modules: { source: string; dependencies: { resolved: string }[] }[];
  readonly summary: { totalCruised: number; violations: { rule: { name: string }; from: string; to: string }[] };
}

/** From the bottom up; rooms on one floor do not know each other. */
const FLOORS = [
  ['core'],
  ['environment'],
  ['access'],
  ['upstream'],
  ['image'],
  ['template'],
  ['provider'],
  ['prefetch', 'credentials'],
  ['rule'],
  ['redirect', 'build'],
  ['admission'],
  ['cache'],
  ['index.ts'],
];

const place = (room: string) => (room.endsWith('.ts') ? `^src/${room.replace('.', '\\.')}$` : `^src/${room}/`);
const FORBIDDEN: Rule[] = [
  { name: 'circle', severity: 'error', from: {}, to: { circular: true } },
  ...FLOORS.flatMap((floor, index) =>
    floor.map((room): Rule => {
      const above = FLOORS.slice(index + 1).flat();
      const beside = floor.filter((other) => other !== room);
      return {
        name: `above or beside ${room}`,
        severity: 'error',
        from: { path: place(room) },
        to: { path: [...above, ...beside].map(place).concat('^$') },
      };
    }),
  ),
];

/** The rooms as a diagram that GitHub draws: an arrow for each room that imports another. */
function picture({ modules }: CruiseResult): string {
  const roomOf = (file: string) => file.split('/')[1];
  const arrows = new Map<string, number>();
  for (const { source, dependencies } of modules.filter((one) => one.source.startsWith('src/'))) {
    for (const { resolved } of dependencies.filter((one) => one.resolved.startsWith('src/'))) {
      const [from, to] = [roomOf(source), roomOf(resolved)];
      if (from !== to && from !== 'index.ts') {
        arrows.set(`${from} --> ${to}`, (arrows.get(`${from} --> ${to}`) ?? 0) + 1);
      }
    }
  }
  const lines = [...arrows.keys()].sort().map((arrow) => `  ${arrow}`);
  return ['```mermaid', 'flowchart TD', ...lines, '```', ''].join('\n');
}

/** Runs dependency-cruiser, whose configuration is a file. */
function cruise(): CruiseResult {
  const work = mkdtempSync(join(tmpdir(), 'imports-'));
  process.on('exit', () => rmSync(work, { recursive: true, force: true }));
  const config = join(work, 'config.json');
  const options = {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: join(ROOT, 'tsconfig.dev.json') },
    doNotFollow: 'node_modules',
  };
  writeFileSync(config, JSON.stringify({ forbidden: FORBIDDEN, options }));
  const { output, said } = attempt('npx', ['depcruise', '--config', config, '--output-type', 'json', 'src']);
  return output.startsWith('{') ? JSON.parse(output) : fail(said);
}

const homeless = readdirSync(join(ROOT, 'src')).filter((room) => !FLOORS.flat().includes(room));
if (homeless.length > 0) {
  fail(`no floor is named for ${homeless.join(', ')}: see FLOORS in this check`);
}
const result = cruise();
const { violations, totalCruised } = result.summary;
if (violations.length > 0) {
  fail(violations.map(({ rule, from, to }) => `${rule.name}: ${from} imports ${to}`).join('\n'));
}
const text = readFileSync(FILE, 'utf8');
const wanted = text.replace(PICTURE, (_, begin, end) => `${begin}\n${picture(result)}\n${end}`);
if (process.argv.includes('--write')) {
  writeFileSync(FILE, wanted);
} else if (wanted !== text || !PICTURE.test(text)) {
  fail('docs/architecture.md has not the picture of the imports: run npx tsx checks/imports/main.ts --write');
}
console.log(`${totalCruised} files, no circle, no import from below upwards`);
