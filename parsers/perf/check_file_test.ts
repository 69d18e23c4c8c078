import { assertEquals } from "@std/assert";
import { corpusPath, oracleTest } from "../../testing/corpus.ts";
import {
  auxEvent,
  auxtraceIndex,
  auxtraceInfo,
  AuxtraceType,
  type ByteWriter,
  comm,
  Feature,
  PerfFileBuilder,
  RecordType,
  SampleType,
  schedstat,
  statConfig,
  textFeature,
} from "../../testing/perf_builder.ts";
import { VERSION } from "../../text/mod.ts";
import { checkFile, type CheckReport, parsePerfFile } from "./mod.ts";

const HEADER = { dataSize: 48, attrsSize: 32 } as const;

function check(bytes: Uint8Array): CheckReport {
  return checkFile(parsePerfFile(bytes));
}

/** What was found, without the places. */
function found(bytes: Uint8Array): string[] {
  return check(bytes).findings.map(({ check, severity }) => `${check} ${severity}`);
}

/** The record without which no AUX data is decoded. */
const INFO = auxtraceInfo(AuxtraceType.hisi_ptt, [8n]);

function sound(): PerfFileBuilder {
  return new PerfFileBuilder()
    .add(INFO)
    .aux({ offset: 0n, size: 64, id: 1n, timeNs: 5n })
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 64 })
    .finishedRound()
    .aux({ offset: 64n, size: 64, id: 1n, timeNs: 6n })
    .auxtrace({ idx: 0, cpu: 0, offset: 64n, size: 64 })
    .finishedRound();
}

function patched(bytes: Uint8Array, at: number, value: bigint): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setBigUint64(at, value, true);
  return copy;
}

Deno.test("checkFile() finds nothing in a sound file", () => {
  const { verdict, findings, counts, checks } = check(sound().bytes());
  assertEquals([verdict, findings], ["ok", []]);
  assertEquals(counts, Object.fromEntries(checks.map((check) => [check, 0])));
});

Deno.test("checkFile() finds entries of the index that no record matches, and the reverse", () => {
  const record = { fileOffset: 0x1000, size: 48 };
  const withIndex = (entries: readonly { fileOffset: number; size: number }[]) => {
    const file = new PerfFileBuilder({ features: [auxtraceIndex(entries)] });
    return file.auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 8 });
  };
  const at = withIndex([]).auxtraceRecords[0]!.fileOffset;
  const messages = (entries: readonly { fileOffset: number; size: number }[]) =>
    check(withIndex(entries).bytes()).findings
      .filter(({ check }) => check === "index-matches-records").map(({ message }) => message);
  assertEquals(messages([{ fileOffset: at, size: 48 }]), []);
  assertEquals(messages([]), ["PERF_RECORD_AUXTRACE is not in the index"]);
  assertEquals(messages([{ fileOffset: at, size: 40 }]), [
    `index entry 0: expected size 48, that of the record at 0x${at.toString(16)}, got 40`,
  ]);
  assertEquals(messages([{ fileOffset: at, size: 48 }, record]), [
    "index entry 1: no PERF_RECORD_AUXTRACE is next at 0x1000",
  ]);
  assertEquals(messages([{ fileOffset: at - 8, size: 48 }, { fileOffset: at, size: 48 }]), [
    `index entry 0: no PERF_RECORD_AUXTRACE is next at 0x${(at - 8).toString(16)}`,
  ]);
});

Deno.test("checkFile() finds an index that announces more entries than there are", () => {
  const index = { bit: Feature.auxtrace, write: (out: ByteWriter) => out.u64(1n << 40n) };
  const file = new PerfFileBuilder({ features: [index] }).finishedRound();
  assertEquals(found(file.bytes()), ["index-matches-records error"]);
});

Deno.test("checkFile() reads the index of simpleperf, which does not begin with a number", () => {
  for (const size of [48, 40]) {
    const at = new PerfFileBuilder().add(INFO).position;
    const feature = {
      bit: Feature.auxtrace,
      write: (out: ByteWriter) => out.u64s([BigInt(at), BigInt(size), BigInt(at + 56), 48n]),
    };
    const file = new PerfFileBuilder({ features: [feature] }).add(INFO);
    for (const idx of [0, 1]) file.auxtrace({ idx, cpu: idx, offset: 0n, size: 8 });
    assertEquals(found(file.bytes()), size === 48 ? [] : ["index-matches-records error"]);
  }
});

