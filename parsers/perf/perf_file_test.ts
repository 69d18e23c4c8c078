import { Feature, FileHeaderSize } from "./abi.ts";
import { assertEquals, assertLess, assertThrows } from "@std/assert";
import {
  auxEvent,
  auxtraceInfo,
  AuxtraceType,
  comm,
  eventDesc,
  type EventSpec,
  eventUpdate,
  finishedInit,
  finishedRound,
  headerAttr,
  headerFeature,
  intelPtInfo,
  lost,
  PerfFileBuilder,
  type PerfFileOptions,
  sample,
  SampleType,
  textFeature,
  usualFeatures,
} from "../../testing/perf_builder.ts";
import { type ByteSource, bytesSource } from "../byte_source.ts";
import { FormatError } from "../format_error.ts";
import { parsePerfFile, type PerfFile } from "./perf_file.ts";
import { parsePerfStream } from "./perf_stream.ts";
import type { PerfRecord } from "./records/mod.ts";
import type { RecordOrder } from "./round_sorter.ts";

function parse(builder: PerfFileBuilder): PerfFile {
  return parsePerfFile(bytesSource(builder.bytes()));
}

Deno.test("auxChunks() gives the chunks of one CPU or one thread", () => {
  const file = new PerfFileBuilder();
  for (const [idx, cpu, tid] of [[0, 0, 7], [1, 1, 7], [2, -1, 8], [0, 0, 9]] as const) {
    file.auxtrace({ idx, cpu, tid, offset: BigInt(idx), size: 8, reference: 5n });
  }
  const parsed = parse(file);
  const all = [...parsed.auxChunks()].map(({ idx, cpu, tid }) => [idx, cpu, tid]);
  assertEquals(all, [[0, 0, 7], [1, 1, 7], [2, null, 8], [0, 0, 9]]);
  const idxOf = (filter: { cpu?: number; tid?: number }) =>
    [...parsed.auxChunks(filter)].map(({ idx }) => idx);
  assertEquals(idxOf({ cpu: 0 }), [0, 0]);
  assertEquals(idxOf({ tid: 7 }), [0, 1]);
  assertEquals(idxOf({ cpu: 0, tid: 9 }), [0]);
  assertEquals(idxOf({ cpu: 5 }), []);
  const [chunk] = parsed.auxChunks();
  assertEquals([chunk?.auxOffset, chunk?.size, chunk?.reference], [0n, 8, 5n]);
});

Deno.test("AUX payload is not read unless asked for", () => {
  const builder = new PerfFileBuilder();
  for (let i = 0; i < 8; i++) builder.auxtrace({ idx: 0, offset: 0n, size: 1 << 20 });
  const bytes = builder.bytes();
  let read = 0;
  const source: ByteSource = {
    size: bytes.length,
    read(offset, into) {
      const part = bytes.subarray(offset, offset + into.length);
      into.set(part);
      read += part.length;
      return part.length;
    },
  };
  const chunks = [...parsePerfFile(source).auxChunks()];
  assertEquals([chunks.length, read < 1 << 19], [8, true]);
  assertEquals(chunks[7]?.read(5, 9), new Uint8Array(4));
});

Deno.test("an unfinalised file has records, and no features", () => {
  const features = usualFeatures("x86_64");
  const file = parse(new PerfFileBuilder({ finalised: false, features }).add(finishedRound));
  assertEquals([file.finalised, file.featureIds, file.feature(Feature.arch)], [
    false,
    [],
    undefined,
  ]);
  assertEquals([...file.records()].length, 1);
});

Deno.test("features() keeps the sound sections beside a damaged one", () => {
  const builder = new PerfFileBuilder({ features: usualFeatures("x86_64") });
  const bytes = builder.add(finishedRound).bytes();
  const sound = parsePerfFile(bytesSource(bytes));
  assertEquals([sound.features().errors, sound.features().values.arch], [[], "x86_64"]);
  const hostname = sound.featureSection(Feature.hostname)!;
  bytes.fill(0xff, hostname.offset, hostname.offset + 4);
  const file = parsePerfFile(bytesSource(bytes));
  const { values, errors } = file.features();
  assertEquals([values.hostname, values.arch], [undefined, "x86_64"]);
  assertEquals(errors.map(({ fault, detail }) => [fault, detail.offset]), [
    ["corrupt", hostname.offset],
  ]);
  assertThrows(() => file.feature(Feature.hostname), FormatError);

  const arch = sound.featureSection(Feature.arch)!;
  bytes.fill(0xff, arch.offset, arch.offset + 4);
  const places = parsePerfFile(bytes).features().errors.map(({ detail }) => detail.offset);
  assertEquals(places, [hostname.offset, arch.offset]);
});

