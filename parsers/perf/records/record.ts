import type { Cursor, FormatError } from "../../internal.ts";
import { Misc, SampleType } from "../abi.ts";
import type { KnownEvent, RecordEvent } from "../event_table.ts";

/** What stands before every record's body: `struct perf_event_header`, and where it was found. */
export interface RecordHeader {
  /** `RecordType`, or an unknown number. */
  readonly type: number;
  /** Flags whose meaning depends on the type. */
  readonly misc: number;
  /** Size of the record in bytes, header included. */
  readonly size: number;
  /** Absolute position of the record, in bytes. */
  readonly fileOffset: number;
}

/** What all decoded records have. */
export interface RecordBase {
  /** Absolute position of the record, in bytes. */
  readonly fileOffset: number;
  /** `perf_event_header.misc`, of which the record's own fields name the bits that count. */
  readonly misc: number;
  /** Size of the record in bytes, header included, payload after it excluded. */
  readonly size: number;
}

/**
 * The `sample_id` trailer: who wrote a record, and when. What the event does not record is null;
 * everything is 0 in the records that perf made up.
 */
export interface SampleId {
  /** Process; -1 if it was exiting. */
  readonly pid: number | null;
  /** Thread; -1 if it was exiting. */
  readonly tid: number | null;
  /** Time in ns of the recording's clock. */
  readonly timeNs: bigint | null;
  /** Id of the event, of the parent's for inherited events. */
  readonly id: bigint | null;
  /** Id of the event itself. */
  readonly streamId: bigint | null;
  /** CPU. */
  readonly cpu: number | null;
}

/** What the kernel's records have, samples excepted. */
export interface KernelRecord extends RecordBase {
  /** The event that wrote it; the first one for records that perf made up, null for unknown ids. */
  readonly event: RecordEvent | null;
  /** The trailer; null if the event's records have none, or the event is not known. */
  readonly sampleId: SampleId | null;
}

/** A record of unknown type, or one whose body cannot be decoded. */
export interface RawRecord extends RecordBase {
  /** Discriminates the union of records. */
  readonly type: "raw";
  /** `RecordType`, or an unknown number. */
  readonly recordType: number;
  /** The bytes after the header. */
  readonly bytes: Uint8Array;
  /** Why the body cannot be decoded; null if the type is unknown. */
  readonly error: FormatError | null;
}

/** The mode in the `misc` of records that have one: a {@linkcode CpuMode}, or 6 or 7. */
export function cpuModeOf(misc: number): number {
  return misc & Misc.CpuModeMask;
}

/** The fields that all records have. */
export function recordBase(header: RecordHeader): RecordBase {
  return { fileOffset: header.fileOffset, misc: header.misc, size: header.size };
}

/** The fields that all kernel records have. Ends `body` where the trailer starts. */
export function kernelRecord(
  body: Cursor,
  header: RecordHeader,
  event: KnownEvent | null,
): KernelRecord {
  return {
    fileOffset: header.fileOffset,
    misc: header.misc,
    size: header.size,
    event: event?.ofRecords ?? null,
    sampleId: event === null || event.layout.trailerSize === 0
      ? null
      : decodeTrailer(body, event.layout.sampleType, event.layout.trailerSize),
  };
}

/** Source: kernel/events/core.c `__perf_event__output_id_sample()`. */
function decodeTrailer(body: Cursor, sampleType: number, size: number): SampleId {
  if (size > body.remaining) body.fail(size);
  const start = body.at;
  const trailer = body.end - size;
  body.at = trailer;
  const has = (bit: number) => (sampleType & bit) !== 0;
  const pid = has(SampleType.Tid) ? body.i32() : null;
  const tid = has(SampleType.Tid) ? body.i32() : null;
  const timeNs = has(SampleType.Time) ? body.u64() : null;
  const id = has(SampleType.Id) ? body.u64() : null;
  const streamId = has(SampleType.StreamId) ? body.u64() : null;
  const cpu = has(SampleType.Cpu) ? body.i32() : null;
  if (has(SampleType.Cpu)) body.take(4);
  const identifier = has(SampleType.Identifier) ? body.u64() : id;
  body.at = start;
  body.end = trailer;
  return { pid, tid, timeNs, id: identifier, streamId, cpu };
}
