import { assertEquals } from "@std/assert";
import { Cursor } from "../parsers/internal.ts";
import { RECORD_HEADER_SIZE } from "../parsers/perf/abi.ts";
import { decodeAttr } from "../parsers/perf/attr.ts";
import type { KnownEvent, RecordEvent } from "../parsers/perf/event_table.ts";
import { recordTypeName } from "../parsers/perf/record_type.ts";
import { decodeRecord, type PerfRecord } from "../parsers/perf/records/decode_record.ts";
import { sampleLayout } from "../parsers/perf/sample_layout.ts";
import { sweepDamage } from "./damaged_bytes.ts";
import {
  ByteWriter,
  encodeRecord,
  type EventSpec,
  type RecordSpec,
  SampleType,
  writeAttr,
} from "./perf_builder.ts";

const FILE_OFFSET = 0x1000;

/** Records the whole trailer. */
export const trailerEvent: EventSpec = {
  sampleType: SampleType.Tid | SampleType.Time | SampleType.Id | SampleType.StreamId |
    SampleType.Cpu |
    SampleType.Identifier,
  flags: ["sampleIdAll"],
};

/** What the trailers of {@linkcode trailerEvent} hold. */
export const trailer = { pid: 102, tid: 103, timeNs: 104n, id: 106n, streamId: 107n, cpu: 110 };

/** What the records of {@linkcode perfEvent} say of their event. */
export const recordEvent: RecordEvent = { index: 4, name: "an event" };

/** The event as a recording of that byte order has it. */
export function perfEvent(spec: EventSpec, little: boolean): KnownEvent {
  const out = new ByteWriter(little);
  writeAttr(out, spec);
  const attr = decodeAttr(new Cursor(out.toBytes(), 0, little, "perf_event_attr"), out.size);
  const ids = new BigUint64Array();
  return { ...recordEvent, attr, ids, layout: sampleLayout(attr), ofRecords: recordEvent };
}

/** Decodes a whole record, which stands at 0x1000. */
export function decodeWhole(bytes: Uint8Array, little: boolean, event?: EventSpec): PerfRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const type = view.getUint32(0, little);
  const misc = view.getUint16(4, little);
  const body = new Cursor(bytes, FILE_OFFSET, little, recordTypeName(type));
  body.at = RECORD_HEADER_SIZE;
  const header = { type, misc, size: bytes.length, fileOffset: FILE_OFFSET };
  return decodeRecord(body, header, event ? perfEvent(event, little) : null);
}

/** How to check a record. */
export interface AssertOptions {
  /** The event that writes it, without trailer; {@linkcode trailerEvent} unless given. */
  readonly event?: EventSpec;
  /** Sizes of shorter bodies, without trailer, that are decodable as well. */
  readonly shorter?: readonly number[];
}

/**
 * Checks in both byte orders that a record decodes to `fields` (besides those that all
 * records have), and that damage is reported and nothing else happens.
 */
export function assertRecord(
  record: RecordSpec,
  fields: object,
  options: AssertOptions = {},
): void {
  const event = options.event ?? trailerEvent;
  for (const little of [true, false]) {
    const bytes = encodeRecord(little, record, { event, values: trailer });
    const base = { fileOffset: FILE_OFFSET, misc: record.misc ?? 0, size: bytes.length };
    const ofKernel = record.bare
      ? {}
      : { event: recordEvent, sampleId: options.event ? null : trailer };
    assertEquals(decodeWhole(bytes, little, event), { ...base, ...ofKernel, ...fields });

    const alone = encodeRecord(little, record);
    const header = alone.subarray(0, RECORD_HEADER_SIZE);
    const shorter = sweepDamage(alone.subarray(RECORD_HEADER_SIZE), (body) => {
      const decoded = decodeWhole(new Uint8Array([...header, ...body]), little, options.event);
      if (decoded.type === "raw" && decoded.error !== null) throw decoded.error;
    });
    assertEquals(shorter, options.shorter ?? []);
  }
}

/** The sizes from `least` to below `size`. */
export function sizes(least: number, size: number): number[] {
  return Array.from({ length: size - least }, (_, i) => least + i);
}