Deno.test("damage of the attrs or the feature table leaves the records readable", () => {
  const damages: [string, number, bigint][] = [
    ["attrs behind the end", 24, 1n << 40n],
    ["attr size", 16, 8n],
    ["ids behind the end", 104 + 8 + 128, 1n << 50n],
    ["size of the ids", 104 + 8 + 136, 1n << 50n],
  ];
  for (const [name, at, value] of damages) {
    const bytes = new PerfFileBuilder().add(finishedRound).bytes();
    new DataView(bytes.buffer).setBigUint64(at, value, true);
    const file = parsePerfFile(bytesSource(bytes));
    assertEquals([name, file.damage.length > 0], [name, true]);
    assertEquals([name, [...file.records()].length], [name, 1]);
  }
  const bytes = new PerfFileBuilder({ features: usualFeatures("x86_64") }).add(finishedRound)
    .bytes();
  const dataEnd = parsePerfFile(bytesSource(bytes)).header.data;
  const cut = parsePerfFile(bytesSource(bytes.subarray(0, dataEnd.offset + dataEnd.size + 8)));
  assertEquals([cut.damage.length, cut.featureIds, [...cut.records()].length], [1, [], 1]);
});

Deno.test("a stream keeps its records where ids or attrs are said to stand after them", async () => {
  const damages: [number, bigint][] = [[24, 1n << 20n], [32, 1n << 20n], [
    104 + 8 + 128,
    1n << 20n,
  ]];
  for (const [at, value] of damages) {
    const bytes = new PerfFileBuilder().add(finishedRound).bytes();
    new DataView(bytes.buffer).setBigUint64(at, value, true);
    const stream = await parsePerfStream(ReadableStream.from([bytes]));
    const types = await Array.fromAsync(stream.records(), ({ type }) => type);
    assertEquals([at, types, stream.file.damage.length], [at, ["finished_round"], 1]);
  }
});

Deno.test("events are named by EVENT_DESC, by EVENT_UPDATE, or by their config", () => {
  const plain: EventSpec = { type: 1, config: 0n, ids: [5n] };
  const other: EventSpec = { type: 8, name: "my/event/", ids: [6n] };
  const options: PerfFileOptions = { events: [plain, other] };
  const names = (file: PerfFile) => file.events.map(({ name }) => name);
  assertEquals(names(parse(new PerfFileBuilder(options))), ["cpu-clock", null]);
  const described = [{ ...plain, name: "first" }, other];
  const features = [eventDesc(described)];
  const builder = new PerfFileBuilder({ ...options, features }).add(finishedRound);
  assertEquals(names(parse(builder)), ["first", "my/event/"]);
  const oldPipe = new PerfFileBuilder({ pipe: true, events: [] })
    .add(headerFeature(eventDesc([other, { ...plain, name: "first" }])))
    .add(headerAttr(plain)).add(headerAttr(other)); // as perf 4.14 orders them
  assertEquals(names(parse(oldPipe)), ["first", "my/event/"]);
  for (const pipe of [true, false]) {
    const builder = new PerfFileBuilder({ ...options, pipe });
    const file = parse(builder.add(eventUpdate(6n, { name: "sent" })).add(finishedRound));
    file.records().forEach(() => {});
    assertEquals([pipe, names(file)], [pipe, ["cpu-clock", "sent"]]);
  }
});

