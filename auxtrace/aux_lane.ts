const KEPT = 4096;

/**
 * What the AUX records of one CPU or thread say, summed up.
 *
 * Of the single records it keeps the last few thousand: those that can end where a tail is still
 * to be placed. Memory is at most 64 KiB.
 */
export class AuxLane {
  /** Number of AUX records. */
  records = 0;
  /** Sum of `aux_size` of all but the first. */
  bytesAfterFirst = 0;
  /** Times of the first and the last record that have one, in ns. */
  firstTimeNs: bigint | null = null;
  lastTimeNs: bigint | null = null;
  /** Lowest start and highest end of a record. */
  lowest = 0n;
  highest = 0n;
  #ends = new BigUint64Array(16);
  #times = new BigUint64Array(16);
  #kept = 0;

  /** Takes in a record that ends at `end`. */
  add(auxOffset: bigint, size: number, end: bigint, timeNs: bigint | null): void {
    if (this.records === 0) {
      this.lowest = auxOffset;
      this.highest = end;
    } else {
      this.bytesAfterFirst = Math.min(this.bytesAfterFirst + size, Number.MAX_SAFE_INTEGER);
      if (auxOffset < this.lowest) this.lowest = auxOffset;
      if (end > this.highest) this.highest = end;
    }
    this.records++;
    if (timeNs !== null) {
      this.firstTimeNs ??= timeNs;
      this.lastTimeNs = timeNs;
    }
    if (this.#kept === this.#ends.length) this.#makeRoom();
    this.#ends[this.#kept] = end;
    this.#times[this.#kept++] = timeNs ?? 0n;
  }

  /** Time of the newest record that ends at or before `tail`. */
  timeAt(tail: bigint): bigint | null {
    for (let i = this.#kept - 1; i >= 0; i--) {
      if (this.#ends[i]! <= tail) return this.#times[i]! === 0n ? null : this.#times[i]!;
    }
    return null;
  }

  /** The one position in `[low, high]` where records end; null if there are several, or none. */
  onlyEndWithin(low: bigint, high: bigint): bigint | null {
    let only: bigint | null = null;
    for (let i = 0; i < this.#kept; i++) {
      const end = this.#ends[i]!;
      if (end < low || end > high || end === only) continue;
      if (only !== null) return null;
      only = end;
    }
    return only;
  }

  #makeRoom(): void {
    if (this.#kept < KEPT) {
      this.#ends = grown(this.#ends);
      this.#times = grown(this.#times);
      return;
    }
    this.#ends.copyWithin(0, KEPT / 2);
    this.#times.copyWithin(0, KEPT / 2);
    this.#kept = KEPT / 2;
  }
}

function grown(values: BigUint64Array): BigUint64Array<ArrayBuffer> {
  const more = new BigUint64Array(values.length * 4);
  more.set(values);
  return more;
}
