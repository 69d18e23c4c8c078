import type { Cursor } from "../../internal.ts";
import { decodeOptional } from "../_fields.ts";
import { type AuxtraceInfo, decodeAuxtraceInfo } from "../auxtrace_info.ts";
import type { RecordBase } from "./record.ts";

/** `PERF_RECORD_AUXTRACE_INFO`: what is known of the trace as a whole. */
export interface AuxtraceInfoRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "auxtrace_info";
  /** The trace. */
  readonly info: AuxtraceInfo;
}

/** `PERF_RECORD_AUXTRACE`: a chunk of trace data, which follows the record. */
export interface AuxtraceRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "auxtrace";
  /** Size of the payload after the record in bytes, padding included. */
  readonly auxSize: bigint;
  /** Position of the chunk in the trace of its ring. */
  readonly auxOffset: bigint;
  /** Value of the trace's clock when the chunk was read, or 0. */
  readonly reference: bigint;
  /** Number of the ring. */
  readonly idx: number;
  /** Thread of the ring; null if it is a CPU's. */
  readonly tid: number | null;
  /** CPU of the ring; null if it is a thread's. */
  readonly cpu: number | null;
}

/** `PERF_RECORD_AUXTRACE_ERROR`: a decoder of perf met an error. */
export interface AuxtraceErrorRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "auxtrace_error";
  /** 1 is an instruction trace. */
  readonly errorType: number;
  /** Number of the error, which depends on the type of trace. */
  readonly code: number;
  /** Layout of the record: 0 without a time, 1 with one, 2 with the guest besides. */
  readonly format: number;
  /** CPU; null if unknown. */
  readonly cpu: number | null;
  /** Process. */
  readonly pid: number;
  /** Thread. */
  readonly tid: number;
  /** Where the trace was. */
  readonly ip: bigint;
  /** Time in ns; null in older records. */
  readonly timeNs: bigint | null;
  /** What happened. */
  readonly message: string;
  /** Process of the guest, 0 for the host; null in older records. */
  readonly machinePid: number | null;
  /** CPU of the guest; null in older records. */
  readonly vcpu: number | null;
}

const MESSAGE_SIZE = 64;

/** Decodes `PERF_RECORD_AUXTRACE_INFO`. */
export function decodeAuxtraceInfoRecord(body: Cursor, base: RecordBase): AuxtraceInfoRecord {
  return { ...base, type: "auxtrace_info", info: decodeAuxtraceInfo(body) };
}

/** Decodes `PERF_RECORD_AUXTRACE`. Source: perf's `struct perf_record_auxtrace`. */
export function decodeAuxtrace(body: Cursor, base: RecordBase): AuxtraceRecord {
  return {
    ...base,
    type: "auxtrace",
    auxSize: body.u64(),
    auxOffset: body.u64(),
    reference: body.u64(),
    idx: body.u32(),
    tid: decodeOptional(body),
    cpu: decodeOptional(body),
  };
}

/** Decodes `PERF_RECORD_AUXTRACE_ERROR` of format 0, 1, or 2. */
export function decodeAuxtraceError(body: Cursor, base: RecordBase): AuxtraceErrorRecord {
  const errorType = body.u32();
  const code = body.u32();
  const cpu = decodeOptional(body);
  const pid = body.i32();
  const tid = body.i32();
  const format = body.u32();
  const ip = body.u64();
  const hasGuest = format >= 2;
  return {
    ...base,
    type: "auxtrace_error",
    errorType,
    code,
    format,
    cpu,
    pid,
    tid,
    ip,
    timeNs: format >= 1 ? body.u64() : null,
    message: body.text(hasGuest ? MESSAGE_SIZE : body.remaining),
    machinePid: hasGuest ? body.i32() : null,
    vcpu: hasGuest ? decodeOptional(body) : null,
  };
}
