import { assertEquals, assertThrows } from "@std/assert";
import { FormatError } from "../parsers/format_error.ts";
import { bytesSource } from "../parsers/byte_source.ts";
import { parsePerfFile, type PerfFile } from "../parsers/perf/perf_file.ts";
import { nodeZstd } from "../system/mod.ts";
import { AuxRecording, btsInfo, cpuRings } from "../testing/aux_recording.ts";
import {
  auxEvent,
  AuxFlag,
  auxtrace,
  compressed,
  compressedFeature,
  concat,
  idIndex,
  intelPtInfo,
  sample,
  SampleType,
  ZstdRing,
} from "../testing/perf_builder.ts";
import {
  bytesOf,
  checkedItems,
  lineOf,
  pattern,
  PatternRecording,
} from "../testing/pattern_recording.ts";
import { payloadQueues } from "./payload.ts";

Deno.test("payloadQueues() cuts off padding where the next chunk starts, or an AUX record ends", () => {
  for (let size = 1; size <= 16; size++) {
    const next = BigInt(size);
    const read = new PatternRecording()
      .bytesAt(0, 0n, size)
      .bytesAt(0, next, size)
      .aux(0, { offset: 0n, size: 2 * size })
      .read();
    assertEquals(checkedItems(read), [`start 0x0 ${size}`, `on 0x${next.toString(16)} ${size}`]);
  }
});

Deno.test("payloadQueues() leaves padding that no record proves", () => {
  const sizes = (...ends: number[]) => {
    const file = new PatternRecording().bytesAt(0, 0n, 60);
    for (const size of ends) file.aux(0, { offset: 0n, size });
    return file.read().queues[0]!.items().filter(({ type }) => type === "bytes")
      .map(({ size }) => size).toArray();
  };
  assertEquals(sizes(), [64]);
  assertEquals(sizes(56), [64]);
  assertEquals(sizes(57, 60), [64]);
  assertEquals(sizes(60, 60), [60]);
});

Deno.test("payloadQueues() takes all of a chunk shorter than padding is, whatever is before it", () => {
  const recording = new PatternRecording();
  addUnpadded(recording, 0x10n, 5);
  addUnpadded(recording, 0xdn, 5);
  recording.aux(0, { offset: 0xbn, size: 1 });
  assertEquals(checkedItems(recording.read()), [
    "missing 0xb 1",
    "start 0x10 5",
    "regression 0xd null",
    "resume 0xd 5",
  ]);
});

Deno.test("payloadQueues() marks gaps, overlaps and regressions, and ends streams there", () => {
  const read = new PatternRecording()
    .bytesAt(0, 0x100n, 0x40)
    .bytesAt(0, 0x150n, 0x40)
    .bytesAt(0, 0x180n, 0x40)
    .bytesAt(0, 0x20n, 0x40)
    .bytesAt(0, 0x60n, 0x40)
    .read();
  assertEquals(checkedItems(read), [
    "start 0x100 64",
    "gap 0x140 16",
    "resume 0x150 64",
    "overlap 0x180 16",
    "resume 0x180 64",
    "regression 0x20 null",
    "resume 0x20 64",
    "on 0x60 64",
  ]);
});

Deno.test("payloadQueues() ends a stream where an AUX record is truncated or partial", () => {
  const { Partial: partial, Collision: collision, Truncated: truncated } = AuxFlag;
  const read = new PatternRecording()
    .aux(0, { offset: 0n, size: 24, flags: partial })
    .aux(0, { offset: 24n, size: 16, flags: collision })
    .aux(0, { offset: 40n, size: 88, flags: truncated | collision })
    .aux(0, { offset: 128n, size: 0, flags: truncated })
    .bytesAt(0, 0n, 64)
    .bytesAt(0, 64n, 64)
    .bytesAt(0, 128n, 8)
    .read();
  assertEquals(checkedItems(read), [
    "start 0x0 24",
    "partial 0x18 null",
    "resume 0x18 16",
    "collision 0x28 null",
    "on 0x28 24",
    "on 0x40 64",
    "truncated 0x80 null",
    "collision 0x80 null",
    "truncated 0x80 null",
    "resume 0x80 8",
  ]);
});

