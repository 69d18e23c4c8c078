import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import {
  bytesSource,
  compatAuxPointers,
  FormatError,
  nativeAuxPointers,
  openPerfFile,
  parsePerfFile,
  type PerfFile,
  replayReport,
  replayTails,
  type TailStep,
} from "../mod.ts";
import { nodeZstd } from "../_node_zstd.ts";
import { btsInfo } from "../testing/aux_recording.ts";
import { corpusPath, fixtureNames, fixturePath, oracleTest } from "../testing/corpus.ts";
import {
  auxEvent,
  cmdline,
  intelPtInfo,
  PerfFileBuilder,
  textFeature,
} from "../testing/perf_builder.ts";

const replayNames = fixtureNames(".replay.json").map((name) => name.replace(".replay.json", ""));

Deno.test("replayReport() gives the answer that was worked out for every fixture", () => {
  assertGreater(replayNames.length, 0);
  for (const name of replayNames) {
    const expected = JSON.parse(Deno.readTextFileSync(fixturePath(`${name}.replay.json`)));
    const { schema, exitCode, ...answer } = expected;
    using file = open(name);
    assertEquals([name, reportJson(file)], [name, answer]);
    assertEquals([name, schema], [name, "auxtail.replay/1"]);
    const { verdict } = replayReport(file);
    const code = verdict === "exceeds" ? 1 : verdict === "incomplete" ? 2 : 0;
    assertEquals([name, code], [name, exitCode]);
  }
});

Deno.test("replayTails() and onStep give the same steps, which the report sums up", () => {
  for (const name of replayNames) {
    using file = open(name);
    const steps = tails(file, compatAuxPointers);
    const seen: TailStep[] = [];
    const report = replayReport(file, { onStep: (step) => seen.push(step) });
    assertEquals([name, seen], [name, steps]);
    const refused = steps.filter((step) => step.refused);
    assertEquals([name, refused.length], [name, report.totals.flaggedTails]);
    if (report.recording.mode === "sample") continue;
    assertEquals([name, steps.length], [name, report.totals.chunks]);
    for (const queue of report.queues) {
      const own = steps.filter((step) => step.queue === queue.idx);
      if (queue.idx !== null) assertEquals([name, own.length], [name, queue.chunks]);
    }
  }
});

Deno.test("native and compat accessors give the same steps until compat refuses", () => {
  for (const name of replayNames) {
    using file = open(name);
    const native = tails(file, nativeAuxPointers);
    const compat = tails(file, compatAuxPointers);
    for (const [index, step] of compat.entries()) {
      assertEquals([name, step], [name, { ...native[index]!, refused: step.refused }]);
      assertEquals([name, native[index]!.refused], [name, false]);
      const large = step.tail !== null && step.tail > 0xffffffffn;
      assertEquals([name, step.refused], [name, large]);
    }
    assertEquals([name, compat.length], [name, native.length]);
  }
});

Deno.test("replayReport() flags exactly the tails that need more than the given bits", () => {
  using file = open("aux_demo_fits");
  const steps = tails(file, nativeAuxPointers);
  for (let bits = 8; bits <= 52; bits++) {
    const { flagged, totals, limit } = replayReport(file, { bits, maxFlagged: 1000 });
    const expected = steps.filter(({ tail }) => tail! >> BigInt(bits) !== 0n);
    assertEquals([bits, limit.maxTail], [bits, (1n << BigInt(bits)) - 1n]);
    assertEquals([bits, totals.flaggedTails], [bits, expected.length]);
    assertEquals(
      flagged.map(({ tail, fileOffset }) => [fileOffset, tail]),
      expected.map(({ tail, fileOffset }) => [fileOffset, tail!])
        .sort(([a], [b]) => Number(a) - Number(b)),
    );
  }
  for (const bits of [7, 53, 8.5, NaN]) {
    assertThrows(() => replayReport(file, { bits }), RangeError);
  }
});

Deno.test("replayReport() flags nothing on machines whose 32-bit perf does not refuse", () => {
  using file = open("aux_crossing");
  for (const fromArch of ["x86_64", "mips64", "s390x"]) {
    assertEquals([fromArch, replayReport(file, { fromArch }).verdict], [fromArch, "exceeds"]);
  }
  for (const fromArch of ["armv7l", "aarch64", "i686", "ppc64"]) {
    const { verdict, totals, conclusion } = replayReport(file, { fromArch });
    assertEquals([fromArch, verdict, totals.flaggedTails], [fromArch, "fits", 0]);
    assertGreater(conclusion.length, 0);
  }
});

