import { assertEquals } from "@std/assert";
import { corpusPath, oracleTest } from "../../testing/corpus.ts";
import {
  type AttrFlag,
  compressed,
  type EventSpec,
  finishedRound,
  idIndex,
  lost,
  PerfFileBuilder,
  type PerfFileOptions,
  SampleType,
  ZstdRing,
} from "../../testing/perf_builder.ts";
import { openPerfBytes, openPerfFile } from "../../system/mod.ts";
import { bytesSource, checkFile, parsePerfFile, type PerfFile } from "./mod.ts";

/** A record in a ring: when, by which id, and on which CPU. */
type Entry = readonly [timeNs: number, id: number, cpu: number];

const TRAILER = SampleType.Tid | SampleType.Time | SampleType.Cpu | SampleType.Identifier;

function event(ids: readonly number[], options: Partial<EventSpec> = {}): EventSpec {
  const flags: readonly (keyof typeof AttrFlag)[] = ["sampleIdAll"];
  return { type: 1, name: "e", ids: ids.map(BigInt), sampleType: TRAILER, flags, ...options };
}

function file(
  entries: readonly Entry[],
  options: PerfFileOptions & { readonly index?: Parameters<typeof idIndex>[0] } = {},
): PerfFileBuilder {
  const ids = [...new Set(entries.map(([, id]) => id))].filter((id) => id > 0);
  const builder = new PerfFileBuilder({ events: [event(ids)], ...options });
  if (options.index) builder.add(idIndex(options.index));
  for (const [timeNs, id, cpu] of entries) add(builder, [timeNs, id, cpu]);
  return builder;
}

function add(builder: PerfFileBuilder, [timeNs, id, cpu]: Entry): void {
  builder.aux({ offset: 0n, size: 8, timeNs: BigInt(timeNs), id: BigInt(id), cpu });
}

function told(file: PerfFile): string[] {
  return checkFile(file).findings
    .filter(({ message }) => message.startsWith("time goes back"))
    .map(({ severity, fileOffset, message }) =>
      `${severity} 0x${fileOffset.toString(16)}: ${
        message.replace("time goes back inside a ring ", "")
      }`
    );
}

function toldOf(builder: PerfFileBuilder): string[] {
  return told(parsePerfFile(builder.bytes()));
}

Deno.test("time that goes back inside a CPU's ring is told once, with how often and how far", () => {
  for (const byteOrder of ["little", "big"] as const) {
    for (const pipe of [false, true]) {
      const options = { byteOrder, pipe, events: [event([1, 2])] };
      assertEquals(toldOf(file([[10, 1, 0], [10, 1, 0], [20, 1, 0]], options)), []);
      const builder = file([[10, 1, 0]], options);
      const at = builder.position.toString(16);
      for (const entry of [[7, 1, 0], [30, 1, 0], [20, 2, 0], [25, 1, 0]] as const) {
        add(builder, entry);
      }
      assertEquals(toldOf(builder), [
        `warning 0x${at}: 2 times, by up to 10 ns; first at a PERF_RECORD_AUX of CPU 0`,
      ]);
    }
  }
});

Deno.test("rings of several CPUs may be as far apart as they are", () => {
  assertEquals(toldOf(file([[90, 1, 0], [99, 1, 0], [5, 2, 1], [6, 2, 1], [7, 3, 2]])), []);
});

Deno.test("records without a time, or made up by perf, are not compared", () => {
  const builder = file([[90, 1, 0], [0, 1, 0]], { events: [event([1])] });
  builder.aux({ offset: 0n, size: 8, id: 1n, cpu: 0, timeNs: (1n << 64n) - 1n });
  add(builder, [91, 1, 0]);
  assertEquals(toldOf(builder), []);
  const untimed = event([1], { sampleType: SampleType.Tid | SampleType.Identifier });
  assertEquals(toldOf(file([[90, 1, 0], [10, 1, 0]], { events: [untimed] })), []);
  const untold = event([1], { flags: [] });
  assertEquals(toldOf(file([[90, 1, 0], [10, 1, 0]], { events: [untold] })), []);
});

Deno.test("an id that is met on two CPUs tells that rings belong to threads", () => {
  const moving = [[10, 1, 0], [50, 1, 1], [20, 2, 1], [60, 2, 0]] as const;
  assertEquals(toldOf(file(moving)), []);
  assertEquals(toldOf(file([...moving, [59, 2, 1]])), [
    "warning 0x208: once, by 1 ns; first at a PERF_RECORD_AUX of id 2",
  ]);
});