Deno.test("payloadQueues() marks announced bytes that were not recorded", () => {
  const read = new PatternRecording()
    .aux(0, { offset: 0x10n, size: 0x10 })
    .aux(0, { offset: 0x40n, size: 0x90 })
    .bytesAt(0, 0x40n, 0x40)
    .read();
  assertEquals(checkedItems(read), ["missing 0x10 16", "start 0x40 64", "missing 0x80 80"]);
});

Deno.test("payloadQueues() takes each snapshot as a stream, without padding", () => {
  const read = new PatternRecording({ info: intelPtInfo({ snapshot: true }) })
    .aux(0, { offset: 0x7dn, size: 0x1000, flags: AuxFlag.Overwrite })
    .bytesAt(0, 0x40n, 0x3d)
    .aux(0, { offset: 0x85n, size: 0x1000, flags: AuxFlag.Overwrite | AuxFlag.Truncated })
    .bytesAt(0, 0x85n, 0x1000)
    .read();
  assertEquals(read.mode, "snapshot");
  assertEquals(checkedItems(read), ["start 0x40 61", "start 0x85 4096"]);
});

Deno.test("payloadQueues() cuts off padding of a snapshot that runs past the end of its ring", () => {
  const read = new PatternRecording({ info: intelPtInfo({ snapshot: true }) })
    .aux(0, { offset: 0x123n, size: 0x1000, flags: AuxFlag.Overwrite })
    .bytesAt(0, 0x145n, 0x1123 - 0x145)
    .read();
  assertEquals(checkedItems(read), ["start 0x145 4062"]);
});

Deno.test("payloadQueues() takes whole records of BTS from each chunk", () => {
  const read = new PatternRecording({ info: btsInfo })
    .bytesAt(0, 0n, 48)
    .bytesAt(0, 71n, 56)
    .bytesAt(0, 120n, 96)
    .aux(0, { offset: 0n, size: 239 })
    .read();
  assertEquals(checkedItems(read), ["start 0x0 48", "resume 0x47 48", "on 0x78 96"]);
});

// perf's BTS driver leaves out what is less than a record of 24 bytes: up to 23 bytes are no gap.
Deno.test("payloadQueues() takes 24 bytes between chunks of BTS, and no fewer, for a gap", () => {
  const lines = (distance: bigint) =>
    checkedItems(
      new PatternRecording({ info: btsInfo })
        .bytesAt(0, 0n, 48)
        .bytesAt(0, 48n + distance, 48)
        .read(),
    ).join(", ");
  assertEquals(lines(0n), "start 0x0 48, on 0x30 48");
  assertEquals(lines(1n), "start 0x0 48, resume 0x31 48");
  assertEquals(lines(23n), "start 0x0 48, resume 0x47 48");
  assertEquals(lines(24n), "start 0x0 48, gap 0x30 24, resume 0x48 48");
  assertEquals(lines(25n), "start 0x0 48, gap 0x30 25, resume 0x49 48");
});

Deno.test("payloadQueues() leaves out what is less than a record at the end of BTS", () => {
  for (const [size, whole] of [[47, 24], [48, 48], [49, 48], [71, 48], [72, 72]] as const) {
    // Multiples of 8, as chunks have; the AUX record proves where the bytes end.
    const read = new PatternRecording({ info: btsInfo })
      .bytesAt(0, 0n, Math.ceil(size / 8) * 8)
      .aux(0, { offset: 0n, size })
      .read();
    assertEquals(checkedItems(read), [`start 0x0 ${whole}`], `${size}`);
  }
});

Deno.test("payloadQueues() counts the bytes of a gap exactly, and those from 2^53 on as 2^53", () => {
  const most = 2n ** 53n;
  for (const size of [1n, 2n ** 32n, most - 1n, most, most + 1n, 2n ** 62n]) {
    const file = new PatternRecording().bytesAt(0, 0n, 8).bytesAt(0, 8n + size, 8);
    const gap = file.read().queues[0]!.items().find(({ type }) => type === "mark");
    assertEquals(gap?.size, Number(size < most ? size : most), `${size}`);
  }
});

