import { assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { FormatError, openPerfFile, type PerfFile, RecordType } from "../../mod.ts";
import { corpusPath, oracleTest, recordingNames, twoAtATime } from "../../testing/corpus.ts";
import { type HeaderFacts, headerFacts, parsedFacts } from "../../testing/header_facts.ts";
import { perfDump, runPerf } from "../../testing/perf_dump.ts";
import {
  downgradeCompression,
  finalise,
  narrowAttrs,
  type Repair,
  wrapRecords,
} from "../../testing/perf_repair.ts";

/** A file that perf 6.1 does not read whole, and how its records are counted all the same. */
interface Refused {
  /** What perf says. */
  readonly message: RegExp;
  /** Why. */
  readonly reason: string;
  /** Makes a copy that perf reads. */
  readonly repair: Repair;
  /** Records that the copy lacks: simpleperf's own types, found by following the sizes. */
  readonly foreign?: readonly [number, number];
}

const incompatible = /^incompatible file format/;
const wideAttr = {
  message: incompatible,
  reason: "its attr has 136 bytes, which perf knows from 6.3 on",
  repair: narrowAttrs,
};
const mixedEvents = {
  message: incompatible,
  reason: "its two events place the id of a sample differently",
  repair: wrapRecords,
};
const noTracingData = {
  message: incompatible,
  reason: "it has tracepoints, but no TRACING_DATA",
  repair: wrapRecords,
};
const foreignIndex = {
  message: /^Failed to process auxtrace index/,
  reason: "simpleperf writes another AUXTRACE section",
  repair: finalise,
};
const foreignType = {
  message: /failed to process type: 327\d\d/,
  reason: "perf stops at a record type of simpleperf's",
  repair: wrapRecords,
};

const REFUSED: Readonly<Record<string, Refused>> = {
  "lab/perf32.4g.data": {
    message: /^Error:/,
    reason: "its recorder was stopped by the 32-bit limit: data size 0",
    repair: finalise,
  },
  "linux-perf-data/sleep.data": wideAttr,
  "linux-perf-data/sleep.compressed.data": wideAttr,
  "linux-perf-data/sleep.compressed2.pipe.data": {
    message: /failed to process type: 83/,
    reason: "perf knows COMPRESSED2 from 6.16 on, and text follows the last record",
    repair: downgradeCompression,
  },
  "simpleperf/debug_unwind_small_map_range.data": { ...noTracingData, foreign: [32776, 1] },
  "simpleperf/etm.perf_etm.data": foreignIndex,
  "simpleperf/etm.perf_kernel.data": foreignIndex,
  "simpleperf/lbr.perf_lbr.data": wideAttr,
  "simpleperf/perf_for_build_id_check.data": { ...foreignType, foreign: [32769, 1] },
  "simpleperf/perf_test_max_stack_and_percent_limit.data": { ...foreignType, foreign: [32769, 1] },
  "simpleperf/perf_with_callchain_record.data": { ...foreignType, foreign: [32775, 40] },
  "simpleperf/perf_with_failed_unwinding_debug_info.data": { ...foreignType, foreign: [32776, 1] },
  "simpleperf/perf_with_trace_offcpu.data": mixedEvents,
  "simpleperf/perf_with_trace_offcpu_v2.data": mixedEvents,
  "simpleperf/perf_with_tracepoint_event_dynamic_field.data": {
    ...noTracingData,
    foreign: [32777, 1],
  },
  "simpleperf/script_testdata.perf_test_vmlinux.data": wideAttr,
};

/** Files that hold no recording, and their first bytes. */
const NOT_RECORDINGS: Readonly<Record<string, string>> = {
  "simpleperf/etm.perf_inject.data": "31 30 0a 31 30 30 30 2d",
  "simpleperf/etm.perf_inject_small.data": "31 34 0a 34 62 34 2d 34",
  "simpleperf/invalid_perf.data": "00 00 00 00 00 00 00 00",
  "simpleperf/lbr.inject_lbr.data": "32 0a 39 31 30 2d 39 31",
};

/** Perf gives up on the sections from the empty CPUDESC on; these follow it in the file. */
const AFTER_EMPTY_CPUDESC: Readonly<Record<string, Partial<HeaderFacts>>> = {
  "quipper/perf.data.armv7.perf_3.14-3.8": {
    cpuDescription: "",
    totalMemoryKib: 2049120,
    cmdline: "/usr/bin/perf record -a -- sleep 2",
  },
};

oracleTest(
  "recordCursor() counts the records of every corpus file as perf report -D does",
  ["corpus", "perf"],
  async () => {
    const names = recordingNames().filter((name) => !(name in NOT_RECORDINGS));
    assertEquals(names.length, 80);
    const copies = Deno.makeTempDirSync();
    try {
      await twoAtATime(names, async (name) => {
        const refused = REFUSED[name];
        const path = corpusPath(name);
        let dump = await perfDump(path);
        if (refused !== undefined) {
          assertMatch(dump.failure ?? "", refused.message, `${name}: ${refused.reason}`);
          const copy = `${copies}/${name.replace("/", ".")}`;
          Deno.writeFileSync(copy, refused.repair(Deno.readFileSync(path)));
          dump = await perfDump(copy);
        }
        assertEquals([name, dump.failure], [name, null]);
        const expected = new Map(dump.counts);
        if (refused?.foreign) expected.set(...refused.foreign);
        if (refused?.repair === downgradeCompression) renameCompressed(expected);
        using file = openPerfFile(path);
        assertEquals([name, countRecords(file)], [name, sorted(expected)]);
      });
    } finally {
      Deno.removeSync(copies, { recursive: true });
    }
  },
);

oracleTest("openPerfFile() refuses the corpus files that hold no recording", ["corpus"], () => {
  for (const [name, bytes] of Object.entries(NOT_RECORDINGS)) {
    const error: FormatError = assertThrows(() => openPerfFile(corpusPath(name)), FormatError);
    assertEquals([name, error.fault, error.detail.actual], [name, "bad-magic", bytes]);
  }
});

oracleTest("recordCursor() tells the text behind a stream from a cut", ["corpus"], () => {
  using file = openPerfFile(corpusPath("linux-perf-data/sleep.compressed2.pipe.data"));
  const cursor = file.recordCursor();
  while (cursor.next());
  assertEquals([cursor.cut, cursor.trailingBytes], [null, 143]);
});

oracleTest(
  "feature sections agree with perf report --header-only",
  ["corpus", "perf"],
  async () => {
    let compared = 0;
    await twoAtATime(recordingNames(), async (name) => {
      if (name in NOT_RECORDINGS || name in REFUSED) return;
      const lines: string[] = [];
      const args = ["report", "--header-only", "-I", "-i", corpusPath(name)];
      const failure = await runPerf(args, (line) => lines.push(line));
      assertEquals([name, failure], [name, null]);
      const { missingFeatures: _, events: named, ...expected } = headerFacts(lines.join("\n"));
      using file = openPerfFile(corpusPath(name));
      const cursor = file.recordCursor();
      while (cursor.next());
      const { events, ...facts } = parsedFacts(file);
      assertEquals([name, facts], [name, { ...expected, ...AFTER_EMPTY_CPUDESC[name] }]);
      if (named.length > 0) assertEquals([name, events], [name, named]);
      compared++;
    });
    assertEquals(compared, 64);
  },
);

oracleTest("AUX and AUXTRACE records agree with perf report -D", ["corpus", "perf"], async () => {
  const names = [
    "lab/perf.tiny.data",
    "lab/perf.trunc.data",
    "lab/perf.4g.data",
    "quipper/perf.data.intel_pt-4.14",
    "simpleperf/etm.perf_with_missing_aux_data.data",
    "simpleperf/etm.perf_kernel.data",
    "simpleperf/etm.perf_etm.data",
  ];
  await twoAtATime(names, async (name) => {
    const { auxLines } = await perfDump(corpusPath(name));
    const expected = auxLines.map((line) => line.replace(/^.*?(?=0x\w+ \[)/, "")).sort();
    using file = openPerfFile(corpusPath(name));
    assertNotEquals(expected, []);
    assertEquals([name, auxRecords(file)], [name, expected]);
  });
});

/** The AUX and AUXTRACE records as perf prints them. */
function auxRecords(file: PerfFile): string[] {
  const lines: string[] = [];
  const chunks = file.auxChunks();
  for (const record of file.records()) {
    const at = `0x${record.fileOffset.toString(16)} [0x${record.size.toString(16)}]`;
    if (record.type === "aux") {
      const { auxOffset, auxSize, flags, truncated, overwrite, partial } = record;
      const letters = `${truncated ? "T" : ""}${overwrite ? "O" : ""}${partial ? "P" : ""}`;
      lines.push(
        `${at}: PERF_RECORD_AUX offset: ${hex(auxOffset)} size: ${hex(auxSize)} ` +
          `flags: ${hex(flags)} [${letters}]`,
      );
    } else if (record.type === "auxtrace") {
      const { auxOffset, size, reference, idx, tid, cpu } = chunks.next().value!;
      lines.push(
        `${at}: PERF_RECORD_AUXTRACE size: ${hex(size)}  offset: ${hex(auxOffset)}  ` +
          `ref: ${hex(reference)}  idx: ${idx}  tid: ${tid ?? -1}  cpu: ${cpu ?? -1}`,
      );
    }
  }
  return lines.sort();
}

/** As C's `%#x`. */
function hex(value: number | bigint): string {
  return Number(value) === 0 ? "0" : `0x${value.toString(16)}`;
}

function renameCompressed(counts: Map<number, number>): void {
  counts.set(RecordType.Compressed2, counts.get(RecordType.Compressed) ?? 0);
  counts.delete(RecordType.Compressed);
}

function countRecords(file: PerfFile): [number, number][] {
  const counts = new Map<number, number>();
  const cursor = file.recordCursor();
  while (cursor.next()) counts.set(cursor.type, (counts.get(cursor.type) ?? 0) + 1);
  assertEquals(cursor.cut, null);
  return sorted(counts);
}

function sorted(counts: ReadonlyMap<number, number>): [number, number][] {
  return [...counts].sort(([a], [b]) => a - b);
}
