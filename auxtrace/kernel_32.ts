import { Feature, type PerfFile } from "../parsers/perf/mod.ts";
import type { QueueBuilder } from "./aux_queue.ts";
import { readable } from "./recording_facts.ts";

const U32 = 2 ** 32;
const MAX_U32 = U32 - 1;
/** Machines whose kernel counts in 32 bits, so that AUX positions wrap at 4 GiB. */
const ARCH_32_BIT = /^(i[3-6]86|arm(v[4-7].*)?|mips|mipsel|ppc|powerpc|riscv32|s390|sparc|parisc)$/;

/** Whether ARCH names a machine whose kernel counts in 32 bits, as far as it has come. */
export function namesKernel32(file: PerfFile): boolean {
  return ARCH_32_BIT.test(readable(() => file.feature(Feature.arch)) ?? "");
}

/** Whether ARCH comes after the records: in a regular file that is read from front to back. */
export function namesKernelLast(file: PerfFile): boolean {
  return !file.seekable && file.finalised && file.header.features.includes(Feature.arch) &&
    file.featureSection(Feature.arch) === undefined;
}

/**
 * Finds out whether the kernel counts positions in 32 bits, and continues the count where they wrap.
 *
 * perf computes a chunk's position in 64 bits, so one before a wrap is 2^64 less something.
 */
export class Kernel32 {
  /** Whether the kernel counts in 32 bits, as far as the positions so far tell. */
  wraps = false;
  /** Whether the head wrapped: under a 64-bit kernel it would have reached 4 GiB. */
  hasWrapped = false;
  readonly #isNamed: () => boolean;
  /** Whether a position was met that 32 bits cannot count; null before the first position. */
  #fits32: boolean | null = null;

  /**
   * Begins before the first position.
   *
   * @param isNamed Whether the recording names a 32-bit kernel; asked at the first position.
   */
  constructor(isNamed: () => boolean) {
    this.#isNamed = isNamed;
  }

  lookAt(high: number): void {
    if (this.#fits32 === false) return;
    if (this.#fits32 === null) this.wraps = this.#isNamed();
    this.#fits32 = high === 0 || high === MAX_U32;
    if (!this.#fits32) this.wraps = false;
  }

  /**
   * Reduces a position to 32 bits, and counts it in the stream of its queue, null for a snapshot.
   * From there on at least `size` bytes were written.
   */
  place(
    record: { high: number; streamHigh: number; readonly low: number },
    { queue, size }: { readonly queue: QueueBuilder | null; readonly size: number },
  ): void {
    record.high = 0;
    record.streamHigh = 0;
    if (queue === null) return;
    const { low } = record;
    const last = queue.position ?? low;
    const ahead = (low - last) | 0;
    queue.position = last + ahead < 0 ? low : last + ahead;
    record.streamHigh = Math.floor(queue.position / U32);
    if (queue.position + size >= U32) this.hasWrapped = true;
  }
}
