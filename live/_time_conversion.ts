import type { TimeConversion } from "./_auxtrace_info.ts";

const LOCK = 8;
const CAPABILITIES = 40;
const TIME_SHIFT = 50;
const TIME_MULT = 52;
const TIME_ZERO = 64;
const TIME_CYCLES = 80;
const TIME_MASK = 88;
const CAP_USER_TIME_ZERO = 16n;
const CAP_USER_TIME_SHORT = 32n;

/** The constants of a control page, with those that newer kernels add. */
export interface PageTimeConversion extends TimeConversion {
  /** Whether the counter is narrower than 64 bits. */
  readonly capUserTimeShort: boolean;
  readonly timeCycles: bigint;
  readonly timeMask: bigint;
}

/**
 * Reads from a control page how the CPU's cycle counter becomes the kernel's time, between two
 * readings of its sequence lock.
 *
 * Source: perf_event.h `struct perf_event_mmap_page`.
 */
export function timeConversion(page: ArrayBuffer): PageTimeConversion {
  const locks = new Uint32Array(page, LOCK, 1);
  const view = new DataView(page);
  for (;;) {
    const before = Atomics.load(locks, 0);
    const capabilities = view.getBigUint64(CAPABILITIES, true);
    const conversion = {
      timeShift: BigInt(view.getUint16(TIME_SHIFT, true)),
      timeMult: BigInt(view.getUint32(TIME_MULT, true)),
      timeZero: view.getBigUint64(TIME_ZERO, true),
      capUserTimeZero: (capabilities & CAP_USER_TIME_ZERO) !== 0n,
      capUserTimeShort: (capabilities & CAP_USER_TIME_SHORT) !== 0n,
      timeCycles: view.getBigUint64(TIME_CYCLES, true),
      timeMask: view.getBigUint64(TIME_MASK, true),
    };
    if ((before & 1) === 0 && before === Atomics.load(locks, 0)) {
      return conversion;
    }
  }
}

/** Converts a time of the kernel in ns to the CPU's cycle counter. Source: perf's `perf_time_to_tsc()`. */
export function cyclesAt(timeNs: bigint, conversion: TimeConversion): bigint {
  const { timeShift, timeMult, timeZero } = conversion;
  const ns = BigInt.asUintN(64, timeNs - timeZero);
  const cycles = ((ns / timeMult) << timeShift) + ((ns % timeMult) << timeShift) / timeMult;
  return BigInt.asUintN(64, cycles);
}
