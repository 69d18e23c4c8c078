import { RecordType } from "./abi.ts";
import type { RecordCheck } from "./finding.ts";
import type { RecordCursor } from "./record_cursor.ts";
import { recordTypeName } from "./record_type.ts";

/** Rings that are kept apart. Of more, the times of the others are not compared. */
const MAX_RINGS = 1 << 16;
const LATE =
  "perf delivers it late, and counts it as out of order; positions in AUX buffers, and " +
  "tails, do not depend on times";
const BACK = "an interrupt that writes while a record is being written makes it so, by " +
  "microseconds; more is a clock that jumped, or damage. Read such records in order of time";

/** The check of times: against past rounds, and inside each ring. */
export function timeOrderCheck(): RecordCheck {
  const rounds = new RoundTimes();
  const rings = new RingTimes();
  return {
    name: "time-order",
    record(cursor, report) {
      if (cursor.type === RecordType.FinishedRound) rounds.end();
      else if (cursor.type === RecordType.IdIndex) rings.readIds(cursor);
      const time = cursor.type < RecordType.HeaderAttr ? cursor.timeNs : null;
      if (time === null) return;
      const late = rounds.compare(time);
      if (late !== null) {
        const name = recordTypeName(cursor.type);
        const message = `${name}: time ${time} ns is before ${late} ns, the end of a past round`;
        report("warning", cursor.fileOffset, message, LATE);
      }
      // The kernel writes a LOST record, with the time of then, before the record that it was late for.
      if (cursor.type !== RecordType.Lost) rings.compare(cursor, time);
    },
    finish(_, report) {
      const found = rings.found();
      if (found === null) return;
      const { times, mostNs, fileOffset, what } = found;
      const often = times === 1 ? `once, by ${mostNs} ns` : `${times} times, by up to ${mostNs} ns`;
      const message = `time goes back inside a ring ${often}; first at a ${what}`;
      report("warning", fileOffset, message, BACK);
    },
  };
}

/**
 * Records may be older than those of the round before, but not older than the rounds before that:
 * by then those have been delivered. Source: tools/perf/util/ordered-events.c.
 */
class RoundTimes {
  #newest = 0n;
  #lastRound = 0n;
  #delivered = 0n;

  end(): void {
    this.#delivered = this.#lastRound;
    this.#lastRound = this.#newest;
  }

  /** The time that is already delivered, if this one comes before it; else null. */
  compare(time: bigint): bigint | null {
    if (time > this.#newest) this.#newest = time;
    return time < this.#delivered ? this.#delivered : null;
  }
}

/** Steps back in time. */
interface StepsBack {
  readonly times: number;
  readonly mostNs: bigint;
  /** Position of the first record that is older than the one before it, and what it is. */
  readonly fileOffset: number;
  readonly what: string;
}

/**
 * Compares the time of each record with that of the one before it in its ring.
 *
 * ID_INDEX tells the ring of an id. Without it the ring is that of the record's CPU, unless an id is
 * met on two CPUs: rings then belong to threads, and each id is in one of them. Where only one event
 * was recorded, records have no id; their ring is a CPU's if the event is inherited, which the kernel
 * allows with rings of CPUs only. Rings that are written backward have their newest record first.
 */
class RingTimes {
  readonly #idxOf = new Map<bigint, number>();
  readonly #cpuOf = new Map<bigint, number>();
  readonly #byIdx = new LastTimes("ring");
  readonly #byCpu = new LastTimes("CPU");
  readonly #byId = new LastTimes("id");
  #idsMove = false;
  #fileName: string | null = null;

  readIds(cursor: RecordCursor): void {
    const index = cursor.record();
    if (index.type !== "id_index") return;
    for (const { id, idx } of index.entries) {
      if (this.#idxOf.size < MAX_RINGS) this.#idxOf.set(id, idx);
    }
  }

  compare(cursor: RecordCursor, time: bigint): void {
    const flags = cursor.event?.attr.flags;
    if (flags === undefined || flags.writeBackward) return;
    if (cursor.fileName !== this.#fileName) this.#enter(cursor.fileName);
    const { id, cpu } = cursor;
    const idx = id === null ? undefined : this.#idxOf.get(id);
    if (idx !== undefined) return this.#byIdx.compare(idx, cursor, time);
    if (id !== null) this.#byId.compare(id, cursor, time);
    if (cpu === null || (id === null && !flags.inherit)) return;
    this.#byCpu.compare(cpu, cursor, time);
    if (id === null) return;
    const known = this.#cpuOf.get(id);
    if (known === undefined && this.#cpuOf.size < MAX_RINGS) this.#cpuOf.set(id, cpu);
    else if (known !== undefined && known !== cpu) this.#idsMove = true;
  }

  found(): StepsBack | null {
    const rest = this.#idsMove || this.#byCpu.isEmpty ? this.#byId : this.#byCpu;
    return this.#byIdx.steps ?? rest.steps;
  }

  /** Each file of a directory has rings of its own. */
  #enter(fileName: string | null): void {
    this.#fileName = fileName;
    for (const times of [this.#byIdx, this.#byCpu, this.#byId]) times.clear();
  }
}

/** The time of the last record of each ring, and how often it went back. */
class LastTimes {
  readonly #last = new Map<number | bigint, bigint>();
  readonly #keyName: string;
  steps: StepsBack | null = null;
  isEmpty = true;

  constructor(keyName: string) {
    this.#keyName = keyName;
  }

  compare(key: number | bigint, cursor: RecordCursor, time: bigint): void {
    this.isEmpty = false;
    const last = this.#last.get(key);
    if (last !== undefined || this.#last.size < MAX_RINGS) this.#last.set(key, time);
    if (last === undefined || time >= last) return;
    const { times, mostNs, ...first } = this.steps ?? {
      times: 0,
      mostNs: 0n,
      fileOffset: cursor.fileOffset,
      what: `${recordTypeName(cursor.type)} of ${this.#keyName} ${key}`,
    };
    const backNs = last - time;
    this.steps = { times: times + 1, mostNs: backNs > mostNs ? backNs : mostNs, ...first };
  }

  clear(): void {
    this.#last.clear();
  }
}
