import { assert, assertEquals, assertThrows } from "@std/assert";
import type { LossKind, QueueReport } from "../auxtrace/mod.ts";
import type { PerfFile } from "../mod.ts";
import { mixedRecording } from "../testing/mixed_coresight.ts";
import { openPerfBytes, openPerfFile } from "../system/mod.ts";
import { FormatError } from "../parsers/format_error.ts";
import { AuxRecording, cpuRings, type Part, speInfo, step } from "../testing/aux_recording.ts";
import {
  corpusPath,
  fixtureNames,
  fixturePath,
  oracleTest,
  recordingNames,
} from "../testing/corpus.ts";
import { parsePerfFile } from "../parsers/perf/mod.ts";
import { AuxFlag, auxtraceInfo, intelPtInfo, lost } from "../testing/perf_builder.ts";
import { ptIp, ptOvf, ptPsb, ptPsbEnd, ptTnt } from "../testing/pt_packets.ts";
import { type CollectOptions, collectReport, type CollectStep } from "./collect.ts";
import { encodeChart } from "./chart_json.ts";
import type { ChartMarkKind, ReportData } from "./data.ts";

const FIXTURES = [...Deno.readDirSync("testdata")].map(({ name }) => `testdata/${name}`)
  .filter((name) => name.endsWith(".perf.data")).sort();

