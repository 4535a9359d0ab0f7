/** The colours of a picture, for a light or a dark page. */
export interface Theme {
  readonly page: string;
  readonly box: string;
  readonly line: string;
  readonly text: string;
  readonly quiet: string;
  /** What this library is about: the cache, and what goes through it. */
  readonly accent: string;
  readonly accentBox: string;
}

export const THEMES: Record<'light' | 'dark', Theme> = {
  light: {
    page: '#ffffff',
    box: '#f6f8fa',
    line: '#8c959f',
    text: '#1f2328',
    quiet: '#59636e',
    accent: '#b35900',
    accentBox: '#fff4e5',
  },
  dark: {
    page: '#0d1117',
    box: '#161b22',
    line: '#6e7681',
    text: '#e6edf3',
    quiet: '#9da7b1',
    accent: '#ffab4a',
    accentBox: '#2d2110',
  },
};

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface TextStyle {
  /** @default 15 */
  readonly size?: number;
  /** @default - that of text */
  readonly colour?: string;
  readonly bold?: boolean;
  /** @default middle */
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** The first is that of `png.ts`; browsers take one that the viewer has, which may be a tenth wider. */
const FONTS = "'Source Sans 3', 'Helvetica Neue', Helvetica, Arial, sans-serif";

const escape = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** An SVG picture on a card of its own, so that it reads on a page of any colour. */
export class Drawing {
  private readonly elements: string[] = [];

  constructor(
    private readonly width: number,
    private readonly height: number,
    /** What the picture says, for those who do not see it. */
    private readonly title: string,
    public readonly theme: Theme,
  ) {}

  /** A box with lines of text in its middle, the first one bold. */
  public box(box: Box, lines: string[], options: { accent?: boolean; dashed?: boolean } = {}): void {
    const { accent = false, dashed = false } = options;
    this.rectangle(box, accent ? this.theme.accentBox : this.theme.box, accent ? this.theme.accent : this.theme.line, {
      dashed,
    });
    const middle = box.y + box.height / 2 - (lines.length - 1) * 10 + 5;
    lines.forEach((line, index) =>
      this.text({ x: box.x + box.width / 2, y: middle + index * 20 }, line, {
        bold: index === 0,
        colour: index === 0 ? this.theme.text : this.theme.quiet,
        size: index === 0 ? 16 : 14,
      }),
    );
  }

  /** A frame around boxes, with a title at its top. */
  public frame(box: Box, title: string): void {
    this.rectangle(box, 'none', this.theme.line, { dashed: true });
    this.text({ x: box.x + 16, y: box.y + 26 }, title, { bold: true, anchor: 'start' });
  }

  public text(at: Point, text: string, style: TextStyle = {}): void {
    const { size = 15, colour = this.theme.text, bold = false, anchor = 'middle' } = style;
    this.elements.push(
      `<text x="${at.x}" y="${at.y}" font-family="${FONTS}" font-size="${size}" fill="${colour}" ` +
        `text-anchor="${anchor}"${bold ? ' font-weight="600"' : ''}>${escape(text)}</text>`,
    );
  }

  /** An arrow along points, with text above the middle of its first part. */
  public arrow(points: Point[], text: string, options: { dashed?: boolean; accent?: boolean } = {}): void {
    const colour = options.accent ? this.theme.accent : this.theme.quiet;
    const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join(' ');
    this.elements.push(
      `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"` +
        `${options.dashed ? ' stroke-dasharray="6 5"' : ''}/>`,
      this.head(points[points.length - 2], points[points.length - 1], colour),
    );
    const [from, to] = points;
    if (text !== '') {
      this.text({ x: (from.x + to.x) / 2, y: Math.min(from.y, to.y) - 9 }, text, { colour, size: 14 });
    }
  }

  public svg(): string {
    const { width, height } = this;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
        'role="img">',
      `<title>${escape(this.title)}</title>`,
      `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="12" fill="${this.theme.page}" ` +
        `stroke="${this.theme.line}" stroke-opacity="0.4"/>`,
      ...this.elements,
      '</svg>',
      '',
    ].join('\n');
  }

  private rectangle(box: Box, fill: string, stroke: string, options: { dashed: boolean }): void {
    this.elements.push(
      `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="8" fill="${fill}" ` +
        `stroke="${stroke}" stroke-width="1.5"${options.dashed ? ' stroke-dasharray="6 5"' : ''}/>`,
    );
  }

  private head(from: Point, to: Point, colour: string): string {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const [x, y] = [(to.x - from.x) / length, (to.y - from.y) / length];
    const corner = (side: number) => `${to.x - 10 * x - side * 5 * y},${to.y - 10 * y + side * 5 * x}`;
    return `<polygon points="${to.x},${to.y} ${corner(1)} ${corner(-1)}" fill="${colour}"/>`;
  }
}
