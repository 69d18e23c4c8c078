import { errno, libc } from "./_libc.ts";
import { explainMmap } from "./_refusals.ts";
import { SyscallError } from "./syscall_error.ts";
import { kernelFiles } from "./system_files.ts";

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const MAP_FAILED = 2n ** 64n - 1n;

/** What of a file is mapped, and how. */
export interface MapOptions {
  /** Bytes; the kernel decides which sizes it takes. */
  readonly size: number;
  /** Position in the file. */
  readonly offset?: number;
  /** Whether it can be written. */
  readonly writable: boolean;
  /** `type` of the event whose AUX area it is; absent for other memory. */
  readonly auxType?: number;
}

/** A file mapped into memory, shared with the kernel. Alone in this project it holds pointers. */
export class MappedMemory implements Disposable {
  /** The memory; detached once it is unmapped, so that every view of it is then empty. */
  readonly buffer: ArrayBuffer;
  readonly #pointer: Deno.PointerObject;
  readonly #size: bigint;

  /**
   * Maps a part of an open file.
   *
   * @throws {SyscallError} If the kernel refuses; the message says what to do about it.
   */
  constructor(fd: number, options: MapOptions) {
    const { size, offset = 0, writable, auxType } = options;
    const protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    this.#size = BigInt(size);
    const pointer = libc().mmap(null, this.#size, protection, MAP_SHARED, fd, BigInt(offset));
    if (pointer === null || Deno.UnsafePointer.value(pointer) === MAP_FAILED) {
      const { code, errno: number } = new SyscallError("mmap", errno());
      throw new SyscallError("mmap", number, explainMmap(code, size, kernelFiles, auxType));
    }
    this.#pointer = pointer;
    this.buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, size);
  }

  /** Empties all views, then unmaps. The second call does nothing. */
  [Symbol.dispose](): void {
    if (this.buffer.detached) return;
    this.buffer.transfer(0);
    libc().munmap(this.#pointer, this.#size);
  }
}

/**
 * Checks the size of a ring before the kernel sees it: mmap would round it up.
 *
 * @throws {RangeError} If it is not a power of two of pages.
 */
export function checkRingSize(size: number, page: number): void {
  const pages = size / page;
  if (pages < 1 || !Number.isInteger(Math.log2(pages))) {
    throw new RangeError(
      `Cannot map a ring of ${size} bytes: expected a power of two of pages of ${page} bytes`,
    );
  }
}
