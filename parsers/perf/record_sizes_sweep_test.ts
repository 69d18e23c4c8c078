import { RecordType } from "./abi.ts";
import { assert, assertEquals } from "@std/assert";
import { everyRecordOf } from "../../testing/every_record.ts";
import {
  ByteWriter,
  encodeRecord,
  type EventSpec,
  type RecordSpec,
  SampleType,
  writeAttr,
} from "../../testing/perf_builder.ts";
import { bytesSource } from "../byte_source.ts";
import { Cursor } from "../cursor.ts";
import { decodeAttr } from "./attr.ts";
import { RecordCursor } from "./record_cursor.ts";
import { Session } from "./session.ts";

const HEADER_SIZE = 8;
const FIRST_TOOL_TYPE = 64;
/** The type of {@linkcode everyRecordOf} that has no name. */
const NO_TYPE = 60;
const ALL = 0xffff_ffff;

type Field = keyof typeof SampleType;

/** Fields of a trailer, in order. Source: kernel/events/core.c `__perf_event__output_id_sample()`. */
const TRAILER: readonly Field[] = ["Tid", "Time", "Id", "StreamId", "Cpu", "Identifier"];
/** Fields of one word each that a sample starts with, in order. Source: `perf_output_sample()`. */
const SAMPLE: readonly Field[] = [
  ...["Identifier", "Ip", "Tid", "Time", "Addr", "Id", "StreamId", "Cpu", "Period"] as const,
];
/** The second event's id; the first event has 1. */
const ID = 2n;
const VALUES = { id: ID, pid: 102, tid: 103, timeNs: 0x1_0000_0068n, cpu: 3, streamId: 9n };

/** What is known of a record without decoding it. */
interface Common {
  readonly event: number | null;
  readonly id: bigint | null;
  readonly timeNs: bigint | null;
  readonly cpu: number | null;
  readonly pid: number | null;
  readonly tid: number | null;
  /** Whether the record is shorter than its trailer. */
  readonly endsInTrailer: boolean;
}

const NOTHING: Common = {
  event: null,
  id: null,
  timeNs: null,
  cpu: null,
  pid: null,
  tid: null,
  endsInTrailer: false,
};

/** Reads the common fields by the kernel's and perf's rules, from the record's bytes alone. */
function commonOf(bytes: Uint8Array, little: boolean, event: EventSpec, events: number): Common {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = view.getUint32(0, little);
  if (type >= FIRST_TOOL_TYPE) return NOTHING;
  const isSample = type === RecordType.Sample;
  const has = (field: Field) => (Number(event.sampleType ?? 0) & SampleType[field]) !== 0;
  const hasTrailer = event.flags?.includes("sampleIdAll") ?? false;
  const fields = (isSample ? SAMPLE : hasTrailer ? TRAILER : []).filter(has);
  const start = isSample ? HEADER_SIZE : bytes.length - 8 * fields.length;
  const find = (field: Field) => {
    const at = start + 8 * fields.indexOf(field);
    return fields.includes(field) && start >= HEADER_SIZE && at + 8 <= bytes.length ? at : null;
  };
  const u32 = (at: number) => {
    const value = view.getUint32(at, little);
    return value === ALL ? null : value;
  };
  const idAt = find(has("Identifier") ? "Identifier" : "Id");
  const id = idAt === null ? null : view.getBigUint64(idAt, little);
  const isFirst = events === 1 || (!isSample && !hasTrailer) || id === 0n || id === 1n;
  const owner = isFirst ? 0 : id === ID ? 1 : null;
  const isKnown = events === 1 || has("Identifier") || has("Id");
  const endsInTrailer = isKnown && start < HEADER_SIZE;
  const common = { ...NOTHING, event: owner, id: id === 0n ? null : id, endsInTrailer };
  if (owner === null) return common;
  const timeAt = find("Time");
  const timeNs = timeAt === null ? null : view.getBigUint64(timeAt, little);
  const withTime = {
    ...common,
    timeNs: timeNs === 0n || timeNs === 2n ** 64n - 1n ? null : timeNs,
  };
  const isMadeUp = !isSample && start >= HEADER_SIZE && bytes.subarray(start).every((b) => b === 0);
  if (isMadeUp) return withTime;
  const [cpuAt, tidAt] = [find("Cpu"), find("Tid")];
  return {
    ...withTime,
    cpu: cpuAt === null ? null : u32(cpuAt),
    pid: tidAt === null ? null : u32(tidAt),
    tid: tidAt === null ? null : u32(tidAt + 4),
  };
}

