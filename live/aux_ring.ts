import {
  type AuxPointers,
  auxPointersFor,
  type AuxSpan,
  auxSpan,
  compatAuxPointers,
  ControlPage,
  nativeAuxPointers,
  type SnapshotFinder,
  snapshotFinder,
  type SnapshotKind,
} from "../auxtrace/mod.ts";
import { unwatchLeak, watchLeak } from "./_leaks.ts";
import { type AuxEvent, Restarts } from "./restarts.ts";
import { checkRingSize, MappedMemory } from "./_mapped_memory.ts";
import { pageSize, unameMachine } from "./_system.ts";
import { type WaitEnd, type Waiter, waitForData, type WaitOptions } from "./waiter.ts";
import type { DataRing } from "./data_ring.ts";

/**
 * How `aux_head` is read and `aux_tail` written: `native` by one 64-bit access each, `compat` in
 * two halves as a 32-bit perf does on a 64-bit kernel, which refuses tails above 32 bits. `auto` is
 * what a process like this one uses.
 */
export type AuxAccessor = "auto" | "native" | "compat";

/** How an AUX area is mapped and read. */
export interface AuxRingOptions {
  /** Bytes, a power of two of pages; 4 MiB unless given. */
  readonly size?: number;
  /**
   * - `full`: the kernel stops where it has not been read; for {@linkcode AuxRing.drain}.
   * - `snapshot`: it overwrites the oldest bytes; for {@linkcode AuxRing.snapshot}.
   */
  readonly mode?: "full" | "snapshot";
  /** `auto` unless given. */
  readonly accessor?: AuxAccessor;
  /** In snapshot mode, whose rules the head follows; `other` unless given. */
  readonly snapshotKind?: SnapshotKind;
  /** Most bytes of one snapshot; the whole ring unless given. */
  readonly snapshotSize?: number;
  /** In snapshot mode of Intel PT, bytes between two PSB packets, as far as the event tells. */
  readonly psbPeriod?: number;
}

/** Limit of a compat tail. */
const COMPAT_LIMIT = 0xffff_ffffn;
const DEFAULT_SIZE = 1 << 22;
/** An empty ring has its event enabled again after so long. */
const STALL_MS = 20;

/**
 * A tail beyond 32 bits, which a compat accessor refuses: the kernel never learns that the bytes
 * before it were read, so nobody can read on.
 *
 * The bytes were delivered before this is thrown.
 */
export class AuxTailOverflow extends Error {
  /** The tail that was refused. */
  readonly tail: bigint;
  /** The largest tail that is not. */
  readonly limit: bigint = COMPAT_LIMIT;
  /** Bytes that were read from the ring in all. */
  readonly bytesRead: number;

  /** Makes the error of a refused tail. */
  constructor(tail: bigint, bytesRead: number) {
    super(
      `Cannot store aux_tail 0x${tail.toString(16)}: a 32-bit reader is limited to ` +
        `0x${COMPAT_LIMIT.toString(16)}; read with the native accessor, or record less per buffer`,
    );
    this.name = "AuxTailOverflow";
    this.tail = tail;
    this.bytesRead = bytesRead;
  }
}

/** The memory of an AUX ring and what belongs to it. A test can bring its own. */
export interface AuxMemory {
  /** The control page. */
  readonly page: ArrayBuffer;
  /** The AUX area. */
  readonly ring: Uint8Array;
  /** How head and tail are reached. */
  readonly pointers: AuxPointers;
  /** The rules of snapshots; absent in full-trace mode. */
  readonly finder?: SnapshotFinder;
  /** The event, where there is one: it is disabled around a snapshot, and enabled after a read. */
  readonly event?: AuxEvent;
  /** What one waits on, where there is an event. */
  readonly waiter?: Waiter;
  /** Unmaps the ring. */
  close(): void;
}

/**
 * Maps the AUX area of an event beside its data ring. The event has to be of a PMU that has one.
 *
 * @param data The event's data ring, not of an overwriting event: it has the control page.
 * @throws {RangeError} If the size is not a power of two of pages.
 * @throws {SyscallError} If the kernel refuses; the message says what to do about it.
 */
