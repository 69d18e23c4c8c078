import { RecordType } from "./abi.ts";
import type { RecordCursor } from "./record_cursor.ts";
import type { PerfRecord } from "./records/mod.ts";

/** Order in which records are delivered: as they stand in the file, or by their time. */
export type RecordOrder = "file" | "time";

/**
 * Puts items in order of time, given that they come in rounds.
 *
 * Each ring of a recording is in order, and perf writes all rings in turn, round after round. An
 * item of one round can be older than items of the round before, but not older than items of the
 * round before that:
 *
 * ```text
 *   round 1      round 2      round 3
 *   a1 b1 a2 |   a3 b2 b3 |   b4 ...
 *                         `- at this mark all up to max(round 1) are safe to deliver
 * ```
 *
 * Ties keep the order in which they came. Source: tools/perf/util/ordered-events.c.
 */
export class RoundSorter<T> {
  /** The time up to which all items of the rounds that ended have been delivered. */
  delivered = 0n;
  #items: { time: bigint; item: T }[] = [];
  #newest = 0n;
  #safe = 0n;

  /** Takes in an item. */
  add(item: T, time: bigint): void {
    this.#items.push({ time, item });
    if (time > this.#newest) this.#newest = time;
  }

  /** Ends a round, and yields what no later round can precede. */
  *endRound(): Generator<T> {
    this.#items.sort(byTime);
    const end = this.#items.findIndex(({ time }) => time > this.#safe);
    const ready = this.#items.splice(0, end < 0 ? this.#items.length : end);
    this.delivered = this.#safe;
    this.#safe = this.#newest;
    for (const { item } of ready) yield item;
  }

  /** Yields all that is left. */
  *flush(): Generator<T> {
    this.#items.sort(byTime);
    for (const { item } of this.#items.splice(0)) yield item;
  }
}

/** Decodes the records under a cursor in order of time; perf's own and untimed ones at once. */
export function* sortedRecords(cursor: RecordCursor): Generator<PerfRecord> {
  const sorter = new RoundSorter<PerfRecord>();
  while (cursor.next()) {
    const time = cursor.type < RecordType.HeaderAttr ? cursor.timeNs : null;
    if (time === null) yield cursor.record();
    else sorter.add(cursor.record(), time);
    if (cursor.type === RecordType.FinishedRound) yield* sorter.endRound();
  }
  yield* sorter.flush();
}

function byTime(a: { time: bigint }, b: { time: bigint }): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : 0;
}
