import { AuxFlag, type RecordCursor } from "../parsers/perf/mod.ts";
import { joinU64 } from "../parsers/internal.ts";
import type { AuxAnnouncement, AuxQueue } from "./aux_events.ts";

/** Time without an AUX record after which a queue counts as silent, in ns. */
const SILENT_NS = 500_000_000n;

/** A queue whose newest AUX record is TRUNCATED. */
interface Suspect {
  readonly fileOffset: number;
  /** Thread that the AUX buffer was written for when it filled up. */
  readonly tid: number | null;
  /** Position after the newest AUX record's bytes. */
  readonly from: bigint;
  readonly timeNs: bigint;
}

/** Threads whose newest times are kept. */
const MAX_THREADS = 1 << 16;

/**
 * Finds queues that the kernel stopped for want of room, and that never came back.
 *
 * Such a queue's last AUX record is TRUNCATED, and the recording continues for at least half a
 * second. A thread's queue is judged by records of that thread alone: it may have exited, or not
 * have run again. Records cost time only while the newest AUX record of a queue is TRUNCATED.
 */
export class SilenceWatch {
  readonly #suspects = new Map<AuxQueue, Suspect>();
  /** Newest times of the threads that were running then, by thread and CPU. */
  readonly #newestOf = new Map<number | null, Map<number | null, bigint>>();
  #newestNs = 0n;
  #isExpecting = false;
  /** Whether records have to be looked at. */
  isWatching = false;

  /** Says that a TRUNCATED record has come, whose queue may not be known yet. */
  expect(): void {
    this.#isExpecting = true;
    this.isWatching = true;
  }

  announcement(record: AuxAnnouncement): void {
    const { queue } = record;
    this.#suspects.delete(queue);
    if ((record.flags & AuxFlag.Truncated) !== 0) {
      this.#isExpecting = false;
      this.#suspect(record);
    }
    this.isWatching = this.#isExpecting || this.#suspects.size > 0;
  }

  record(cursor: RecordCursor): void {
    const { timeNs } = cursor;
    if (timeNs === null) return;
    if (timeNs > this.#newestNs) this.#newestNs = timeNs;
    const byCpu = this.#newestOf.get(cursor.tid);
    if (byCpu === undefined) return;
    const { cpu } = cursor;
    if (timeNs > (byCpu.get(cpu) ?? 0n)) byCpu.set(cpu, timeNs);
  }

  /** The silent queues, and their last AUX record. */
  *found(): Generator<{ queue: AuxQueue; fileOffset: number; from: bigint; timeNs: bigint }> {
    for (const [queue, { fileOffset, tid, from, timeNs }] of this.#suspects) {
      const newest = isOfThread(queue) ? this.#newestRun(tid, queue.cpu) : this.#newestNs;
      if (newest - timeNs >= SILENT_NS) yield { queue, fileOffset, from, timeNs };
    }
  }

  /** Newest time of a thread on a CPU; on any where the AUX buffer belongs to none. */
  #newestRun(tid: number | null, cpu: number | null): bigint {
    const byCpu = this.#newestOf.get(tid);
    if (byCpu === undefined) return 0n;
    if (cpu !== null) return byCpu.get(cpu) ?? 0n;
    let newest = 0n;
    for (const timeNs of byCpu.values()) if (timeNs > newest) newest = timeNs;
    return newest;
  }

  #suspect(record: AuxAnnouncement): void {
    const { queue, fileOffset, origin: { tid, timeHigh, timeLow } } = record;
    if (timeHigh === 0 && timeLow === 0) return;
    const timeNs = joinU64(timeHigh, timeLow);
    const from = joinU64(record.endHigh, record.endLow);
    this.#suspects.set(queue, { fileOffset, tid, from, timeNs });
    if (!this.#newestOf.has(tid) && this.#newestOf.size < MAX_THREADS) {
      this.#newestOf.set(tid, new Map());
    }
  }
}

/** Whether a queue's AUX buffer is written only while a certain thread, or its children, runs. */
function isOfThread({ cpu, tid, idx }: AuxQueue): boolean {
  return tid !== null && (cpu === null || idx !== null);
}
