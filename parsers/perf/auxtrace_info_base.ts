import type { Cursor } from "../internal.ts";

/** What every AUXTRACE_INFO has. Source: perf's `struct perf_record_auxtrace_info`. */
export interface AuxtraceInfoBase {
  /** `PERF_AUXTRACE_*`. */
  readonly typeId: number;
  /** Whether the AUX area was recorded in snapshots; `null` if the record does not tell. */
  readonly snapshot: boolean | null;
  /** The words after those that are known by name. */
  readonly moreWords: readonly bigint[];
}

/** Reads a `u64`, or `null` if the record ends before it: an older perf wrote it. */
export function optionalWord(body: Cursor): bigint | null {
  return body.remaining >= 8 ? body.u64() : null;
}
