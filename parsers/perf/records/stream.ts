import type { Cursor } from "../../internal.ts";
import { compressed2Payload } from "../compressed.ts";
import type { RecordBase } from "./record.ts";

/**
 * `PERF_RECORD_FINISHED_ROUND`: perf had read all rings once more.
 * `PERF_RECORD_FINISHED_INIT`: all that was there before the recording has been described.
 */
export interface FinishedRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "finished_round" | "finished_init";
}

/** `PERF_RECORD_COMPRESSED` and `PERF_RECORD_COMPRESSED2`: records, as a piece of a zstd stream. */
export interface CompressedRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "compressed" | "compressed2";
  /** Size of the piece in bytes. */
  readonly compressedSize: number;
}

/** `PERF_RECORD_TIME_CONV`: how times follow from the hardware's clock. */
export interface TimeConvRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "time_conv";
  /** Bits by which the product of ticks and `timeMult` is shifted right. */
  readonly timeShift: bigint;
  /** Factor for ticks. */
  readonly timeMult: bigint;
  /** Time at tick 0, in ns; wraps. */
  readonly timeZero: bigint;
  /** Ticks to which the bits of a short clock are added; null in older records. */
  readonly timeCycles: bigint | null;
  /** Bits that a short clock has; null in older records. */
  readonly timeMask: bigint | null;
  /** Whether the first three are valid; null in older records. */
  readonly capUserTimeZero: boolean | null;
  /** Whether the clock is short; null in older records. */
  readonly capUserTimeShort: boolean | null;
}

const LONG_TIME_CONV_SIZE = 18;

/** Decodes `PERF_RECORD_COMPRESSED`. */
export function decodeCompressed(body: Cursor, base: RecordBase): CompressedRecord {
  return { ...base, type: "compressed", compressedSize: body.remaining };
}

/** Decodes `PERF_RECORD_COMPRESSED2`. */
export function decodeCompressed2(body: Cursor, base: RecordBase): CompressedRecord {
  const compressedSize = compressed2Payload(base.size, Number(body.u64()));
  return { ...base, type: "compressed2", compressedSize };
}

/** Decodes `PERF_RECORD_TIME_CONV`, short or long. */
export function decodeTimeConv(body: Cursor, base: RecordBase): TimeConvRecord {
  const timeShift = body.u64();
  const timeMult = body.u64();
  const timeZero = body.u64();
  const isLong = body.remaining >= LONG_TIME_CONV_SIZE;
  return {
    ...base,
    type: "time_conv",
    timeShift,
    timeMult,
    timeZero,
    timeCycles: isLong ? body.u64() : null,
    timeMask: isLong ? body.u64() : null,
    capUserTimeZero: isLong ? body.u8() !== 0 : null,
    capUserTimeShort: isLong ? body.u8() !== 0 : null,
  };
}