function collect(file: PerfFile, options: Partial<CollectOptions> = {}): ReportData {
  const steps = collectReport(file, { name: "x", ...options });
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Checks what holds of the chart of every recording, and that it can be embedded. */
function assertChart(path: string): void {
  using file = openPerfFile(path);
  const data = collect(file);
  assertInAxis(data);
  assertMarks(data);
  const embedded = encodeChart(data);
  assert(embedded.length <= 4_000_000 && !embedded.includes("<"));
  for (const { bins } of data.packets?.queues ?? []) assert(bins.length <= 100);
}

function assertInAxis({ chart }: ReportData): void {
  for (const { tails, heads, marks } of chart.queues) {
    const xs = [tails.first, tails.last, heads.first, heads.last].map((column) => [...column]);
    for (const x of [...xs.flat(), ...marks.flatMap(({ from, to }) => [from, to])]) {
      assert(x >= chart.axis.from && x <= chart.axis.to);
    }
  }
}

function markCounts({ chart }: ReportData): Partial<Record<ChartMarkKind, number>> {
  const counts: Partial<Record<ChartMarkKind, number>> = {};
  for (const { kind, count } of chart.queues.flatMap(({ marks }) => marks)) {
    counts[kind] = (counts[kind] ?? 0) + count;
  }
  return counts;
}

function assertMarks(data: ReportData): void {
  const { totals, lossCounts } = data.replay;
  const { wrap = 0, flagged = 0, overflow: _, ...losses } = markCounts(data);
  assertEquals([wrap, flagged], [totals.tornReadWindows, totals.flaggedTails]);
  for (const kind of Object.keys(lossCounts) as LossKind[]) {
    const marked = losses[kind] ?? 0;
    // Lost records and errors of perf may belong to no queue.
    if (kind === "lost" || kind === "error") assert(marked <= lossCounts[kind]);
    else assertEquals([kind, marked], [kind, lossCounts[kind]]);
  }
}

function isRecording(path: string): boolean {
  using file = Deno.openSync(Deno.statSync(path).isDirectory ? `${path}/data` : path);
  const magic = new Uint8Array(8);
  file.readSync(magic);
  return ["PERFILE2", "2ELIFREP", "PERFFILE"].includes(new TextDecoder().decode(magic));
}

for (const name of fixtureNames(".replay.json")) {
  Deno.test(`collectReport() draws what was worked out for ${name}`, () => {
    const { verdict, queues, totals, flagged } = JSON.parse(
      Deno.readTextFileSync(fixturePath(name)),
    );
    using file = openPerfFile(fixturePath(name.replace(".replay.json", ".perf.data")));
    const data = collect(file);
    assertEquals(data.replay.verdict, verdict);
    for (const [name, total] of Object.entries(totals)) {
      assertEquals([name, Number(data.replay.totals[name as keyof typeof data.replay.totals])], [
        name,
        total,
      ]);
    }
    const tails = flagged.map(({ tail }: { tail: string }) => BigInt(tail));
    assertEquals(data.replay.flagged.slice(0, tails.length).map(({ tail }) => tail), tails);
    const found = data.chart.queues.map(({ idx, cpu, tid }) => ({ idx, cpu, tid }));
    assertEquals(found, queues.map(({ idx, cpu, tid }: QueueReport) => ({ idx, cpu, tid })));
    for (const [i, { lastTail }] of queues.entries()) {
      const { max } = data.chart.queues[i]!.tails;
      if (lastTail !== null) assertEquals(max.at(-1), Number(BigInt(lastTail)));
    }
    const counts = markCounts(data);
    assertEquals(counts.flagged ?? 0, totals.flaggedTails);
    assertEquals(counts.wrap ?? 0, totals.tornReadWindows);
    assertEquals(counts.truncated ?? 0, totals.truncatedRecords);
    assertEquals(counts.partial ?? 0, totals.partialRecords);
    assertEquals(counts.collision ?? 0, totals.collisionRecords);
  });
}

for (const path of FIXTURES) {
  Deno.test(`collectReport() marks in ${path} what the replay counts`, () => assertChart(path));
}

oracleTest(
  "collectReport() marks in the corpus what the replay counts",
  ["corpus"],
  async (t) => {
    for (const name of recordingNames()) {
      const path = corpusPath(name);
      if (isRecording(path)) await t.step(name, () => assertChart(path));
    }
  },
);

/** PSB, PSBEND, and `count` TNT packets of a byte. */
function burst(count: number): number[] {
  return [...ptPsb, ...ptPsbEnd, ...Array.from({ length: count }, () => ptTnt("TN")).flat()];
}

Deno.test("collectReport() counts the packets that were encoded, in all, by queue and by part", () => {
  const recording = new AuxRecording({ rings: cpuRings(2) });
  const payloads = [
    Uint8Array.from([...burst(46), ...burst(46)]), // 64 bytes each
    Uint8Array.from([...burst(3), ...ptIp("TIP", 6, 1n), ...ptOvf]), // 21 + 9 + 2 bytes
  ];
  for (const [idx, payload] of payloads.entries()) {
    recording.aux(idx, { offset: 0n, size: payload.length, timeNs: step(idx) });
    recording.chunk(idx, { offset: 0n, size: payload.length, payload });
  }
  using file = openPerfBytes(recording.bytes());
  const { packets, chart } = collect(file);
  assertEquals([packets!.type, packets!.kinds[0]], ["intel_pt", "TNT"]);
  assertEquals(packets!.totals.byKind, { TNT: 95, PSB: 3, PSBEND: 3, TIP: 1, OVF: 1 });
  assertEquals(packets!.totals.bytes, 160);
  const [first, second] = packets!.queues;
  assertEquals([first!.counts.packets, second!.counts.packets], [96, 7]);
  const tnt = packets!.kinds.indexOf("TNT");
  // Parts have at least 32 bytes: 14 TNT after PSB and PSBEND, then 32.
  assertEquals(first!.bins.map(({ counts }) => counts[tnt]), [14, 32, 14, 32]);
  assertEquals(second!.bins.map(({ counts }) => counts[tnt]), [3]);
  const overflows = chart.queues.map(({ marks }) =>
    marks.filter(({ kind }) => kind === "overflow")
  );
  assertEquals(overflows.map((marks) => marks.map(({ count }) => count)), [[], [1]]);
});

Deno.test("collectReport() places parts by the file where times are missing, across chunks", () => {
  const payload = Uint8Array.from(burst(78)); // 96 bytes
  const recording = new AuxRecording();
  const at = recording.file.position + 48; // of the payload, after its record
  recording.chunk(0, { offset: 0n, size: 56, payload: payload.subarray(0, 56) });
  recording.chunk(0, { offset: 56n, size: 40, payload: payload.subarray(56) });
  using file = openPerfBytes(recording.bytes());
  const { bins } = collect(file).packets!.queues[0]!;
  // The second part has 24 bytes of the first chunk, and 8 after the next record.
  assertEquals(bins.map(({ from, to }) => [from - at, to - at]), [[0, 32], [32, 112], [112, 144]]);
});

Deno.test("collectReport() has at most 100 parts of a queue, of 32 bytes and more", () => {
  // 3,208 bytes in 100 parts would be 32.08 each: they get 33.
  for (const [size, parts] of [[32, 1], [40, 2], [3200, 100], [3208, 98]] as const) {
    const payload = Uint8Array.from(burst(size - 18));
    const recording = new AuxRecording().aux(0, { offset: 0n, size, timeNs: step(0) });
    using file = openPerfBytes(recording.chunk(0, { offset: 0n, size, payload }).bytes());
    const { bins, counts } = collect(file).packets!.queues[0]!;
    assertEquals([counts.bytes, bins.length], [size, parts]);
  }
});

Deno.test("collectReport() keeps the first 1,000 flagged tails, and counts all", () => {
  for (const count of [999, 1000, 1001]) {
    const recording = new AuxRecording();
    for (let n = 0; n < count; n++) {
      recording.both(0, { offset: 2n ** 32n + BigInt(n * 8), size: 8, timeNs: step(n) });
    }
    using file = openPerfBytes(recording.bytes());
    const { flagged, totals } = collect(file).replay;
    assertEquals([flagged.length, totals.flaggedTails], [Math.min(count, 1000), count]);
    assertEquals(flagged[0]!.tail, 2n ** 32n + 8n);
    assertEquals(flagged.at(-1)!.tail, 2n ** 32n + BigInt(8 * Math.min(count, 1000)));
  }
});

Deno.test("collectReport() merges marks of a kind over 256, and loses none", () => {
  for (const count of [256, 257, 512, 513, 2000]) {
    const recording = new AuxRecording().chunk(0, { offset: 0n, size: 8 });
    for (let n = 0; n < count; n++) {
      const part = { offset: BigInt(n * 8), size: 8, timeNs: step(n) };
      recording.aux(0, { ...part, flags: AuxFlag.Truncated });
    }
    using file = openPerfBytes(recording.bytes());
    const { marks } = collect(file).chart.queues[0]!;
    const truncated = marks.filter(({ kind }) => kind === "truncated");
    assertEquals(truncated.length <= 256, true);
    assertEquals(truncated.reduce((so, { count }) => so + count, 0), count);
    assertEquals([truncated[0]!.from, truncated.at(-1)!.to], [0, (count - 1) / 2]);
    if (count === 256) assert(truncated.every(({ count }) => count === 1));
  }
});

Deno.test("collectReport() marks the tail that is at the limit, and the one that passes it", () => {
  const recording = new AuxRecording();
  recording.both(0, { offset: 2n ** 32n - 16n, size: 8, timeNs: step(0) });
  recording.both(0, { offset: 2n ** 32n - 8n, size: 7, timeNs: step(1) });
  recording.both(0, { offset: 2n ** 32n - 1n, size: 1, timeNs: step(2) });
  recording.both(0, { offset: 2n ** 32n, size: 8, timeNs: step(3) });
  using file = openPerfBytes(recording.bytes());
  const { marks } = collect(file).chart.queues[0]!;
  const of = (kind: ChartMarkKind) => marks.filter((mark) => mark.kind === kind);
  assertEquals(of("flagged").map(({ from, position }) => [from, position]), [
    [1, 2 ** 32],
    [1.5, 2 ** 32 + 8],
  ]);
  assertEquals(of("wrap").map(({ from }) => from), [1]);
});

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
  const recording = new AuxRecording();
  const offsets: number[] = [];
  for (let n = 0; n < 3; n++) {
    recording.aux(0, { offset: BigInt(n * 64), size: 64 });
    offsets.push(recording.file.position);
    recording.chunk(0, { offset: BigInt(n * 64), size: 64 });
  }
  using file = openPerfBytes(recording.bytes());
  const { chart } = collect(file);
  assertEquals([chart.axis.kind, chart.axis.startNs], ["file", null]);
  assertEquals([...chart.queues[0]!.tails.first], offsets);
});

