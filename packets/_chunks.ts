import type { AuxChunkHeader } from "../auxtrace/mod.ts";
import { WordTable } from "./_word_table.ts";

/** Position, reference, size, and where the payload lies. */
const Column = { offset: 0, reference: 2, size: 4, fileOffset: 6, streamHigh: 8 } as const;
const WIDTH = 9;

/** The AUXTRACE records of one queue, in file order. */
export class Chunks {
  readonly #table = new WordTable(WIDTH);
  readonly #parts: (string | null)[] = [];

  get count(): number {
    return this.#table.count;
  }

  add(chunk: AuxChunkHeader): void {
    const at = this.#table.add();
    const { words } = this.#table;
    words[at + Column.offset] = chunk.recordHigh;
    words[at + Column.offset + 1] = chunk.low;
    words[at + Column.streamHigh] = chunk.streamHigh;
    words[at + Column.reference] = chunk.referenceHigh;
    words[at + Column.reference + 1] = chunk.referenceLow;
    setNumber(words, at + Column.size, chunk.size);
    setNumber(words, at + Column.fileOffset, chunk.payloadOffset);
    this.#parts.push(chunk.fileName);
  }

  /** Counts positions on where a counter of 32 bits wraps. */
  useWraps(): void {
    this.#table.copy(Column.streamHigh, Column.offset);
  }

  /** Position of the first byte of a chunk. */
  start(n: number): bigint {
    return this.#table.u64(n, Column.offset);
  }

  /** Size of a chunk in bytes, padding included. */
  size(n: number): number {
    return this.#table.safe(n, Column.size);
  }

  /** Position after a chunk, padding included. */
  end(n: number): bigint {
    return this.start(n) + BigInt(this.size(n));
  }

  reference(n: number): bigint {
    return this.#table.u64(n, Column.reference);
  }

  /** Where the first byte of a chunk lies in its file. */
  fileOffset(n: number): number {
    return this.#table.safe(n, Column.fileOffset);
  }

  /** The file in a directory that holds a chunk; null outside directories. */
  part(n: number): string | null {
    return this.#parts[n] ?? null;
  }
}

function setNumber(words: Uint32Array, at: number, value: number): void {
  words[at] = Math.floor(value / 2 ** 32);
  words[at + 1] = value % 2 ** 32;
}
