import { assertEquals, assertThrows } from "@std/assert";
import { nodeZstd } from "../system/mod.ts";
import { SampleType } from "../parsers/perf/abi.ts";
import { eventDesc, type FeatureSpec, textFeature } from "../encoders/feature_bytes.ts";
import { comm, encodeRecord } from "../encoders/record_bytes.ts";
import { intelPtInfo } from "../testing/record_bytes.ts";
import {
  bytesSource,
  checkFile,
  Feature,
  parsePerfFile,
  type PerfFile,
} from "../parsers/perf/mod.ts";
import { perfDump } from "../testing/perf_dump.ts";
import { MemorySink, perfRecords, withFile } from "../testing/written_recordings.ts";
import { type PerfSink, PerfWriter, type WrittenEvent } from "./perf_writer.ts";

const EVENTS: readonly WrittenEvent[] = [
  {
    type: 1,
    config: 9n,
    name: "dummy:u",
    ids: [11n, 12n],
    sampleType: SampleType.Tid | SampleType.Time | SampleType.Cpu | SampleType.Identifier,
    flags: ["sampleIdAll"],
  },
  {
    type: 1,
    name: "cpu-clock:u",
    ids: [13n],
    samplePeriod: 1n,
    sampleType: SampleType.Tid | SampleType.Time | SampleType.Cpu | SampleType.Identifier,
    flags: ["sampleIdAll"],
  },
];
const FEATURES: readonly FeatureSpec[] = [
  eventDesc(EVENTS),
  textFeature("hostname", "testbox"),
  textFeature("arch", "x86_64"),
];
const EMPTY = new Uint8Array();

const commOf = (tid: number) => comm({ pid: tid, tid, comm: `task ${tid}` });

function commBytes(tid: number, timeNs = 0n): Uint8Array {
  const values = { pid: tid, tid, timeNs, cpu: 0, id: 13n };
  return encodeRecord(true, commOf(tid), { event: EVENTS[0]!, values });
}

/** Two views of `bytes`, as of a ring that wraps there. */
function split(bytes: Uint8Array, at: number): [Uint8Array, Uint8Array] {
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

/** Writes a small recording; each step returns how many records of its types it has added. */
const STEPS: readonly ((writer: PerfWriter) => string)[] = [
  (writer) => {
    writer.add(intelPtInfo());
    return "auxtrace_info";
  },
  (writer) => {
    writer.add(commOf(1));
    return "comm";
  },
  (writer) => {
    writer.ringData(...split(commBytes(2, 5n), 20));
    return "comm";
  },
  (writer) => {
    writer.auxtrace(
      { idx: 0, cpu: 0, tid: -1, offset: 0n, reference: 0x1234n },
      Uint8Array.of(1, 2, 3, 4, 5),
      Uint8Array.of(6, 7, 8, 9, 10, 11),
    );
    return "auxtrace";
  },
  (writer) => {
    writer.finishedRound();
    return "finished_round";
  },
  (writer) => {
    writer.ringData(commBytes(3, 6n), EMPTY);
    return "comm";
  },
  (writer) => {
    writer.finishedRound();
    return "finished_round";
  },
];

/** Types of the records, those of compressed ones included, where they are whole. */
function types(file: PerfFile): string[] {
  return [...file.records()].map(({ type }) => type).filter((type) => type !== "compressed");
}

function parse(bytes: Uint8Array): PerfFile {
  return parsePerfFile(bytesSource(bytes), { zstd: nodeZstd });
}

/** Runs the steps until one fails: types of the records, and whether all features found room. */
function record(
  sink: PerfSink,
  compress?: { level: number; mmapSize: number },
): { done: string[]; complete: boolean } {
  const writer = new PerfWriter(sink, { events: EVENTS, ...(compress && { compress }) });
  const done: string[] = [];
  try {
    for (const step of STEPS) done.push(step(writer));
  } catch {
    // The disk is full.
  }
  return { done, complete: writer.finalise(FEATURES) };
}

Deno.test("PerfWriter writes a file with events, records, index and features", () => {
  const sink = new MemorySink();
  const { done, complete } = record(sink);
  assertEquals(complete, true);
  const file = parse(sink.bytes);
  assertEquals(types(file), done);
  assertEquals(file.finalised, true);
  assertEquals(file.events.map(({ name, ids }) => [name, [...ids]]), [
    ["dummy:u", [11n, 12n]],
    ["cpu-clock:u", [13n]],
  ]);
  const { hostname, arch, auxtrace } = Feature;
  assertEquals(file.featureIds, [hostname, arch, Feature.eventDesc, auxtrace]);
  const [chunk] = file.auxChunks();
  assertEquals([...chunk!.read()], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 0, 0, 0, 0]);
  assertEquals([chunk!.cpu, chunk!.tid, chunk!.auxOffset], [0, null, 0n]);
  const view = new DataView(sink.bytes.buffer);
  const { count, entriesAt } = file.feature(auxtrace)!;
  assertEquals(count, 1);
  assertEquals(view.getUint32(Number(view.getBigUint64(entriesAt, true)), true), 71);
  assertEquals(view.getBigUint64(entriesAt + 8, true), 48n);
  assertEquals(checkFile(file).findings, []);
});

