import type { RecordCursor } from "../parsers/perf/mod.ts";
import { joinU64 } from "../parsers/u64.ts";

const ALL = 0xffffffff;
const KEPT = 4096;
/** Words of a kept record: high and low half of its end, then of its time. */
const WORDS = 4;

/** What one AUX record says, in halves. */
export interface AuxPlace {
  /** `aux_offset`. */
  readonly high: number;
  readonly low: number;
  /** `aux_size`, saturated. */
  readonly size: number;
  /** Where the announced bytes end. */
  readonly endHigh: number;
  readonly endLow: number;
  /** Time in ns; 0 where there is none. */
  readonly timeHigh: number;
  readonly timeLow: number;
}

/** Reads the AUX record under the cursor; `wraps` where the kernel counts in 32 bits. */
export function placeOf(cursor: RecordCursor, wraps: boolean): AuxPlace {
  const high = cursor.high(8);
  const low = cursor.low(8);
  const sizeHigh = cursor.high(16);
  const endLow = low + cursor.low(16);
  const carry = endLow > ALL ? 1 : 0;
  const endHigh = high + sizeHigh + carry;
  const isOver = !wraps && endHigh > ALL;
  const timeAt = cursor.timeAt;
  const timeHigh = timeAt < 0 ? 0 : cursor.high(timeAt);
  const timeLow = timeAt < 0 ? 0 : cursor.low(timeAt);
  const hasTime = timeHigh !== ALL || timeLow !== ALL;
  return {
    high,
    low,
    size: Math.min(sizeHigh * 2 ** 32 + cursor.low(16), Number.MAX_SAFE_INTEGER),
    endHigh: wraps ? 0 : isOver ? ALL : endHigh,
    endLow: isOver ? ALL : endLow >>> 0,
    timeHigh: hasTime ? timeHigh : 0,
    timeLow: hasTime ? timeLow : 0,
  };
}

/**
 * What the AUX records of one CPU or thread say, summed up.
 *
 * Of the single records it keeps the last few thousand: those that can end where a tail is still to
 * be placed. Memory is at most 64 KiB. Positions come in halves, as a long recording has millions.
 */
export class AuxLane {
  /** Number of AUX records. */
  records = 0;
  /** Sum of `aux_size` of all but the first. */
  bytesAfterFirst = 0;
  #lowestHigh = 0;
  #lowestLow = 0;
  #highestHigh = 0;
  #highestLow = 0;
  #firstTimeNs: bigint | null = null;
  #timeHigh = 0;
  #timeLow = 0;
  #words = new Uint32Array(16 * WORDS);
  #end = 0;

  /** Lowest start of a record. */
  get lowest(): bigint {
    return joinU64(this.#lowestHigh, this.#lowestLow);
  }

  /** Highest end of a record. */
  get highest(): bigint {
    return joinU64(this.#highestHigh, this.#highestLow);
  }

  /** Time between the first and the last record that have one, in ns. */
  get spanNs(): number | null {
    if (this.#firstTimeNs === null) return null;
    return Number(joinU64(this.#timeHigh, this.#timeLow) - this.#firstTimeNs);
  }

  /** Takes in a record. */
  add({ high, low, size, endHigh, endLow, timeHigh, timeLow }: AuxPlace): void {
    if (this.records++ === 0) {
      this.#lowestHigh = high;
      this.#lowestLow = low;
    } else {
      this.bytesAfterFirst = Math.min(this.bytesAfterFirst + size, Number.MAX_SAFE_INTEGER);
      if (high < this.#lowestHigh || (high === this.#lowestHigh && low < this.#lowestLow)) {
        this.#lowestHigh = high;
        this.#lowestLow = low;
      }
    }
    if (
      endHigh > this.#highestHigh || (endHigh === this.#highestHigh && endLow > this.#highestLow)
    ) {
      this.#highestHigh = endHigh;
      this.#highestLow = endLow;
    }
    if (timeHigh !== 0 || timeLow !== 0) {
      this.#firstTimeNs ??= joinU64(timeHigh, timeLow);
      this.#timeHigh = timeHigh;
      this.#timeLow = timeLow;
    }
    if (this.#end === this.#words.length) this.#makeRoom();
    const at = this.#end;
    this.#end = at + WORDS;
    this.#words[at] = endHigh;
    this.#words[at + 1] = endLow;
    this.#words[at + 2] = timeHigh;
    this.#words[at + 3] = timeLow;
  }

  /** Time of the newest record that ends at or before `tail`; null if it has none. */
  timeAt(tail: bigint): bigint | null {
    for (let at = this.#end - WORDS; at >= 0; at -= WORDS) {
      if (this.#u64(at) <= tail) return this.#u64(at + 2) || null;
    }
    return null;
  }

  /** The one position in `[low, high]` where records end; null if there are several, or none. */
  onlyEndWithin(low: bigint, high: bigint): bigint | null {
    let only: bigint | null = null;
    for (let at = 0; at < this.#end; at += WORDS) {
      const end = this.#u64(at);
      if (end < low || end > high || end === only) continue;
      if (only !== null) return null;
      only = end;
    }
    return only;
  }

  #u64(at: number): bigint {
    return joinU64(this.#words[at]!, this.#words[at + 1]!);
  }

  #makeRoom(): void {
    const size = this.#words.length;
    if (size < KEPT * WORDS) {
      const more = new Uint32Array(size * 4);
      more.set(this.#words);
      this.#words = more;
      return;
    }
    this.#words.copyWithin(0, size / 2);
    this.#end = size / 2;
  }
}
