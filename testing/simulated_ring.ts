import type { AuxPointers } from "../auxtrace/accessors.ts";
import { ControlPage } from "../auxtrace/control_page.ts";
import type { AuxSpan } from "../auxtrace/span.ts";
import { checked, cString, libc } from "../live/_libc.ts";
import { MappedMemory } from "../live/_mapped_memory.ts";
import type { AuxMemory } from "../live/aux_ring.ts";

/** Where the ring starts in the file: a page of any size that Linux has. */
const RING_OFFSET = 1 << 16;
/** Where the control page says that the writer shall end; the kernel has nothing there. */
const STOP_OFFSET = 2048;
const MFD_CLOEXEC = 1;

/** Where a ring is. */
export interface RingPlace {
  /** Number of the open file; threads share them. */
  readonly fd: number;
  /** Size of the ring in bytes, a power of two. */
  readonly ringSize: number;
}

/**
 * What a thread does until it is stopped.
 *
 * - `words`: writes `size` bytes, a multiple of 8, at full speed, as far as the tail lets it.
 * - `heads`: stores heads whose halves are equal, each larger than the one before, and no bytes.
 */
export type WriterTask = { readonly kind: "words"; readonly size: number } | {
  readonly kind: "heads";
};

/** What a writer did. */
export interface WriterReport {
  /** Bytes that were written; of `heads`, the heads. */
  readonly written: number;
  /** How often the ring was full. */
  readonly waits: number;
  /** Tails that went back, or beyond the head: the reader breaks the protocol. */
  readonly badTails: number;
}

/** A writer at work. */
export interface Writer {
  /** What it did, once it has ended. */
  readonly report: Promise<WriterReport>;
}

/** Control page and AUX area, mapped from one file, as both sides need them. */
export class RingMemory implements Disposable {
  readonly page: ArrayBuffer;
  readonly ring: Uint8Array<ArrayBuffer>;
  readonly #undo: DisposableStack;

  /** Maps the file of a simulated ring. */
  constructor(fd: number, ringSize: number) {
    using undo = new DisposableStack();
    this.page = undo.use(new MappedMemory(fd, { size: RING_OFFSET, writable: true })).buffer;
    const ring = undo.use(
      new MappedMemory(fd, { size: ringSize, offset: RING_OFFSET, writable: true }),
    );
    this.ring = new Uint8Array(ring.buffer);
    this.#undo = undo.move();
  }

  /** `aux_head` and `aux_tail`. */
  positions(): BigUint64Array {
    return new BigUint64Array(this.page, ControlPage.auxHead, 2);
  }

  /** One word; the writer ends when it is not zero. */
  stopFlag(): Int32Array {
    return new Int32Array(this.page, STOP_OFFSET, 1);
  }

  [Symbol.dispose](): void {
    this.#undo.dispose();
  }
}

/**
 * An AUX ring in memory that is foreign to the engine, with a thread in the kernel's place.
 *
 * Every word of 8 bytes that the thread writes is its own position, as a float64.
 */
export class SimulatedRing implements Disposable {
  readonly memory: RingMemory;
  readonly #fd: number;

  /** Makes a ring whose head and tail stand at `start`, a multiple of 8. */
  constructor(ringSize: number, start = 0n) {
    this.#fd = openMemoryFile(RING_OFFSET + ringSize);
    this.memory = new RingMemory(this.#fd, ringSize);
    this.memory.positions().fill(start);
  }

  /** What a reader of the ring is made from. Closing the reader unmaps it and ends the writer. */
  auxMemory(pointersOf: (page: ArrayBuffer) => AuxPointers): AuxMemory {
    const { page, ring } = this.memory;
    return { page, ring, pointers: pointersOf(page), close: () => this[Symbol.dispose]() };
  }

  /** Starts a thread that does a task, and waits until it has mapped the ring. */
  async start(task: WriterTask): Promise<Writer> {
    const url = new URL("./simulated_ring_worker.ts", import.meta.url);
    const worker = new Worker(url, { type: "module" });
    const mapped = Promise.withResolvers<void>();
    const report = Promise.withResolvers<WriterReport>();
    worker.onmessage = ({ data }) => data === null ? mapped.resolve() : report.resolve(data);
    worker.onerror = ({ message }) => mapped.reject(new Error(message));
    const place: RingPlace = { fd: this.#fd, ringSize: this.memory.ring.length };
    worker.postMessage({ place, task });
    await mapped.promise;
    return { report: report.promise.finally(() => worker.terminate()) };
  }

  /** Ends the writer and unmaps this side's memory. The second call does nothing. */
  [Symbol.dispose](): void {
    if (this.memory.page.detached) return;
    Atomics.store(this.memory.stopFlag(), 0, 1);
    this.memory[Symbol.dispose]();
    libc().close(this.#fd);
  }
}

/** Throws unless every word of a span is its own position. */
export function checkWords({ offset, size, first, second }: AuxSpan): void {
  let position = Number(offset);
  for (const { buffer, byteOffset, length } of [first, second]) {
    const words = new Float64Array(buffer, byteOffset, length / 8);
    for (let index = 0; index < words.length; index++, position += 8) {
      if (words[index] !== position) {
        throw new Error(`Wrong word at ${position}: got ${words[index]}`);
      }
    }
  }
  if (position !== Number(offset) + size) throw new Error(`Wrong size: ${size}`);
}

const never = new Int32Array(new SharedArrayBuffer(4));

/** Lets other threads run for some microseconds. */
export function pause(): void {
  Atomics.wait(never, 0, 0, 0.02);
}

/** Opens a file of zeros that has no name and no disk. */
export function openMemoryFile(size: number): number {
  const { memfdCreate, ftruncate } = memfd();
  const fd = checked("memfd_create", memfdCreate(cString("auxtail"), MFD_CLOEXEC));
  checked("ftruncate", ftruncate(fd, BigInt(size)));
  return fd;
}

let symbols: ReturnType<typeof openMemfd> | undefined;

function memfd(): ReturnType<typeof openMemfd> {
  return symbols ??= openMemfd();
}

function openMemfd() {
  return Deno.dlopen("libc.so.6", {
    /** `int memfd_create(const char *name, unsigned int flags)` */
    memfdCreate: { name: "memfd_create", parameters: ["buffer", "u32"], result: "i32" },
    /** `int ftruncate(int fd, off_t size)` */
    ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  }).symbols;
}