Deno.test("PerfWriter leaves a data size of 0 until the file is finalised", () => {
  const sink = new MemorySink();
  const writer = new PerfWriter(sink, { events: EVENTS });
  writer.add(commOf(1));
  const file = parse(sink.bytes);
  assertEquals([file.finalised, types(file)], [false, ["comm"]]);
  assertEquals(writer.size, sink.bytes.length);
  writer.finalise([]);
});

Deno.test("PerfWriter writes FINISHED_ROUND only after rings' data", () => {
  const sink = new MemorySink();
  const writer = new PerfWriter(sink, { events: EVENTS });
  writer.add(commOf(1));
  writer.ringData(EMPTY, EMPTY);
  writer.finishedRound();
  writer.ringData(commBytes(2), EMPTY);
  writer.finishedRound();
  writer.finishedRound();
  writer.finalise([]);
  assertEquals(types(parse(sink.bytes)), ["comm", "comm", "finished_round"]);
});

Deno.test("PerfWriter hands views of a ring to the sink itself", () => {
  const written: Uint8Array[] = [];
  const sink: PerfSink = { write: (bytes) => written.push(bytes) };
  const writer = new PerfWriter(sink, { events: EVENTS });
  const views = [commBytes(1), commBytes(2), new Uint8Array(8), new Uint8Array(3)] as const;
  writer.ringData(views[0], views[1]);
  writer.auxtrace({ idx: 0, cpu: 0, tid: -1, offset: 0n, reference: 0n }, views[2], views[3]);
  for (const view of views) assertEquals(written.some((bytes) => bytes === view), true);
});

Deno.test("PerfWriter repeats the sink's error until the file is finalised", () => {
  const sink = new MemorySink({ room: 600 });
  const writer = new PerfWriter(sink, { events: EVENTS });
  writer.add(commOf(1));
  assertThrows(() => writer.ringData(new Uint8Array(800), EMPTY), Error, "No space left");
  assertThrows(() => writer.add(commOf(2)), Error, "No space left");
  assertEquals(writer.finalise([]), true);
  assertEquals(types(parse(sink.bytes)), ["comm"]);
});

const COMPRESS = { level: 1, mmapSize: 1 << 16 };

/** An offset and a size in the table of the sections; 8 and 16 bytes for the index of one record. */
const INDEX_SIZE = 16 + 8 + 16;
/** The same, and version, type, level, ratio and ring size. Source: perf's `write_compressed()`. */
const COMPRESSED_SIZE = 16 + 5 * 4;

