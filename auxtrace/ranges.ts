import { joinU64 } from "../parsers/internal.ts";
import type { AuxFields, RecordOrigin } from "../parsers/perf/mod.ts";
import type { AuxAnnouncement, MissingBytes } from "./aux_events.ts";

/** The record that announces bytes, and its time: both halves are 0 where it has none. */
export type Announcer = Pick<AuxAnnouncement, "fileOffset"> & {
  readonly origin: Pick<RecordOrigin, "timeHigh" | "timeLow">;
};

/** How many bytes are announced: as a number, and exactly where that is known. */
export interface AnnouncedSize extends Pick<AuxAnnouncement, "size"> {
  readonly fields?: Pick<AuxFields, "sizeHigh" | "sizeLow">;
}

/** A half-open range of positions. */
interface Span {
  from: number;
  to: number;
}

/** A range, and what announced it; `end` is its exact end where that is beyond 2^53. */
type Range = Announcer & Readonly<Span> & { readonly end: bigint | null };

const U64_MAX = (1n << 64n) - 1n;
/** Covered ranges, and open ones, that are kept apart: more than a data ring of perf describes. */
const MAX_KEPT = 1 << 14;
/** Open ranges that one announced range may overlap before they are joined. */
const MAX_OVERLAPPED = 64;
/** Given up ranges that are listed; all are counted. */
const MAX_LISTED = 1000;

/**
 * What was announced of a queue's stream and is not there.
 *
 * Both sides come roughly in order, and either can be first: a range that was announced leaves the
 * list when it is covered. Time is constant per call in a healthy recording, and memory is bounded
 * in every one: beyond 16,384 open ranges the lowest count as missing for good, and beyond 16,384
 * covered ranges the space between the lowest two counts as covered. From then on
 * {@linkcode isExact} is false.
 *
 * Positions come in halves, and are exact up to 2^53 from the first of them.
 */
export class MissingRanges {
  #hasOrigin = false;
  #originHigh = 0;
  #originLow = 0;
  /** Whether no range had to be given up to save memory. */
  isExact = true;
  /** Covered ranges, rising, apart from each other, from the first position. */
  readonly #covered: Span[] = [];
  /** Announced and not covered, rising, disjoint. */
  #open: Range[] = [];
  readonly #givenUp: Range[] = [];
  #givenUpBytes = 0;

