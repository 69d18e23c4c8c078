import { FLOAT, joinU64 } from "../parsers/internal.ts";
import type { AnnouncedSummary, AuxAnnouncement } from "./aux_events.ts";

const KEPT = 4096;
/** Words of a kept record: high and low half of its end, then of its time. */
const WORDS = 4;

/**
 * The AUX records of one queue, summed up.
 *
 * Of the single records it keeps the last few thousand: those that can end where a tail is still to
 * be placed. Memory is at most 64 KiB. Positions come in halves, as a long recording has millions.
 */
export class Announcements implements AnnouncedSummary {
  records = 0;
  #bytes = FLOAT;
  #bytesAfterFirst = FLOAT;
  #hasTime = false;
  #firstTimeHigh = 0;
  #firstTimeLow = FLOAT;
  #timeHigh = 0;
  #timeLow = FLOAT;
  #words = new Uint32Array(4 * WORDS);
  #end = 0;

  get bytes(): number {
    return this.#bytes || 0;
  }

  get bytesAfterFirst(): number {
    return this.#bytesAfterFirst || 0;
  }

  get spanNs(): number | null {
    return this.#hasTime
      ? (this.#timeHigh - this.#firstTimeHigh) * 2 ** 32 + (this.#timeLow - this.#firstTimeLow)
      : null;
  }

  add(
    { size, endHigh, endLow, origin }: Pick<
      AuxAnnouncement,
      "size" | "endHigh" | "endLow" | "origin"
    >,
  ): void {
    const { timeHigh, timeLow } = origin;
    this.#bytes = Math.min(this.bytes + size, Number.MAX_SAFE_INTEGER);
    if (this.records++ > 0) {
      this.#bytesAfterFirst = Math.min(this.bytesAfterFirst + size, Number.MAX_SAFE_INTEGER);
    }
    if (timeHigh !== 0 || timeLow !== 0) {
      if (!this.#hasTime) {
        this.#hasTime = true;
        this.#firstTimeHigh = timeHigh;
        this.#firstTimeLow = timeLow;
      }
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

  timeAt(tail: bigint): bigint | null {
    const words = this.#words;
    const high = Number(tail >> 32n);
    const low = Number(tail & 0xffffffffn);
    for (let at = this.#end - WORDS; at >= 0; at -= WORDS) {
      const end = words[at]!;
      if (end < high || (end === high && words[at + 1]! <= low)) return this.#u64(at + 2) || null;
    }
    return null;
  }

  onlyEndWithin(low: bigint, high: bigint): bigint | null {
    // The window of a 32-bit kernel can go over 4 GiB.
    const isWithin = (end: bigint) =>
      low <= high ? end >= low && end <= high : end >= low || end <= high;
    let only: bigint | null = null;
    for (let at = 0; at < this.#end; at += WORDS) {
      const end = this.#u64(at);
      if (end === only || !isWithin(end)) continue;
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
