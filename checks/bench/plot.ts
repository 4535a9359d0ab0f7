import type { Series } from './result';
import { count, digits } from './result';
import { exponent, Point } from './statistics';

/** Cost against size, each app in a panel of its own: both axes are logarithmic, so that what is linear is straight. */
const PANEL = { width: 360, height: 240, left: 62, right: 16, top: 44, bottom: 46 };
const COLUMNS = 2;
const COLORS = ['#0b6e99', '#b35900'];
const STYLE =
  'text{font:12px sans-serif;fill:#24292f}.title{font-weight:bold}.grid{stroke:#d0d7de}' +
  '.small{font-size:11px;fill:#57606a}';

export function plot(series: Series[]): string {
  const [width, height] = [COLUMNS * PANEL.width, Math.ceil(series.length / COLUMNS) * PANEL.height];
  const panels = series.map((one, index) =>
    element(
      'g',
      { transform: `translate(${(index % COLUMNS) * PANEL.width} ${Math.floor(index / COLUMNS) * PANEL.height})` },
      panel(one),
    ),
  );
  return `${element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height },
    [element('style', {}, [STYLE]), element('rect', { width, height, fill: '#ffffff' }), ...panels].join('\n'),
  )}\n`;
}

function panel({ title, unit, lines }: Series): string {
  const points = lines.flatMap((line) => line.points);
  const x = scale(
    points.map(({ size }) => size),
    PANEL.left,
    PANEL.width - PANEL.right,
  );
  const y = scale(
    points.map(({ cost }) => cost),
    PANEL.height - PANEL.bottom,
    PANEL.top,
  );
  const sizes = [...new Set(lines[0].points.map(({ size }) => size))];
  return [
    text(PANEL.left, 18, title, 'title'),
    ...lines.map(({ name, points: own }, index) =>
      element(
        'text',
        { x: PANEL.left + index * 150, y: 34, class: 'small', style: `fill:${COLORS[index]}` },
        `${name}: n^${exponent(own).toFixed(2)}`,
      ),
    ),
    ...sizes.map((size) => vertical(x(size), count(size))),
    ...ticks(points.map(({ cost }) => cost)).map((cost) => horizontal(y(cost), `${digits(cost / 1000)} s`)),
    text(PANEL.width - PANEL.right, PANEL.height - 10, unit, 'small', 'end'),
    ...lines.map((line, index) => curve(line.points, x, y, COLORS[index])),
  ].join('\n');
}

function curve(points: Point[], x: Scale, y: Scale, color: string): string {
  const at = points.map(({ size, cost }) => [round(x(size)), round(y(cost))]);
  return [
    element('polyline', {
      points: at.map((point) => point.join()).join(' '),
      fill: 'none',
      stroke: color,
      'stroke-width': 2,
    }),
    ...at.map(([cx, cy]) => element('circle', { cx, cy, r: 3, fill: color })),
  ].join('\n');
}

const vertical = (x: number, label: string) =>
  element('line', {
    x1: round(x),
    x2: round(x),
    y1: PANEL.top,
    y2: PANEL.height - PANEL.bottom,
    class: 'grid',
  }) + text(x, PANEL.height - PANEL.bottom + 16, label, 'small', 'middle');

const horizontal = (y: number, label: string) =>
  element('line', { x1: PANEL.left, x2: PANEL.width - PANEL.right, y1: round(y), y2: round(y), class: 'grid' }) +
  text(PANEL.left - 6, y + 4, label, 'small', 'end');

type Scale = (value: number) => number;

/** Maps the logarithms of some values to a part of an axis. */
function scale(values: number[], from: number, to: number): Scale {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return (value) => from + ((Math.log(value) - low) / (high - low || 1)) * (to - from);
}

/** Round values between the least and the greatest: 1, 2 and 5 of each power of ten. */
function ticks(values: number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, index) => 10 ** (first + index));
  return powers.flatMap((power) => [1, 2, 5].map((one) => one * power)).filter((tick) => tick >= low && tick <= high);
}

function text(x: number, y: number, content: string, style: string, anchor = 'start'): string {
  return element('text', { x: round(x), y: round(y), class: style, 'text-anchor': anchor }, content);
}

function element(name: string, attributes: Record<string, string | number>, content: string | string[] = ''): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${value}"`);
  return `<${name}${written.join('')}>${[content].flat().join('')}</${name}>`;
}

const round = (value: number) => Math.round(value * 10) / 10;
