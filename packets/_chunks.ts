import type { RecordCursor } from "../parsers/perf/record_cursor.ts";
import { Rows, unwrap } from "./_rows.ts";

/** Position, reference, size, and where the payload lies. */
const Column = { offset: 0, reference: 2, size: 4, fileOffset: 6 } as const;
const WIDTH = 8;
const ALL = 0xffffffff;

/** The AUXTRACE records of one queue, in file order. */
export class Chunks {
  /** Whether their positions can be those of a counter of 32 bits. */
  fits32 = true;
  readonly #rows = new Rows(WIDTH);
  readonly #parts: (string | null)[] = [];

  /** Number of chunks. */
  get count(): number {
    return this.#rows.count;
  }

  /** Takes in the record under the cursor. */
  add(cursor: RecordCursor): void {
    const at = this.#rows.add();
    const { words } = this.#rows;
    const high = cursor.high(16);
    if (high !== 0 && high !== ALL) this.fits32 = false;
    words[at + Column.offset] = high;
    words[at + Column.offset + 1] = cursor.low(16);
    words[at + Column.reference] = cursor.high(24);
    words[at + Column.reference + 1] = cursor.low(24);
    setNumber(words, at + Column.size, cursor.payloadSize);
    setNumber(words, at + Column.fileOffset, cursor.fileOffset + cursor.size);
    this.#parts.push(cursor.fileName);
  }

  /** Makes positions count on where a counter of 32 bits wraps. */
  unwrap(): void {
    unwrap(this.#rows, Column.offset, this.#parts.keys());
  }

  /** Position of the first byte of a chunk. */
  start(n: number): bigint {
    return this.#rows.u64(n, Column.offset);
  }

  /** Size of a chunk in bytes, padding included. */
  size(n: number): number {
    return this.#rows.safe(n, Column.size);
  }

  /** Position behind a chunk, padding included. */
  end(n: number): bigint {
    return this.start(n) + BigInt(this.size(n));
  }

  /** `reference` of a chunk. */
  reference(n: number): bigint {
    return this.#rows.u64(n, Column.reference);
  }

  /** Where the first byte of a chunk lies in its file. */
  fileOffset(n: number): number {
    return this.#rows.safe(n, Column.fileOffset);
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