oracleTest("replayReport() says of perf32.4g that the limit stopped it", ["corpus"], () => {
  using file = openPerfFile(corpusPath("lab/perf32.4g.data"));
  const { verdict, flagged, queues, totals, input } = replayReport(file);
  assertEquals(verdict, "exceeds");
  assertEquals([totals.flaggedTails, input.finalised, input.cut], [1, false, null]);
  assertEquals(queues.map(({ recorder }) => recorder), ["stopped-by-limit"]);
  assertEquals(
    flagged.map((
      { queue, chunk, auxOffset, size, tail, tailExact },
    ) => [queue, chunk, auxOffset, size, tail, tailExact]),
    [[0, 4, 0xffff0000n, 98288, 0x100008000n, true]],
  );
  assertEquals([queues[0]?.lastTail, queues[0]?.chunks], [0x100008000n, 5]);
});

Deno.test("replayReport() knows that our own recorder finishes its files at the limit", () => {
  const recorders = [
    ["auxtail 0.1.0", ["--accessor", "compat"], "stopped-by-limit"],
    ["auxtail 0.1.0", ["--accessor=compat"], "stopped-by-limit"],
    ["auxtail 0.1.0", ["--accessor", "native"], "not-limited"],
    ["6.1.192", ["--accessor", "compat"], "not-limited"],
  ] as const;
  for (const [version, args, recorder] of recorders) {
    const bytes = new PerfFileBuilder({
      features: [textFeature("version", version), cmdline(["auxtail", "record", ...args])],
    }).add(intelPtInfo()).auxtrace({ idx: 0, cpu: 0, offset: 0xffff_fff0n, size: 32 }).bytes();
    const { queues, conclusion } = replayReport(parsePerfFile(bytesSource(bytes)));
    assertEquals(queues.map(({ recorder }) => recorder), [recorder]);
    assertEquals(conclusion.includes("its 32-bit accessor"), recorder === "stopped-by-limit");
  }
});

oracleTest("replayReport() says of perf.4g that it went on past the limit", ["corpus"], () => {
  using file = openPerfFile(corpusPath("lab/perf.4g.data"));
  const { verdict, totals, queues } = replayReport(file);
  assertEquals([verdict, totals.flaggedTails, totals.bytesAfterLimit], ["exceeds", 5, 245760]);
  assertEquals(queues.map(({ lastTail, recorder }) => [lastTail, recorder]), [
    [0x100040000n, "not-limited"],
  ]);
});

oracleTest("replayReport() finds the lab's small recordings within the limit", ["corpus"], () => {
  using tiny = openPerfFile(corpusPath("lab/perf.tiny.data"));
  const { verdict, queues: [queue] } = replayReport(tiny);
  assertEquals([verdict, queue?.lastTail, queue?.lastTailExact], ["fits", 0x10000n, true]);
  using lost = openPerfFile(corpusPath("lab/perf.trunc.data"));
  const { totals, verdict: second } = replayReport(lost);
  assertEquals([second, totals.truncatedRecords, totals.auxRecords], ["fits", 4, 4]);
});

oracleTest("replayReport() gives perf's figures for quipper's Intel PT file", ["corpus"], () => {
  using file = openPerfFile(corpusPath("quipper/perf.data.intel_pt-4.14"));
  const report = replayReport(file);
  const { lostEvents: _, ...totals } = report.totals;
  assertEquals(report.verdict, "fits");
  assertEquals(totals, {
    queues: 2,
    chunks: 2,
    auxBytes: 149968,
    auxRecords: 10,
    flaggedTails: 0,
    bytesAfterLimit: 0,
    tornReadWindows: 0,
    gaps: 0,
    truncatedRecords: 0,
    partialRecords: 0,
    collisionRecords: 0,
    lostRecords: 0,
  });
  const [first] = report.queues;
  assertEquals(first, {
    idx: 0,
    cpu: 0,
    tid: 3174,
    chunks: 1,
    auxBytes: 12240,
    firstOffset: 0n,
    lastTail: 0x2fd0n,
    lastTailExact: true,
    lastTailWindow: null,
    headroomBytes: 4294955055,
    flaggedTails: 0,
    firstFlagged: null,
    bytesAfterLimit: 0,
    tornReadWindows: 0,
    gaps: [],
    bytesPerSecond: null,
    secondsToLimit: null,
    secondsLeft: null,
    recorder: "unknown",
  });
});