Deno.test("collectReport() draws a head at each AUX record, and a tail at each chunk", () => {
  const recording = new AuxRecording();
  recording.aux(0, { offset: 0n, size: 100, timeNs: step(1) });
  recording.aux(0, { offset: 100n, size: 60, timeNs: step(2) });
  recording.chunk(0, { offset: 0n, size: 160 });
  recording.aux(0, { offset: 160n, size: 40, timeNs: step(4) });
  recording.chunk(0, { offset: 160n, size: 40 });
  using file = openPerfBytes(recording.bytes());
  const { chart } = collect(file);
  const { heads, tails } = chart.queues[0]!;
  // step() is half a second.
  assertEquals([[...heads.first], [...heads.max]], [[0, 0.5, 1.5], [100, 160, 200]]);
  assertEquals([[...tails.first], [...tails.max]], [[0.5, 1.5], [160, 200]]);
});

Deno.test("collectReport() starts the axis at the least time, whichever ring it is of", () => {
  const recording = new AuxRecording({ rings: cpuRings(2) });
  recording.both(0, { offset: 0n, size: 64, timeNs: step(5) });
  recording.both(1, { offset: 0n, size: 64, timeNs: step(2) });
  using file = openPerfBytes(recording.bytes());
  const { axis, queues } = collect(file).chart;
  assertEquals(axis, { kind: "time", from: 0, to: 1.5, startNs: step(2) });
  assertEquals(queues.map(({ tails }) => [...tails.first]), [[1.5], [0]]);
});

