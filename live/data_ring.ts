import { ControlPage } from "../auxtrace/mod.ts";
import { AuxFlag, type RecordCursor, RecordType } from "../parsers/perf/mod.ts";
import type { PerfRecord } from "../parsers/perf/records/mod.ts";
import { Session } from "../parsers/perf/internal.ts";
import { decodedAttr } from "./_attr_bytes.ts";
import { BackwardReader, type DataReader, ForwardReader } from "./_data_readers.ts";
import { unwatchLeak, watchLeak } from "./_leaks.ts";
import { checkRingSize, MappedMemory } from "./_mapped_memory.ts";
import { pageSize } from "./_system.ts";
import { type WaitEnd, waitForData, type WaitOptions } from "./waiter.ts";
import type { PerfEventFd } from "./perf_event.ts";

const DEFAULT_SIZE = 1 << 19;

/** How a data ring is mapped. */
export interface DataRingOptions {
  /** Bytes, a power of two of pages; 512 KiB unless given. */
  readonly size?: number;
}

/**
 * Maps the data ring of an event, in which the kernel writes its records.
 *
 * The ring of an event with the flag `writeBackward` is mapped read-only: the kernel overwrites its
 * oldest records, and each reading takes what is there. Any other ring is emptied by reading, and
 * the kernel drops records while it is full. Costs locked memory, which perf_event_mlock_kb limits.
 *
 * @throws {RangeError} If the size is not a power of two of pages.
 * @throws {SyscallError} If the kernel refuses; the message says what to do about it.
 */
export function openDataRing(event: PerfEventFd, options: DataRingOptions = {}): DataRing {
  const { size = DEFAULT_SIZE } = options;
  return new DataRing(event, size);
}

/** The data ring of an event, and of those that share it. {@linkcode openDataRing} makes it. */
export class DataRing implements Disposable {
  /** Size in bytes. */
  readonly size: number;
  /** The event that the ring was made for. */
  readonly event: PerfEventFd;
  /**
   * The control page, and after it the ring: memory that is shared with the kernel, which ends a
   * process that writes to any of it but `data_tail`, `aux_tail`, `aux_offset` and `aux_size`.
   */
  readonly page: ArrayBuffer;
  /** Records of the kind LOST and LOST_SAMPLES that were read. */
  lostRecords = 0;
  /** What the kernel dropped, as those records count it. */
  lostEvents = 0;
  /**
   * Called for each AUX record marked TRUNCATED that is decoded.
   *
   * @ignore
   */
  onTruncated: () => void = () => {};
  readonly #mapping: MappedMemory;
  readonly #ring: Uint8Array;
  readonly #positions: BigUint64Array;
  readonly #reader: DataReader;
  #lending = false;
  readonly #session = new Session({ little: true, pipe: false });

  /**
   * Maps a ring of `size` bytes.
   *
   * @ignore
   */
  constructor(event: PerfEventFd, size: number) {
    const backward = event.attr.flags?.includes("writeBackward") ?? false;
    const page = pageSize();
    checkRingSize(size, page);
    this.#mapping = new MappedMemory(event.fd, { size: page + size, writable: !backward });
    this.event = event;
    this.size = size;
    this.page = this.#mapping.buffer;
    this.#ring = new Uint8Array(this.page, page, size);
    this.#positions = new BigUint64Array(this.page, ControlPage.dataHead, 2);
    this.#addToSession(event);
    this.#reader = backward
      ? new BackwardReader(event, this.#ring, () => this.head, this.#session)
      : new ForwardReader(this.#ring, () => this.head, this.#positions[1]!, this.#session);
    watchLeak(this, `a data ring of ${size} bytes`);
  }

  /** `data_head`: end of what the kernel has written; of a backward ring, its start. */
  get head(): bigint {
    return Atomics.load(this.#positions, 0);
  }

  /** End of what was read. */
  get tail(): bigint {
    return this.#reader.tail;
  }

  /**
   * Has another event write to this ring.
   *
   * Both need the same clock and the same CPU, or the same task.
   *
   * @throws {SyscallError} If the kernel refuses.
   */
  add(event: PerfEventFd): void {
    event.setOutput(this.event);
    this.#addToSession(event);
    this.#reader.restart();
  }

  /**
   * Calls `use` with each record that is there, oldest first, and returns how many there were.
   *
   * The cursor is valid during the call. If `use` throws, the record counts as read, and the next
   * call continues after it.
   *
   * @throws {TypeError} If the ring is closed.
   */
  drain(use: (record: RecordCursor) => void): number {
    let count = 0;
    for (const cursor of this.#cursors()) {
      count++;
      use(cursor);
    }
    return count;
  }

  /** Decodes the records that are there, oldest first, to values that are safe to keep. */
  *records(): Generator<PerfRecord> {
    for (const cursor of this.#cursors()) yield cursor.record();
  }

  /**
   * Lends the bytes of all records that are there, as at most two views, and returns their number.
   *
   * The views are of the memory that the kernel writes, valid during the call and not to be written
   * to: the kernel ends a process that does. The tail moves when `use` returns. A caller that reads like this
   * does not read records by the other methods, counts what was lost, and tells the AUX ring what was
   * truncated (`AuxRing.noteTruncated()`).
   */
  lend(use: (first: Uint8Array, second: Uint8Array) => void): number {
    this.#needOpen();
    if (this.#lending) throw new TypeError("Cannot lend the bytes of a data ring twice at a time");
    this.#lending = true;
    let size: number;
    try {
      size = this.#reader.lend(use);
    } finally {
      this.#lending = false;
    }
    if (size > 0 && !this.page.detached) this.#storeTail();
    return size;
  }

  /** Waits until there are records, or for one of the other ends. */
  wait(options: WaitOptions = {}): Promise<WaitEnd> {
    const state = () => this.page.detached ? "closed" : this.head === this.tail ? null : "data";
    return waitForData(this.event.waiter, state, options);
  }

  /** Empties all views and unmaps. The second call does nothing. */
  [Symbol.dispose](): void {
    unwatchLeak(this);
    this.#mapping[Symbol.dispose]();
    this.event.waiter.nudge();
  }

  *#cursors(): Generator<RecordCursor> {
    this.#needOpen();
    const cursor = this.#reader.start();
    try {
      while (cursor.next()) {
        if (cursor.type === RecordType.Lost) this.#lost(cursor, 16);
        else if (cursor.type === RecordType.LostSamples) this.#lost(cursor, 8);
        else if (cursor.type === RecordType.Aux && isTruncated(cursor)) this.onTruncated();
        yield cursor;
      }
      if (cursor.cut !== null) throw cursor.cut;
    } finally {
      this.#reader.stop(cursor);
      if (!this.page.detached) this.#storeTail();
    }
  }

  #lost(cursor: RecordCursor, at: number): void {
    this.lostRecords++;
    if (cursor.size >= at + 8) this.lostEvents += Number(cursor.u64(at));
  }

  #storeTail(): void {
    if (this.#reader.storesTail) Atomics.store(this.#positions, 1, this.#reader.tail);
  }

  #needOpen(): void {
    if (this.page.detached) throw new TypeError("Cannot read a data ring that is closed");
  }

  #addToSession(event: PerfEventFd): void {
    this.#session.table.add(decodedAttr(event.attr), new BigUint64Array([event.id]), 0);
  }
}

function isTruncated(cursor: RecordCursor): boolean {
  return cursor.size >= 32 && (Number(cursor.u64(24)) & AuxFlag.Truncated) !== 0;
}
