import { TextBuffer } from "../parsers/internal.ts";
import type { ColumnValues } from "./table.ts";

const PREFIX_SIZE = 4;

/** Texts as UTF-8 in one buffer, without a string for each. */
export class TextColumn implements ColumnValues {
  /** The texts, each after its size in bytes as a little-endian `u32`. */
  readonly bytes: Uint8Array;
  readonly #starts: Uint32Array;

  /** `starts` are the positions of the sizes. */
  constructor(bytes: Uint8Array, starts: Uint32Array) {
    this.bytes = bytes;
    this.#starts = starts;
  }

  get length(): number {
    return this.#starts.length;
  }

  at(row: number): string | undefined {
    const start = this.#starts.at(row);
    if (start === undefined) return undefined;
    const { buffer, byteOffset } = this.bytes;
    const size = new DataView(buffer, byteOffset).getUint32(start, true);
    const from = start + PREFIX_SIZE;
    return new TextDecoder().decode(this.bytes.subarray(from, from + size));
  }

  *[Symbol.iterator](): Generator<string> {
    for (let row = 0; row < this.length; row++) yield this.at(row)!;
  }
}

/** The values of a column of which all are unknown. */
export class NullColumn implements ColumnValues {
  readonly length: number;

  constructor(length: number) {
    this.length = length;
  }

  at(row: number): null | undefined {
    return row < this.length ? null : undefined;
  }

  *[Symbol.iterator](): Generator<null> {
    for (let row = 0; row < this.length; row++) yield null;
  }
}

/** Gathers the texts of a {@linkcode TextColumn}. */
export class TextRows {
  /** Where the next text is written, between {@linkcode begin} and {@linkcode end}. */
  readonly out: TextBuffer = new TextBuffer();
  readonly #starts: Uint32Array;
  #count = 0;
  #isTaken = false;

  /** Has room for `most` texts. */
  constructor(most: number) {
    this.#starts = new Uint32Array(most);
  }

  begin(): void {
    if (this.#isTaken) this.#takeBack();
    this.out.reserve(PREFIX_SIZE);
    this.#starts[this.#count++] = this.out.length;
    this.out.length += PREFIX_SIZE;
  }

  end(): void {
    const { out } = this;
    const start = this.#starts[this.#count - 1]!;
    out.view.setUint32(start, out.length - start - PREFIX_SIZE, true);
  }

  /** The texts so far, which are forgotten; they can be read until the next one begins. */
  take(): TextColumn {
    const column = new TextColumn(this.out.text(), this.#starts.slice(0, this.#count));
    this.#count = 0;
    this.#isTaken = true;
    return column;
  }

  /** Uses the memory again: garbage outside the heap piles up. The column can then not be read. */
  #takeBack(): void {
    this.#isTaken = false;
    const { out } = this;
    out.bytes = new Uint8Array(out.bytes.buffer.transfer());
    out.view = new DataView(out.bytes.buffer);
    out.length = 0;
  }
}