/** Two events, and records of both over two rounds in which time goes back. */
function twoEvents(options: PerfFileOptions): Uint8Array {
  const sampleType = SampleType.Identifier | SampleType.Time;
  const [first, second]: [EventSpec, EventSpec] = [
    { type: 8, name: "first//", ids: [1n], sampleType, flags: ["sampleIdAll"] },
    { type: 8, name: "second//", ids: [2n, 3n], sampleType, flags: ["sampleIdAll"] },
  ];
  const events = [first, second];
  const features = [...usualFeatures("x86_64"), eventDesc(events)];
  return new PerfFileBuilder({ ...options, events, features })
    .add(comm({ pid: 1, tid: 1, comm: "x" })) // by perf: no time, id 0
    .add(sample(first, { id: 1n, timeNs: 30n }))
    .add(sample(second, { id: 2n, timeNs: 20n }))
    .add(comm({ pid: 1, tid: 1, comm: "x" }), { id: 3n, timeNs: 10n })
    .finishedRound()
    .add(sample(second, { id: 3n, timeNs: 25n }))
    .add(lost(2n, 7n), { id: 9n, timeNs: 40n }) // an unknown id
    .bytes();
}

/** Type of a record, and its event where it has one. */
function eventOf(record: PerfRecord): string {
  if (!("event" in record)) return record.type;
  return `${record.type} of ${record.event && `${record.event.index} ${record.event.name}`}`;
}

Deno.test("records() tells the event of each sample and kernel record, in any order", async () => {
  const inFile = [
    "comm of 0 first//",
    "sample of 0 first//",
    "sample of 1 second//",
    "comm of 1 second//",
    "finished_round",
    "sample of 1 second//",
    "lost of null",
  ];
  const inTime = [
    "comm of 0 first//",
    "finished_round",
    "lost of null", // nobody knows its time
    "comm of 1 second//",
    "sample of 1 second//",
    "sample of 1 second//",
    "sample of 0 first//",
  ];
  for (const byteOrder of ["little", "big"] as const) {
    for (const pipe of [false, true]) {
      const file = parsePerfFile(bytesSource(twoEvents({ byteOrder, pipe })));
      const seen = (order: RecordOrder) => [...file.records({ order })].map(eventOf).slice(-7);
      assertEquals([seen("file"), seen("time")], [inFile, inTime]);
    }
    const stream = await parsePerfStream(
      ReadableStream.from([twoEvents({ byteOrder, pipe: true })]),
    );
    const streamed = await Array.fromAsync(stream.records(), eventOf);
    assertEquals(streamed.slice(-7), inFile);
  }
});

Deno.test("records of one event have one object for it, which is renamed with the event", () => {
  for (const pipe of [true, false]) {
    const builder = new PerfFileBuilder({ pipe, events: [auxEvent("a", 1)] });
    for (const name of ["b", "c"]) {
      builder.add(comm({ pid: 1, tid: 1, comm: "x" }), { id: 1n });
      builder.add(eventUpdate(1n, { name }));
    }
    const comms = [...parse(builder).records()].filter(({ type }) => type === "comm");
    assertEquals(comms.map(eventOf), ["comm of 0 c", "comm of 0 c"]);
  }
});

Deno.test("findAuxtraceInfo() finds the record before the rings' data, and reads no further", () => {
  const with1 = new PerfFileBuilder().add(intelPtInfo()).add(finishedInit);
  assertEquals(parse(with1).findAuxtraceInfo()?.type, "intel_pt");
  const without = parse(new PerfFileBuilder().add(finishedInit).add(intelPtInfo()));
  assertEquals(without.findAuxtraceInfo(), null);
  without.records().forEach(() => {});
  assertEquals(without.auxtraceInfo?.type, "intel_pt");
});

Deno.test("records() throws after the last whole record where they end early", () => {
  const builder = new PerfFileBuilder({ finalised: false });
  builder.add(finishedRound).add(comm({ pid: 1, tid: 1, comm: "x" }));
  const bytes = builder.bytes();
  for (const order of ["file", "time"] as const) {
    const file = parsePerfFile(bytesSource(bytes.subarray(0, bytes.length - 1)));
    const seen: string[] = [];
    const error: FormatError = assertThrows(() => {
      for (const record of file.records({ order })) seen.push(record.type);
    }, FormatError);
    assertEquals([seen, error.fault], [["finished_round"], "truncated"]);
  }
});

