import type { TailBuckets } from "./data.ts";

/** Words of a bucket: time of the first and last tail, place of both, lowest and highest tail. */
const WORDS = 6;

/** Which x is drawn: times in seconds, or positions in the file. */
export interface XAxis {
  readonly kind: "time" | "file";
  /** The x where the chart starts, in what was collected; it becomes 0. */
  readonly origin: number;
}

/**
 * Collects the tails of a queue in a bounded number of buckets.
 *
 * When the buckets are full neighbours are merged pairwise, so that each then has twice as many
 * tails. Two x are kept for each tail, because it is known at the end only whether all have a time.
 */
export class TailCollector {
  count = 0;
  /** Whether one of them has a time. */
  hasTime = false;
  #stride = 1;
  #words = new Float64Array(64 * WORDS);
  #buckets = 0;
  /** Tails in the last bucket. */
  #filled = 0;

  /**
   * Takes in a tail.
   *
   * @param options.time Its time; NaN if it has none.
   * @param options.place Position of its record in the file.
   * @param options.most How many buckets there may be, at least 2.
   */
  add(
    tail: number,
    { time, place, most }: {
      readonly time: number;
      readonly place: number;
      readonly most: number;
    },
  ): void {
    this.count++;
    if (!Number.isNaN(time)) this.hasTime = true;
    if (this.#isFull && this.#buckets >= most) this.#shrink(most - 1);
    if (this.#isFull) return this.#begin([time, time, place, place, tail, tail]);
    const at = (this.#buckets - 1) * WORDS;
    const words = this.#words;
    if (Number.isNaN(words[at]!)) words[at] = time;
    if (!Number.isNaN(time)) words[at + 1] = time;
    words[at + 3] = place;
    words[at + 4] = Math.min(words[at + 4]!, tail);
    words[at + 5] = Math.max(words[at + 5]!, tail);
    this.#filled++;
  }

  /** Whether the last bucket takes no more tails. */
  get #isFull(): boolean {
    return this.#buckets === 0 || this.#filled === this.#stride;
  }

  #begin(bucket: readonly number[]): void {
    const at = this.#buckets++ * WORDS;
    if (at === this.#words.length) {
      const more = new Float64Array(at * 2);
      more.set(this.#words);
      this.#words = more;
    }
    this.#words.set(bucket, at);
    this.#filled = 1;
  }

  /** Merges neighbours until there are at most `most` buckets. */
  #shrink(most: number): void {
    while (this.#buckets > Math.max(most, 1)) this.#halve();
  }

  /** What was collected, in at most `most` buckets; tails before the first time are at 0. */
  finish({ kind, origin }: XAxis, most: number): TailBuckets {
    this.#shrink(most);
    const buckets = this.#buckets;
    const column = (word: number) =>
      Float64Array.from({ length: buckets }, (_, i) => this.#words[i * WORDS + word]!);
    const [first, last] = kind === "time" ? [column(0), column(1)] : [column(2), column(3)];
    let known = 0;
    for (let i = 0; i < buckets; i++) {
      first[i] = Number.isNaN(first[i]!) ? known : first[i]! - origin;
      last[i] = Number.isNaN(last[i]!) ? first[i]! : last[i]! - origin;
      known = last[i]!;
    }
    return { stride: this.#stride, first, last, min: column(4), max: column(5) };
  }

  #halve(): void {
    const words = this.#words;
    const buckets = Math.ceil(this.#buckets / 2);
    for (let i = 0; i < buckets; i++) {
      const a = i * 2 * WORDS;
      const b = i * 2 + 1 < this.#buckets ? a + WORDS : a;
      const merged = [
        Number.isNaN(words[a]!) ? words[b]! : words[a]!,
        Number.isNaN(words[b + 1]!) ? words[a + 1]! : words[b + 1]!,
        words[a + 2]!,
        words[b + 3]!,
        Math.min(words[a + 4]!, words[b + 4]!),
        Math.max(words[a + 5]!, words[b + 5]!),
      ];
      words.set(merged, i * WORDS);
    }
    if (this.#buckets % 2 === 0) this.#filled += this.#stride;
    this.#stride *= 2;
    this.#buckets = buckets;
  }
}

/** The next coarser level of the pyramid: half as many buckets of the same tails. */
export function coarser({ stride, first, last, min, max }: TailBuckets): TailBuckets {
  const { length } = first;
  const halves = <T>(of: (a: number, b: number) => T) =>
    Array.from(
      { length: Math.ceil(length / 2) },
      (_, i) => of(i * 2, Math.min(i * 2 + 1, length - 1)),
    );
  return {
    stride: stride * 2,
    first: Float64Array.from(halves((a) => first[a]!)),
    last: Float64Array.from(halves((_, b) => last[b]!)),
    min: Float64Array.from(halves((a, b) => Math.min(min[a]!, min[b]!))),
    max: Float64Array.from(halves((a, b) => Math.max(max[a]!, max[b]!))),
  };
}

/** x at which the tails reach a position, between those of the two tails around it. */
export function xOfPosition({ first, last, min, max }: TailBuckets, position: number): number {
  const { length } = first;
  if (length === 0) return 0;
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (max[middle]! < position) low = middle + 1;
    else high = middle;
  }
  if (low === 0 || position >= max[low]!) return position >= max[low]! ? last[low]! : first[low]!;
  const [fromX, fromTail] = position >= min[low]!
    ? [first[low]!, min[low]!]
    : [last[low - 1]!, max[low - 1]!];
  const [toX, toTail] = position >= min[low]! ? [last[low]!, max[low]!] : [first[low]!, min[low]!];
  if (toTail <= fromTail) return toX;
  return fromX +
    (toX - fromX) * Math.min(Math.max((position - fromTail) / (toTail - fromTail), 0), 1);
}
