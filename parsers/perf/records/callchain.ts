import type { Cursor } from "../../internal.ts";
import { decodeWords } from "../_fields.ts";
import { cpuModeOf, type KernelRecord } from "./record.ts";

/**
 * `PERF_RECORD_CALLCHAIN_DEFERRED`: the user part of a callchain whose sample ended in
 * `PERF_CONTEXT_USER_DEFERRED` and a cookie.
 */
export interface CallchainDeferredRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "callchain_deferred";
  /** What the samples that it completes have as their last entry. */
  readonly cookie: bigint;
  /** Frames, innermost first. */
  readonly ips: BigUint64Array;
  /** `CpuMode`. */
  readonly cpuMode: number;
}

/** Decodes `PERF_RECORD_CALLCHAIN_DEFERRED`. */
export function decodeCallchainDeferred(body: Cursor, base: KernelRecord): CallchainDeferredRecord {
  return {
    ...base,
    type: "callchain_deferred",
    cookie: body.u64(),
    ips: decodeCallchain(body),
    cpuMode: cpuModeOf(base.misc),
  };
}

/** Reads a `u64` count, then as many addresses. */
export function decodeCallchain(body: Cursor): BigUint64Array {
  return decodeWords(body, body.count64(8));
}