oracleTest("checkFile() takes the indexes of simpleperf's recordings for whole", ["corpus"], () => {
  for (const name of ["etm.perf_etm.data", "etm.perf_kernel.data"]) {
    const bytes = Deno.readFileSync(corpusPath(`simpleperf/${name}`));
    assertEquals([name, ...found(bytes)], [name]);
  }
});

Deno.test("checkFile() reads an index of many pieces", () => {
  const file = new PerfFileBuilder().add(INFO);
  for (let i = 0; i < 10_000; i++) {
    file.auxtrace({ idx: 0, cpu: 0, offset: BigInt(8 * i), size: 8 });
  }
  assertEquals(found(file.bytes()), []);
});

Deno.test("checkFile() finds sections outside the file and sections that overlap", () => {
  const bytes = sound().bytes();
  assertEquals(found(patched(bytes, HEADER.attrsSize, 1n << 40n)).slice(0, 1), [
    "header-sections error",
  ]);
  const overlapping = patched(bytes, HEADER.attrsSize, 288n); // two entries where one fits
  assertEquals(found(overlapping).includes("header-sections error"), true);
});

Deno.test("checkFile() finds each section inside another, up to the exact end of that", () => {
  const names = ["hostname", "osrelease", "version"] as const;
  const features = names.map((name) => textFeature(name, name));
  const bytes = new PerfFileBuilder({ features }).finishedRound().bytes();
  const view = new DataView(bytes.buffer);
  const table = Number(view.getBigUint64(40, true) + view.getBigUint64(48, true));
  const size = 4 + 64; // of a text with its size
  const [first, second, third] = names.map((_, n) => table + 16 * names.length + size * n);
  const overlaps = (size: number) =>
    check(patched(bytes, table + 8, BigInt(size))).findings
      .map(({ check, fileOffset }) => [check, fileOffset]);
  const overlap = (at: number | undefined) => ["header-sections", at];
  assertEquals(Number(view.getBigUint64(table, true)), first);
  assertEquals(overlaps(size), []);
  assertEquals(overlaps(size + 1), [overlap(second)]);
  assertEquals(overlaps(2 * size), [overlap(second)]);
  assertEquals(overlaps(2 * size + 1), [overlap(second), overlap(third)]);
  // The last section may end exactly where the file does.
  assertEquals(overlaps(3 * size), [overlap(second), overlap(third)]);
  assertEquals(overlaps(3 * size + 1).filter(([, at]) => at === table), [overlap(table)]);
});

Deno.test("checkFile() finds records that are too small, unaligned, or cannot be decoded", () => {
  const bare = (type: number, size: number) => ({
    type,
    bare: true,
    body: (out: ByteWriter) => out.zeros(size - 8),
  });
  const one = (type: number, size: number) =>
    found(new PerfFileBuilder().add(bare(type, size)).bytes());
  assertEquals(one(11, 24), ["record-structure error"]); // AUX has 32 bytes
  assertEquals(one(14, 44), ["record-structure error"]); // SWITCH with a trailer of 32, unaligned
  assertEquals(one(74, 20), ["record-structure warning"]); // CPU_MAP of an old perf
  assertEquals(one(12, 24), ["record-decode error"]); // ITRACE_START of 16 with half a trailer
  assertEquals(one(1000, 16), []);
});

Deno.test("checkFile() finds records that are shorter than their trailer, and calls no id unknown", () => {
  const second = { ...auxEvent("b", 1), ids: [2n] };
  for (const events of [[auxEvent("a", 1)], [auxEvent("a", 1), second]]) {
    const file = new PerfFileBuilder({ events });
    file.add({ type: 3, bare: true, body: (out) => out.zeros(16) }); // COMM; the trailer has 32 bytes
    file.add({ type: 9, bare: true }); // SAMPLE
    assertEquals(found(file.bytes()), ["record-decode error", "record-decode error"]);
  }
});

Deno.test("checkFile() warns of unknown ids and records that come late", () => {
  const aux = { offset: 0n, size: 8, id: 1n };
  const events = [auxEvent("a", 1), { ...auxEvent("b", 1), ids: [2n] }];
  const unknown = new PerfFileBuilder({ events }).aux({ ...aux, id: 9n });
  assertEquals(found(unknown.bytes()), ["event-ids warning"]);

  const rounds = (...times: readonly bigint[]) => {
    const file = new PerfFileBuilder({ events: [auxEvent("a", times.length)] });
    for (const [cpu, timeNs] of times.entries()) {
      file.aux({ ...aux, id: BigInt(cpu + 1), cpu, timeNs }).finishedRound();
    }
    return found(file.bytes());
  };
  assertEquals(rounds(10n, 9n, 20n), []); // one round back is what rounds are for
  assertEquals(rounds(10n, 20n, 10n), []);
  assertEquals(rounds(10n, 20n, 9n), ["time-order warning"]);
});