Deno.test("payloadQueues() drops what a BTS snapshot repeats", () => {
  const { Overwrite: overwrite } = AuxFlag;
  const file = new PatternRecording({ info: btsInfo });
  file.aux(0, { offset: 0x60n, size: 0x1000, flags: overwrite });
  for (
    const [offset, from, size] of [[0n, 0n, 96], [0x18n, 24n, 100], [0x1000n, 500n, 48]] as const
  ) {
    file.chunk(0, { offset, payload: pattern(from, size) });
  }
  const items = [...file.read().queues[0]!.items()];
  assertEquals(items.map(lineOf), [
    "start 0x0 96",
    "overlap 0x18 72",
    "start 0x60 24",
    "start 0x1000 48",
  ]);
  const bytes = items.flatMap((item) => item.type === "bytes" ? [bytesOf(item)] : []);
  assertEquals(bytes, [pattern(0n, 96), pattern(96n, 24), pattern(500n, 48)]);
});

Deno.test("payloadQueues() counts on where a kernel of 32 bits wraps", () => {
  const build = (arch: string) =>
    new PatternRecording({ arch })
      .aux(0, { offset: 0xffff_ff00n, size: 0x80 })
      .aux(0, { offset: 0xffff_ff80n, size: 0x100, flags: AuxFlag.Partial })
      .aux(0, { offset: 0x80n, size: 0x3d })
      .chunk(0, { offset: 0xffff_ff00n, payload: pattern(0xffff_ff00n, 0x80) })
      .chunk(0, { offset: 2n ** 64n - 0x80n, payload: pattern(0xffff_ff80n, 0x100) })
      .chunk(0, { offset: 0x80n, payload: pattern(0x1_0000_0080n, 0x3d) });
  const lines = [
    "start 0xffffff00 128",
    "on 0xffffff80 256",
    "partial 0x100000080 null",
    "resume 0x100000080 61",
  ];
  const read = (arch: string) => payloadQueues(parsePerfFile(bytesSource(build(arch).bytes())));
  assertEquals(checkedItems(read("i686")), lines);
  const marks = read("x86_64").queues[0]!.items().filter(({ type }) => type === "mark").map(lineOf);
  assertEquals(marks.toArray().at(-1), "regression 0x80 null");
});

Deno.test("payloadQueues() takes a step back for a wrap of 32 bits only if it is over 2 GiB", () => {
  const second = (from: bigint, to: bigint) => {
    const read = new PatternRecording({ arch: "i686" }).bytesAt(0, from, 64).bytesAt(0, to, 64);
    return read.read().queues[0]!.items().map(lineOf).drop(1).toArray();
  };
  assertEquals(second(0x100n, 0x80n), ["regression 0x80 null", "resume 0x80 64"]);
  assertEquals(second(0x8000_0000n, 0x40n), ["regression 0x40 null", "resume 0x40 64"]);
  assertEquals(second(0x8000_0080n, 0x40n), ["gap 0x800000c0 2147483520", "resume 0x100000040 64"]);
});

Deno.test("payloadQueues() holds AUX samples of compressed records up to a cap", async () => {
  const sampling = {
    type: 0,
    ids: [11n],
    sampleType: SampleType.Identifier | SampleType.Cpu | SampleType.Aux,
    flags: ["sampleIdAll"],
    auxSampleSize: 64,
  } as const;
  const { file } = new PatternRecording({ events: [auxEvent("intel_pt//u", 1), sampling] });
  const held = [0n, 40n].map((at) =>
    file.encode(sample(sampling, { id: 11n, cpu: 3, aux: pattern(at, 40) }))
  );
  using ring = new ZstdRing();
  file.add(compressed(await ring.flush(concat(held))));
  // What is not compressed stays in the file.
  file.add(sample(sampling, { id: 11n, cpu: 3, aux: pattern(80n, 64) }));
  const read = (maxHeldBytes: number) =>
    payloadQueues(parsePerfFile(file.bytes(), { zstd: nodeZstd }), { maxHeldBytes });
  const all = ["start 0x0 40", "start 0x28 40", "start 0x50 64"];
  assertEquals(checkedItems(read(81)), all);
  assertEquals(checkedItems(read(80)), all);
  const error = assertThrows(() => read(79), FormatError);
  assertEquals([error.fault, error.detail.expected], ["unsupported", "at most 79 bytes"]);
});