/** A recording of one or two events with the same attributes. */
function sessionOf(event: EventSpec, little: boolean, events: number): Session {
  const options = { pipe: false, zstd: undefined, maxDecompressedSize: 0 };
  const session = new Session({ little, ...options });
  const out = new ByteWriter(little);
  writeAttr(out, event);
  const attr = decodeAttr(new Cursor(out.toBytes(), 0, little, "perf_event_attr"), out.size);
  for (let id = 1; id <= events; id++) session.table.add(attr, new BigUint64Array([BigInt(id)]), 0);
  return session;
}

/** Every way in which events record the fields that trailers have. */
function* events(): Generator<EventSpec> {
  for (let chosen = 0; chosen < 1 << TRAILER.length; chosen++) {
    const sampleType = TRAILER.reduce<number>(
      (bits, field, i) => (chosen >> i & 1) === 1 ? bits | SampleType[field] : bits,
      SampleType.Ip,
    );
    yield { sampleType };
    yield { sampleType, flags: ["sampleIdAll"] };
  }
}

/** The records that an event writes; its samples with and without fields of any size. */
function recordsOf(event: EventSpec): [EventSpec, RecordSpec][] {
  const more = Number(event.sampleType ?? 0) | SampleType.Callchain | SampleType.Aux;
  const withMore = { ...event, sampleType: more };
  const samples = everyRecordOf(withMore).filter(({ type }) => type === RecordType.Sample);
  return [
    ...everyRecordOf(event).map((record): [EventSpec, RecordSpec] => [event, record]),
    ...samples.map((sample): [EventSpec, RecordSpec] => [withMore, sample]),
  ];
}

/** The record with each size from its header's to its own, and that size in the header. */
function* shorter(record: RecordSpec, event: EventSpec, little: boolean): Generator<Uint8Array> {
  const whole = encodeRecord(little, record, { event, values: VALUES });
  for (let size = HEADER_SIZE; size <= whole.length; size++) {
    const bytes = whole.slice(0, size);
    new DataView(bytes.buffer).setUint16(6, size, little);
    yield bytes;
  }
}

/** Reads a record that is all the bytes that there are: a read outside it throws a RangeError. */
function assertReadable(bytes: Uint8Array, session: Session, expected: Common): void {
  const segment = { name: null, source: bytesSource(bytes), start: 0, end: bytes.length };
  const cursor = new RecordCursor(session, [segment]);
  if (!cursor.next()) {
    assert(cursor.cut !== null && cursor.type === 0);
    return;
  }
  const { id, timeNs, cpu, pid, tid } = cursor;
  const event = cursor.event?.index ?? null;
  const same = event === expected.event && id === expected.id && timeNs === expected.timeNs &&
    cpu === expected.cpu && pid === expected.pid && tid === expected.tid;
  if (!same) {
    assertEquals([bytes, { ...expected, event, id, timeNs, cpu, pid, tid }], [bytes, expected]);
  }
  const record = cursor.record();
  assertEquals(record.size, bytes.length);
  if (expected.endsInTrailer) {
    if (record.type !== "raw") throw new TypeError(record.type);
    assertEquals(record.error?.fault, cursor.type === NO_TYPE ? undefined : "truncated");
  }
  assertEquals(cursor.next(), false);
}

for (const little of [true, false]) {
  const order = little ? "little" : "big";
  Deno.test(`RecordCursor reads ${order}-endian records of all types, sizes and layouts inside their bytes`, () => {
    for (const layout of events()) {
      for (const [event, record] of recordsOf(layout)) {
        const isTool = record.type >= FIRST_TOOL_TYPE;
        if (isTool && event.flags !== undefined) continue; // these have no trailer
        const sessions = [1, 2].map((count) => sessionOf(event, little, count));
        for (const bytes of shorter(record, event, little)) {
          for (const [i, session] of sessions.entries()) {
            assertReadable(bytes, session, commonOf(bytes, little, event, i + 1));
          }
        }
      }
    }
  });
}