Deno.test("collectReport() has an axis of time only where every queue that has tails has times", () => {
  const two = (timed: boolean) => {
    const recording = new AuxRecording({ rings: cpuRings(2) });
    recording.both(0, { offset: 0n, size: 64, timeNs: step(1) });
    recording.both(0, { offset: 64n, size: 64, timeNs: step(2) });
    if (timed) recording.both(1, { offset: 0n, size: 64, timeNs: step(3) });
    else recording.chunk(1, { offset: 0n, size: 64 });
    return collect(openPerfBytes(recording.bytes())).chart.axis.kind;
  };
  assertEquals([two(true), two(false)], ["time", "file"]);
});

oracleTest("collectReport() starts the axis at the least time in real files", ["corpus"], () => {
  // The least and the greatest time of PERF_RECORD_AUX in `perf report -D`.
  for (
    const [name, least, greatest] of [
      ["edge/first_noted_time_is_not_least.perf.data", 812_345_678_901n, 812_349_132_026n],
      ["quipper/perf.data.intel_pt-4.14", 641_256_973_321n, 641_258_037_956n],
    ] as const
  ) {
    using file = openPerfFile(corpusPath(name));
    const { axis, queues } = collect(file).chart;
    const to = Number(greatest - least) / 1e9;
    assertEquals([name, axis], [name, { kind: "time", from: 0, to, startNs: least }]);
    assertEquals(Math.min(...queues.flatMap(({ heads }) => [...heads.first])), 0);
  }
});

