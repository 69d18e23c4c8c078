import { FLOAT } from "../internal.ts";
import { AUX_SIZE, AuxAt, AUXTRACE_SIZE, AuxtraceAt, LOST_AT, RecordType } from "./abi.ts";
import { unlessNone } from "./_fields.ts";
import type { RecordCursor } from "./record_cursor.ts";

const HW_ID_SIZE = 16;
const LOST_SIZE = 24;

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
    offsetHigh: cursor.high(AuxAt.Offset),
    offsetLow: FLOAT,
    sizeHigh: cursor.high(AuxAt.Size),
    sizeLow: FLOAT,
    flagsHigh: cursor.high(AuxAt.Flags),
    flags: cursor.low(AuxAt.Flags),
  };
  fields.offsetLow = cursor.low(AuxAt.Offset);
  fields.sizeLow = cursor.low(AuxAt.Size);
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
    offsetHigh: cursor.high(AuxtraceAt.Offset),
    offsetLow: FLOAT,
    referenceHigh: cursor.high(AuxtraceAt.Reference),
    referenceLow: FLOAT,
    idx: cursor.u32(AuxtraceAt.Idx),
    tid: unlessNone(cursor.u32(AuxtraceAt.Tid)),
    cpu: unlessNone(cursor.u32(AuxtraceAt.Cpu)),
  };
  fields.size = cursor.payloadSize;
  fields.offsetLow = cursor.low(AuxtraceAt.Offset);
  fields.referenceLow = cursor.low(AuxtraceAt.Reference);
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
  return Math.min(cursor.high(LOST_AT) * 2 ** 32 + cursor.low(LOST_AT), Number.MAX_SAFE_INTEGER);
}
