import type { Cursor } from "../../internal.ts";
import { Misc } from "../abi.ts";
import type { KernelRecord } from "./record.ts";

/** `PERF_RECORD_LOST`: records did not fit into the ring. */
export interface LostRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "lost";
  /** Id of the event that happened to report it. */
  readonly id: bigint;
  /** Number of records lost, of all events of the ring. */
  readonly lost: bigint;
}

/** `PERF_RECORD_LOST_SAMPLES`: the PMU, a BPF filter or the ring dropped samples. */
export interface LostSamplesRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "lost_samples";
  /** Number of samples lost. */
  readonly lost: bigint;
  /** Whether a BPF filter dropped them, as requested. */
  readonly byBpf: boolean;
}

/** `PERF_RECORD_THROTTLE` and `PERF_RECORD_UNTHROTTLE`: an event was too frequent, or runs again. */
export interface ThrottleRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "throttle" | "unthrottle";
  /** Time in ns of the recording's clock. */
  readonly timeNs: bigint;
  /** Id of the event, of the parent's for inherited events. */
  readonly id: bigint;
  /** Id of the event itself. */
  readonly streamId: bigint;
}

/** Decodes `PERF_RECORD_LOST`. */
export function decodeLost(body: Cursor, base: KernelRecord): LostRecord {
  return { ...base, type: "lost", id: body.u64(), lost: body.u64() };
}

/** Decodes `PERF_RECORD_LOST_SAMPLES`. */
export function decodeLostSamples(body: Cursor, base: KernelRecord): LostSamplesRecord {
  const byBpf = (base.misc & Misc.LostSamplesBpf) !== 0;
  return { ...base, type: "lost_samples", lost: body.u64(), byBpf };
}

/** Decodes `PERF_RECORD_THROTTLE` or `PERF_RECORD_UNTHROTTLE`. */
export function decodeThrottle(
  body: Cursor,
  base: KernelRecord,
  type: ThrottleRecord["type"],
): ThrottleRecord {
  return {
    ...base,
    type,
    timeNs: body.u64(),
    id: body.u64(),
    streamId: body.u64(),
  };
}
