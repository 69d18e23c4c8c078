import { assertEquals } from "@std/assert";
import {
  encodeRecord,
  type EventSpec,
  ReadFormat,
  type RecordSpec,
  sample,
  type SampleSpec,
  SampleType,
} from "../../../testing/perf_builder.ts";
import { assertRecord, decodeWhole, recordEvent } from "../../../testing/record_assertions.ts";

/** A sample in user mode without any field. */
const none = {
  type: "sample",
  event: recordEvent,
  cpuMode: 2,
  exactIp: false,
  ip: null,
  pid: null,
  tid: null,
  timeNs: null,
  addr: null,
  id: null,
  streamId: null,
  cpu: null,
  period: null,
};

/** Bytes 1, 2, 3 and so on. */
const counting = (size: number) => Uint8Array.from({ length: size }, (_, i) => i + 1);

/** The values of perf's tests/sample-parsing.c: what is encoded, and what comes out. */
const values: SampleSpec = {
  ip: 101n,
  pid: 102,
  tid: 103,
  timeNs: 104n,
  addr: 105n,
  id: 106n,
  streamId: 107n,
  cpu: 110,
  period: 108n,
  read: { values: [{ value: 5n, id: 106n, lost: 1n }], enabled: 10n, running: 11n },
  callchain: [201n, 202n, 203n],
  raw: counting(20),
  branches: [{ from: 211n, to: 212n, cycles: 13 }],
  hwIdx: 0xffff_ffff_ffff_ffffn,
  regsUser: { abi: 2n, regs: [301n, 302n, 303n] },
  stackUser: { data: counting(24), dynSize: 16n },
  weight: 109n,
  dataSrc: 111n,
  transaction: 112n,
  regsIntr: { abi: 1n, regs: [401n, 402n] },
  physAddr: 113n,
  cgroup: 114n,
  dataPageSize: 115n,
  codePageSize: 116n,
  aux: counting(32),
};

const branch = {
  from: 211n,
  to: 212n,
  mispred: false,
  predicted: false,
  inTx: false,
  abort: false,
  cycles: 13,
  type: 0,
  spec: 0,
  newType: 0,
  priv: 0,
};

const fieldsByBit: readonly [number, object][] = [
  [SampleType.Identifier, { id: 106n }],
  [SampleType.Ip, { ip: 101n }],
  [SampleType.Tid, { pid: 102, tid: 103 }],
  [SampleType.Time, { timeNs: 104n }],
  [SampleType.Addr, { addr: 105n }],
  [SampleType.Id, { id: 106n }],
  [SampleType.StreamId, { streamId: 107n }],
  [SampleType.Cpu, { cpu: 110 }],
  [SampleType.Period, { period: 108n }],
  [SampleType.Read, {
    read: { timeEnabled: 10n, timeRunning: 11n, values: [{ value: 5n, id: 106n, lost: 1n }] },
  }],
  [SampleType.Callchain, { callchain: new BigUint64Array([201n, 202n, 203n]) }],
  [SampleType.Raw, { raw: counting(20) }],
  [SampleType.BranchStack, {
    branchStack: { hwIdx: null, entries: [branch], counters: null },
  }],
  [SampleType.RegsUser, { regsUser: { abi: 2, values: new BigUint64Array([301n, 302n, 303n]) } }],
  [SampleType.StackUser, { stackUser: { bytes: counting(24), dynSize: 16 } }],
  [SampleType.Weight, { weight: 109n }],
  [SampleType.DataSrc, { dataSrc: 111n }],
  [SampleType.Transaction, { transaction: 112n }],
  [SampleType.RegsIntr, { regsIntr: { abi: 1, values: new BigUint64Array([401n, 402n]) } }],
  [SampleType.PhysAddr, { physAddr: 113n }],
  [SampleType.Cgroup, { cgroup: 114n }],
  [SampleType.DataPageSize, { dataPageSize: 115n }],
  [SampleType.CodePageSize, { codePageSize: 116n }],
  [SampleType.Aux, { aux: counting(32) }],
];

function eventOf(sampleType: number): EventSpec {
  return {
    sampleType,
    readFormat: ReadFormat.TotalTimeEnabled | ReadFormat.TotalTimeRunning | ReadFormat.Id |
      ReadFormat.Lost,
    branchSampleType: 1n << 17n,
    sampleRegsUser: 0x8000_0000_0000_0011n,
    sampleRegsIntr: 0b11n,
  };
}

/** Checks a sample and its damaged forms. */
function assertSample(event: EventSpec, given: SampleSpec, fields: object): void {
  assertRecord(sample(event, given), { ...none, ...fields }, { event });
}

