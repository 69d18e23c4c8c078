import { assertEquals, assertThrows } from "@std/assert";
import { SampleType } from "../parsers/perf/abi.ts";
import { bytesSource, FormatError, parsePerfFile } from "../parsers/perf/mod.ts";
import { AuxRecording, btsInfo, cpuRings, step, TID } from "../testing/aux_recording.ts";
import {
  aux,
  auxEvent,
  AuxFlag,
  type EventSpec,
  idIndex,
  intelPtInfo,
  lost,
  PerfFileBuilder,
  sample,
} from "../testing/perf_builder.ts";
import { AuxWalk, type QueueReport, type ReplayReport, replayReport } from "./mod.ts";

const GIB_4 = 0x1_0000_0000n;

function reportOf(recording: { bytes(): Uint8Array }): ReplayReport {
  return replayReport(parsePerfFile(bytesSource(recording.bytes())));
}

function gapsOf(recording: { bytes(): Uint8Array }): unknown[] {
  return reportOf(recording).queues.map(({ gaps }) =>
    gaps.map(({ kind, from, to }) => [kind, from, to])
  );
}

/** Two chunks of 64 bytes, the first at 4,096, the second where `start` says, without AUX records. */
function twoChunks(start: bigint, options: ConstructorParameters<typeof AuxRecording>[0] = {}) {
  return new AuxRecording(options)
    .chunk(0, { offset: 4096n, size: 64 })
    .chunk(0, { offset: start, size: 64 });
}

Deno.test("chunks follow each other up to 7 bytes before the end, where perf padded", () => {
  const cases = [
    [4152n, ["overlap"]],
    [4153n, []],
    [4160n, []],
    [4161n, ["gap"]],
    [4097n, ["overlap"]],
    [4096n, ["overlap"]], // where the one before starts: not before it
    [4095n, ["regression"]],
  ] as const;
  for (const arch of ["x86_64", "i686"]) {
    for (const [start, kinds] of cases) {
      const expected = kinds.map((kind) => [kind, 4160n, start]);
      assertEquals([arch, start, ...gapsOf(twoChunks(start, { arch }))], [arch, start, expected]);
    }
  }
});

Deno.test("chunks of Intel BTS follow each other up to 23 bytes after the end, too", () => {
  for (const [start, kinds] of [[4153n, []], [4183n, []], [4184n, ["gap"]]] as const) {
    const expected = kinds.map((kind) => [kind, 4160n, start]);
    assertEquals([start, ...gapsOf(twoChunks(start, { info: btsInfo }))], [start, expected]);
  }
});

Deno.test("AUX records that no chunk tells of follow each other exactly", () => {
  const cases = [
    [4159n, [["overlap", 4160n, 4159n]]],
    [4160n, []],
    [4161n, [["gap", 4160n, 4161n]]],
    [4096n, [["overlap", 4160n, 4096n]]],
    [4095n, [["regression", 4160n, 4095n]]],
  ] as const;
  for (const arch of ["x86_64", "i686"]) {
    for (const [start, expected] of cases) {
      const recording = new AuxRecording({ arch })
        .aux(0, { offset: 4096n, size: 64 })
        .aux(0, { offset: start, size: 64 });
      const gaps = gapsOf(recording).flat().filter((gap) => (gap as string[])[0] !== "missing");
      assertEquals([arch, start, gaps], [arch, start, expected]);
    }
  }
});

/** A 32-bit kernel's recording: each part has an AUX record, and a chunk where perf puts it. */
function on32Bits(parts: readonly (readonly [start: bigint, size: number])[]): AuxRecording {
  const recording = new AuxRecording({ arch: "i686" });
  for (const [offset, size] of parts) recording.both(0, { offset, size, timeNs: step(0) });
  return recording;
}