oracleTest("replayReport() of a cut file has every chunk that is whole", ["corpus"], () => {
  for (
    const name of [
      "lab/perf.4g.data",
      "lab/perf.tiny.data",
      "lab/perf.trunc.data",
      "lab/perf32.4g.data",
      "quipper/perf.data.intel_pt-4.14",
    ]
  ) {
    const bytes = Deno.readFileSync(corpusPath(name));
    const ends = [...parsePerfFile(bytesSource(bytes)).auxChunks()]
      .map(({ fileOffset, size }) => fileOffset + 48 + size);
    for (let length = 1000; length < bytes.length; length += 1000) {
      const file = parsePerfFile(bytesSource(bytes.subarray(0, length)));
      const { queues, input } = replayReport(file);
      const whole = ends.filter((end) => end <= length).length;
      const chunks = queues.filter(({ idx }) => idx !== null).reduce((sum, q) => sum + q.chunks, 0);
      assertEquals([name, length, chunks], [name, length, whole]);
      if (whole < ends.length && input.finalised) {
        assertEquals([name, length, input.cut !== null], [name, length, true]);
      }
    }
  }
});

Deno.test("a step's tail is the start of the next chunk of its queue", () => {
  for (const name of replayNames) {
    using file = open(name);
    const starts = new Map<number, bigint[]>();
    const bytes = Deno.readFileSync(fixturePath(`${name}.perf.data`));
    const whole = parsePerfFile(bytesSource(bytes), { zstd: nodeZstd });
    try {
      for (const { idx, auxOffset } of whole.auxChunks()) {
        starts.set(idx, [...starts.get(idx) ?? [], auxOffset]);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
    for (const { queue, chunk, tail } of tails(file, nativeAuxPointers)) {
      const next = queue === null ? undefined : starts.get(queue)?.[chunk + 1];
      if (next === undefined || tail === null || name === "aux_32bit_recorder") continue;
      if (name !== "aux_cut") assertEquals([name, tail], [name, next]);
    }
  }
});

function open(name: string): PerfFile {
  return openPerfFile(fixturePath(`${name}.perf.data`));
}

/** All steps before the end or the cut. */
function tails(file: PerfFile, pointersOf: typeof nativeAuxPointers): TailStep[] {
  const steps: TailStep[] = [];
  try {
    for (const step of replayTails(file, pointersOf)) steps.push(step);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  return steps;
}

/** The report in the form of the `.replay.json` files, without what they leave out. */
function reportJson(file: PerfFile): unknown {
  const { conclusion: _c, notes: _n, advice: _a, totals, input, ...report } = replayReport(file);
  const { lostEvents: _l, ...counts } = totals;
  const cut = input.cut && { fileOffset: input.cut.fileOffset };
  const json = JSON.stringify({ ...report, input: { ...input, cut }, totals: counts }, toJson);
  return JSON.parse(json);
}

function toJson(key: string, value: unknown): unknown {
  if (key === "fileOffset") return `0x${(value as number).toString(16)}`;
  if (typeof value !== "bigint") return value;
  return key.endsWith("Ns") ? `${value}` : `0x${value.toString(16)}`;
}

Deno.test("replayReport() knows what recorded the chunks, also where that is said behind them", () => {
  const bytes = new PerfFileBuilder({ events: [auxEvent("intel_bts//", 1)] })
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 48 })
    .auxtrace({ idx: 0, cpu: 0, offset: 71n, size: 48 })
    .add(btsInfo)
    .bytes();
  const { recording, queues: [queue] } = replayReport(parsePerfFile(bytesSource(bytes)));
  assertEquals(recording.auxtraceType, "intel_bts");
  assertEquals(queue?.gaps, []);
  assertEquals(queue?.lastTailWindow, [112n, 142n]);
});

Deno.test("replayReport() concludes the same where no flagged tail is listed", () => {
  for (const name of replayNames) {
    using file = open(name);
    const { conclusion } = replayReport(file);
    assertEquals(replayReport(file, { maxFlagged: 0 }).conclusion, conclusion);
  }
});
