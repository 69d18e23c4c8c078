import { assert, assertEquals, assertThrows } from "@std/assert";
import { type PerfFile, replayReport, replayTails } from "../mod.ts";
import { openPerfBytes, openPerfFile } from "../open.ts";
import { formatFacts, packetSummary, payloadFormat, payloadQueues } from "../packets/mod.ts";
import { FormatError } from "../parsers/format_error.ts";
import { AuxRecording, cpuRings, step } from "../testing/aux_recording.ts";
import { corpusPath, oracleTest, recordingNames } from "../testing/corpus.ts";
import { type CollectOptions, collectReport, type CollectStep } from "./collect.ts";
import { decodeChart, encodeChart } from "./chart_json.ts";
import type { ReportData } from "./data.ts";

const FIXTURES = [...Deno.readDirSync("testdata")].map(({ name }) => `testdata/${name}`)
  .filter((name) => name.endsWith(".perf.data")).sort();

function collect(file: PerfFile, options: Partial<CollectOptions> = {}): ReportData {
  const steps = collectReport(file, { name: "x", ...options });
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Compares a report with what replay and packets say of the same file. */
function assertReport(path: string): void {
  using file = openPerfFile(path);
  const data = collect(file);
  const replay = replayReport(file, { maxFlagged: 1000 });
  assertEquals(data.replay, replay);
  assertExtremes(file, data);
  assertMarks(data);
  assertPackets(file, data);
  const embedded = encodeChart(data);
  assert(embedded.length <= 4_000_000 && !embedded.includes("<"));
  const { chart, packets } = decodeChart(embedded);
  assertEquals(chart, data.chart);
  assertEquals(packets?.kinds, data.packets?.kinds);
}

function assertExtremes(file: PerfFile, { chart }: ReportData): void {
  const extremes = new Map<string, [bigint, bigint]>();
  const steps = replayTails(file);
  try {
    for (const { queue, cpu, tid, tail, head } of steps) {
      const at = tail ?? head;
      const key = `${queue ?? `${cpu} ${tid}`}`;
      const [low, high] = extremes.get(key) ?? [at, at];
      extremes.set(key, [at < low ? at : low, at > high ? at : high]);
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  for (const { idx, cpu, tid, tails } of chart.queues) {
    const found = extremes.get(`${idx ?? `${cpu} ${tid}`}`);
    if (found === undefined) {
      assertEquals(tails.max.length, 0);
      continue;
    }
    assertEquals(Math.min(...tails.min), Number(found[0]));
    assertEquals(Math.max(...tails.max), Number(found[1]));
    for (const x of [...tails.first, ...tails.last]) {
      assert(x >= chart.axis.from && x <= chart.axis.to);
    }
  }
}

function assertMarks({ chart, replay: { totals, queues } }: ReportData): void {
  const count = (...kinds: string[]) =>
    chart.queues.reduce(
      (so, { marks }) =>
        marks.reduce((so, mark) => so + (kinds.includes(mark.kind) ? mark.count : 0), so),
      0,
    );
  assertEquals(count("flagged"), totals.flaggedTails);
  assertEquals(count("wrap"), totals.tornReadWindows);
  const listed = queues.reduce((so, { gaps }) => so + gaps.length, 0);
  assertEquals(count("gap", "overlap", "regression", "unrecorded"), listed);
  for (const kind of ["truncated", "partial", "collision"] as const) {
    assert(count(kind) <= totals[`${kind}Records`]);
  }
}

function assertPackets(file: PerfFile, { packets }: ReportData): void {
  const recording = payloadQueues(file);
  if (packets === null) {
    if (recording.queues.length > 0) {
      assertThrows(() => payloadFormat(formatFacts(file, recording)), FormatError);
    }
    return;
  }
  const summary = packetSummary(recording, payloadFormat(formatFacts(file, recording)));
  assertEquals(packets.totals, summary.totals);
  for (const [i, { counts, bins }] of packets.queues.entries()) {
    const { idx: _, cpu: _1, tid: _2, type: _3, ...expected } = summary.queues[i]!;
    assertEquals(counts, expected);
    assert(bins.length <= 100);
    for (const [n, kind] of packets.kinds.entries()) {
      const sum = bins.reduce((so, { counts }) => so + counts[n]!, 0);
      assertEquals(sum, counts.byKind[kind] ?? counts.marks[kind.toLowerCase()]?.count ?? 0);
    }
  }
}

function isRecording(path: string): boolean {
  using file = Deno.openSync(Deno.statSync(path).isDirectory ? `${path}/data` : path);
  const magic = new Uint8Array(8);
  file.readSync(magic);
  return ["PERFILE2", "2ELIFREP", "PERFFILE"].includes(new TextDecoder().decode(magic));
}

for (const path of FIXTURES) {
  Deno.test(`collectReport() agrees with replay and packets on ${path}`, () => assertReport(path));
}

oracleTest(
  "collectReport() agrees with replay and packets on the corpus",
  ["corpus"],
  async (t) => {
    for (const name of recordingNames()) {
      const path = corpusPath(name);
      if (isRecording(path)) await t.step(name, () => assertReport(path));
    }
  },
);

Deno.test("collectReport() places tails by time where the records have times", () => {
  using file = openPerfFile("testdata/aux_demo_exceeds.perf.data");
  const { chart } = collect(file);
  // Times of testing/aux_demo.ts, which `replay` prints: 812.345678901 to 812.349585151.
  assertEquals(chart.axis, { kind: "time", from: 0, to: 0.00390625, startNs: 812_345_678_901n });
  const flagged = chart.queues[0]!.marks.filter(({ kind }) => kind === "flagged");
  assertEquals(flagged.map(({ from, position }) => [from, position]), [
    [0.0034, 0x1_0000_0187],
    [0.00390625, 0x1_0000_0200],
  ]);
});

Deno.test("collectReport() places tails by position in the file where times are missing", () => {
  using file = openPerfFile("testdata/aux_gaps.perf.data");
  const { chart } = collect(file);
  const offsets = [...replayTails(file)].filter(({ queue }) => queue === 0)
    .map(({ fileOffset }) => fileOffset);
  assertEquals([chart.axis.kind, chart.axis.startNs], ["file", null]);
  assertEquals([...chart.queues[0]!.tails.first], offsets);
});

Deno.test("collectReport() judges with the bits that it was given", () => {
  using file = openPerfFile("testdata/aux_demo_fits.perf.data");
  const { replay, chart } = collect(file, { bits: 10 });
  assertEquals([replay.verdict, chart.limit], ["exceeds", 1024]);
});

Deno.test("collectReport() brings the report without packets first, and steps all the time", () => {
  using file = openPerfFile("testdata/aux_demo_fits.perf.data");
  const steps: CollectStep[] = [...collectReport(file, { name: "x" })];
  const early = steps.filter(({ data }) => data !== null);
  assertEquals([early.length, early[0]?.data?.packets], [1, null]);
  const packets = steps.filter(({ phase, data }) => phase === "packets" && data === null);
  assertEquals(packets.at(-1)?.done, packets.at(-1)?.total);
});

for (const [rings, chunks] of [[2000, 12], [300, 100], [1, 50_000]] as const) {
  Deno.test(`collectReport() of ${rings} rings with ${chunks} chunks each embeds at most 4 MB`, () => {
    const recording = new AuxRecording({ rings: cpuRings(rings) });
    for (let n = 0; n < chunks; n++) {
      for (let idx = 0; idx < rings; idx++) {
        const offset = BigInt(n) << 26n;
        recording.aux(idx, { offset, size: 8, timeNs: step(n), flags: BigInt(n % 2) });
        recording.chunk(idx, { offset, size: 8 });
      }
    }
    using file = openPerfBytes(recording.bytes());
    const data = collect(file);
    assertMarks(data);
    assertEquals(data.chart.queues.length, rings);
    for (const { tails } of data.chart.queues) {
      assertEquals(Math.min(...tails.min), Number(Math.min(1, chunks - 1)) * 2 ** 26);
      assertEquals(Math.max(...tails.max), (chunks - 1) * 2 ** 26 + 8);
    }
    assert(encodeChart(data).length <= 4_000_000, `${encodeChart(data).length}`);
  });
}

Deno.test("collectReport() of damaged recordings is a report or a FormatError", () => {
  const bytes = Deno.readFileSync("testdata/aux_flags.perf.data");
  const tryOn = (bytes: Uint8Array) => {
    try {
      using file = openPerfBytes(bytes);
      encodeChart(collect(file));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  };
  for (let size = 0; size < bytes.length; size += 7) tryOn(bytes.slice(0, size));
  for (let at = 0; at < bytes.length; at += 3) {
    const flipped = bytes.slice();
    flipped[at]! ^= 0xff;
    tryOn(flipped);
  }
});
