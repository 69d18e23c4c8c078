import type { ChartQueue } from "./data.ts";

/** Most queues that a chart shows unless asked for more. */
export const SHOWN_QUEUES = 8;

/**
 * Chooses the queues that a chart shows at first: those with flagged tails, then those with the
 * highest tails.
 *
 * @returns Their positions in the list, in order; at most {@linkcode SHOWN_QUEUES}.
 */
export function worstQueues(queues: readonly ChartQueue[]): number[] {
  const rank = queues.map(({ tails, marks }, position) => ({
    position,
    flagged: marks.some(({ kind }) => kind === "flagged"),
    highest: highestTail(tails.max),
  }));
  rank.sort((a, b) => Number(b.flagged) - Number(a.flagged) || b.highest - a.highest);
  return rank.slice(0, SHOWN_QUEUES).map(({ position }) => position).sort((a, b) => a - b);
}

/** The highest of some tails; -1 where there are none. */
export function highestTail(max: Float64Array): number {
  return max.reduce((so, tail) => Math.max(so, tail), -1);
}