/** What is said of the only queue; whether a note says that positions wrapped. */
function wrapped(recording: AuxRecording): unknown[] {
  const { queues: [queue], notes, verdict } = reportOf(recording);
  const { lastTail, announcedBytes, presentBytes, missingBytes, gaps } = queue!;
  assertEquals(verdict, "fits");
  return [
    lastTail,
    notes.some((note) => note.includes("modulo 4 GiB")),
    [announcedBytes, presentBytes, missingBytes],
    gaps.length,
  ];
}

Deno.test("positions of a 32-bit kernel start again at 0 after 4 GiB", () => {
  // Up to the last byte, to the end, and over it: a head of 2^32 is 0.
  assertEquals(wrapped(on32Bits([[0xffff_ffc0n, 63]])), [0xffff_ffffn, false, [63, 64, 0], 0]);
  assertEquals(wrapped(on32Bits([[0xffff_ffc0n, 64]])), [0n, true, [64, 64, 0], 0]);
  assertEquals(wrapped(on32Bits([[0xffff_ffc0n, 72]])), [8n, true, [72, 72, 0], 0]);
  // perf computes head - size in 64 bits: 0 - 64.
  const below0 = 0xffff_ffff_ffff_ffc0n;
  assertEquals(wrapped(on32Bits([[below0, 64], [0n, 64]])), [64n, true, [128, 128, 0], 0]);
  assertEquals(
    wrapped(on32Bits([[0xffff_ff80n, 64], [0xffff_ffc0n, 64], [0n, 64], [64n, 8]])),
    [72n, true, [200, 200, 0], 0],
  );
});

Deno.test("bytes after a wrap are not those at the same place before it", () => {
  // The whole of 4 GiB comes in steps of 1 GiB, of which the file holds none.
  const recording = new AuxRecording({ arch: "i686" });
  const gib = 1 << 30;
  for (let n = 0; n < 6; n++) {
    recording.aux(0, { offset: BigInt(n % 4 * gib), size: gib, timeNs: step(n) });
  }
  const { missingBytes, announcedBytes } = reportOf(recording).totals;
  assertEquals([announcedBytes, missingBytes], [6 * gib, 6 * gib]);
});

Deno.test("a position that 32 bits cannot hold shows a 64-bit kernel, whatever ARCH says", () => {
  const recording = new AuxRecording({ arch: "i686" })
    .both(0, { offset: GIB_4 - 64n, size: 64, timeNs: step(0) })
    .both(0, { offset: GIB_4, size: 64, timeNs: step(1) })
    .both(0, { offset: GIB_4 + 64n, size: 64, timeNs: step(2) });
  const { queues: [queue], notes } = reportOf(recording);
  assertEquals([queue?.lastTail, queue?.missingBytes], [GIB_4 + 128n, 0]);
  assertEquals(notes, []);
});

Deno.test("events of all LOST records are summed", () => {
  const recording = new AuxRecording().both(0, { offset: 0n, size: 64, timeNs: step(0) });
  for (const events of [17n, 3n, 0n]) recording.file.add(lost(1n, events), { id: 1n });
  const { totals } = reportOf(recording);
  assertEquals([totals.lostRecords, totals.lostEvents], [3, 20]);
});

/** A thread's AUX records on CPU 7, and after them its chunk. */
function heldRecords(count: number, withIdIndex: boolean): QueueReport[] {
  const file = new PerfFileBuilder().add(intelPtInfo());
  if (withIdIndex) file.add(idIndex([{ id: 1n, idx: 0n, cpu: -1n, tid: BigInt(TID) }]));
  const empty = aux({ offset: 0n, size: 0n, flags: AuxFlag.Partial });
  const record = file.encode(empty, { id: 1n, cpu: 7, tid: TID });
  const records = new Uint8Array(count * record.length);
  for (let n = 0; n < count; n++) records.set(record, n * record.length);
  file.raw(records);
  file.auxtrace({ idx: 0, cpu: -1, tid: TID, offset: 0n, size: 64 });
  return [...reportOf(file).queues];
}

