import { FLOAT } from "../internal.ts";
import type { RecordCursor } from "./record_cursor.ts";
import { RecordType } from "./record_type.ts";

/** `-1` as a `u32`: no CPU, or no thread. */
const NONE = 0xffffffff;
const AUX_SIZE = 32;
/** Size of `struct perf_record_auxtrace`, in bytes. */
export const AUXTRACE_SIZE = 48;
const HW_ID_SIZE = 16;
const LOST_SIZE = 24;

/** Flags of PERF_RECORD_AUX. Source: perf_event.h `PERF_AUX_FLAG_*`. */
export const AuxFlag = {
  /** Bytes were lost because the AUX buffer was full. */
  Truncated: 0x01,
  /** The kernel overwrites the AUX buffer in a circle. */
  Overwrite: 0x02,
  /** The trace has gaps. */
  Partial: 0x04,
  /** Samples collided, or a trace buffer wrapped. */
  Collision: 0x08,
  /** CoreSight: the bytes are the stream of one source, not formatted frames. */
  Raw: 0x0100,
  /** The bits that hold the PMU's format. */
  FormatMask: 0xff00,
} as const;

/** The flags by which the kernel says that trace data was lost or is incomplete. */
export const AUX_LOSS_FLAGS: number = AuxFlag.Truncated | AuxFlag.Partial | AuxFlag.Collision;

/** The fields of PERF_RECORD_AUX: 64-bit values in halves, because a long recording has millions. */
export interface AuxFields {
  /** High half of `aux_offset`. */
  readonly offsetHigh: number;
  /** Low half of `aux_offset`. */
  readonly offsetLow: number;
  /** High half of `aux_size`. */
  readonly sizeHigh: number;
  /** Low half of `aux_size`. */
  readonly sizeLow: number;
  /** High half of `flags`. */
  readonly flagsHigh: number;
  /** Low half of `flags`: {@linkcode AuxFlag} bits. */
  readonly flags: number;
}

/** Reads the PERF_RECORD_AUX under a cursor; null if the record is another one, or too short. */
export function readAuxFields(cursor: RecordCursor): AuxFields | null {
  if (cursor.type !== RecordType.Aux || cursor.size < AUX_SIZE) return null;
  const fields = {
    offsetHigh: cursor.high(8),
    offsetLow: FLOAT,
    sizeHigh: cursor.high(16),
    sizeLow: FLOAT,
    flagsHigh: cursor.high(24),
    flags: cursor.low(24),
  };
  fields.offsetLow = cursor.low(8);
  fields.sizeLow = cursor.low(16);
  return fields;
}

/** The fields of PERF_RECORD_AUXTRACE: 64-bit values in halves. */
export interface ChunkFields {
  /** Size of the payload in bytes, padding included; at most 2^53 - 1. */
  readonly size: number;
  /** High half of `offset`. */
  readonly offsetHigh: number;
  /** Low half of `offset`. */
  readonly offsetLow: number;
  /** High half of `reference`. */
  readonly referenceHigh: number;
  /** Low half of `reference`. */
  readonly referenceLow: number;
  /** Number of the queue. */
  readonly idx: number;
  /** Thread of the AUX buffer; null if the record says -1. */
  readonly tid: number | null;
  /** CPU of the AUX buffer; null if it belongs to a thread. */
  readonly cpu: number | null;
}

/** Reads the PERF_RECORD_AUXTRACE under a cursor; null if the record is another one, or too short. */
export function readChunkFields(cursor: RecordCursor): ChunkFields | null {
  if (cursor.type !== RecordType.Auxtrace || cursor.size < AUXTRACE_SIZE) return null;
  const fields = {
    size: FLOAT,
    offsetHigh: cursor.high(16),
    offsetLow: FLOAT,
    referenceHigh: cursor.high(24),
    referenceLow: FLOAT,
    idx: cursor.u32(32),
    tid: unlessNone(cursor.u32(36)),
    cpu: unlessNone(cursor.u32(40)),
  };
  fields.size = cursor.payloadSize;
  fields.offsetLow = cursor.low(16);
  fields.referenceLow = cursor.low(24);
  return fields;
}

/**
 * Reads `hw_id` of the PERF_RECORD_AUX_OUTPUT_HW_ID under a cursor, in halves; null if the record
 * is another one, or too short.
 */
export function readHwId(
  cursor: RecordCursor,
): { readonly high: number; readonly low: number } | null {
  if (cursor.type !== RecordType.AuxOutputHwId || cursor.size < HW_ID_SIZE) return null;
  return { high: cursor.high(8), low: cursor.low(8) };
}

/**
 * Reads how many events the PERF_RECORD_LOST under a cursor counts, at most 2^53 - 1; null if the
 * record is another one, or too short.
 */
export function readLostEvents(cursor: RecordCursor): number | null {
  if (cursor.type !== RecordType.Lost || cursor.size < LOST_SIZE) return null;
  return Math.min(cursor.high(16) * 2 ** 32 + cursor.low(16), Number.MAX_SAFE_INTEGER);
}

function unlessNone(value: number): number | null {
  return value === NONE ? null : value;
}