Deno.test("payloadQueues() gives AUX samples to the ring of their id, else to CPU and thread", () => {
  const type = SampleType.Identifier | SampleType.Tid | SampleType.Cpu;
  const sampling = {
    type: 0,
    name: "cycles:u",
    ids: [11n, 12n, 13n],
    sampleType: type | SampleType.Aux,
    flags: ["sampleIdAll"],
    auxSampleSize: 64,
  } as const;
  const { file } = new PatternRecording({ events: [auxEvent("intel_pt//u", 1), sampling] });
  file.add(idIndex([{ id: 11n, idx: 5n, cpu: 3n, tid: -1n }]));
  const add = (id: bigint, size: number, at: bigint) =>
    file.add(sample(sampling, { id, pid: 7, tid: 8, cpu: 3, aux: pattern(at, size) }));
  add(11n, 32, 0n);
  add(12n, 16, 0n);
  add(11n, 64, 32n);
  add(11n, 0, 0n);
  const bytes = file.bytes();
  const read = payloadQueues(parsePerfFile(bytesSource(bytes)));
  const queues = read.queues.map(({ idx, cpu, tid }) => [idx, cpu, tid]);
  assertEquals(queues, [[5, 3, null], [null, 3, 8]]);
  assertEquals(checkedItems(read), ["start 0x0 32", "start 0x20 64"]);
  assertEquals(checkedItems(read, 1), ["start 0x0 16"]);
  for (const item of read.queues.flatMap((queue) => [...queue.items()])) {
    if (item.type !== "bytes") throw new TypeError(item.mark);
    const place = bytes.subarray(item.fileOffset!, item.fileOffset! + item.size);
    assertEquals(place, pattern(item.auxOffset, item.size));
  }
});

Deno.test("payloadQueues() keeps AUX samples of compressed records, and reads them in pieces", async () => {
  const sampling = {
    type: 0,
    ids: [11n],
    sampleType: SampleType.Identifier | SampleType.Cpu | SampleType.Aux,
    flags: ["sampleIdAll"],
    auxSampleSize: 64,
  } as const;
  const events = [auxEvent("intel_pt//u", 1), sampling];
  const { file } = new PatternRecording({ events, features: [compressedFeature(4096)] });
  using ring = new ZstdRing();
  for (const [at, size] of [[0n, 40], [40n, 16]] as const) {
    const record = file.encode(sample(sampling, { id: 11n, cpu: 3, aux: pattern(at, size) }));
    file.add(compressed(await ring.flush(record)));
  }
  const read = payloadQueues(parsePerfFile(bytesSource(file.bytes()), { zstd: nodeZstd }));
  assertEquals(checkedItems(read), ["start 0x0 40", "start 0x28 16"]);
  const items = read.queues[0]!.items().toArray();
  assertEquals(items.map((item) => item.type === "bytes" && item.fileOffset), [null, null]);
});

Deno.test("payloadQueues() names the file of a directory that holds the bytes", () => {
  const first = new PatternRecording({ rings: cpuRings(2) }).bytesAt(0, 0n, 8);
  const second = new PatternRecording({ rings: cpuRings(2) }).bytesAt(1, 0n, 61).bytesAt(
    1,
    61n,
    16,
  );
  const source = bytesSource(second.file.records().subarray(0, -11));
  const parts = [{ name: "data.0", source }];
  const read = payloadQueues(parsePerfFile(bytesSource(first.bytes()), { parts }));
  assertEquals(checkedItems(read), ["start 0x0 8"]);
  assertEquals(checkedItems(read, 1), ["start 0x0 61", "on 0x3d 5", "missing 0x42 11"]);
  const names = read.queues.flatMap((queue) => queue.items().toArray())
    .flatMap((item) => item.type === "bytes" ? [item.part] : []);
  assertEquals(names, ["data", "data.0", "data.0"]);
  assertEquals(read.cut?.detail.structure, "payload of PERF_RECORD_AUXTRACE of data.0");
});

