import { type ByteSource, bytesSource } from "../parsers/internal.ts";
import { RecordCursor } from "../parsers/perf/mod.ts";
import type { Session } from "../parsers/perf/internal.ts";
import type { PerfEventFd } from "./perf_event.ts";

const HEADER_SIZE = 8;

/** What differs between rings that are emptied and rings that are overwritten. */
export interface DataReader {
  /** End of what was read. */
  readonly tail: bigint;
  /** Whether the kernel wants to know it. */
  readonly storesTail: boolean;
  /** Starts to read what is there. */
  start(): RecordCursor;
  /** Notes how far it was read. */
  stop(cursor: RecordCursor): void;
  /** Forgets what it knows of the events. */
  restart(): void;
  lend(use: (first: Uint8Array, second: Uint8Array) => void): number;
}

/** Reads a ring that the kernel fills from a tail on. */
export class ForwardReader implements DataReader {
  readonly storesTail = true;
  tail: bigint;
  readonly #ring: Uint8Array;
  readonly #head: () => bigint;
  readonly #session: Session;
  #cursor: RecordCursor | undefined;
  #end = 0;

  constructor(ring: Uint8Array, head: () => bigint, tail: bigint, session: Session) {
    this.tail = tail;
    this.#ring = ring;
    this.#head = head;
    this.#session = session;
  }

  start(): RecordCursor {
    this.#end = Number(this.#head());
    const start = Number(this.tail);
    if (this.#end - start > this.#ring.length) throw sharedRing(this.#end - start);
    const source: ByteSource = {
      size: Infinity,
      read: (offset, into) => this.#read(offset, into),
    };
    return this.#cursor ??= new RecordCursor(this.#session, [{
      name: null,
      source,
      start,
      end: Infinity,
    }]);
  }

  stop(cursor: RecordCursor): void {
    if (cursor.size > 0) this.tail = BigInt(cursor.fileOffset + cursor.size);
  }

  restart(): void {
    this.#cursor = undefined;
  }

  lend(use: (first: Uint8Array, second: Uint8Array) => void): number {
    const head = this.#head();
    const size = Number(head - this.tail);
    if (size === 0) return 0;
    if (size > this.#ring.length) throw sharedRing(size);
    use(...viewsOf(this.#ring, Number(this.tail), size));
    this.tail = head;
    return size;
  }

  #read(offset: number, into: Uint8Array): number {
    const size = Math.min(this.#end - offset, into.length);
    if (size <= 0) return -1;
    return copied(into, viewsOf(this.#ring, offset, size));
  }
}

function sharedRing(unread: number): TypeError {
  return new TypeError(
    `Cannot read ${unread} bytes of a data ring: another reader of the same event moved its tail`,
  );
}

/**
 * Reads a ring that the kernel writes downwards, from the end of the address range of positions.
 *
 * The newest record starts at the head, each older one after it; the oldest may be overwritten in
 * part. The kernel does not write while it is copied. Source: kernel/events/ring_buffer.c.
 */
export class BackwardReader implements DataReader {
  readonly storesTail = false;
  tail = 0n;
  readonly #event: PerfEventFd;
  readonly #ring: Uint8Array;
  readonly #head: () => bigint;
  readonly #session: Session;

  constructor(event: PerfEventFd, ring: Uint8Array, head: () => bigint, session: Session) {
    this.#event = event;
    this.#ring = ring;
    this.#head = head;
    this.#session = session;
  }

  start(): RecordCursor {
    const bytes = this.#oldestFirst();
    return new RecordCursor(this.#session, [{
      name: null,
      source: bytesSource(bytes),
      start: 0,
      end: bytes.length,
    }]);
  }

  stop(): void {}

  restart(): void {}

  lend(use: (first: Uint8Array, second: Uint8Array) => void): number {
    const bytes = this.#oldestFirst();
    if (bytes.length > 0) use(bytes, bytes.subarray(bytes.length));
    return bytes.length;
  }

  /** Copies the whole records that were not read yet. */
  #oldestFirst(): Uint8Array {
    this.#event.pauseOutput(true);
    try {
      const head = this.#head();
      const unread = BigInt.asUintN(64, this.tail - head);
      const size = unread > BigInt(this.#ring.length) ? this.#ring.length : Number(unread);
      const start = Number(head % BigInt(this.#ring.length));
      const newestFirst = new Uint8Array(size);
      copied(newestFirst, viewsOf(this.#ring, start, size));
      this.tail = head;
      return turned(newestFirst);
    } finally {
      this.#event.pauseOutput(false);
    }
  }
}

/** The bytes of a ring from a position on, in two parts where they wrap. */
function viewsOf(ring: Uint8Array, from: number, size: number): [Uint8Array, Uint8Array] {
  const start = from % ring.length;
  const first = ring.subarray(start, start + size);
  return [first, ring.subarray(0, size - first.length)];
}

function copied(into: Uint8Array, [first, second]: readonly [Uint8Array, Uint8Array]): number {
  into.set(first);
  into.set(second, first.length);
  return first.length + second.length;
}

/** Puts records into the opposite order; bytes after the last whole one are left out. */
export function turned(records: Uint8Array): Uint8Array {
  const view = new DataView(records.buffer, records.byteOffset, records.length);
  let end = 0;
  const starts: number[] = [];
  while (end + HEADER_SIZE <= records.length) {
    const size = view.getUint16(end + 6, true);
    if (size < HEADER_SIZE || end + size > records.length) break;
    starts.push(end);
    end += size;
  }
  const into = new Uint8Array(end);
  let at = 0;
  let next = end;
  for (const start of starts.reverse()) {
    into.set(records.subarray(start, next), at);
    at += next - start;
    next = start;
  }
  return into;
}
