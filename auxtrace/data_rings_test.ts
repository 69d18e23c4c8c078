import { assertEquals } from "@std/assert";
import { nodeZstd } from "../system/mod.ts";
import { openPerfFile } from "../system/mod.ts";
import { bytesSource, parsePerfFile, type PerfFile } from "../parsers/perf/mod.ts";
import { fixturePath, oracleTest } from "../testing/corpus.ts";
import {
  auxEvent,
  comm,
  compressed,
  concat,
  contextSwitch,
  type EventSpec,
  finishedInit,
  fork,
  idIndex,
  lost,
  mmap,
  PerfFileBuilder,
  type PerfFileOptions,
  sample,
  SampleType,
  ZstdRing,
} from "../testing/perf_builder.ts";
import { runPerf } from "../testing/perf_dump.ts";
import { type DataRingBytes, DataRings } from "./data_rings.ts";

// Sizes in bytes: a header is 8, and a trailer of auxEvent() 32 for pid and tid, time, CPU and id.
const AUX = 8 + 24 + 32;
const SAMPLE = 8 + 32;
const LOST = 8 + 16 + 32;

function ringsOf(file: PerfFile): DataRingBytes[] {
  const rings = new DataRings(file);
  const cursor = file.recordCursor();
  while (cursor.next()) rings.record(cursor);
  assertEquals(cursor.cut, null);
  return rings.rings();
}

function ringsIn(bytes: Uint8Array): DataRingBytes[] {
  return ringsOf(parsePerfFile(bytesSource(bytes), { zstd: nodeZstd }));
}

function ofCpu(cpu: number, bytes: number): DataRingBytes {
  return { cpu, tid: null, bytes, over32Bits: false };
}

function ofThread(tid: number, bytes: number): DataRingBytes {
  return { cpu: null, tid, bytes, over32Bits: false };
}

/** Records of two CPUs, among what perf writes itself and makes up. */
function twoCpus(options: PerfFileOptions): PerfFileBuilder {
  const event = auxEvent("intel_pt//", 2);
  const file = new PerfFileBuilder({ ...options, events: [event] });
  const task = { pid: 7, tid: 7, comm: "work" };
  const mapping = { pid: 7, tid: 7, addr: 0n, len: 1n, pgoff: 0n, filename: "work" };
  file.add(idIndex([{ id: 1n, idx: 0n, cpu: 0n, tid: -1n }])).add(comm(task)).add(mmap(mapping));
  file.add(fork({ pid: 7, ppid: 1, tid: 7, ptid: 1, timeNs: 0n })).add(finishedInit);
  for (const cpu of [0, 1, 1]) {
    const values = { cpu, tid: 7, timeNs: 5n, id: BigInt(cpu + 1) };
    file.aux({ ...values, offset: 0n, size: 64 }).add(sample(event, values));
    file.auxtrace({ idx: cpu, cpu, offset: 0n, size: 64 }).finishedRound();
  }
  // The idle task of CPU 0 has pid and tid 0, but a time.
  return file.add(lost(1n, 3n), { timeNs: 5n });
}

Deno.test("DataRings sums the kernel's records by CPU, and none of perf's", () => {
  const expected = [ofCpu(0, AUX + SAMPLE + LOST), ofCpu(1, 2 * (AUX + SAMPLE))];
  for (const byteOrder of ["little", "big"] as const) {
    for (const pipe of [false, true]) {
      assertEquals(ringsIn(twoCpus({ byteOrder, pipe }).bytes()), expected);
    }
  }
});

Deno.test("DataRings sums by thread where records name no CPU", () => {
  const event = {
    ...auxEvent("cs_etm//", 1),
    sampleType: SampleType.Ip | SampleType.Tid | SampleType.Identifier,
  };
  const file = new PerfFileBuilder({ events: [event] });
  file.add(comm({ pid: 9, tid: 9, comm: "work" }));
  for (const tid of [9, 4, 9]) file.add(sample(event, { tid }));
  file.add(contextSwitch(0), { tid: 4 });
  // A sample has ip, pid and tid, and id; a trailer no ip.
  assertEquals(ringsIn(file.bytes()), [ofThread(4, 8 + 24 + 8 + 16), ofThread(9, 2 * (8 + 24))]);
});

Deno.test("DataRings finds the CPU where events have it in different places, or not at all", () => {
  const event = (id: bigint, sampleType: number): EventSpec => ({
    ...auxEvent("cycles", 0),
    ids: [id],
    sampleType: sampleType | SampleType.Identifier | SampleType.Tid,
  });
  const events = [
    event(1n, SampleType.Cpu),
    event(2n, SampleType.Cpu | SampleType.Addr),
    event(3n, SampleType.Time),
  ] as const;
  for (const pipe of [false, true]) {
    const file = new PerfFileBuilder({ events, pipe });
    for (const of of [...events, ...events]) {
      file.add(sample(of, { id: of.ids![0]!, cpu: 3, tid: 8, addr: 6n, timeNs: 9n }));
    }
    assertEquals(ringsIn(file.bytes()), [ofThread(8, 2 * (8 + 24)), ofCpu(3, 2 * (32 + 40))]);
  }
});

