import { joinU64 } from "../parsers/internal.ts";

/** A growing table of 32-bit words: what a recording has millions of costs its bare bytes. */
export class WordTable {
  count = 0;
  /** All words, row by row. */
  words: Uint32Array;
  readonly #width: number;

  /** Starts without rows, each of which will have `width` words. */
  constructor(width: number) {
    this.#width = width;
    this.words = new Uint32Array(8 * width);
  }

  /** Appends a row of zeros, and returns the index of its first word. */
  add(): number {
    const at = this.count++ * this.#width;
    if (at === this.words.length) {
      const more = new Uint32Array(2 * at);
      more.set(this.words);
      this.words = more;
    }
    return at;
  }

  /** Returns the word in a column. */
  u32(row: number, column: number): number {
    return this.words[row * this.#width + column]!;
  }

  /** Joins the halves of a 64-bit value, of which the high one comes first. */
  u64(row: number, column: number): bigint {
    const at = row * this.#width + column;
    return joinU64(this.words[at]!, this.words[at + 1]!);
  }

  /** Joins halves to a number that is known to be exact. */
  safe(row: number, column: number): number {
    const at = row * this.#width + column;
    return this.words[at]! * 2 ** 32 + this.words[at + 1]!;
  }

  /** Copies a column over another one, in all rows. */
  copy(from: number, to: number): void {
    const words = this.count * this.#width;
    for (let at = 0; at < words; at += this.#width) this.words[at + to] = this.words[at + from]!;
  }
}
