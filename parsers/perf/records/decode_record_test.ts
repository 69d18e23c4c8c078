import { RecordType } from "../abi.ts";
import { assertEquals } from "@std/assert";
import {
  aux,
  type ByteWriter,
  comm,
  encodeRecord,
  type EventSpec,
  headerFeature,
  lost,
  SampleType,
} from "../../../testing/perf_builder.ts";
import { Cursor } from "../../cursor.ts";
import {
  decodeWhole,
  perfEvent,
  recordEvent,
  trailer,
  trailerEvent,
} from "../../../testing/record_assertions.ts";
import { decodeRecord } from "./decode_record.ts";

Deno.test("decodeRecord() gives records of unknown type as they are", () => {
  for (const type of [0, 23, 63, 87, 0xffff_ffff]) {
    for (const size of [0, 3, 8]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i + 1);
      const record = {
        type,
        misc: 5,
        bare: true,
        body: (out: ByteWriter) => out.bytes(bytes),
      };
      assertEquals(decodeWhole(encodeRecord(false, record), false, trailerEvent), {
        fileOffset: 0x1000,
        misc: 5,
        size: 8 + size,
        type: "raw",
        recordType: type,
        bytes,
        error: null,
      });
    }
  }
});

Deno.test("decodeRecord() decodes every type that has a name", () => {
  for (const type of Object.values(RecordType)) {
    const spec = {
      type,
      bare: true,
      body: (out: ByteWriter) => out.zeros(1024),
    };
    const record = decodeWhole(encodeRecord(true, spec), true, trailerEvent);
    const known = record.type !== "raw" || record.error !== null;
    assertEquals([type, known], [type, true]);
  }
});

Deno.test("decodeRecord() keeps all bytes of a record that is too short, and tells where", () => {
  const bytes = encodeRecord(true, aux({ offset: 1n, size: 2n })).subarray(0, 8 + 20);
  const record = decodeWhole(bytes, true);
  if (record.type !== "raw") throw new TypeError(record.type);
  assertEquals(record.recordType, RecordType.Aux);
  assertEquals(record.bytes, bytes.slice(8));
  assertEquals(record.error?.fault, "truncated");
  assertEquals(record.error?.detail, {
    structure: "PERF_RECORD_AUX",
    offset: 0x1000 + 24,
    expected: "8 more bytes",
    actual: "4",
  });
});

Deno.test("decodeRecord() reports a record too short for its trailer", () => {
  const bytes = encodeRecord(true, lost(1n, 2n));
  const record = decodeWhole(bytes, true, trailerEvent);
  assertEquals(record.type === "raw" && record.error?.fault, "truncated");
  assertEquals(record.type === "raw" && record.bytes, bytes.slice(8));
});

Deno.test("decodeRecord() leaves null what the trailer does not record", () => {
  const bits = ["Tid", "Time", "Id", "StreamId", "Cpu", "Identifier"] as const;
  for (let chosen = 0; chosen < 1 << bits.length; chosen++) {
    const has = (name: typeof bits[number]) => (chosen >> bits.indexOf(name) & 1) === 1;
    const sampleType = bits.filter(has).reduce((sum, name) => sum | SampleType[name], 0);
    const event: EventSpec = { sampleType, flags: ["sampleIdAll"] };
    const expected = {
      pid: has("Tid") ? 102 : null,
      tid: has("Tid") ? 103 : null,
      timeNs: has("Time") ? 104n : null,
      id: has("Id") || has("Identifier") ? 106n : null,
      streamId: has("StreamId") ? 107n : null,
      cpu: has("Cpu") ? 110 : null,
    };
    for (const little of [true, false]) {
      const bytes = encodeRecord(little, lost(1n, 2n), { event, values: trailer });
      const record = decodeWhole(bytes, little, event);
      if (record.type !== "lost") throw new TypeError(record.type);
      assertEquals(record.sampleId, chosen === 0 ? null : expected);
    }
  }
});

Deno.test("decodeRecord() finds no trailer without sample_id_all", () => {
  const event: EventSpec = { sampleType: SampleType.Tid | SampleType.Time };
  const record = decodeWhole(encodeRecord(true, lost(1n, 2n)), true, event);
  assertEquals(record.type === "lost" && record.sampleId, null);
});

Deno.test("decodeRecord() gives values that are safe to keep", () => {
  const bytes = encodeRecord(true, headerFeature({ bit: 3, write: (out) => out.text("abc") }));
  const record = decodeWhole(bytes, true);
  bytes.fill(0);
  assertEquals(
    record.type === "header_feature" && record.bytes,
    new TextEncoder().encode("abc"),
  );
});

Deno.test("decodeRecord() decodes a record in the middle of a buffer", () => {
  const fields = { pid: 102, tid: 103, comm: "work" };
  const bytes = encodeRecord(true, comm(fields), { event: trailerEvent, values: trailer });
  const window = new Uint8Array(bytes.length + 200).fill(0xff);
  window.set(bytes, 100);
  const body = new Cursor(window, 5000, true, "PERF_RECORD_COMM");
  body.at = 108;
  body.end = 100 + bytes.length;
  const header = { type: RecordType.Comm, misc: 0, size: bytes.length, fileOffset: 5100 };
  assertEquals(decodeRecord(body, header, perfEvent(trailerEvent, true)), {
    type: "comm",
    fileOffset: 5100,
    misc: 0,
    size: bytes.length,
    event: recordEvent,
    sampleId: trailer,
    ...fields,
    commExec: false,
  });
});
