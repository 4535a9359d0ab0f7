import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { THEMES } from './drawing';
import { organization } from './organization';
import { png } from './png';
import { pull } from './pull';
import { installLibrary } from '../support/library';
import { CHECKS, fail, ROOT } from '../support/run';

/**
 * Draws the pictures of the docs, for light and for dark pages; those of the README as PNG too, which shows on npm,
 * PyPI and Construct Hub as well.
 *
 *     npm run pictures                          draws them
 *     npx tsx checks/pictures/main.ts --check   says which are not those of the sources
 */
const PICTURES = { pull, organization };
const IN_README = ['pull'];
const DIRECTORY = join(ROOT, 'docs', 'pictures');

async function main(): Promise<void> {
  // With what else checks/package.json has.
  installLibrary(CHECKS);
  const files = new Map<string, Buffer>();
  for (const [name, draw] of Object.entries(PICTURES)) {
    for (const [theme, colours] of Object.entries(THEMES)) {
      const svg = draw(colours);
      files.set(`${name}-${theme}.svg`, Buffer.from(svg));
      if (IN_README.includes(name)) {
        files.set(`${name}-${theme}.png`, await png(svg));
      }
    }
  }

  if (process.argv.includes('--check')) {
    const stale = [...files].filter(([file, content]) => {
      const path = join(DIRECTORY, file);
      return !existsSync(path) || !readFileSync(path).equals(content);
    });
    if (stale.length > 0) {
      fail(`not as the sources draw them, run npm run pictures: ${stale.map(([file]) => file).join(', ')}`);
    }
  } else {
    mkdirSync(DIRECTORY, { recursive: true });
    files.forEach((content, file) => writeFileSync(join(DIRECTORY, file), content));
  }
  console.log(`${files.size} pictures`);
}

void main();
