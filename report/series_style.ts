const DASHES: readonly (readonly number[])[] = [[], [8, 3], [3, 3], [10, 3, 3, 3]];

/** How the line of a queue is drawn. */
export interface SeriesStyle {
  /** Number of its colour, 0 to 7. */
  readonly colour: number;
  /** Lengths of its strokes and of what is between them, in pixels; empty for a whole line. */
  readonly dash: readonly number[];
}

/** Colour and dashes of the n-th line of a chart; the first 32 differ. */
export function seriesStyle(slot: number): SeriesStyle {
  return { colour: slot % 8, dash: DASHES[(slot + Math.floor(slot / 8)) % DASHES.length]! };
}
