import { assertEquals } from "@std/assert";
import { fieldBytes } from "../testing/field_bytes.ts";
import {
  auxtrace,
  auxtraceError,
  bpfMetadata,
  compressed,
  compressed2,
  headerBuildId,
  headerEventType,
  intelPtInfo,
  schedstat,
  stat,
  statConfig,
  statRound,
} from "../testing/record_bytes.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { encodeRecord, type RecordSpec } from "./record_bytes.ts";
import {
  auxtraceInfo,
  cpuMap,
  eventUpdate,
  finishedInit,
  finishedRound,
  headerAttr,
  headerFeature,
  idIndex,
  threadMap,
  timeConv,
  tracingData,
} from "./tool_record_bytes.ts";

/** Compares a record with its type, misc, size and fields, in both byte orders. */
function assertRecord(record: RecordSpec, type: number, fields = "", misc = 0): void {
  for (const order of ["little", "big"] as const) {
    const body = fieldBytes(fields || "0*0", order);
    const head = fieldBytes(`4:${type} 2:${misc} 2:${8 + body.length}`, order);
    assertEquals([...encodeRecord(order === "little", record)], [...head, ...body]);
  }
  assertEquals(record.bare, true);
}

const THREE = new Uint8Array([1, 2, 3]);
const EIGHT = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);

Deno.test("Records of the tool have the fields of perf's event.h", () => {
  assertRecord(headerAttr({ size: 64, type: 8, ids: [5n, 6n] }), 64, "4:8 4:64 56*0 8:5 8:6");
  assertRecord(headerAttr({ size: 64 }), 64, "4:0 4:64 56*0");
  assertRecord(headerEventType(7n, "cycles"), 65, "8:7 'cycles 58*0");
  assertRecord(finishedRound, 68);
  assertRecord(
    idIndex([{ id: 1n, idx: 2n, cpu: -1n, tid: 4n }, { id: 5n, idx: 6n, cpu: 7n, tid: -1n }]),
    69,
    "8:2 8:1 8:2 8:-1 8:4 8:5 8:6 8:7 8:-1",
  );
  assertRecord(auxtraceInfo(3, [1n, 2n]), 70, "4:3 4:0 8:1 8:2");
  assertRecord(
    auxtraceError({ code: 1, cpu: 2, pid: 3, tid: 4, ip: 5n, timeNs: 6n, message: "lost" }),
    72,
    "4:1 4:1 4:2 4:3 4:4 4:1 8:5 8:6 'lost 4*0",
  );
  assertRecord(
    threadMap([{ tid: 1n, comm: "a" }, { tid: 2n, comm: "sixteen_letters_" }]),
    73,
    "8:2 8:1 'a 15*0 8:2 'sixteen_letters_",
  );
  assertRecord(statConfig([{ tag: 1n, value: 2n }]), 75, "8:1 8:1 8:2");
  assertRecord(
    stat({ id: 1n, cpu: 2, thread: 3, value: 4n, ena: 5n, run: 6n }),
    76,
    "8:1 4:2 4:3 8:4 8:5 8:6",
  );
  assertRecord(statRound("interval", 9n), 77, "8:0 8:9");
  assertRecord(statRound("final", 9n), 77, "8:1 8:9");
  assertRecord(headerFeature({ bit: 7, write: (out) => out.u32(5) }), 80, "8:7 4:5");
  assertRecord(compressed(THREE), 81, "1:1 1:2 1:3");
  assertRecord(finishedInit, 82);
  assertRecord(compressed2(THREE), 83, "8:3 1:1 1:2 1:3 5*0");
  assertRecord(compressed2(EIGHT), 83, "8:8 1:1 1:2 1:3 1:4 1:5 1:6 1:7 1:8");
  assertRecord(
    bpfMetadata("prog", [{ key: "a", value: "b" }]),
    84,
    "'prog 508*0 8:1 'a 63*0 'b 255*0",
  );
  const body = (out: ByteWriter) => out.u32(9);
  const fields = { timestamp: 1n, cpu: 2, version: 3, body };
  assertRecord(schedstat(fields), 85, "8:1 4:2 2:3 2:0 4:9");
  assertRecord(schedstat({ ...fields, domain: 0 }), 86, "8:1 4:2 2:3 2:0 4:9");
  assertRecord(schedstat({ ...fields, domain: 4 }), 86, "8:1 4:2 2:3 2:4 4:9");
});