  announce(
    record: Announcer & AnnouncedSize & { readonly low: number },
    high: number,
  ): void {
    const from = this.#fromOrigin(high, record.low);
    const to = from + record.size;
    if (to <= from) return;
    const open = this.#open;
    const covered = this.#covered;
    const comesLast = (open.length === 0 || from >= open[open.length - 1]!.to) &&
      (covered.length === 0 || from >= covered[covered.length - 1]!.to);
    const { fileOffset, origin, low, fields } = record;
    const end = to < Number.MAX_SAFE_INTEGER || fields === undefined
      ? null
      : withinU64(joinU64(high, low) + joinU64(fields.sizeHigh, fields.sizeLow));
    const range = { from, to, end, fileOffset, origin };
    if (comesLast) open.push(range);
    else this.#insertOpen(range);
    if (this.#open.length > MAX_KEPT) this.#giveUpLowest();
  }

  cover(high: number, low: number, size: number): void {
    const from = this.#fromOrigin(high, low);
    const to = from + size;
    if (to <= from) return;
    const covered = this.#covered;
    const last = covered[covered.length - 1];
    if (last === undefined || from > last.to) covered.push({ from, to });
    else if (from >= last.from) last.to = Math.max(last.to, to);
    else this.#insertCovered(from, to);
    if (covered.length > MAX_KEPT) {
      this.isExact = false;
      const half = covered.length >> 1;
      covered.splice(0, half, { from: covered[0]!.from, to: covered[half - 1]!.to });
    }
    this.#close(from, to);
  }

  /** Bytes that are missing, at most 2^53 - 1. */
  get bytes(): number {
    const bytes = this.#open.reduce((sum, { from, to }) => sum + to - from, this.#givenUpBytes);
    return Math.min(bytes, Number.MAX_SAFE_INTEGER);
  }

  /** The missing ranges, rising, neighbours joined; at most some thousand. */
  list(): MissingBytes[] {
    const origin = joinU64(this.#originHigh, this.#originLow);
    const ranges = [...this.#givenUp, ...this.#open].sort((a, b) => a.from - b.from);
    return joined(ranges).map(({ from, to, end, fileOffset, origin: { timeHigh, timeLow } }) => ({
      from: withinU64(origin + BigInt(from)),
      to: end ?? withinU64(origin + BigInt(to)),
      fileOffset,
      timeNs: joinU64(timeHigh, timeLow) || null,
    }));
  }

  /** Takes `[from, to)` out of the open ranges: as a rule it covers the newest ones whole. */
  #close(from: number, to: number): void {
    const open = this.#open;
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      if (last.to <= from) return;
      if (last.from < from || last.to > to) break;
      open.pop();
    }
    const first = firstOf(open, (range) => range.to > from);
    const end = firstOf(open, (range) => range.from >= to);
    if (first === end) return;
    open.splice(first, end - first, ...without(open.slice(first, end), [{ from, to }]));
  }

  #fromOrigin(high: number, low: number): number {
    if (!this.#hasOrigin) {
      this.#hasOrigin = true;
      this.#originHigh = high;
      this.#originLow = low;
    }
    return (high - this.#originHigh) * 2 ** 32 + (low - this.#originLow);
  }

  /**
   * Takes in an announced range that does not come last: what of it is neither covered nor open.
   * Where it overlaps many, they become one, so that the next does not look at all of them again.
   */
  #insertOpen(range: Range): void {
    const open = this.#open;
    const first = firstOf(open, ({ to }) => to > range.from);
    const end = firstOf(open, ({ from }) => from >= range.to);
    const there = open.slice(first, end);
    const uncovered = without([range], this.#coveredBetween(range.from, range.to));
    const added = without(uncovered, there);
    const all = [...there, ...added].sort((a, b) => a.from - b.from);
    open.splice(first, end - first, ...(all.length > MAX_OVERLAPPED ? joined(all) : all));
  }

  /** The covered ranges that touch `[from, to)`. */
  #coveredBetween(from: number, to: number): Span[] {
    const covered = this.#covered;
    return covered.slice(
      firstOf(covered, (span) => span.to > from),
      firstOf(covered, (span) => span.from >= to),
    );
  }

  #insertCovered(from: number, to: number): void {
    const covered = this.#covered;
    const first = firstOf(covered, (span) => span.to >= from);
    const end = firstOf(covered, (span) => span.from > to);
    const touched = covered.slice(first, end);
    covered.splice(first, end - first, {
      from: Math.min(from, touched[0]?.from ?? from),
      to: Math.max(to, touched.at(-1)?.to ?? to),
    });
  }

  #giveUpLowest(): void {
    const open = joined(this.#open);
    const givenUp = open.length > MAX_KEPT / 2 ? open.splice(0, MAX_KEPT / 2) : [];
    if (givenUp.length > 0) this.isExact = false;
    for (const range of givenUp) {
      this.#givenUpBytes += range.to - range.from;
      if (this.#givenUp.length < MAX_LISTED) this.#givenUp.push(range);
    }
    this.#open = open;
  }
}

/** Positions that are far from the first are not exact. */
function withinU64(position: bigint): bigint {
  return position < 0n ? 0n : position > U64_MAX ? U64_MAX : position;
}

/** Number of the first of rising ranges of which something holds that holds of all after it. */
function firstOf<T extends Span>(ranges: readonly T[], holds: (range: T) => boolean): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(ranges[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The parts of rising ranges that lie outside other rising ranges. */
function without(ranges: readonly Range[], holes: readonly Readonly<Span>[]): Range[] {
  const rest: Range[] = [];
  for (const range of ranges) {
    let { from } = range;
    for (const hole of holes) {
      if (hole.to <= from || hole.from >= range.to) continue;
      if (hole.from > from) rest.push({ ...range, from, to: hole.from, end: null });
      from = Math.max(from, hole.to);
    }
    if (from < range.to) rest.push({ ...range, from });
  }
  return rest;
}

/** Rising ranges, those that touch made one. */
function joined(ranges: readonly Range[]): Range[] {
  const all: Range[] = [];
  for (const range of ranges) {
    const last = all.at(-1);
    if (last !== undefined && range.from <= last.to) {
      const { to, end } = range.to > last.to ? range : last;
      all[all.length - 1] = { ...last, to, end };
    } else all.push(range);
  }
  return all;
}
