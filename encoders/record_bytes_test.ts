import { assertEquals, assertThrows } from "@std/assert";
import { fieldBytes } from "../testing/field_bytes.ts";
import {
  aux,
  auxOutputHwId,
  bpfEvent,
  callchainDeferred,
  cgroup,
  contextSwitch,
  contextSwitchCpuWide,
  exit,
  itraceStart,
  ksymbol,
  lost,
  lostSamples,
  namespaces,
  textPoke,
  throttle,
} from "../testing/record_bytes.ts";
import type { EventSpec } from "./attr_bytes.ts";
import { comm, encodeRecord, fork, mmap, mmap2, type RecordSpec } from "./record_bytes.ts";

/** Compares a record with its type, misc, size and fields, in both byte orders. */
function assertRecord(record: RecordSpec, head: [number, number, number], fields = ""): void {
  const [type, misc, size] = head;
  for (const order of ["little", "big"] as const) {
    const expected = fieldBytes(`4:${type} 2:${misc} 2:${size} ${fields}`, order);
    assertEquals([...encodeRecord(order === "little", record)], expected);
    assertEquals(expected.length, size);
  }
  assertEquals(record.bare ?? false, false);
}

const TASK = { pid: 1, ppid: 2, tid: 3, ptid: 4, timeNs: 5n };
const MAPPING = { pid: -1, tid: 2, addr: 3n, len: 4n, pgoff: 5n, filename: "/bin/a" };
const MAPPED = "4:-1 4:2 8:3 8:4 8:5";

Deno.test("Records of the kernel have the fields of perf_event.h", () => {
  assertRecord(mmap(MAPPING), [1, 2, 48], `${MAPPED} '/bin/a 2*0`);
  assertRecord(mmap({ ...MAPPING, misc: 1 }), [1, 1, 48], `${MAPPED} '/bin/a 2*0`);
  assertRecord(mmap({ ...MAPPING, misc: 0 }), [1, 0, 48], `${MAPPED} '/bin/a 2*0`);
  assertRecord(lost(7n, 8n), [2, 0, 24], "8:7 8:8");
  assertRecord(comm({ pid: 1, tid: 2, comm: "work" }), [3, 0, 24], "4:1 4:2 'work 4*0");
  assertRecord(
    comm({ pid: 1, tid: 2, comm: "workwork", misc: 0x2000 }),
    [3, 0x2000, 32],
    "4:1 4:2 'workwork 8*0",
  );
  assertRecord(exit(TASK), [4, 0, 32], "4:1 4:2 4:3 4:4 8:5");
  assertRecord(
    throttle("throttle", { timeNs: 1n, id: 2n, streamId: 3n }),
    [5, 0, 32],
    "8:1 8:2 8:3",
  );
  assertRecord(
    throttle("unthrottle", { timeNs: 1n, id: 2n, streamId: 3n }),
    [6, 0, 32],
    "8:1 8:2 8:3",
  );
  assertRecord(fork(TASK), [7, 0, 32], "4:1 4:2 4:3 4:4 8:5");
  assertRecord(aux({ offset: 1n, size: 2n }), [11, 0, 32], "8:1 8:2 8:0");
  assertRecord(aux({ offset: 1n, size: 2n, flags: 3 }), [11, 0, 32], "8:1 8:2 8:3");
  assertRecord(
    aux({ offset: -1n, size: 2n, flags: 1n << 63n }),
    [11, 0, 32],
    "8:-1 8:2 8:0x8000000000000000",
  );
  assertRecord(itraceStart(1, 2), [12, 0, 16], "4:1 4:2");
  assertRecord(lostSamples(9n), [13, 0, 16], "8:9");
  assertRecord(contextSwitch(0x2000), [14, 0x2000, 8]);
  assertRecord(
    contextSwitchCpuWide(0x6000, { nextPrevPid: 1, nextPrevTid: 2 }),
    [15, 0x6000, 16],
    "4:1 4:2",
  );
  const links = [{ dev: 3n, ino: 4n }, { dev: 5n, ino: 6n }];
  assertRecord(namespaces({ pid: 1, tid: 2, links }), [16, 0, 56], "4:1 4:2 8:2 8:3 8:4 8:5 8:6");
  assertRecord(
    ksymbol({ addr: 1n, len: 2, ksymType: 3, flags: 4, name: "bpf" }),
    [17, 0, 32],
    "8:1 4:2 2:3 2:4 'bpf 5*0",
  );
  const tag = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
  assertRecord(
    bpfEvent({ type: 1, flags: 2, id: 3, tag }),
    [18, 0, 24],
    "2:1 2:2 4:3 1:1 1:2 1:3 1:4 1:5 1:6 1:7 1:8",
  );
  assertRecord(cgroup(1n, "/a"), [19, 0, 24], "8:1 '/a 6*0");
  assertRecord(
    textPoke({ addr: 1n, before: new Uint8Array([1, 2, 3]), after: new Uint8Array([4, 5]) }),
    [20, 0, 32],
    "8:1 2:3 2:2 1:1 1:2 1:3 1:4 1:5 7*0",
  );
  assertRecord(auxOutputHwId(0x1234n), [21, 0, 16], "8:0x1234");
  assertRecord(callchainDeferred(7n, [8n, 9n]), [22, 0, 40], "8:7 8:2 8:8 8:9");
});

