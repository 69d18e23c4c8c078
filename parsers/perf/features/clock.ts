import type { Cursor } from "../../internal.ts";
import { needVersion1 } from "../_fields.ts";

/** Times of the first and the last sample, in nanoseconds of the recording's clock: `HEADER_SAMPLE_TIME`. */
export interface SampleTime {
  /** Time of the first sample. */
  readonly firstNs: bigint;
  /** Time of the last sample. */
  readonly lastNs: bigint;
}

/** Resolution of the clock that `attr.clockid` names: `HEADER_CLOCKID`. */
export interface ClockResolution {
  /** Nanoseconds between two ticks. */
  readonly resolutionNs: bigint;
}

/** One moment on two clocks, to turn record times into wall clock times: `HEADER_CLOCK_DATA`. */
export interface ClockData {
  /** The recording's clock, as `CLOCK_*` numbers it. */
  readonly clockid: number;
  /** The moment in nanoseconds since 1970. */
  readonly wallClockNs: bigint;
  /** The moment in nanoseconds of the recording's clock. */
  readonly clockNs: bigint;
}

/** Decodes `HEADER_SAMPLE_TIME`. */
export function decodeSampleTime(body: Cursor): SampleTime {
  return { firstNs: body.u64(), lastNs: body.u64() };
}

/** Decodes `HEADER_CLOCKID`. */
export function decodeClockResolution(body: Cursor): ClockResolution {
  return { resolutionNs: body.u64() };
}

/** Decodes `HEADER_CLOCK_DATA`. */
export function decodeClockData(body: Cursor): ClockData {
  needVersion1(body, 4);
  return { clockid: body.i32(), wallClockNs: body.u64(), clockNs: body.u64() };
}
