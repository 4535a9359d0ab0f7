import { readFileSync } from 'fs';
import { join } from 'path';
import { CHECKS } from '../support/run';

const PACKAGES = join(CHECKS, 'node_modules');
/** The font of a package, so that pictures do not depend on those of the machine. */
const FONTS = ['SourceSans3-Regular.ttf', 'SourceSans3-Semibold.ttf'].map((file) =>
  join(PACKAGES, 'source-sans', 'TTF', file),
);
let ready: Promise<void> | undefined;

/** An SVG picture as PNG, in twice its size, for screens that show as much. */
export async function png(svg: string): Promise<Buffer> {
  const { initWasm, Resvg } = require(join(PACKAGES, '@resvg', 'resvg-wasm'));
  ready ??= initWasm(readFileSync(join(PACKAGES, '@resvg', 'resvg-wasm', 'index_bg.wasm')));
  await ready;
  const picture = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: { fontBuffers: FONTS.map((font) => readFileSync(font)), defaultFontFamily: 'Source Sans 3' },
  });
  return Buffer.from(picture.render().asPng());
}