/** Decodes a little-endian sample whose fields are given as bytes. */
function decodeBytes(event: EventSpec, body: NonNullable<RecordSpec["body"]>) {
  return decodeWhole(encodeRecord(true, { type: 9, bare: true, body }), true, event);
}

Deno.test("decodeSample() decodes each field alone", () => {
  for (const [bit, fields] of fieldsByBit) assertSample(eventOf(bit), values, fields);
});

Deno.test("decodeSample() decodes each field with all those before it", () => {
  let sampleType = 0;
  let all = {};
  for (const [bit, fields] of fieldsByBit) {
    sampleType |= bit;
    all = { ...all, ...fields };
    assertSample(eventOf(sampleType), values, all);
  }
});

Deno.test("decodeSample() names the bits of misc", () => {
  const event = eventOf(SampleType.Ip);
  const fields = { ...none, ip: 101n, cpuMode: 1, exactIp: true };
  assertRecord(sample(event, { ...values, misc: 0x4001 }), fields, { event });
});

Deno.test("decodeSample() gives an exiting task the pid -1", () => {
  const given = { pid: 0xffff_ffff, tid: 0xffff_ffff };
  assertSample(eventOf(SampleType.Tid), given, { pid: -1, tid: -1 });
});

Deno.test("decodeSample() keeps 64-bit fields exact", () => {
  const most = 0xffff_ffff_ffff_ffffn;
  const event = eventOf(SampleType.Ip | SampleType.Time | SampleType.Period);
  assertSample(event, { ip: most, timeNs: most, period: most }, {
    ip: most,
    timeNs: most,
    period: most,
  });
});

Deno.test("decodeSample() takes WEIGHT_STRUCT apart", () => {
  const weight = 103n << 48n | 102n << 32n | 101n;
  assertSample(eventOf(SampleType.WeightStruct), { weight }, {
    weightStruct: { weight: 101, insLatency: 102, retireLatency: 103 },
  });
});

Deno.test("decodeSample() decodes counts of a group", () => {
  const entries = [
    { value: 1n, id: 5n, lost: 0n },
    { value: 9n, id: 3n, lost: 0n },
    { value: 2n, id: 7n, lost: 0n },
    { value: 6n, id: 4n, lost: 1n },
  ];
  const event = {
    ...eventOf(SampleType.Read),
    readFormat: ReadFormat.Group | ReadFormat.Id | ReadFormat.Lost,
  };
  assertSample(event, { read: { values: entries } }, {
    read: { timeEnabled: null, timeRunning: null, values: entries },
  });
});

Deno.test("decodeSample() has no registers where abi is 0, and no stack where size is 0", () => {
  const event = eventOf(
    SampleType.RegsUser | SampleType.StackUser | SampleType.RegsIntr | SampleType.Cgroup,
  );
  assertSample(event, { cgroup: 114n }, {
    regsUser: { abi: 0, values: new BigUint64Array() },
    stackUser: { bytes: new Uint8Array(), dynSize: 0 },
    regsIntr: { abi: 0, values: new BigUint64Array() },
    cgroup: 114n,
  });
});

Deno.test("decodeSample() refuses more valid bytes of stack than there are", () => {
  const event = eventOf(SampleType.StackUser);
  const spec = sample(event, { stackUser: { data: counting(8), dynSize: 9n } });
  const record = decodeWhole(encodeRecord(true, spec), true, event);
  assertEquals(record.type === "raw" && record.error?.fault, "corrupt");
});

Deno.test("decodeSample() refuses counts that do not fit", () => {
  for (const bit of [SampleType.Callchain, SampleType.BranchStack, SampleType.Aux]) {
    const record = decodeBytes(eventOf(bit), (out) => {
      out.u64(0xffff_ffff_ffff_ffffn);
      out.zeros(64);
    });
    assertEquals(record.type === "raw" && record.error?.fault, "corrupt");
  }
});

Deno.test("decodeSample() ignores what follows the fields that it knows", () => {
  const record = decodeBytes({ sampleType: SampleType.Ip | 1 << 25 }, (out) => {
    out.u64(101n);
    out.u64(1n);
  });
  assertEquals(record.type === "sample" && record.ip, 101n);
});

Deno.test("decodeSample() needs the event", () => {
  const bytes = encodeRecord(true, sample(eventOf(SampleType.Ip), values));
  const record = decodeWhole(bytes, true);
  if (record.type !== "raw") throw new TypeError(record.type);
  assertEquals(record.recordType, 9);
  assertEquals(record.error?.fault, "unsupported");
  assertEquals(record.error?.detail.offset, 0x1008);
});
