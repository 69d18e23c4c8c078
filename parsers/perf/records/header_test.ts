import { assertEquals } from "@std/assert";
import {
  type ByteWriter,
  type CpuMap,
  encodeRecord,
  eventUpdate,
  headerAttr,
  headerBuildId,
  headerEventType,
  headerFeature,
  simpleperfTracingData,
  tracingData,
} from "../../../testing/perf_builder.ts";
import { assertRecord, decodeWhole, sizes } from "../../../testing/record_assertions.ts";

const buildId = new Uint8Array(20).fill(0xab);

Deno.test("decodeHeaderAttr() finds the ids behind attributes of any size", () => {
  for (const size of [64, 112, 128, 136, 144]) {
    for (const little of [true, false]) {
      const spec = headerAttr({ size, type: 8, config: 0x300e601n, ids: [5n, 1n << 40n] });
      const record = decodeWhole(encodeRecord(little, spec), little);
      if (record.type !== "header_attr") throw new TypeError(record.type);
      assertEquals(record.attr.config, 0x300e601n);
      assertEquals(record.attr.size, size);
      assertEquals([...record.ids], [5n, 1n << 40n]);
    }
  }
});

Deno.test("decodeHeaderAttr() takes the size 0 for 64", () => {
  const bytes = encodeRecord(true, headerAttr({ size: 64, ids: [5n] })).with(12, 0);
  const record = decodeWhole(bytes, true);
  assertEquals(record.type === "header_attr" && record.ids, new BigUint64Array([5n]));
});

Deno.test("decodeHeaderAttr() refuses attributes longer than the record", () => {
  const bytes = encodeRecord(true, headerAttr({ size: 64 })).with(12, 72);
  const record = decodeWhole(bytes, true);
  assertEquals(record.type === "raw" && record.error?.fault, "truncated");
});

Deno.test("decodeHeaderEventType() tells id and name", () => {
  const fields = { type: "header_event_type", eventId: 3n, name: "cycles" };
  assertRecord(headerEventType(3n, "cycles"), fields);
});

Deno.test("decodeHeaderTracingData() accepts the short record of older perfs", () => {
  const spec = tracingData(new Uint8Array(13));
  const fields = { type: "header_tracing_data", payloadSize: 16, bytes: null };
  assertRecord(spec, fields, { shorter: [4] });
});

Deno.test("decodeHeaderTracingData() finds the data in the record of old simpleperfs", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5);
  const fields = { type: "header_tracing_data", payloadSize: 0, bytes };
  // Bodies of 4 and 8 bytes are those of perf; from 9 bytes on all five are there.
  assertRecord(simpleperfTracingData(bytes), fields, { shorter: [4, 8, ...sizes(9, 68)] });
});

Deno.test("decodeHeaderBuildId() trusts the size byte where misc says so", () => {
  for (const size of [20, 16]) {
    const spec = headerBuildId({ pid: -1, buildId: buildId.subarray(0, size), filename: "[vdso]" });
    const fields = { type: "header_build_id", pid: -1, cpuMode: 2, filename: "[vdso]" };
    const shorter = sizes(28, encodeRecord(true, spec).length - 8);
    assertRecord(spec, { ...fields, buildId: "ab".repeat(size) }, { shorter });
  }
});

Deno.test("decodeHeaderBuildId() takes 20 bytes where misc does not, and unaligned records", () => {
  const body = (out: ByteWriter) => {
    out.u32(0);
    out.bytes(buildId);
    out.zeros(4);
    out.field("/bin/work", 64);
  };
  const fields = { type: "header_build_id", pid: 0, cpuMode: 4, filename: "/bin/work" };
  assertRecord(
    { type: 67, misc: 4, bare: true, body },
    { ...fields, buildId: "ab".repeat(20) },
    { shorter: sizes(28, 92) },
  );
});

Deno.test("decodeHeaderBuildId() refuses a build id of more than 20 bytes", () => {
  const spec = headerBuildId({ pid: -1, buildId, filename: "x" });
  const record = decodeWhole(encodeRecord(true, spec).with(32, 21), true);
  assertEquals(record.type === "raw" && record.error?.fault, "corrupt");
});

Deno.test("decodeHeaderFeature() copies sections of any size", () => {
  const spec = headerFeature({ bit: 3, write: (out) => out.text("abcde") });
  const bytes = new TextEncoder().encode("abcde");
  assertRecord(spec, { type: "header_feature", featureId: 3, bytes }, { shorter: sizes(8, 13) });
});

Deno.test("decodeEventUpdate() tells each kind of update, with and without slack", () => {
  const cpus: CpuMap = { start: 1, end: 3 };
  const type = "event_update";
  for (const slack of [0, 16]) {
    const unit = eventUpdate(5n, { unit: "KRAVA" }, slack);
    assertRecord(unit, { type, id: 5n, update: { kind: "unit", unit: "KRAVA" } }, {
      shorter: sizes(16, 24 + slack),
    });
    const scale = eventUpdate(5n, { scale: 0.123 }, slack);
    assertRecord(scale, { type, id: 5n, update: { kind: "scale", scale: 0.123 } }, {
      shorter: sizes(24, 24 + slack),
    });
    const name = eventUpdate(5n, { name: "cycles:u" }, slack);
    assertRecord(name, { type, id: 5n, update: { kind: "name", name: "cycles:u" } }, {
      shorter: sizes(16, 32 + slack),
    });
    const range = eventUpdate(5n, { cpus }, slack);
    assertRecord(range, { type, id: 5n, update: { kind: "cpus", cpus: [1, 2, 3] } }, {
      shorter: sizes(24, 24 + slack),
    });
  }
});

Deno.test("decodeEventUpdate() refuses unknown kinds", () => {
  const bytes = encodeRecord(true, eventUpdate(5n, { scale: 1 })).with(8, 4);
  const record = decodeWhole(bytes, true);
  assertEquals(record.type === "raw" && record.error?.fault, "unsupported");
});