Deno.test("payloadQueues() yields what is there of a chunk, wherever the file is cut", () => {
  const whole = new PatternRecording({ finalised: false })
    .bytesAt(0, 0n, 40)
    .bytesAt(0, 40n, 40);
  const bytes = whole.bytes();
  const ends = whole.file.auxtraceRecords.map(({ fileOffset, size }) => fileOffset + size);
  for (let length = ends[0]! - 48; length < bytes.length; length++) {
    const read = payloadQueues(parsePerfFile(bytesSource(bytes.subarray(0, length))));
    const there = ends.map((end) => Math.min(Math.max(length - end, 0), 40));
    const lines = read.queues.length === 0 ? [] : checkedItems(read);
    const expected: string[] = [];
    for (const [n, size] of there.entries()) {
      if (length < ends[n]!) continue;
      if (size > 0) expected.push(`${n === 0 ? "start" : "on"} 0x${(40 * n).toString(16)} ${size}`);
      if (size < 40) expected.push(`missing 0x${(40 * n + size).toString(16)} ${40 - size}`);
    }
    assertEquals(lines, expected, `cut to ${length}`);
    assertEquals(read.cut !== null, length !== ends[0]! - 48 && length !== ends[0]! + 40);
  }
});

Deno.test("payloadQueues() keeps positions near 2^64 exact", () => {
  const top = 2n ** 64n - 16n;
  const read = new PatternRecording()
    .aux(0, { offset: top, size: Number.MAX_SAFE_INTEGER, flags: AuxFlag.Partial })
    .bytesAt(0, top, 64)
    .bytesAt(0, 8n, 8)
    .read();
  assertEquals(
    checkedItems(read),
    [
      "start 0xfffffffffffffff0 15",
      "partial 0xffffffffffffffff null",
      "resume 0xffffffffffffffff 49",
      "regression 0x8 null",
      "resume 0x8 8",
      "missing 0x10 9007199254740991",
    ].slice(0, 5),
  );
});

Deno.test("payloadQueues() takes 8,192 rings, and no more", () => {
  assertEquals(payloadQueues(withRings(8192)).queues.length, 8192);
  const error = assertThrows(() => payloadQueues(withRings(8193)), FormatError);
  assertEquals(error.fault, "unsupported");
});

/** A recording with an empty chunk of each of so many rings. */
function withRings(count: number): PerfFile {
  const { file } = new PatternRecording();
  for (let idx = 0; idx < count; idx++) file.auxtrace({ idx, cpu: 0, offset: 0n, size: 0 });
  return parsePerfFile(bytesSource(file.bytes()));
}

Deno.test("payloadQueues() refuses a stream that only moves forward", () => {
  const bytes = new AuxRecording({ pipe: true }).bytes();
  const source = { ...bytesSource(bytes), size: Infinity };
  assertThrows(() => payloadQueues(parsePerfFile(source)), TypeError);
});

/** Appends a chunk of any size, which perf does not write: its sizes are multiples of 8. */
function addUnpadded(recording: PatternRecording, offset: bigint, size: number): void {
  const { file } = recording;
  const payload = new Uint8Array(8);
  const [{ cpu, tid } = { cpu: 0, tid: 0 }] = recording.rings;
  const record = file.encode(auxtrace({ idx: 0, cpu, tid, offset, payload }));
  new DataView(record.buffer, record.byteOffset).setBigUint64(8, BigInt(size), true);
  file.auxtraceRecords.push({ fileOffset: file.position, size: record.length });
  file.raw(record).raw(pattern(offset, size));
}