Deno.test("ID_INDEX tells the ring of an id", () => {
  const entry = (id: number, idx: number) => {
    return { id: BigInt(id), idx: BigInt(idx), cpu: -1n, tid: BigInt(100 + idx) };
  };
  const entries = [[10, 1, 0], [50, 2, 0], [20, 1, 0]] as const;
  assertEquals(toldOf(file(entries, { index: [entry(1, 0), entry(2, 1)] })), []);
  const one = toldOf(file(entries, { index: [entry(1, 3), entry(2, 3)] }));
  assertEquals(one.map((text) => text.split(": ")[1]), [
    "once, by 30 ns; first at a PERF_RECORD_AUX of ring 3",
  ]);
});

Deno.test("without ids only the CPU of an inherited event tells the ring", () => {
  const sampleType = SampleType.Tid | SampleType.Time | SampleType.Cpu;
  const entries = [[90, 0, 0], [10, 0, 0]] as const;
  const of = (flags: EventSpec["flags"] & object) =>
    toldOf(file(entries, { events: [event([], { sampleType, flags })] })).length;
  assertEquals(of(["sampleIdAll"]), 0);
  assertEquals(of(["sampleIdAll", "inherit"]), 1);
});

Deno.test("a ring that is written backward, and the time of LOST, are no step back", () => {
  const backward = event([1], { flags: ["sampleIdAll", "writeBackward"] });
  assertEquals(toldOf(file([[90, 1, 0], [10, 1, 0]], { events: [backward] })), []);
  const builder = file([[90, 1, 0]]);
  builder.add(lost(1n, 5n), { id: 1n, cpu: 0, timeNs: 99n });
  add(builder, [95, 1, 0]);
  assertEquals(toldOf(builder), []);
});

Deno.test("time that goes back is found in compressed records, at the record that holds them", async () => {
  using ring = new ZstdRing();
  const builder = new PerfFileBuilder({ events: [event([1])] });
  const inside = file([[20, 1, 0], [15, 1, 0]]).records();
  const at = builder.position.toString(16);
  builder.add(compressed(await ring.flush(inside))).add(finishedRound);
  using opened = openPerfBytes(builder.bytes());
  assertEquals(told(opened), [
    `warning 0x${at}: once, by 5 ns; first at a PERF_RECORD_AUX of CPU 0`,
  ]);
});

Deno.test("each file of a directory has rings of its own", () => {
  const part = (name: string, times: readonly Entry[]) => {
    const bytes = file(times, { events: [event([1, 2])] }).records();
    return { name, bytes };
  };
  const read = (...parts: readonly { name: string; bytes: Uint8Array<ArrayBuffer> }[]) => {
    const main = file([], { events: [event([1, 2])] }).add(finishedRound).bytes();
    const sources = parts.map(({ name, bytes }) => ({ name, source: bytesSource(bytes) }));
    return told(parsePerfFile(main, { parts: sources }));
  };
  assertEquals(read(part("data.0", [[90, 1, 0]]), part("data.1", [[10, 1, 0]])), []);
  assertEquals(read(part("data.0", [[5, 1, 0]]), part("data.1", [[10, 1, 0], [9, 1, 0]])), [
    "warning 0x40: once, by 1 ns; first at a PERF_RECORD_AUX of CPU 0",
  ]);
});

// By hand from `perf script -D` of perf 6.1, whose records were sorted by their position again.
oracleTest(
  "time goes back in the recordings of the corpus where perf's dump shows it",
  ["corpus"],
  () => {
    const told = (name: string) => {
      using file = openPerfFile(corpusPath(name));
      return checkFile(file).findings.filter(({ message }) => message.startsWith("time goes back"))
        .map((
          { fileOffset, message },
        ) => [fileOffset, message.slice("time goes back inside a ring ".length)]);
    };
    assertEquals(told("edge/time_back2.data"), [
      [0x1218, "once, by 1000 ns; first at a PERF_RECORD_AUX of CPU 0"],
    ]);
    assertEquals(told("quipper/perf.data.hw_and_sw-3.4"), [
      [0x44bb0, "once, by 5608 ns; first at a PERF_RECORD_SAMPLE of CPU 0"],
    ]);
    assertEquals(told("quipper/perf.data.piped.hw_and_sw-3.4"), [
      [0x3e050, "5 times, by up to 6846 ns; first at a PERF_RECORD_SAMPLE of CPU 0"],
    ]);
    assertEquals(told("simpleperf/perf_with_add_counter.data"), [
      [0x2de8, "once, by 1928 ns; first at a PERF_RECORD_MMAP2 of CPU 40"],
    ]);
    for (const name of ["lab2/ncs64z.data", "quipper/perf.data.systemwide.0-3.8"]) {
      assertEquals([name, told(name)], [name, []]);
    }
  },
);