Deno.test("PerfWriter finalises a file of whole records wherever the disk is full", () => {
  for (const compress of [undefined, COMPRESS]) {
    const whole = new MemorySink();
    record(whole, compress);
    const { data: { offset: preamble, size } } = parse(whole.bytes).header;
    const allSize = whole.bytes.length - preamble - size;
    for (let room = preamble + 1; room <= whole.bytes.length; room++) {
      const sink = new MemorySink({ room });
      const { done, complete } = record(sink, compress);
      const file = parse(sink.bytes);
      assertEquals([room, types(file)], [room, done]);
      assertEquals(file.features().errors, []);
      assertEquals(file.finalised, done.length > 0);
      if (done.length === 0) continue;
      // The index goes before the other features, what was compressed before the index.
      const left = room - file.header.data.offset - file.header.data.size;
      const hasIndex = done.includes("auxtrace");
      const compressed = compress ? COMPRESSED_SIZE : 0;
      const own = compressed + (hasIndex ? INDEX_SIZE : 0);
      const all = allSize - (hasIndex ? 0 : INDEX_SIZE);
      const { featureIds } = file;
      assertEquals([room, complete, featureIds.includes(Feature.hostname)], [
        room,
        left >= all,
        left >= all,
      ]);
      assertEquals([room, featureIds.includes(Feature.auxtrace)], [room, hasIndex && left >= own]);
      const isCompressed = compress !== undefined && left >= compressed;
      assertEquals([room, featureIds.includes(Feature.compressed)], [room, isCompressed]);
    }
  }
});

Deno.test("PerfWriter says in its index where each AUXTRACE record stands", () => {
  const sink = new MemorySink();
  const writer = new PerfWriter(sink, { events: EVENTS });
  for (let count = 0; count < 5; count++) {
    writer.ringData(commBytes(count), EMPTY);
    const fields = { idx: 0, cpu: 0, tid: -1, offset: BigInt(count), reference: 0n };
    writer.auxtrace(fields, new Uint8Array(count), new Uint8Array(8));
  }
  writer.finalise(FEATURES);
  const file = parse(sink.bytes);
  const { count, entriesAt } = file.feature(Feature.auxtrace)!;
  const view = new DataView(sink.bytes.buffer);
  const entries = Array.from({ length: Number(count) }, (_, index) => [
    view.getBigUint64(entriesAt + 16 * index, true),
    view.getBigUint64(entriesAt + 16 * index + 8, true),
  ]);
  const records = [...file.records()].filter(({ type }) => type === "auxtrace");
  assertEquals(entries, records.map(({ fileOffset }) => [BigInt(fileOffset), 48n]));
  assertEquals(entries.length, 5);
});

Deno.test("PerfWriter pads AUX data to 8 bytes with zeros, and cuts none of it", () => {
  for (let size = 1; size <= 17; size++) {
    for (const cut of [0, 1, size]) {
      const sink = new MemorySink();
      const writer = new PerfWriter(sink, { events: EVENTS });
      const bytes = new Uint8Array(size).fill(0xaa);
      const fields = { idx: 2, cpu: 3, tid: 4, offset: 5n, reference: 6n };
      const before = writer.size;
      writer.auxtrace(fields, ...split(bytes, cut));
      const padded = Math.ceil(size / 8) * 8;
      assertEquals([size, writer.size - before], [size, 48 + padded]);
      writer.finalise([]);
      const [chunk] = parse(sink.bytes).auxChunks();
      assertEquals([...chunk!.read()], [...bytes, ...new Array(padded - size).fill(0)]);
      const { idx, cpu, tid, auxOffset } = chunk!;
      assertEquals([idx, cpu, tid, auxOffset], [2, 3, 4, 5n]);
    }
  }
});

Deno.test("PerfWriter compresses at most 60 KiB into a record", () => {
  for (const [size, expected] of [[61_432, 1], [61_440, 1], [61_448, 2], [122_880, 2]] as const) {
    const sink = new MemorySink();
    const writer = new PerfWriter(sink, { events: EVENTS, compress: COMPRESS });
    writer.ringData(new Uint8Array(size), EMPTY);
    assertEquals([size, countOf(sink.bytes, writer.size, 81)], [size, expected]);
    writer.finalise([]);
  }
});

