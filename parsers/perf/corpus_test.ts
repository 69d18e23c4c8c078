import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { FormatError, openPerfFile, type PerfFile } from "../../mod.ts";
import { corpusPath, oracleTest, recordingNames, twoAtATime } from "../../testing/corpus.ts";
import { type HeaderFacts, headerFacts, parsedFacts } from "../../testing/header_facts.ts";
import { perfDump, runPerf } from "../../testing/perf_dump.ts";
import {
  compareRecords,
  disagreementOf,
  NOT_RECORDINGS,
  perfCorpusNames,
  recordCounts,
  sorted,
  UNREAD,
} from "../../testing/perf_disagreements.ts";
import { perfPrograms } from "../../testing/perf_programs.ts";

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
    const names = perfCorpusNames();
    assertEquals(names.length, 132);
    const [perf] = perfPrograms();
    await twoAtATime(names, async (name) => void await compareRecords(name, perf!));
  },
);

oracleTest(
  "recordCursor() counts the records of files that the installed perf does not read as newer ones do",
  ["corpus", "perf", "newer perfs"],
  async () => {
    const [installed, ...newer] = perfPrograms();
    const left = perfCorpusNames().filter((name) => {
      const disagreement = disagreementOf(name, installed!);
      return disagreement?.misses || disagreement?.message !== undefined && !disagreement.reads;
    });
    assertNotEquals(left, []);
    await twoAtATime(left, async (name) => {
      const read: boolean[] = [];
      for (const perf of newer) read.push(await compareRecords(name, perf));
      assertEquals([name, read.includes(true)], [name, !(name in UNREAD)]);
    });
  },
);

oracleTest(
  "recordCursor() counts the records of corpus files that no perf reads as in a copy that it does",
  ["corpus", "perf"],
  async () => {
    await twoAtATime(Object.keys(UNREAD), async (name) => {
      const unread = UNREAD[name];
      if (!unread) return;
      const copy = Deno.makeTempFileSync();
      try {
        Deno.writeFileSync(copy, unread.repair(Deno.readFileSync(corpusPath(name))));
        const { counts, failure } = await perfDump(copy);
        assertEquals([name, failure], [name, null]);
        const expected = new Map(counts);
        if (unread.foreign) expected.set(...unread.foreign);
        assertEquals([name, recordCounts(corpusPath(name))], [name, sorted(expected)]);
      } finally {
        Deno.removeSync(copy);
      }
    });
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
    const [perf] = perfPrograms();
    await twoAtATime(recordingNames(), async (name) => {
      if (name in NOT_RECORDINGS || disagreementOf(name, perf!) !== undefined) return;
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