Deno.test("a data section that ends behind the file is a cut", () => {
  const bytes = new PerfFileBuilder().add(finishedRound).bytes();
  new DataView(bytes.buffer).setBigUint64(48, 1n << 40n, true);
  const cursor = parsePerfFile(bytesSource(bytes)).recordCursor();
  while (cursor.next());
  assertEquals(cursor.cut?.fault, "truncated");
});

Deno.test("the same file can be read many times, and its events are not counted twice", () => {
  const file = parse(
    new PerfFileBuilder({ pipe: true, events: [auxEvent("x", 2)] }).add(intelPtInfo())
      .add(finishedRound),
  );
  const first = [...file.records()].map(({ type }) => type);
  for (let i = 0; i < 3; i++) assertEquals([...file.records()].map(({ type }) => type), first);
  assertEquals([file.events.length, file.damage], [1, []]);
});

Deno.test("disposing of a file calls its close", () => {
  let closed = 0;
  {
    using _file = parsePerfFile(bytesSource(new PerfFileBuilder().bytes()), {
      close: () => void closed++,
    });
  }
  assertEquals(closed, 1);
});

Deno.test("an attr that says size 0 has the first version's 64 bytes, in both byte orders", () => {
  for (const byteOrder of ["little", "big"] as const) {
    const little = byteOrder === "little";
    const events: EventSpec[] = [{ size: 64, type: 8, config: 5n, ids: [7n, 1n << 32n] }];
    for (const pipe of [false, true]) {
      const builder = new PerfFileBuilder({ byteOrder, events, pipe });
      const bytes = builder.add(finishedRound).bytes();
      // In a file attrs follow the header and the ids; in a stream the record's header.
      const attr = pipe ? 16 + 8 : 104 + 16;
      const view = new DataView(bytes.buffer);
      assertEquals(view.getUint32(attr + 4, little), 64);
      view.setUint32(attr + 4, 0, little);
      const file = parsePerfFile(bytes);
      assertEquals(file.damage, []);
      const ids = [...file.events[0]!.ids];
      const { size, type, config } = file.events[0]!.attr;
      assertEquals([size, type, config, ids], [64, 8, 5n, [7n, 1n << 32n]]);
      const records = [...file.records()].filter((record) => record.type === "header_attr");
      assertEquals(records.map(({ ids }) => [...ids]), pipe ? [ids] : []);
    }
  }
});

Deno.test("ids, times and positions whose low word is 0 are what they are", () => {
  const sampleType = SampleType.Identifier | SampleType.Time | SampleType.Cpu;
  const [high, low] = [1n << 32n, 1n];
  const events: EventSpec[] = [low, high, 0xffff_ffffn].map((id) => (
    { ids: [id], sampleType, flags: ["sampleIdAll"] }
  ));
  for (const byteOrder of ["little", "big"] as const) {
    const file = new PerfFileBuilder({ byteOrder, events });
    for (const id of [low, high, 0xffff_ffffn, 2n, 2n << 32n]) {
      file.add(lost(id, 1n), { id, timeNs: 3n << 32n, cpu: 0 });
    }
    file.add(lost(0n, 1n)).add(lost(1n, 1n), { id: low, timeNs: 0xffff_ffffn, cpu: -1 });
    file.add(lost(1n, 1n), { id: low, timeNs: (1n << 64n) - 1n, cpu: 0 });
    const seen: unknown[] = [];
    const cursor = parsePerfFile(file.bytes()).recordCursor();
    while (cursor.next()) {
      const { event, cpu, timeHigh, timeLow } = cursor.origin();
      const { id, timeNs } = cursor;
      assertEquals([event, cpu], [cursor.event, cursor.cpu]);
      assertEquals(BigInt(timeHigh) << 32n | BigInt(timeLow), timeNs ?? 0n);
      seen.push([event?.index ?? null, id, timeNs, cpu]);
    }
    assertEquals(seen, [
      [0, low, 3n << 32n, 0],
      [1, high, 3n << 32n, 0],
      [2, 0xffff_ffffn, 3n << 32n, 0],
      [null, 2n, null, null],
      [null, 2n << 32n, null, null],
      [0, null, null, null], // all 0: perf made it up
      [0, low, 0xffff_ffffn, null],
      [0, low, null, 0],
    ]);
  }
});