Deno.test("Payloads follow their records, padded to 8 bytes", () => {
  const fields = { idx: 1, cpu: 2, tid: 3, offset: 4n };
  assertRecord(auxtrace({ ...fields, payload: THREE }), 71, "8:8 8:4 8:0 4:1 4:3 4:2 4:0");
  assertRecord(
    auxtrace({ ...fields, payload: EIGHT, cpu: -1, reference: 5n }),
    71,
    "8:8 8:4 8:5 4:1 4:3 4:-1 4:0",
  );
  assertRecord(tracingData(THREE), 66, "4:8 4:0");
  for (const make of [tracingData, (payload: Uint8Array) => auxtrace({ ...fields, payload })]) {
    const payload = (bytes: Uint8Array) => [...make(bytes).payload!];
    assertEquals(payload(THREE), [1, 2, 3, 0, 0, 0, 0, 0]);
    assertEquals(payload(EIGHT), [1, 2, 3, 4, 5, 6, 7, 8]);
    assertEquals(payload(new Uint8Array(9).fill(1)), [
      1,
      1,
      1,
      1,
      1,
      1,
      1,
      1,
      1,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
    ]);
    assertEquals(payload(new Uint8Array()), []);
  }
});

Deno.test("headerBuildId() pads the file name to 64 bytes with its NUL, and all to 8", () => {
  const buildId = new Uint8Array([9, 8, 7]);
  const id = (length: number) => `${length}*5 ${20 - length}*0 1:${length} 3*0`;
  for (const [letters, size] of [[0, 64], [63, 64], [64, 128]] as const) {
    assertRecord(
      headerBuildId({ pid: -1, buildId: buildId.map(() => 5), filename: "a".repeat(letters) }),
      67,
      `4:-1 ${id(3)} ${letters}*97 ${size - letters}*0 4*0`,
      0x8002,
    );
  }
  for (const misc of [0, 1]) {
    assertRecord(
      headerBuildId({ pid: 1, buildId: new Uint8Array(20).fill(5), filename: "b", misc }),
      67,
      `4:1 ${id(20)} 'b 63*0 4*0`,
      0x8000 + misc,
    );
  }
});

// Numbers of `enum` in intel-pt.h: PMU type, shift, mult, zero, cap_user_time_zero, bits of the
// config, snapshot, per CPU, MTC bit and frequency bits, TSC:CTC, CYC bit, ratio, filter's length.
Deno.test("intelPtInfo() has the words of intel-pt.h", () => {
  const info = (snapshot: number, perCpu: number) =>
    `4:1 4:0 8:8 8:31 8:1431655765 8:0 8:1 8:0x400 8:0x800 8:3 8:${snapshot} 8:${perCpu}
     8:0x200 8:0x3c000 8:2 8:84 8:2 8:30 8:0`;
  assertRecord(intelPtInfo(), 70, info(0, 1));
  assertRecord(intelPtInfo({ snapshot: true }), 70, info(1, 1));
  assertRecord(intelPtInfo({ perCpu: true, snapshot: false }), 70, info(0, 1));
  assertRecord(intelPtInfo({ perCpu: false }), 70, info(0, 0));
});

Deno.test("cpuMap() writes lists, masks and ranges", () => {
  assertRecord(cpuMap({ cpus: [1, 2] }), 74, "2:0 2:2 2:1 2:2");
  assertRecord(cpuMap({ cpus: [1, 2, 3] }), 74, "2:0 2:3 2:1 2:2 2:3 6*0");
  assertRecord(
    cpuMap({ mask: [5n, 1n << 63n], longSize: 8 }),
    74,
    "2:1 2:2 2:8 4*0 8:5 8:0x8000000000000000 6*0",
  );
  assertRecord(cpuMap({ mask: [5n], longSize: 4 }), 74, "2:1 2:1 2:4 4:5 6*0");
  assertRecord(cpuMap({ start: 1, end: 9 }), 74, "2:2 1:0 1:0 2:1 2:9");
  assertRecord(cpuMap({ start: 1, end: 9, any: true }), 74, "2:2 1:1 1:0 2:1 2:9");
  assertRecord(cpuMap({ start: 1, end: 9, any: false }), 74, "2:2 1:0 1:0 2:1 2:9");
});

Deno.test("eventUpdate() writes its four kinds", () => {
  assertRecord(eventUpdate(5n, { unit: "J" }), 78, "8:0 8:5 'J 7*0");
  assertRecord(eventUpdate(5n, { scale: -1.5 }), 78, "8:1 8:5 8:0xbff8000000000000");
  assertRecord(eventUpdate(5n, { name: "power" }), 78, "8:2 8:5 'power 3*0");
  assertRecord(eventUpdate(5n, { cpus: { cpus: [3] } }), 78, "8:3 8:5 2:0 2:1 2:3 2*0");
  assertRecord(eventUpdate(5n, { unit: "J" }, 16), 78, "8:0 8:5 'J 7*0 16*0");
});

Deno.test("timeConv() has a short and a long form", () => {
  const fields = { shift: 1n, mult: 2n, zero: 3n };
  assertRecord(timeConv(fields), 79, "8:1 8:2 8:3");
  const cycles = { timeCycles: 4n, timeMask: 5n, capZero: 6, capShort: 7 };
  assertRecord(timeConv({ ...fields, cycles }), 79, "8:1 8:2 8:3 8:4 8:5 1:6 1:7 6*0");
});