Deno.test("up to 65,535 AUX records wait for the chunk that tells whose they are", () => {
  const owners = (queues: QueueReport[]) => queues.map(({ idx, cpu, tid }) => [idx, cpu, tid]);
  assertEquals(owners(heldRecords(65_535, false)), [[0, null, TID]]);
  assertEquals(owners(heldRecords(65_536, false)), [[0, null, TID], [null, 7, null]]);
  assertEquals(owners(heldRecords(65_536, true)), [[0, null, TID]]);
});

Deno.test("a recording has at most 8,192 queues", () => {
  const recordingOf = (queues: number) => {
    const file = new PerfFileBuilder().add(intelPtInfo());
    for (let idx = 0; idx < queues; idx++) file.auxtrace({ idx, cpu: idx, offset: 0n, size: 0 });
    return file;
  };
  assertEquals(reportOf(recordingOf(8192)).totals.queues, 8192);
  assertThrows(() => reportOf(recordingOf(8193)), FormatError, "at most 8192 queues");
});

Deno.test("a second queue of a CPU does not take over the AUX records of the first", () => {
  const file = new PerfFileBuilder().add(intelPtInfo())
    .auxtrace({ idx: 0, cpu: 3, offset: 0n, size: 64 })
    .auxtrace({ idx: 1, cpu: 3, offset: 0n, size: 64 })
    .aux({ offset: 64n, size: 8, id: 1n, cpu: 3 });
  assertEquals(reportOf(file).queues.map(({ announcedBytes }) => announcedBytes), [8, 0]);
});

Deno.test("a cut chunk is present as far as it goes, and the rest is missing, also over 4 GiB", () => {
  for (const offset of [4096n, GIB_4 - 128n]) {
    const { file } = new AuxRecording({ finalised: false }).chunk(0, { offset, size: 512 });
    const { queues: [queue], totals } = reportOf({ bytes: () => file.bytes().subarray(0, -256) });
    assertEquals([totals.chunks, totals.presentBytes, totals.missingBytes], [0, 256, 256]);
    assertEquals(queue?.lastTail, null);
    const gaps = queue?.gaps.map(({ kind, from, to }) => [kind, from, to]);
    assertEquals(gaps, [["missing", offset + 256n, offset + 512n]]);
  }
});

Deno.test("a cut chunk of Intel BTS lacks its end, although whole records may be dropped there", () => {
  const { file } = new AuxRecording({ info: btsInfo, finalised: false })
    .both(0, { offset: 0n, size: 240 });
  const { totals } = reportOf({ bytes: () => file.bytes().subarray(0, -16) });
  assertEquals([totals.presentBytes, totals.missingBytes], [224, 16]);
});

Deno.test("bytes that Intel BTS drops at the end of a chunk are not missing, at most 23", () => {
  for (const [dropped, missing] of [[0, 0], [23, 0], [24, 1]] as const) {
    const recording = new AuxRecording({ info: btsInfo, rings: cpuRings(2) });
    for (const idx of [0, 1]) {
      // Between two chunks, and after the last.
      recording.aux(idx, { offset: 0n, size: 48 + dropped }).chunk(idx, { offset: 0n, size: 48 });
    }
    const next = BigInt(48 + dropped);
    recording.aux(0, { offset: next, size: 48 }).chunk(0, { offset: next, size: 48 });
    const bytes = reportOf(recording).queues.map(({ missingBytes }) => missingBytes);
    assertEquals([dropped, ...bytes], [dropped, dropped > 23 ? 24 : 0, missing]);
  }
});