export function openAuxRing(data: DataRing, options: AuxRingOptions = {}): AuxRing {
  const { size = DEFAULT_SIZE, mode = "full", accessor = "auto" } = options;
  const { page, event } = data;
  if (event.attr.flags?.includes("writeBackward")) {
    throw new TypeError("Cannot map an AUX area beside a data ring that is overwritten");
  }
  checkRingSize(size, pageSize());
  const place = new BigUint64Array(page, ControlPage.auxOffset, 2);
  const offset = page.byteLength;
  place.set([BigInt(offset), BigInt(size)]);
  using undo = new DisposableStack();
  undo.defer(() => place.fill(0n));
  const writable = mode === "full";
  const mapping = undo.use(new MappedMemory(event.fd, { size, offset, writable }));
  const ring = new Uint8Array(mapping.buffer);
  const { snapshotKind = "other", snapshotSize, psbPeriod } = options;
  const opened = new AuxRing({
    page,
    ring,
    pointers: pointersOf(accessor)(page),
    event,
    waiter: event.waiter,
    close: () => mapping[Symbol.dispose](),
    ...(mode === "snapshot" && {
      finder: snapshotFinder(snapshotKind, {
        ring,
        ...(snapshotSize !== undefined && { snapshotSize }),
        ...(psbPeriod !== undefined && { psbPeriod }),
      }),
    }),
  });
  undo.move();
  data.onTruncated = () => opened.noteTruncated();
  if (event.attr.auxAction !== undefined) opened.mayPause();
  return opened;
}

function pointersOf(accessor: AuxAccessor): (page: ArrayBuffer) => AuxPointers {
  if (accessor === "auto") return auxPointersFor(64, unameMachine()).pointersOf;
  return accessor === "native" ? nativeAuxPointers : compatAuxPointers;
}

/** The AUX area of an event, read by the protocol of perf. {@linkcode openAuxRing} makes it. */
export class AuxRing implements Disposable {
  /** Size in bytes. */
  readonly size: number;
  /** Bytes that were read in all. */
  bytesRead = 0;
  /** The refused tail that ended the reading. */
  overflow: AuxTailOverflow | null = null;
  readonly #memory: AuxMemory;
  readonly #events: AuxEvent[];
  readonly #restarts: Restarts;
  #tail: bigint;
  #enabledAt = 0;
  #lending = false;
  #open = true;

  /**
   * Reads a ring from its present tail on.
   *
   * @ignore
   */
  constructor(memory: AuxMemory) {
    this.#memory = memory;
    this.size = memory.ring.length;
    this.#events = memory.event === undefined ? [] : [memory.event];
    this.#restarts = new Restarts(this.#events, memory.pointers.readHead);
    this.#tail = new BigUint64Array(memory.page, ControlPage.auxTail, 1)[0]!;
    watchLeak(this, `an AUX ring of ${this.size} bytes`);
  }

  /** `aux_head`: end of what the kernel has written. */
  get head(): bigint {
    this.#needOpen();
    return this.#memory.pointers.readHead();
  }

  /** End of what was read; of a snapshot ring, the head of the last snapshot. */
  get tail(): bigint {
    return this.#tail;
  }

  /** How often its events were disabled and enabled because a record said TRUNCATED. */
  get restarts(): number {
    return this.#restarts.count;
  }

  /**
   * Whether not a byte came after the last of ten such restarts in a row: the kernel has stopped the
   * events for good, or what they trace does not run.
   */
  get silent(): boolean {
    return this.#restarts.silent;
  }

  /** Counts in another event that writes to this ring, as those of other tasks on a CPU do. */
  share(event: AuxEvent): void {
    this.#events.push(event);
  }

  /**
   * Takes in that a record of this ring says TRUNCATED. Whoever reads the data ring by
   * `DataRing.lend()` has to say so; the methods that decode records do it by themselves.
   *
   * The kernel has stopped the events then. They are disabled and enabled, which alone brings them
   * back on kernels before 6.16: by the next {@linkcode drain}, which makes room, or
   * {@linkcode wait}; then every 500 ms, ten times in all, while the head does not move. Not while a
   * snapshot is taken, and not an event that its owner has disabled.
   */
  noteTruncated(): void {
    this.#restarts.note();
  }

  /**
   * Takes in that other events pause and resume the trace: it is restarted once per TRUNCATED record,
   * and never counts as {@linkcode silent}.
   *
   * @ignore
   */
  mayPause(): void {
    this.#restarts.isPausable = true;
  }

