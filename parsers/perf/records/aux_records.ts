import type { Cursor } from "../../internal.ts";
import { AuxFlag } from "../abi.ts";
import type { KernelRecord } from "./record.ts";

/** `PERF_RECORD_AUX`: trace data came into the AUX area. */
export interface AuxRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "aux";
  /** Position of the data in the trace; in overwrite mode where the PMU stopped writing. */
  readonly auxOffset: bigint;
  /** Size of the data in bytes; in overwrite mode often that of the whole buffer. */
  readonly auxSize: bigint;
  /** All flags. */
  readonly flags: bigint;
  /** Whether data was lost, not necessarily at the end of this. */
  readonly truncated: boolean;
  /** Whether the area is overwritten in a circle, for snapshots. */
  readonly overwrite: boolean;
  /** Whether there are gaps in the data. */
  readonly partial: boolean;
  /** Whether samples collided, or a trace buffer wrapped. */
  readonly collision: boolean;
  /** Format, whose meaning depends on the PMU. CoreSight: 0 frames, 1 raw. */
  readonly formatType: number;
}

/** `PERF_RECORD_ITRACE_START`: tracing of a thread starts. */
export interface ItraceStartRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "itrace_start";
  /** Process. */
  readonly pid: number;
  /** Thread. */
  readonly tid: number;
}

/** `PERF_RECORD_AUX_OUTPUT_HW_ID`: how the trace refers to the event in the trailer. */
export interface AuxOutputHwIdRecord extends KernelRecord {
  /** Discriminates the union of records. */
  readonly type: "aux_output_hw_id";
  /** Intel: index of the counter. CoreSight: trace id, sink id and version in bit fields. */
  readonly hwId: bigint;
}

/** Decodes `PERF_RECORD_AUX`. */
export function decodeAux(body: Cursor, base: KernelRecord): AuxRecord {
  const auxOffset = body.u64();
  const auxSize = body.u64();
  const flags = body.u64();
  const low = Number(flags & 0xffffn);
  return {
    ...base,
    type: "aux",
    auxOffset,
    auxSize,
    flags,
    truncated: (low & AuxFlag.Truncated) !== 0,
    overwrite: (low & AuxFlag.Overwrite) !== 0,
    partial: (low & AuxFlag.Partial) !== 0,
    collision: (low & AuxFlag.Collision) !== 0,
    formatType: low >> 8,
  };
}

/** Decodes `PERF_RECORD_ITRACE_START`. */
export function decodeItraceStart(body: Cursor, base: KernelRecord): ItraceStartRecord {
  return { ...base, type: "itrace_start", pid: body.i32(), tid: body.i32() };
}

/** Decodes `PERF_RECORD_AUX_OUTPUT_HW_ID`. */
export function decodeAuxOutputHwId(body: Cursor, base: KernelRecord): AuxOutputHwIdRecord {
  return { ...base, type: "aux_output_hw_id", hwId: body.u64() };
}