/** Number of records of a type up to the end of a file without features. */
function countOf(bytes: Uint8Array, end: number, type: number): number {
  const view = new DataView(bytes.buffer);
  let count = 0;
  for (let at = parse(bytes).header.data.offset; at < end; at += view.getUint16(at + 6, true)) {
    if (view.getUint32(at, true) === type) count++;
  }
  return count;
}

Deno.test("PerfWriter leaves features out of a pipe that no record holds", () => {
  // u16 size; header, number of the feature, data: perf's `struct perf_record_header_feature`
  for (const [size, isThere] of [[65_519, true], [65_520, false]] as const) {
    const sink = new MemorySink({ pipe: true });
    const writer = new PerfWriter(sink, { events: EVENTS });
    const before = writer.size;
    writer.pipeFeatures([{
      bit: Feature.cmdline,
      write: (out) => out.bytes(new Uint8Array(size)),
    }]);
    assertEquals([size, writer.size - before], [size, isThere ? 65_535 : 0]);
  }
});

Deno.test("PerfWriter compresses in records that fit, whatever the data", () => {
  const size = 200_000;
  const noise = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(noise.subarray(at, at + 65_536));
  }
  // A record of an unknown type, so that nothing reads its body.
  const bytes = new Uint8Array(4 * 50_000);
  const view = new DataView(bytes.buffer);
  bytes.set(noise);
  for (let at = 0; at < size; at += 50_000) {
    view.setUint32(at, 63, true);
    view.setUint32(at + 4, 50_000 << 16, true);
  }
  const sink = new MemorySink();
  const writer = new PerfWriter(sink, {
    events: EVENTS,
    compress: { level: 1, mmapSize: size },
  });
  writer.ringData(...split(bytes, 130_001));
  writer.finalise(FEATURES);
  const file = parse(sink.bytes);
  const sizes = [...file.records()].filter(({ type }) => type !== "compressed");
  assertEquals(sizes.map(({ size }) => size), Array(4).fill(50_000));
  assertEquals(
    file.feature(Feature.compressed),
    {
      version: 1,
      type: 1,
      level: 1,
      ratio: 1,
      ringSize: size,
    },
  );
});

Deno.test("PerfWriter writes a pipe with events, names and features as records", () => {
  const sink = new MemorySink({ pipe: true });
  const writer = new PerfWriter(sink, { events: EVENTS, compress: COMPRESS });
  writer.pipeFeatures([...FEATURES, { bit: Feature.buildId, write: () => {} }]);
  writer.ringData(commBytes(7), EMPTY);
  assertEquals(writer.finalise(FEATURES), true);
  assertEquals(writer.size, sink.bytes.length);
  const file = parse(sink.bytes);
  assertEquals(file.container, "pipe");
  assertEquals(types(file).at(-1), "comm");
  assertEquals(file.events.map(({ name }) => name), ["dummy:u", "cpu-clock:u"]);
  const { hostname, arch, compressed } = Feature;
  assertEquals(file.featureIds, [hostname, arch, Feature.eventDesc, compressed]);
});

const ignore = !perfRecords();

Deno.test({
  name: "PerfWriter writes files that perf reads, also where the disk was full",
  ignore,
  async fn() {
    for (const compress of [undefined, COMPRESS]) {
      const whole = new MemorySink();
      record(whole, compress);
      const { length } = whole.bytes;
      for (const missing of [0, 1, 100, 300, 450, 500, 560]) {
        const sink = new MemorySink({ room: length - missing });
        const { done } = record(sink, compress);
        if (done.length === 0) continue;
        const { counts, failure } = await withFile(sink.bytes, perfDump);
        assertEquals([missing, failure], [missing, null]);
        const comms = done.filter((type) => type === "comm").length;
        assertEquals([missing, counts.get(3) ?? 0], [missing, comms]);
      }
    }
  },
});
