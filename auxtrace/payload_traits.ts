import type { AuxtraceType } from "../parsers/perf/mod.ts";

/** What tails, losses and answers depend on in a kind of trace. */
export interface PayloadTraits {
  /** Bytes by which perf can drop the end of what it read, to keep records whole. */
  readonly slack?: number;
  /** Whether the driver skips bytes of the AUX buffer without an AUX record. */
  readonly skipsBytes?: boolean;
  /**
   * Machines that leave such a trace: the one on perf's list, and what the same kernel is called
   * under a 32-bit personality.
   */
  readonly machines?: readonly [listed: string, other: string];
  /** What to do about the flag PARTIAL; `buffer` is the option for a larger AUX buffer. */
  readonly partial?: (buffer: string) => string;
  /** What to do about the flag COLLISION. */
  readonly collision?: (buffer: string) => string;
}

const X86 = ["x86_64", "i686"] as const;
const ARM = ["aarch64", "armv8l"] as const;

const TRAITS: Readonly<Partial<Record<AuxtraceType, PayloadTraits>>> = {
  "intel_pt": {
    machines: X86,
    partial: () =>
      "The trace has gaps because a KVM guest ran, or VMX was on. Trace the guest from inside, or " +
      "on a CPU that allows tracing in VMX.",
  },
  "intel_bts": { slack: 23, skipsBytes: true, machines: X86 },
  "cs_etm": {
    skipsBytes: true,
    machines: ARM,
    collision: (buffer) =>
      `The trace buffer wrapped (TRBE). Record with a larger AUX buffer (${buffer}).`,
  },
  "arm_spe": {
    skipsBytes: true,
    machines: ARM,
    partial: (buffer) =>
      `The last record before this place is damaged. Record with a larger buffer (${buffer}).`,
    collision: () => "Samples collided. Record with a lower sampling rate (a larger -c).",
  },
};

/** Looks up a kind of trace; null and undefined stand for one that the recording does not name. */
export function traitsOf(type: AuxtraceType | null | undefined): PayloadTraits {
  return TRAITS[type ?? "unknown"] ?? {};
}
