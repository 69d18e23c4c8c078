import type { AuxAnnouncement } from "../auxtrace/mod.ts";
import { AuxFlag } from "../parsers/perf/mod.ts";
import { WordTable } from "./_word_table.ts";

const U64_MAX = (1n << 64n) - 1n;
/** `aux_offset`, `aux_size`, flags, CPU + 1; the high half where a counter of 32 bits is counted on. */
const Column = { offset: 0, size: 2, flags: 4, cpu: 5, streamHigh: 6 } as const;
const WIDTH = 7;

/**
 * What the positions of AUX records mean.
 *
 * `starts`: a record is about the bytes from its position on. `ends`: a CoreSight snapshot's, up to
 * its position. `places`: any other snapshot's position is a place in the AUX buffer.
 */
export type AuxPositions = "starts" | "ends" | "places";

/**
 * The ranges that the AUX records of one queue announce, by the position where they end: 28 bytes
 * for each record.
 */
export class AnnouncedRanges {
  readonly #table = new WordTable(WIDTH);
  #positions: AuxPositions = "starts";
  /** Numbers of rows by their ends; null where they rise as they are. */
  #order: Uint32Array | null = null;

  add({ streamHigh, fields, flags, origin: { cpu } }: AuxAnnouncement): void {
    const at = this.#table.add();
    const { words } = this.#table;
    words[at + Column.offset] = fields.offsetHigh;
    words[at + Column.offset + 1] = fields.offsetLow;
    words[at + Column.streamHigh] = streamHigh;
    words[at + Column.size] = fields.sizeHigh;
    words[at + Column.size + 1] = fields.sizeLow;
    words[at + Column.flags] = flags;
    words[at + Column.cpu] = cpu === null ? 0 : cpu + 1;
  }

  /** Says what the positions mean, and whether their counter wraps, when all records have come. */
  use(positions: AuxPositions, { wraps }: { readonly wraps: boolean }): void {
    this.#positions = positions;
    if (wraps) this.#table.copy(Column.streamHigh, Column.offset);
    this.#order = null;
    if (this.#rises()) return;
    this.#order = Uint32Array.from({ length: this.#table.count }, (_, row) => row).sort((a, b) => {
      const difference = this.#endOf(a) - this.#endOf(b);
      return difference < 0n ? -1 : difference > 0n ? 1 : a - b;
    });
  }

  /** Number of records; none where positions are places in the AUX buffer. */
  get count(): number {
    return this.#positions === "places" ? 0 : this.#table.count;
  }

  /** Position of the first byte that record `n` announces. */
  start(n: number): bigint {
    const row = this.#row(n);
    const offset = this.#table.u64(row, Column.offset);
    if (this.#positions === "starts") return offset;
    const size = this.#table.u64(row, Column.size);
    return size > offset ? 0n : offset - size;
  }

  /** Position after the last byte that record `n` announces. */
  end(n: number): bigint {
    return this.#endOf(this.#row(n));
  }

  /** {@linkcode AuxFlag} bits of record `n`. */
  flags(n: number): number {
    return this.#table.u32(this.#row(n), Column.flags);
  }

  /** CPU that record `n` was written on; null if unknown. */
  cpu(n: number): number | null {
    const cpu = this.#table.u32(this.#row(n), Column.cpu);
    return cpu === 0 ? null : cpu - 1;
  }

  /** Whether record `n` announces raw CoreSight bytes. */
  isRaw(n: number): boolean {
    return (this.flags(n) & AuxFlag.FormatMask) === AuxFlag.Raw;
  }

  /** The one position in `[low, high]` where a record ends; null if there are several, or none. */
  onlyEndWithin(low: bigint, high: bigint): bigint | null {
    const only = this.#onlyWithin(low, high);
    if (only !== null || this.#positions !== "places" || this.#table.count === 0) return only;
    const bufferSize = this.#table.u64(this.#row(0), Column.size);
    const place = this.#onlyWithin(low - bufferSize, high - bufferSize);
    return place === null ? null : place + bufferSize;
  }

  #onlyWithin(low: bigint, high: bigint): bigint | null {
    const from = this.#firstEndAt(low);
    const to = this.#firstEndAt(high + 1n);
    return from < to && this.end(from) === this.end(to - 1) ? this.end(from) : null;
  }

  /** Number of the first record that ends at `position` or after it. */
  #firstEndAt(position: bigint): number {
    let from = 0;
    for (let to = this.#table.count; from < to;) {
      const middle = (from + to) >>> 1;
      if (this.end(middle) < position) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #row(n: number): number {
    return this.#order === null ? n : this.#order[n]!;
  }

  #endOf(row: number): bigint {
    const offset = this.#table.u64(row, Column.offset);
    if (this.#positions !== "starts") return offset;
    const end = offset + this.#table.u64(row, Column.size);
    return end > U64_MAX ? U64_MAX : end;
  }

  #rises(): boolean {
    for (let row = 1; row < this.#table.count; row++) {
      if (this.#endOf(row) < this.#endOf(row - 1)) return false;
    }
    return true;
  }
}
