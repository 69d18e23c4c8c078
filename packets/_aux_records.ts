import type { RecordCursor } from "../parsers/perf/record_cursor.ts";
import { Rows, unwrap } from "./_rows.ts";

const ALL = 0xffffffff;
const U64_MAX = (1n << 64n) - 1n;
/** `aux_offset`, `aux_size`, flags, CPU, thread. */
const Column = { offset: 0, size: 2, flags: 4, cpu: 5, tid: 6 } as const;
const WIDTH = 7;
const MAX_RECORDS = 1 << 26;

/** Flags of PERF_RECORD_AUX. Source: perf_event.h `PERF_AUX_FLAG_*`. */
export const AuxFlag = {
  truncated: 0x01,
  overwrite: 0x02,
  partial: 0x04,
  collision: 0x08,
  /** CoreSight: the PMU's format is raw. */
  raw: 0x100,
  /** The bits that hold the PMU's format. */
  format: 0xff00,
} as const;

/** What the positions of AUX records mean. */
export interface AuxRules {
  /**
   * `starts`: a record is about the bytes from its position on. `ends`: a CoreSight snapshot's, up
   * to its position. `places`: any other snapshot's position is a place in the ring.
   */
  readonly positions: "starts" | "ends" | "places";
  /** Whether the kernel counts in 32 bits. */
  readonly wraps: boolean;
}

/** The AUX records of a recording, in file order: 28 bytes each. */
export class AuxRecords {
  /** Whether one of them is about a ring that the kernel overwrites. */
  overwrite = false;
  readonly #rows = new Rows(WIDTH);

  /** Whether no more records can be held. */
  get isFull(): boolean {
    return this.#rows.count === MAX_RECORDS;
  }

  /** Number of records, and the bytes that they announce. */
  get announced(): { records: number; bytes: bigint } {
    const records = this.#rows.count;
    let bytes = 0n;
    for (let row = 0; row < records; row++) bytes += this.#rows.u64(row, Column.size);
    return { records, bytes };
  }

  /** Takes in the record under the cursor. */
  add(cursor: RecordCursor): void {
    const at = this.#rows.add();
    const { words } = this.#rows;
    const flags = cursor.low(24);
    words[at + Column.offset] = cursor.high(8);
    words[at + Column.offset + 1] = cursor.low(8);
    words[at + Column.size] = cursor.high(16);
    words[at + Column.size + 1] = cursor.low(16);
    words[at + Column.flags] = flags;
    words[at + Column.cpu] = cursor.cpu ?? ALL;
    words[at + Column.tid] = cursor.tid ?? ALL;
    if ((flags & AuxFlag.overwrite) !== 0) this.overwrite = true;
  }

  /** Finds the records of each CPU, or thread; `keys` has the CPUs, or threads, of interest. */
  lanes(
    by: "cpu" | "tid",
    keys: { has(key: number): boolean },
    rules: AuxRules,
  ): Map<number, AuxLane> {
    const rows = this.#rows;
    const column = Column[by];
    const counts = new Map<number, number>();
    for (let row = 0; row < rows.count; row++) {
      const key = rows.u32(row, column);
      if (keys.has(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const orders = new Map<number, Uint32Array>();
    for (const [key, count] of counts) {
      orders.set(key, new Uint32Array(count));
      counts.set(key, 0);
    }
    for (let row = 0; row < rows.count; row++) {
      const key = rows.u32(row, column);
      const order = orders.get(key);
      if (order === undefined) continue;
      const n = counts.get(key)!;
      order[n] = row;
      counts.set(key, n + 1);
    }
    const lanes = new Map<number, AuxLane>();
    for (const [key, order] of orders) lanes.set(key, new AuxLane(rows, order, rules));
    return lanes;
  }
}

/** The AUX records of one ring, by the position where the bytes end that they announce. */
export class AuxLane {
  readonly #rows: Rows;
  readonly #order: Uint32Array;
  readonly #rules: AuxRules;

  /** `order` holds the rows in file order, and is kept. */
  constructor(rows: Rows, order: Uint32Array, rules: AuxRules) {
    this.#rows = rows;
    this.#order = order;
    this.#rules = rules;
    if (rules.wraps) unwrap(rows, Column.offset, order);
    if (!this.#isSorted()) {
      order.sort((a, b) => {
        const difference = this.#endOf(a) - this.#endOf(b);
        return difference < 0n ? -1 : difference > 0n ? 1 : a - b;
      });
    }
  }

  /** Number of records; none where positions are places in the ring. */
  get count(): number {
    return this.#rules.positions === "places" ? 0 : this.#order.length;
  }

  /** Position of the first byte that record `n` announces. */
  start(n: number): bigint {
    const row = this.#order[n]!;
    const offset = this.#rows.u64(row, Column.offset);
    if (this.#rules.positions === "starts") return offset;
    const size = this.#rows.u64(row, Column.size);
    return size > offset ? 0n : offset - size;
  }

  /** Position behind the last byte that record `n` announces. */
  end(n: number): bigint {
    return this.#endOf(this.#order[n]!);
  }

  /** {@linkcode AuxFlag} bits of record `n`. */
  flags(n: number): number {
    return this.#rows.u32(this.#order[n]!, Column.flags);
  }

  /** CPU that record `n` was written on; null if unknown. */
  cpu(n: number): number | null {
    const cpu = this.#rows.u32(this.#order[n]!, Column.cpu);
    return cpu === ALL ? null : cpu;
  }

  /** Whether record `n` announces raw CoreSight bytes. */
  isRaw(n: number): boolean {
    return (this.flags(n) & AuxFlag.format) === AuxFlag.raw;
  }

  /** Lowest position that a record announces; null without records. */
  get lowest(): bigint | null {
    let lowest: bigint | null = null;
    for (let n = 0; n < this.count; n++) {
      const start = this.start(n);
      if (lowest === null || start < lowest) lowest = start;
    }
    return lowest;
  }

  /** The one position in `[low, high]` where a record ends; null if there are several, or none. */
  onlyEndWithin(low: bigint, high: bigint): bigint | null {
    const only = this.#onlyWithin(low, high);
    const [first] = this.#order;
    if (only !== null || this.#rules.positions !== "places" || first === undefined) return only;
    const ringSize = this.#rows.u64(first, Column.size);
    const place = this.#onlyWithin(low - ringSize, high - ringSize);
    return place === null ? null : place + ringSize;
  }

  #onlyWithin(low: bigint, high: bigint): bigint | null {
    const from = this.#firstEndAt(low);
    const to = this.#firstEndAt(high + 1n);
    return from < to && this.end(from) === this.end(to - 1) ? this.end(from) : null;
  }

  /** Number of the first record that ends at `position` or behind it. */
  #firstEndAt(position: bigint): number {
    let from = 0;
    for (let to = this.#order.length; from < to;) {
      const middle = (from + to) >>> 1;
      if (this.end(middle) < position) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #endOf(row: number): bigint {
    const offset = this.#rows.u64(row, Column.offset);
    if (this.#rules.positions !== "starts") return offset;
    const end = offset + this.#rows.u64(row, Column.size);
    return end > U64_MAX ? U64_MAX : end;
  }

  #isSorted(): boolean {
    for (let n = 1; n < this.#order.length; n++) {
      if (this.end(n) < this.end(n - 1)) return false;
    }
    return true;
  }
}
