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
import { nodeZstd } from "../system/mod.ts";
import { readAuxFacts } from "../testing/aux_facts.ts";
import { btsInfo } from "../testing/aux_recording.ts";
import { corpusPath, fixtureNames, fixturePath, oracleTest } from "../testing/corpus.ts";
import {
  auxEvent,
  cmdline,
  intelPtInfo,
  PerfFileBuilder,
  textFeature,
} from "../testing/perf_builder.ts";
import { VERSION } from "../text/mod.ts";

const replayNames = fixtureNames(".replay.json").map((name) => name.replace(".replay.json", ""));

Deno.test("replayReport() gives the answer that was worked out for every fixture", () => {
  assertGreater(replayNames.length, 0);
  for (const name of replayNames) {
    const expected = JSON.parse(Deno.readTextFileSync(fixturePath(`${name}.replay.json`)));
    const { schema, exitCode, ...answer } = expected;
    using file = open(name);
    assertEquals([name, reportJson(file)], [name, answer]);
    assertEquals([name, schema], [name, "auxtail.replay/2"]);
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

/** The tails of a recording with their places, by the chunks and AUX records that perf prints. */
function tailsByPerf(name: string): (readonly [fileOffset: number, tail: bigint])[] {
  const { from, chunks, auxRecords } = readAuxFacts()[name]!;
  assertEquals(from, "perf");
  return chunks.map(({ fileOffset, idx, cpu, auxOffset }) => {
    const next = chunks.find((chunk) => chunk.idx === idx && chunk.fileOffset > fileOffset);
    const newest = auxRecords.findLast((record) => record.cpu === cpu)!;
    const end = BigInt(newest.auxOffset) + BigInt(newest.auxSize);
    assertEquals(BigInt(auxOffset) < end, true);
    return [fileOffset, next === undefined ? end : BigInt(next.auxOffset)] as const;
  });
}

Deno.test("replayReport() flags exactly the tails that need more than the given bits", () => {
  using file = open("aux_demo_fits");
  const tails = tailsByPerf("aux_demo_fits");
  for (let bits = 8; bits <= 52; bits++) {
    const { flagged, totals, limit } = replayReport(file, { bits, maxFlagged: 1000 });
    const expected = tails.filter(([, tail]) => tail >= 2n ** BigInt(bits));
    assertEquals([bits, limit.maxTail], [bits, (1n << BigInt(bits)) - 1n]);
    assertEquals([bits, totals.flaggedTails], [bits, expected.length]);
    assertEquals(flagged.map(({ tail, fileOffset }) => [fileOffset, tail]), expected);
  }
  for (const bits of [7, 53, 8.5, NaN]) {
    assertThrows(() => replayReport(file, { bits }), RangeError);
  }
});

Deno.test("replayReport() flags the same tails for every machine, and judges by its perf", () => {
  using file = open("aux_crossing");
  const { flagged } = replayReport(file);
  assertEquals(flagged.map(({ tail }) => tail), [0x1_0000_0040n, 0x1_0000_0080n]);
  const machines = [
    ["x86_64", "compat", true, false],
    ["mips64", "compat", true, false],
    ["s390x", "compat", true, false],
    ["aarch64", "arm", false, false],
    ["arm64", "arm", false, false],
    ["armv8l", "plain", false, true],
    ["armv7l", "plain", false, true],
    ["i686", "plain", false, true],
    ["ppc64", "plain", false, true],
    ["loongarch64", "plain", false, true],
  ] as const;
  for (const [fromArch, accessor, refuses, tornReads] of machines) {
    const report = replayReport(file, { fromArch });
    const { why: _w, ...released } = report.judgement.released;
    assertEquals(released, { arch: fromArch, accessor, refuses, tornReads });
    assertEquals(report.judgement.generic.refuses, true);
    assertEquals([report.perf, report.verdict], ["released", refuses ? "exceeds" : "fits"]);
    assertEquals(report.flagged, flagged);
    const generic = replayReport(file, { fromArch, perf: "generic" });
    assertEquals([generic.perf, generic.verdict], ["generic", "exceeds"]);
    assertEquals(generic.judgement, report.judgement);
  }
});

Deno.test("replayReport() judges a released perf by the machine that recorded", () => {
  using file = open("aux_big_endian");
  const { judgement, verdict } = replayReport(file, { perf: "released" });
  assertEquals([judgement.released.arch, judgement.released.accessor], ["aarch64_be", "arm"]);
  assertEquals([judgement.generic.refuses, judgement.released.refuses], [true, false]);
  assertEquals(verdict, "fits");
});

Deno.test("replayReport() knows that our own recorder finishes its files at the limit", () => {
  const recorders = [
    ["auxtail 0.1.0", ["--accessor", "compat"], "stopped-by-limit"],
    [`auxtail ${VERSION}`, ["--accessor=compat"], "stopped-by-limit"],
    [`auxtail ${VERSION}`, ["--accessor", "native"], "not-limited"],
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
  const { conclusion: _c, notes: _n, advice: _a, totals, input, judgement, losses, ...rest } =
    replayReport(file);
  const { lostEvents: _l, ...counts } = totals;
  const { packed: _p, ...facts } = input;
  const { generic: { refuses }, released: { why: _w, ...released } } = judgement;
  const place = (at: { readonly fileOffset: number } | null) => at && { fileOffset: at.fileOffset };
  const answer = {
    ...rest,
    input: { ...facts, cut: place(input.cut), damage: place(input.damage) },
    totals: counts,
    judgement: { generic: { refuses }, released },
    losses: losses.map(({ remedy: _r, error: _e, ...loss }) => loss),
  };
  return JSON.parse(JSON.stringify(answer, toJson));
}

function toJson(key: string, value: unknown): unknown {
  if (key === "fileOffset") return `0x${(value as number).toString(16)}`;
  if (typeof value !== "bigint") return value;
  return key.endsWith("Ns") ? `${value}` : `0x${value.toString(16)}`;
}

Deno.test("replayReport() knows what recorded the chunks, also where that is said after them", () => {
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