/** Counts the records that each cursor of a file visits, and makes its report. */
function visitsOf(bytes: Uint8Array): number[] {
  using file = openPerfBytes(bytes);
  const visits: number[] = [];
  const open = file.recordCursor.bind(file);
  file.recordCursor = () => {
    const cursor = open();
    const next = cursor.next.bind(cursor);
    const number = visits.push(0) - 1;
    cursor.next = () => {
      const isThere = next();
      if (isThere) visits[number]!++;
      return isThere;
    };
    return cursor;
  };
  collect(file);
  return visits;
}

// AuxRecording writes four records before the trace. To find AUXTRACE_INFO and TIME_CONV, the
// records up to FINISHED_INIT, or the end of the first round, are read before or after the walk.
const PREAMBLE = 4;
const ROUNDS = 50;

for (
  const { what, write, info, records, again } of [
    {
      what: "with AUXTRACE records",
      info: intelPtInfo(),
      write: (recording: AuxRecording, part: Part) => recording.both(0, part),
      records: 3,
      again: PREAMBLE,
    },
    {
      what: "without AUXTRACE records",
      info: intelPtInfo(),
      write: (recording: AuxRecording, part: Part) => recording.aux(0, part),
      records: 2,
      again: PREAMBLE,
    },
    {
      what: "whose time conversion is looked for",
      info: speInfo,
      write: (recording: AuxRecording, part: Part) => recording.both(0, part),
      records: 3,
      again: PREAMBLE + 3,
    },
  ]
) {
  Deno.test(`collectReport() visits each record once in a recording ${what}`, () => {
    const recording = new AuxRecording({ info });
    for (let n = 0; n < ROUNDS; n++) {
      write(recording, { offset: BigInt(n * 24), size: 24, timeNs: step(n) });
      recording.round();
    }
    const visits = visitsOf(recording.bytes());
    const all = PREAMBLE + ROUNDS * records;
    assertEquals(visits.filter((count) => count === all).length, 1);
    assert(visits.every((count) => count === all || count <= again), `${visits}`);
    assert(visits.length <= 3, `${visits}`);
  });
}

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

Deno.test("collectReport() has the axis reach the last time, also that of a loss of no queue", () => {
  const recording = new AuxRecording();
  recording.both(0, { offset: 0n, size: 8, timeNs: step(0) });
  recording.both(0, { offset: 8n, size: 8, timeNs: step(2) });
  recording.file.add(lost(77n, 5n), { id: 77n, timeNs: step(8) });
  using file = openPerfBytes(recording.bytes());
  const { axis, queues } = collect(file).chart;
  // step() is half a second.
  assertEquals([axis.from, axis.to, axis.startNs], [0, 4, step(0)]);
  assertEquals([...queues[0]!.tails.first], [0, 1]);
});

Deno.test("collectReport() draws an axis where there is nothing to draw: the whole file", () => {
  using file = openPerfBytes(new AuxRecording().bytes());
  const { chart, packets } = collect(file);
  assertEquals([chart.axis, chart.queues, packets], [
    { kind: "file", from: 0, to: file.size, startNs: null },
    [],
    null,
  ]);
});

Deno.test("collectReport() has no packets where no chunk holds any", () => {
  const recording = new AuxRecording().aux(0, { offset: 0n, size: 8, timeNs: step(0) });
  using file = openPerfBytes(recording.bytes());
  assertEquals(collect(file).packets, null);
});

Deno.test("collectReport() does not count the packets of a kind of trace that it cannot decode", () => {
  const unknown = auxtraceInfo(99, [0n]);
  const recording = new AuxRecording({ info: unknown });
  recording.both(0, { offset: 0n, size: 64, timeNs: step(0) });
  using file = openPerfBytes(recording.bytes());
  const { packets, replay } = collect(file);
  assertEquals([packets, replay.totals.presentBytes], [null, 64]);
});

