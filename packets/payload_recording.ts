import type { AuxMode } from "../auxtrace/mod.ts";
import type { FormatError, HardwareId } from "../parsers/internal.ts";
import type { AuxtraceInfo, AuxtraceType } from "../parsers/perf/mod.ts";
import type { PayloadItem } from "./payload_item.ts";

/** The trace data of a recording, ring by ring. */
export interface PayloadRecording {
  /** What kind of trace it is; null if the recording does not say. */
  readonly type: AuxtraceType | null;
  /** What the recorder said of the trace; null if it said nothing. */
  readonly info: AuxtraceInfo | null;
  /** The rings that bytes were recorded from, in the order of their first bytes. */
  readonly queues: readonly PayloadQueue[];
  /** What PERF_RECORD_AUX_OUTPUT_HW_ID says of each CPU's trace unit, by CPU: CoreSight only. */
  readonly hwIds: ReadonlyMap<number, HardwareId>;
  /** How the trace was recorded; each snapshot, and each sample's data, is a stream. */
  readonly mode: AuxMode;
  /**
   * Number of AUX records, and the bytes that they announce: what is known where no AUXTRACE record
   * brought any.
   */
  readonly announced: { readonly records: number; readonly bytes: bigint };
  /**
   * Where and why the recording was cut, or is damaged, as by a position beyond 2^64; what was
   * readable is in the queues. Null if it was not.
   */
  readonly cut: FormatError | null;
}

/** What was recorded from one ring. */
export interface PayloadQueue {
  /** `idx` of its AUXTRACE records; null for AUX samples whose ring is not known. */
  readonly idx: number | null;
  /** CPU of the ring; null if it belongs to a thread. */
  readonly cpu: number | null;
  /** Thread of the ring; null where the recording does not say. */
  readonly tid: number | null;
  /**
   * Yields the bytes and what is known to be lost between them, in the order of the ring's stream.
   * Made as they are asked for; the bytes themselves are read by {@linkcode PayloadBytes.read}.
   */
  items(): Generator<PayloadItem>;
}
