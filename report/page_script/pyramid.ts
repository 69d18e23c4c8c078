import type { TailBuckets } from "../data.ts";
import { coarser } from "../tail_buckets.ts";

const COARSEST = 256;

export interface Extent {
  readonly low: number;
  readonly high: number;
}

/** Tails and heads of all queues, by position of the queue. */
export interface Pyramids {
  readonly tails: readonly Pyramid[];
  readonly heads: readonly Pyramid[];
}

/** The tails, or heads, of a queue in levels, each with half as many buckets as the one before. */
export class Pyramid {
  readonly #levels: readonly TailBuckets[];

  /** Builds the levels: together about as large as the finest one. */
  constructor(tails: TailBuckets) {
    const levels = [tails];
    for (let top = tails; top.max.length > COARSEST;) levels.push(top = coarser(top));
    this.#levels = levels;
  }

  get finest(): TailBuckets {
    return this.#levels[0]!;
  }

  /**
   * The level to draw a range of x from.
   *
   * @param buckets How many buckets of the range are enough; there are at most that many, unless
   * even the coarsest level has more.
   */
  level(from: number, to: number, buckets: number): TailBuckets {
    const [start, end] = visible(this.finest, from, to);
    const level = Math.max(0, Math.ceil(Math.log2((end - start) / Math.max(1, buckets))));
    return this.#levels[Math.min(level, this.#levels.length - 1)]!;
  }

  /** The tail at a place, or the extent of those of its bucket; null before the first one. */
  at(x: number): Extent | null {
    const { min, max } = this.finest;
    const index = this.indexAt(x);
    return index < 0 ? null : { low: min[index]!, high: max[index]! };
  }

  /** The last bucket of the finest level that starts at or before a place; -1 if none does. */
  indexAt(x: number): number {
    const { first } = this.finest;
    let low = 0;
    let high = first.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (first[middle]! <= x) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The extent of the tails in a range of x, with those on both sides of it. */
  extent(from: number, to: number): Extent | null {
    const { min, max } = this.finest;
    const [start, end] = visible(this.finest, from, to);
    if (start === end) return null;
    let low = Infinity;
    let high = -Infinity;
    for (let at = start; at < end; at++) {
      low = Math.min(low, min[at]!);
      high = Math.max(high, max[at]!);
    }
    return { low, high };
  }
}

/** The buckets that a range of x touches, and one more on each side, as a half-open range. */
export function visible({ first, last }: TailBuckets, from: number, to: number): [number, number] {
  let start = 0;
  let end = first.length;
  while (start < end && last[start]! < from) start++;
  while (end > start && first[end - 1]! > to) end--;
  return [Math.max(0, start - 1), Math.min(first.length, end + 1)];
}