Deno.test("DataRings gives records to threads where ID_INDEX gives every ring to one", () => {
  const event = auxEvent("intel_pt//", 2);
  const task = (tid: bigint) => ({ id: tid, idx: tid, cpu: -1n, tid });
  const cases = [
    [[task(4n), task(5n)], [ofThread(4, LOST), ofThread(5, 2 * LOST)]],
    [[task(4n), { ...task(5n), cpu: 0n }], [ofCpu(1, 3 * LOST)]],
    [[task(4n), { ...task(5n), tid: -1n }], [ofCpu(1, 3 * LOST)]],
    [[], [ofCpu(1, 3 * LOST)]],
  ] as const;
  for (const [entries, rings] of cases) {
    for (const pipe of [false, true]) {
      const file = new PerfFileBuilder({ events: [event], pipe }).add(idIndex([...entries]));
      for (const tid of [4, 5, 5]) file.add(lost(1n, 1n), { cpu: 1, tid, timeNs: 5n });
      assertEquals(ringsIn(file.bytes()), rings);
    }
  }
});

Deno.test("DataRings counts records as they were before they were compressed", async () => {
  const file = new PerfFileBuilder({ events: [auxEvent("intel_pt//", 1)] });
  const part = file.encode(lost(1n, 1n), { cpu: 2, timeNs: 5n });
  using zstd = new ZstdRing();
  file.add(compressed(await zstd.flush(concat([part, part]))));
  assertEquals(ringsIn(file.bytes()), [ofCpu(2, 2 * LOST)]);
});

Deno.test("DataRings says which data_head needs more than 32 bits", () => {
  const event = auxEvent("cycles", 1);
  const raw = { ...event, sampleType: Number(event.sampleType) | SampleType.Raw };
  // Size and padding of raw data come to 8 bytes; the record has 2^16 - 8.
  const size = 2 ** 16 - 8;
  const bytes = new PerfFileBuilder({ events: [raw] })
    .add(sample(raw, { cpu: 5, raw: new Uint8Array(size - SAMPLE - 4) })).bytes();
  const file = parsePerfFile(bytesSource(bytes));
  const cursor = file.recordCursor();
  cursor.next();
  assertEquals(cursor.size, size);
  const rings = new DataRings(file);
  // (2^16 - 8) * (2^16 + 8) = 2^32 - 64
  for (let count = 0; count < 2 ** 16 + 8; count++) rings.record(cursor);
  assertEquals(rings.rings(), [ofCpu(5, 2 ** 32 - 64)]);
  const last = parsePerfFile(bytesSource(
    new PerfFileBuilder({ events: [raw] }).add(sample(raw, { cpu: 5, raw: new Uint8Array(20) }))
      .bytes(),
  )).recordCursor();
  last.next();
  assertEquals(last.size, 64);
  rings.record(last);
  assertEquals(rings.rings(), [{ ...ofCpu(5, 2 ** 32), over32Bits: true }]);
});

Deno.test("DataRings keeps 8,192 rings, and ignores the rest", () => {
  const event = auxEvent("cycles", 1);
  const file = new PerfFileBuilder({ events: [event] });
  for (let cpu = 0; cpu < 9000; cpu++) file.add(sample(event, { cpu }));
  for (const cpu of [8999, 0, 0xffff_ffff]) file.add(sample(event, { cpu }));
  const rings = ringsIn(file.bytes());
  assertEquals([rings.length, rings[0], rings.at(-1)], [
    8192,
    ofCpu(0, 2 * SAMPLE),
    ofCpu(8191, SAMPLE),
  ]);
});

Deno.test("DataRings leaves out records that are too short to name a ring", () => {
  const event = auxEvent("cycles", 1);
  for (let size = 8; size < SAMPLE; size++) {
    for (const type of [2, 3, 9, 11]) {
      const header = new Uint8Array(size).fill(1);
      new DataView(header.buffer).setUint32(0, type, true);
      new DataView(header.buffer).setUint16(6, size, true);
      const bytes = new PerfFileBuilder({ events: [event] }).raw(header).bytes();
      // In a sample of this event the CPU is the last word.
      const names = type === 9 && size >= SAMPLE - 4;
      assertEquals(ringsIn(bytes).length, names ? 1 : 0);
    }
  }
});

oracleTest("DataRings counts the bytes per CPU that perf report -D shows", ["perf"], async () => {
  const own = /_(ID_INDEX|EVENT_UPDATE|THREAD_MAP|CPU_MAP|FINISHED_\w+|TIME_CONV|AUXTRACE\w*)$/;
  const line = /^(\d+) (\d+) 0x[0-9a-f]+ \[(0x[0-9a-f]+)\]: (PERF_RECORD_\w+)/;
  for (const name of ["system_wide", "switch_cpu_wide", "callgraph", "tracepoint"]) {
    const path = fixturePath(`perf_${name}.perf.data`);
    const bytes = new Map<number, number>();
    await runPerf(["report", "-D", "-i", path], (text) => {
      const [, cpu, time, size, type] = line.exec(text) ?? [];
      if (type === undefined || own.test(type) || (cpu === "0" && time === "0")) return;
      bytes.set(Number(cpu), (bytes.get(Number(cpu)) ?? 0) + Number(size));
    });
    using file = openPerfFile(path);
    const expected = [...bytes].sort(([a], [b]) => a - b).map(([cpu, size]) => ofCpu(cpu, size));
    assertEquals([name, expected.length > 0, ringsOf(file)], [name, true, expected]);
  }
});