Deno.test("checkFile() warns of events whose records have their ids in different places", () => {
  const events = [auxEvent("a", 1), {
    ...auxEvent("b", 1),
    ids: [2n],
    sampleType: SampleType.Tid | SampleType.Id,
  }];
  assertEquals(found(new PerfFileBuilder({ events }).finishedRound().bytes()), ["attrs warning"]);
  const ofStat = new PerfFileBuilder({ events }).add(statConfig([{ tag: 0n, value: 1n }]));
  assertEquals(found(ofStat.bytes()), []);
});

Deno.test("checkFile() misses events except where only schedstat was recorded", () => {
  const counters = schedstat({ timestamp: 1n, cpu: 0, version: 17, body: (out) => out.zeros(48) });
  for (const byteOrder of ["little", "big"] as const) {
    for (const pipe of [false, true]) {
      const recording = () => new PerfFileBuilder({ events: [], pipe, byteOrder });
      assertEquals(found(recording().add(counters).bytes()), []);
      assertEquals(found(recording().finishedRound().bytes()), ["attrs error"]);
      const mixed = recording().add(counters).add(comm({ pid: 1, tid: 1, comm: "a" })).bytes();
      assertEquals(found(mixed).includes("attrs error"), true);
    }
  }
});

Deno.test("checkFile() says that a file is unfinalised, and where it was cut", () => {
  const file = new PerfFileBuilder({ finalised: false }).finishedRound().finishedRound();
  const bytes = file.bytes();
  assertEquals(check(bytes).findings.map(({ check, fileOffset }) => [check, fileOffset]), [
    ["finalised", HEADER.dataSize],
  ]);
  const cut = check(bytes.subarray(0, bytes.length - 3)).findings;
  assertEquals(cut.map(({ check, fileOffset }) => [check, fileOffset]), [
    ["data-whole", bytes.length - 8],
    ["finalised", HEADER.dataSize],
  ]);
});

Deno.test("checkFile() lists a hundred findings of a check and counts the others", () => {
  const file = new PerfFileBuilder();
  file.aux({ offset: 0n, size: 8, id: 1n, timeNs: 9n }).finishedRound().finishedRound();
  for (let i = 0; i < 250; i++) file.aux({ offset: 0n, size: 8, id: 1n, timeNs: 5n });
  const { findings, counts, verdict } = check(file.bytes());
  assertEquals([findings.length, counts["time-order"], verdict], [100, 251, "warnings"]);
});

Deno.test("checkFile() finds AUX data of which no record tells the kind", () => {
  const of = (bytes: Uint8Array) =>
    check(bytes).findings.filter(({ check }) => check === "record-structure")
      .map(({ severity, fileOffset }) => [severity, fileOffset]);
  for (const byteOrder of ["little", "big"] as const) {
    const file = (version = "6.1.0") => {
      const features = [textFeature("hostname", "h"), textFeature("version", version)];
      const file = new PerfFileBuilder({ byteOrder, features });
      const at = file.position;
      file.auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 8 });
      file.auxtrace({ idx: 0, cpu: 0, offset: 8n, size: 8 });
      return { file, at };
    };
    const lacks = file();
    assertEquals(of(lacks.file.bytes()), [["error", lacks.at]]);
    // Wherever it stands.
    assertEquals(of(file().file.add(INFO).bytes()), []);
    // auxtail record writes none for a PMU that perf does not know.
    const own = file(`auxtail ${VERSION}`);
    assertEquals(of(own.file.bytes()), [["warning", own.at]]);
  }
  // AUX records alone have no trace to decode.
  const announced = new PerfFileBuilder().aux({ offset: 0n, size: 64, id: 1n, timeNs: 5n });
  assertEquals(of(announced.bytes()), []);
});

Deno.test("checkFile() finds AUX samples of which no record tells the kind", () => {
  const bytes = Deno.readFileSync("testdata/aux_samples.perf.data");
  const view = new DataView(bytes.buffer);
  const start = Number(view.getBigUint64(40, true));
  const end = start + Number(view.getBigUint64(48, true));
  for (let at = start; at < end; at += view.getUint16(at + 6, true)) {
    if (view.getUint32(at, true) === RecordType.AuxtraceInfo) view.setUint32(at, 199, true);
  }
  assertEquals(found(bytes), ["record-structure error"]);
});