Deno.test("collectReport() finds the trace that there is no decoder for", () => {
  using file = openPerfBytes(mixedRecording().bytes());
  const { packets } = collect(file);
  assertEquals(packets!.undecoded.map(({ what, bytes }) => [what, bytes]), [
    ["ETMv3", 40],
    ["PTM", 23],
    ["STM or ITM", 109],
  ]);
  assertEquals(packets!.totals.byKind["I_ASYNC"], 2);
});

Deno.test("collectReport() counts the packets of each queue, one that has only marks too", () => {
  const payload = Uint8Array.from(burst(46)); // 64 bytes
  const recording = new AuxRecording({ rings: cpuRings(3) });
  for (const idx of [2, 0]) {
    recording.aux(idx, { offset: 0n, size: 64, timeNs: step(idx) });
    recording.chunk(idx, { offset: 0n, size: 64, payload });
  }
  recording.aux(1, { offset: 0n, size: 64, timeNs: step(4) });
  using file = openPerfBytes(recording.bytes());
  const { packets, chart } = collect(file);
  const counts = packets!.queues.map(({ cpu, counts, bins }) => [cpu, counts.packets, bins.length]);
  // In the order in which the file has them.
  assertEquals(counts.filter(([, packets]) => packets !== 0), [[2, 48, 2], [0, 48, 2]]);
  assertEquals(chart.queues.map(({ cpu }) => cpu).sort(), [0, 1, 2]);
});

Deno.test("collectReport() places parts of rings of threads by the tails of their own ring", () => {
  const payload = Uint8Array.from(burst(14)); // 32 bytes
  const recording = new AuxRecording({
    rings: [{ cpu: -1, tid: 7 }, { cpu: -1, tid: 8 }],
  });
  for (const [idx, time] of [[0, 0], [1, 4]] as const) {
    recording.aux(idx, { offset: 0n, size: 32, timeNs: step(time) });
    recording.chunk(idx, { offset: 0n, size: 32, payload });
    recording.aux(idx, { offset: 32n, size: 32, timeNs: step(time + 2) });
    recording.chunk(idx, { offset: 32n, size: 32, payload });
  }
  using file = openPerfBytes(recording.bytes());
  const { packets } = collect(file);
  // Tails are 32 after 0 and 2 s, 64 a second later: a part begins where its first byte was read.
  assertEquals(
    packets!.queues.map(({ tid, bins }) => [tid, bins.map(({ from, to }) => [from, to])]),
    [[7, [[0, 0], [0, 1]]], [8, [[2, 2], [2, 3]]]],
  );
});

Deno.test("collectReport() counts what was read of a file that has become shorter, and throws other errors", () => {
  const size = 1 << 20;
  const payload = new Uint8Array(size).fill(ptTnt("TN")[0]!);
  payload.set([...ptPsb, ...ptPsbEnd]);
  const recording = new AuxRecording();
  for (const n of [0, 1]) {
    recording.aux(0, { offset: BigInt(n * size), size, timeNs: step(n) });
    recording.chunk(0, { offset: BigInt(n * size), size, payload });
  }
  const bytes = recording.bytes();
  const openFailing = (fail: (offset: number) => number) => {
    let reads = false;
    const source = {
      size: bytes.length,
      read(offset: number, into: Uint8Array): number {
        if (reads && offset >= size * 1.5) return fail(offset);
        const part = bytes.subarray(offset, offset + into.length);
        into.set(part);
        return part.length;
      },
    };
    const file = parsePerfFile(source);
    const steps = collectReport(file, { name: "x" });
    for (let step = steps.next();; step = steps.next()) {
      if (step.done) return step.value;
      if (step.value.data !== null) reads = true;
    }
  };
  const shorter = openFailing(() => 0);
  const { bytes: read } = shorter.packets!.totals;
  assert(read > size && read < 2 * size, `${read}`);
  assertThrows(
    () =>
      openFailing(() => {
        throw new TypeError("no longer open");
      }),
    TypeError,
    "no longer open",
  );
});
