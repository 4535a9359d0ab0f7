/** What several runs took. */
export interface Sample {
  readonly median: number;
  /** The quarter of the runs below this, and the quarter above `high`, were left out of the spread. */
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

export function summarize(values: number[]): Sample {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => {
    const place = part * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return below + (above - below) * (place % 1);
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75), runs: values.length };
}

/** How far the middle half of the runs lies apart, as a part of the median. */
export function spread({ low, high, median }: Sample): number {
  return (high - low) / median;
}

/** What something cost at a size. */
export interface Point {
  readonly size: number;
  readonly cost: number;
}

/** The power of the size with which a cost grows: the slope of the line through the logarithms, by least squares. */
export function exponent(points: Point[]): number {
  const [x, y] = [points.map(({ size }) => Math.log(size)), points.map(({ cost }) => Math.log(cost))];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const slope = (of: number[], ofMean: number) => mean(of.map((value, index) => (value - ofMean) * (x[index] - meanX)));
  return slope(y, meanY) / slope(x, meanX);
}
