import type { Cursor } from "../../internal.ts";
import { decodeItems } from "../_fields.ts";
import type { RecordBase } from "./record.ts";

/** `PERF_RECORD_STAT_CONFIG`: how `perf stat record` was run. */
export interface StatConfigRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "stat_config";
  /** Settings. Tags: 0 aggregation mode, 1 interval in ms, 2 scaling, 3 aggregation level. */
  readonly settings: readonly { readonly tag: number; readonly value: bigint }[];
}

/** `PERF_RECORD_STAT`: a count of `perf stat record`. */
export interface StatRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "stat";
  /** Id of the event. */
  readonly id: bigint;
  /** Position in the event's set of CPUs. */
  readonly cpuIndex: number;
  /** Position in the list of threads. */
  readonly threadIndex: number;
  /** The count. */
  readonly value: bigint;
  /** Time the event was enabled, in ns. */
  readonly timeEnabled: bigint;
  /** Time the event counted, in ns. */
  readonly timeRunning: bigint;
}

/** `PERF_RECORD_STAT_ROUND`: the counts of one moment are complete. */
export interface StatRoundRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "stat_round";
  /** Whether it is the last round, rather than one interval. */
  readonly final: boolean;
  /** Time since the start, in ns. */
  readonly timeNs: bigint;
}

const FINAL = 1n;

/** Decodes `PERF_RECORD_STAT_CONFIG`. */
export function decodeStatConfig(body: Cursor, base: RecordBase): StatConfigRecord {
  const settings = decodeItems(body.count64(16), () => {
    return { tag: Number(body.u64()), value: body.u64() };
  });
  return { ...base, type: "stat_config", settings };
}

/** Decodes `PERF_RECORD_STAT`. */
export function decodeStat(body: Cursor, base: RecordBase): StatRecord {
  return {
    ...base,
    type: "stat",
    id: body.u64(),
    cpuIndex: body.u32(),
    threadIndex: body.u32(),
    value: body.u64(),
    timeEnabled: body.u64(),
    timeRunning: body.u64(),
  };
}

/** Decodes `PERF_RECORD_STAT_ROUND`. */
export function decodeStatRound(body: Cursor, base: RecordBase): StatRoundRecord {
  return { ...base, type: "stat_round", final: body.u64() === FINAL, timeNs: body.u64() };
}