  /**
   * Restarts the events where it is time for it.
   *
   * @returns Milliseconds until it may be time again.
   * @ignore
   */
  tend(): number {
    if (!this.#open || this.overflow !== null) return Infinity;
    const hasRoom = this.#memory.finder !== undefined || this.head === this.#tail;
    return hasRoom ? this.#restarts.tend() : Infinity;
  }

  /**
   * Lends the bytes between tail and head, moves the tail when `use` returns, and returns how many
   * bytes they were: 0 if there are none, or after {@linkcode overflow}.
   *
   * The views are of the mapping itself, valid during the call and not to be written to: the kernel
   * maps an AUX area read-only. The kernel may have stopped the
   * event because the ring was full (TRUNCATED); it is started again. If `use` throws, the tail
   * stays, and the next call lends the same bytes. An empty ring costs one read of the head. Where
   * the head ran further than the ring is long, only bytes of the last lap are lent, and the offset
   * of the span tells what is missing.
   *
   * @throws {AuxTailOverflow} After `use` returned, if the accessor refuses the tail.
   * @throws {TypeError} If the ring is closed, in snapshot mode, or `use` calls it again.
   */
  drain(use: (span: AuxSpan) => void): number {
    if (this.#memory.finder !== undefined) {
      throw new TypeError("Cannot drain a snapshot ring: take snapshots");
    }
    this.#needOpen();
    const { pointers, ring } = this.#memory;
    const head = pointers.readHead();
    if (this.overflow !== null) return 0;
    if (head === this.#tail) {
      if (performance.now() - this.#enabledAt > STALL_MS) this.#enableAgain();
      return 0;
    }
    const { size } = this.#lend(auxSpan(ring, this.#startOf(head), head), use);
    this.#tail = head;
    if (!this.#open) return size;
    if (!pointers.writeTail(head)) {
      this.overflow = new AuxTailOverflow(head, this.bytesRead);
      throw this.overflow;
    }
    this.#enableAgain();
    return size;
  }

  /**
   * Stops the event, lends the newest bytes since the last snapshot, starts the event again, and
   * returns how many bytes they were.
   *
   * The first bytes usually stand in the middle of a packet. The views are of memory that is mapped
   * read-only: writing to them ends the process.
   *
   * @throws {TypeError} If the ring is closed, in full-trace mode, or `use` calls it again.
   */
  snapshot(use: (span: AuxSpan) => void): number {
    const { finder, pointers, ring } = this.#memory;
    if (finder === undefined) {
      throw new TypeError("Cannot take snapshots in full-trace mode: drain");
    }
    this.#needOpen();
    if (this.bytesRead === 0 && pointers.readHead() === 0n) return 0;
    return this.#restarts.suspend(() => {
      const { offset, size, head } = finder.find(pointers.readHead());
      this.#tail = head;
      return size === 0 ? 0 : this.#lend(auxSpan(ring, offset, offset + BigInt(size)), use).size;
    });
  }

  /** Waits until there are bytes to drain, or for one of the other ends; `closed` after an overflow. */
  wait(options: WaitOptions = {}): Promise<WaitEnd> {
    const { waiter } = this.#memory;
    if (waiter === undefined) throw new TypeError("Cannot wait for an AUX ring without an event");
    if (this.overflow !== null) return Promise.resolve("closed");
    const state = () => {
      if (!this.#open) return "closed";
      if (this.head !== this.#tail) return "data";
      this.#enableAgain();
      return null;
    };
    return waitForData(waiter, state, options, () => this.tend());
  }

  /** Empties all views and unmaps. The second call does nothing. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#restarts.close();
    unwatchLeak(this);
    this.#memory.close();
    this.#memory.waiter?.nudge();
  }

  #lend(span: AuxSpan, use: (span: AuxSpan) => void): AuxSpan {
    if (this.#lending) throw new TypeError("Cannot read an AUX ring inside its own callback");
    this.#lending = true;
    try {
      use(span);
    } finally {
      this.#lending = false;
    }
    this.bytesRead += span.size;
    return span;
  }

  /**
   * Position of the first byte before the head that was not read yet: the tail, unless the head ran
   * further than the ring is long, as a driver's error or a lost lap may have it. Then it is the
   * place of the tail in the last lap. Source: perf's `__auxtrace_mmap__read()`.
   */
  #startOf(head: bigint): bigint {
    const size = BigInt(this.size);
    const unread = BigInt.asUintN(64, head - this.#tail);
    if (unread <= size) return this.#tail;
    return head - (unread % size || size);
  }

  /**
   * Starts the event again after the kernel has stopped it because the ring was full: by a restart if
   * a record said so, else by ENABLE, but not before the first bytes, when it may wait for an exec.
   *
   * The kernel stops it a moment after it saw the tail: a reader that stores the next tail and enables
   * the event in between has to do so again, or nothing more comes although there is room.
   */
  #enableAgain(): void {
    this.#enabledAt = performance.now();
    const { count } = this.#restarts;
    this.#restarts.tend();
    if (this.#restarts.count > count || this.bytesRead === 0) return;
    for (const event of this.#events) if (event.enabled) event.enable();
  }

  #needOpen(): void {
    if (!this.#open) throw new TypeError("Cannot read an AUX ring that is closed");
  }
}
