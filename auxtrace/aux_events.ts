import type { AuxFields, AuxtraceErrorRecord, RecordOrigin } from "../parsers/perf/mod.ts";

/** How a recording carries its AUX data. */
export type AuxMode = "full" | "snapshot" | "sample" | "none";

/**
 * What is known of the tails: AUXTRACE records, AUX records alone, AUX samples (of which no tail is
 * stored), or nothing.
 */
export type AuxBasis = "chunks" | "announcements" | "samples" | "none";

/** What identifies a queue. */
export interface QueueIdentity {
  /** `idx` of its AUXTRACE records; null while none has come, and ID_INDEX does not tell. */
  readonly idx: number | null;
  /** CPU of the AUX buffer; null if it belongs to a thread. */
  readonly cpu: number | null;
  /** Thread of the AUX buffer; null where the recording does not say. */
  readonly tid: number | null;
}

/**
 * What a recording holds of one AUX buffer: perf's queue.
 *
 * A queue has an `idx` where AUXTRACE records or ID_INDEX name one. Where AUX records alone speak of
 * an AUX buffer, its CPU or thread identifies it. What is counted is of the records so far.
 */
export interface AuxQueue extends QueueIdentity {
  /** AUXTRACE records whose payload is whole. */
  readonly chunks: number;
  /** Samples with AUX data. */
  readonly samples: number;
  /** Bytes that the file holds, padding included. */
  readonly presentBytes: number;
  /** Size of the largest chunk: the AUX buffer is at least as large. */
  readonly largestChunk: number;
  /** What its AUX records say. */
  readonly announced: AnnouncedSummary;
  /** Longest time between the newest AUX records of two successive chunks in ns; null without two. */
  readonly longestPauseNs: number | null;
  /** Whether chunks or samples brought data: AUX records alone are not all there is of it. */
  readonly hasData: boolean;
  /** Bytes that AUX records announce and no chunk holds. */
  readonly missingBytes: number;
  /** Whether {@linkcode missingBytes} is exact: not where there are too many ranges to keep apart. */
  readonly isMissingExact: boolean;
  /** The ranges of {@linkcode missingBytes}, rising; at most some thousand. */
  missing(): MissingBytes[];
}

/** What the AUX records of a queue say, summed up. */
export interface AnnouncedSummary {
  /** Number of AUX records. */
  readonly records: number;
  /** Sum of `aux_size`: the announced bytes. */
  readonly bytes: number;
  /** The same without the first record: what came between the first time and the last. */
  readonly bytesAfterFirst: number;
  /** Time from the first record that has one to the newest, in ns; null without one. */
  readonly spanNs: number | null;
  /** Time of the newest record that ends at or before `tail`; null if it has none. */
  timeAt(tail: bigint): bigint | null;
  /**
   * The one position in `[low, high]` where records end; null if there are several, or none. Where
   * `low` is above `high`, the range goes over the place where a 32-bit kernel starts again at 0.
   */
  onlyEndWithin(low: bigint, high: bigint): bigint | null;
}

/** Bytes that AUX records announce and no chunk holds. */
export interface MissingBytes {
  /** Position of the first byte. */
  readonly from: bigint;
  /** Position after the last byte. */
  readonly to: bigint;
  /**
   * Position in the file of the record that announced the first byte; of an earlier one where more
   * than 64 records announced bytes a second time.
   */
  readonly fileOffset: number;
  /** Time of that record in ns; null where it has none. */
  readonly timeNs: bigint | null;
}

/** Counts over a whole recording. */
export interface RecordCounts {
  /** AUX records. */
  auxRecords: number;
  /** Those with the flag TRUNCATED: bytes were lost because the AUX buffer was full. */
  truncatedRecords: number;
  /** Those with the flag PARTIAL: the trace has gaps. */
  partialRecords: number;
  /** Those with the flag COLLISION: samples collided, or a trace buffer wrapped. */
  collisionRecords: number;
  /** PERF_RECORD_LOST records. */
  lostRecords: number;
  /** Events that those say were lost. */
  lostEvents: number;
  /** PERF_RECORD_AUXTRACE_ERROR records. */
  errorRecords: number;
}

/** A position in a queue's stream, in halves of which `joinU64` makes a bigint. */
export interface AuxPosition {
  /** The queue. */
  readonly queue: AuxQueue;
  /** Position of the record in its file. */
  readonly fileOffset: number;
  /** High half, as the kernel counts: 0 on a 32-bit kernel. */
  readonly high: number;
  /** Low half. */
  readonly low: number;
  /** The high half as the record has it. */
  readonly recordHigh: number;
  /** The high half of a count that a 32-bit kernel's wraps do not interrupt. */
  readonly streamHigh: number;
}

/** An AUXTRACE record, and the position of its first byte. */
export interface AuxChunkHeader extends AuxPosition {
  /** Number of the chunk in its queue, from 0. */
  readonly number: number;
  /** Position of the payload. */
  readonly payloadOffset: number;
  /** File of a directory that holds the record; null for other recordings. */
  readonly fileName: string | null;
  /** Size of the payload in bytes, padding included. */
  readonly size: number;
  /** Bytes of it that the file holds: fewer where the file was cut. */
  readonly presentSize: number;
  /** High half of `reference`. */
  readonly referenceHigh: number;
  /** Its low half. */
  readonly referenceLow: number;
  /** FINISHED_ROUND records before it. */
  readonly rounds: number;
}

/** An AUX record, and the position that `aux_offset` says. */
export interface AuxAnnouncement extends AuxPosition {
  /** The record's own fields. */
  readonly fields: AuxFields;
  /** `aux_size` up to position 2^64, at most 2^53 - 1. */
  readonly size: number;
  /** High half of where the announced bytes end, as the kernel counts; at most 2^64 - 1. */
  readonly endHigh: number;
  /** Its low half. */
  readonly endLow: number;
  /** Low half of the flags: {@linkcode AuxFlag} bits. */
  readonly flags: number;
  /** Who wrote the record, and when. */
  readonly origin: RecordOrigin;
}

/** What kind of loss: a flag of AUX records, a place where positions do not follow, or a record. */
export type LossKind =
  | "truncated"
  | "partial"
  | "collision"
  | "gap"
  | "overlap"
  | "regression"
  | "missing"
  | "lost"
  | "silent"
  | "error";

/** Trace data, or knowledge of it, that a recording lacks. */
export interface AuxLoss {
  /** What happened. */
  readonly kind: LossKind;
  /** The queue; null where the loss belongs to none. */
  readonly queue: AuxQueue | null;
  /** Position of the record that tells of it. */
  readonly fileOffset: number;
  /** Position in the queue's stream where it starts; null where unknown. */
  readonly from: bigint | null;
  /** Position where it ends. */
  readonly to: bigint | null;
  /** Time in ns of the recording's clock; null where unknown. */
  readonly timeNs: bigint | null;
  /** Events that a LOST record counts; null for other kinds. */
  readonly events: number | null;
  /** What an AUXTRACE_ERROR record says; null for other kinds, and where it cannot be decoded. */
  readonly error: TraceError | null;
}

/** What perf says of a place where it could not decode the trace. */
export type TraceError = Pick<
  AuxtraceErrorRecord,
  "errorType" | "code" | "format" | "cpu" | "pid" | "tid" | "ip" | "message" | "machinePid" | "vcpu"
>;

/** AUX data in a sample. */
export interface AuxSampleData {
  /** The queue. */
  readonly queue: AuxQueue;
  /** The bytes. */
  readonly bytes: Uint8Array;
}