Deno.test("mmap2() knows a file by its inode, or by its build id", () => {
  const rest = { prot: 5, flags: 6 };
  const file = { maj: 8, min: 1, ino: 2n, inoGeneration: 3n };
  assertRecord(
    mmap2({ ...MAPPING, ...rest, file }),
    [10, 2, 80],
    `${MAPPED} 4:8 4:1 8:2 8:3 4:5 4:6 '/bin/a 2*0`,
  );
  assertRecord(
    mmap2({ ...MAPPING, ...rest, file, misc: 0 }),
    [10, 0, 80],
    `${MAPPED} 4:8 4:1 8:2 8:3 4:5 4:6 '/bin/a 2*0`,
  );
  assertRecord(
    mmap2({ ...MAPPING, ...rest, file: { buildId: new Uint8Array([9, 8, 7]) }, misc: 1 }),
    [10, 0x4001, 80],
    `${MAPPED} 1:3 3*0 1:9 1:8 1:7 17*0 4:5 4:6 '/bin/a 2*0`,
  );
  assertRecord(
    mmap2({ ...MAPPING, ...rest, file: { buildId: new Uint8Array(20).fill(9) } }),
    [10, 0x4002, 80],
    `${MAPPED} 1:20 3*0 20*9 4:5 4:6 '/bin/a 2*0`,
  );
});

Deno.test("encodeRecord() appends the parts of the trailer that the sample type has", () => {
  const values = { pid: 1, tid: 2, timeNs: 3n, id: 4n, streamId: 5n, cpu: 6 };
  const trailer = (sampleType: number, given: object = values, spec: Partial<EventSpec> = {}) => {
    const event: EventSpec = { sampleType, flags: ["sampleIdAll"], ...spec };
    const record = encodeRecord(true, lostSamples(9n), { event, values: given });
    assertEquals(new DataView(record.buffer).getUint16(6, true), record.length);
    return [...record].slice(16);
  };
  // PERF_SAMPLE_TID, _TIME, _ID, _CPU, _STREAM_ID and _IDENTIFIER of perf_event.h.
  const [tid, time, id, cpu, streamId, identifier] = [2, 4, 64, 128, 512, 65536] as const;
  const all = tid | time | id | cpu | streamId | identifier;
  assertEquals(trailer(all), fieldBytes("4:1 4:2 8:3 8:4 8:5 4:6 4:0 8:4"));
  assertEquals(trailer(tid), fieldBytes("4:1 4:2"));
  assertEquals(trailer(time), fieldBytes("8:3"));
  assertEquals(trailer(id), fieldBytes("8:4"));
  assertEquals(trailer(streamId), fieldBytes("8:5"));
  assertEquals(trailer(cpu), fieldBytes("4:6 4:0"));
  assertEquals(trailer(identifier), fieldBytes("8:4"));
  assertEquals(trailer(0xffffffff & ~all), []);
  assertEquals(trailer(all, {}), fieldBytes("48*0"));
  assertEquals(trailer(tid, { tid: 7 }), fieldBytes("4:7 4:7"));
  assertEquals(trailer(tid, { pid: 7 }), fieldBytes("4:7 4:0"));
  assertEquals(trailer(tid, { pid: 0, tid: 7 }), fieldBytes("4:0 4:7"));
  assertEquals(trailer(streamId, { id: 7n }), fieldBytes("8:7"));
  assertEquals(trailer(streamId, { id: 7n, streamId: 0n }), fieldBytes("8:0"));
  assertEquals(trailer(all, values, { flags: [] }), []);
  for (const event of [{ sampleType: all }, { flags: ["sampleIdAll"] }] as EventSpec[]) {
    assertEquals(encodeRecord(true, lostSamples(9n), { event, values }).length, 16);
  }
  const event: EventSpec = { sampleType: all, flags: ["sampleIdAll"] };
  const bare = { ...lostSamples(9n), bare: true };
  assertEquals(encodeRecord(true, bare, { event, values }).length, 16);
});

Deno.test("encodeRecord() takes records of up to 65,535 bytes", () => {
  const record = (size: number): RecordSpec => ({ type: 1, body: (out) => out.zeros(size - 8) });
  assertEquals(encodeRecord(true, record(65535)).length, 65535);
  assertThrows(() => encodeRecord(true, record(65536)), RangeError, "65536 bytes");
  assertEquals([...encodeRecord(true, { type: 68 })], fieldBytes("4:68 2:0 2:8"));
});