Deno.test("a trailer is there from the size on that holds all of it", () => {
  const events: EventSpec[] = [auxEvent("x", 1), auxEvent("y", 1)].map((event, index) => (
    { ...event, ids: [BigInt(index + 1)] }
  ));
  const trailerSize = 32; // pid and tid, time, cpu, identifier
  for (const byteOrder of ["little", "big"] as const) {
    for (const size of [trailerSize - 8, trailerSize - 4, trailerSize, trailerSize + 8]) {
      const file = new PerfFileBuilder({ byteOrder, events });
      const whole = file.encode(
        { type: 60, body: (out) => out.zeros(8) },
        { id: 2n, pid: 5, tid: 6, timeNs: 7n, cpu: 3 },
      );
      const bytes = new Uint8Array([...whole.subarray(0, 8), ...whole.subarray(-size)]);
      new DataView(bytes.buffer).setUint16(6, bytes.length, byteOrder === "little");
      const cursor = parsePerfFile(file.raw(bytes).bytes()).recordCursor();
      assertEquals([cursor.next(), cursor.size], [true, 8 + size]);
      const { event, pid, tid, timeNs, cpu, id } = cursor;
      const seen = [event?.index ?? null, pid, tid, timeNs, cpu, id];
      const isThere = size >= trailerSize;
      assertEquals([size, seen], [size, isThere ? [1, 5, 6, 7n, 3, 2n] : Array(6).fill(null)]);
    }
  }
});

Deno.test("findAuxtraceInfo() reads all records of a recording that says that it has AUX data", () => {
  for (const mark of [finishedInit, finishedRound]) {
    const late = new PerfFileBuilder().add(mark).add(intelPtInfo());
    assertEquals(parse(late).findAuxtraceInfo(), null);
    assertEquals(
      parse(late.auxtrace({ idx: 0, offset: 0n, size: 8 })).findAuxtraceInfo()?.type,
      "intel_pt",
    );
    const file = parse(late.add(intelBts()));
    file.records().forEach(() => {});
    assertEquals(file.auxtraceInfo?.type, "intel_pt"); // the first counts
  }
});

function intelBts() {
  return auxtraceInfo(AuxtraceType.intel_bts, [8n, 0n, 0n, 0n, 0n, 0n]);
}

Deno.test("feature sections that come as records are those of the stream's last", () => {
  for (const byteOrder of ["little", "big"] as const) {
    const file = new PerfFileBuilder({ byteOrder, pipe: true, events: [] });
    for (const text of ["one", "two"]) file.add(headerFeature(textFeature("hostname", text)));
    file.add(headerFeature({ bit: 255, write: (out) => out.u32(7) }));
    file.add(headerFeature({ bit: 256, write: (out) => out.u32(7) }));
    file.add(headerFeature({ bit: 9, write: () => {} })); // no bytes: the end of the list
    const parsed = parse(file);
    parsed.records().forEach(() => {});
    assertEquals([parsed.feature(Feature.hostname), parsed.featureIds], ["two", [3, 255]]);
  }
});

Deno.test("a stream that is shorter than the header of a file can be read like one", async () => {
  for (const byteOrder of ["little", "big"] as const) {
    const builder = new PerfFileBuilder({ pipe: true, byteOrder, events: [] });
    const bytes = builder.add(comm({ pid: 1, tid: 1, comm: "work" })).finishedRound().bytes();
    assertLess(bytes.length, FileHeaderSize.Full);
    for (const size of [1, 7, 24, bytes.length]) {
      const { file, walk } = await parsePerfStream(cutInto(bytes, size));
      assertEquals([file.seekable, file.findAuxtraceInfo()], [true, null]);
      const types: number[] = [];
      const { cut } = await walk(({ type }) => types.push(type));
      assertEquals([types, cut], [[80, 3, 68], null]);
      assertEquals([...file.records()].length, 3);
    }
  }
});

async function* cutInto(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