Deno.test("a position that ends at 2^64 is damage, and the first of them is told", () => {
  const top = 2n ** 64n - 64n;
  const ends = (size: number) =>
    reportOf(new AuxRecording().both(0, { offset: top, size, timeNs: step(0) })).input.damage;
  assertEquals(ends(56), null);
  assertEquals(ends(64) !== null, true);
  // The chunk alone, too.
  const chunkEnds = (size: number) =>
    reportOf(new AuxRecording().chunk(0, { offset: top, size })).input.damage;
  assertEquals([chunkEnds(56), chunkEnds(64) !== null], [null, true]);
  const recording = new AuxRecording()
    .aux(0, { offset: top, size: 64 }).chunk(0, { offset: top, size: 64 });
  const { input: { damage } } = reportOf(recording);
  const at = new DataView(recording.bytes().buffer).getUint32(damage!.fileOffset, true);
  assertEquals(at, 11); // the AUX record, which comes before the chunk
});

Deno.test("AUX records that name no owner count for none of several queues", () => {
  const event = { ...auxEvent("intel_pt//", 1), flags: [] }; // records have no trailer
  const file = new PerfFileBuilder({ events: [event] }).add(intelPtInfo());
  for (const idx of [0, 1]) file.auxtrace({ idx, cpu: idx, offset: 0n, size: 64 });
  const { queues, totals } = reportOf(file.aux({ offset: 0n, size: 4096 }));
  const announced = queues.map(({ idx, announcedBytes }) => [idx, announcedBytes]);
  assertEquals(announced, [[0, 0], [1, 0], [null, 4096]]);
  assertEquals(totals.missingBytes, 0);
});

Deno.test("an AUX record of before a wrap is placed there, although its bytes never come", () => {
  const recording = new AuxRecording({ arch: "i686" })
    .chunk(0, { offset: 64n, size: 64 })
    .aux(0, { offset: 0xffff_ffc0n, size: 64, timeNs: step(0) });
  const [queue] = reportOf(recording).queues;
  assertEquals(queue?.gaps.map(({ kind, from, to }) => [kind, from, to]), [
    ["missing", 0xffff_ffc0n, GIB_4],
  ]);
});

/** An event of samples with AUX data. */
const SAMPLING: EventSpec = {
  ...auxEvent("cycles:u", 1),
  ids: [11n],
  sampleType: SampleType.Identifier | SampleType.Tid | SampleType.Time | SampleType.Cpu |
    SampleType.Aux,
};

Deno.test("a sample's AUX data belongs to the queue of its id, if ID_INDEX names one in 32 bits", () => {
  for (const [idx, named] of [[5n, 5], [0xffff_ffffn, 0xffff_ffff], [GIB_4, null]] as const) {
    const file = new PerfFileBuilder({ events: [SAMPLING] })
      .add(idIndex([{ id: 11n, idx, cpu: 2n, tid: 7n }]))
      .add(sample(SAMPLING, { id: 11n, cpu: 0, tid: 9, timeNs: 1n, aux: new Uint8Array(16) }));
    const { queues, recording } = reportOf(file);
    assertEquals(recording.mode, "sample");
    const owner = named === null ? [null, 0, 9] : [named, 2, 7];
    const found = queues.map(({ idx, cpu, tid, presentBytes }) => [idx, cpu, tid, presentBytes]);
    assertEquals(found, [[...owner, 16]]);
  }
});

Deno.test("the first sample that cannot be decoded is the damage", () => {
  const file = new PerfFileBuilder({ events: [SAMPLING] });
  const whole = file.encode(
    sample(SAMPLING, { id: 11n, cpu: 0, tid: 9, timeNs: 1n, aux: new Uint8Array(16) }),
  );
  const broken = whole.slice();
  // The size of the AUX data stands before it, at the end.
  new DataView(broken.buffer).setBigUint64(whole.length - 24, 1n << 40n, true);
  const first = file.position;
  const bytes = file.raw(broken).raw(whole).raw(broken).bytes();
  const recording = parsePerfFile(bytesSource(bytes));
  const walk = new AuxWalk(recording, []);
  const cursor = recording.recordCursor();
  while (cursor.next()) walk.record(cursor);
  walk.finish(cursor);
  // Before the size stand the header, id, pid and tid, time and CPU.
  assertEquals([walk.damage?.detail.offset, walk.queues[0]?.samples], [first + 40, 1]);
});
