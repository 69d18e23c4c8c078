import { clockNs } from "./_system.ts";
import { cyclesAt, type PageTimeConversion } from "./_time_conversion.ts";
import type { AuxPmuKind } from "./pmu.ts";

const CLOCK_MONOTONIC_RAW = 4;
const NS_PER_SECOND = 1_000_000_000n;

/**
 * Says when AUX data was read, as the kind of a PMU has it in `reference`: Intel's as a cycle
 * counter, Arm SPE as seconds xor nanoseconds, others as any number that changes.
 *
 * User space here cannot read the cycle counter. The kernel's clock, from which it follows, is told
 * from another one by the difference to the records' own times: the smallest one seen has the least
 * delay in it. Source: perf's `auxtrace_record__reference()` and its siblings.
 */
export class AuxReference {
  readonly #kind: AuxPmuKind | null;
  readonly #conversion: PageTimeConversion;
  #difference: bigint | null = null;

  /** Starts without a difference: the clocks count as equal until the first record. */
  constructor(kind: AuxPmuKind | null, conversion: PageTimeConversion) {
    this.#kind = kind;
    this.#conversion = conversion;
  }

  /** Takes in the time of a record that was just read; 0 is none. */
  learn(timeNs: bigint): void {
    if (timeNs === 0n) return;
    const difference = clockNs(CLOCK_MONOTONIC_RAW) - timeNs;
    if (this.#difference === null || difference < this.#difference) this.#difference = difference;
  }

  /** The reference of data that is read now. */
  now(): bigint {
    const ns = clockNs(CLOCK_MONOTONIC_RAW);
    if (this.#kind === "arm_spe") return ns / NS_PER_SECOND ^ ns % NS_PER_SECOND;
    const isCycles = this.#kind === "intel_pt" || this.#kind === "intel_bts";
    if (!isCycles || !this.#conversion.capUserTimeZero) return ns;
    return cyclesAt(ns - (this.#difference ?? 0n), this.#conversion);
  }
}
