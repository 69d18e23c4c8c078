import { assertEquals, assertStringIncludes } from "@std/assert";
import { bytesSource, parsePerfFile } from "../parsers/perf/mod.ts";
import {
  AuxRecording,
  coresightSnapshotInfo,
  cpuRings,
  type RecordingOptions,
  step,
} from "../testing/aux_recording.ts";
import { AuxFlag, intelPtInfo, PerfFileBuilder } from "../testing/perf_builder.ts";
import { type ReplayOptions, type ReplayReport, replayReport } from "./mod.ts";

const GIB_4 = 0x1_0000_0000n;

function reportOf(recording: { bytes(): Uint8Array }, options?: ReplayOptions): ReplayReport {
  return replayReport(parsePerfFile(bytesSource(recording.bytes())), options);
}

/** A recording whose last tail, and only one, is `tail`. */
function endsAt(tail: bigint, options: RecordingOptions = {}): AuxRecording {
  return new AuxRecording(options)
    .both(0, { offset: tail - 64n, size: 64, timeNs: step(0) }).round();
}

Deno.test("the first flagged tails are those first in the file, whenever they get known", () => {
  // The tail of queue 0's only chunk is known at the end, those of queue 1 from chunk to chunk.
  const recording = new AuxRecording({ rings: cpuRings(2) }).chunk(0, { offset: GIB_4, size: 64 });
  for (let n = 0; n < 12; n++) recording.chunk(1, { offset: GIB_4 + BigInt(64 * n), size: 64 });
  const first = (count: number) => [
    [0, 0],
    ...Array.from({ length: count - 1 }, (_, chunk) => [1, chunk]),
  ];
  for (const maxFlagged of [1, 2, 10, 12, 13]) {
    const { flagged, totals } = reportOf(recording, { maxFlagged });
    assertEquals(flagged.map(({ queue, chunk }) => [queue, chunk]), first(maxFlagged));
    assertEquals(totals.flaggedTails, 13);
  }
  assertEquals(reportOf(recording).flagged.length, 10);
});

Deno.test("times and the last tail of a queue with more AUX records than are kept are the newest", () => {
  // 5,000 records of 61 bytes in chunks of 64, the 4,500th of which ends above 4 GiB.
  const recording = new AuxRecording();
  const start = GIB_4 - 61n * 4500n + 1n;
  for (let n = 0; n < 5000; n++) {
    recording.both(0, { offset: start + BigInt(61 * n), size: 61, timeNs: step(n + 1) });
  }
  const { queues: [queue], totals } = reportOf(recording);
  assertEquals(queue?.firstFlagged?.chunk, 4499);
  assertEquals(queue?.firstFlagged?.timeNs, step(4500));
  assertEquals([queue?.lastTail, queue?.lastTailExact], [start + 61n * 5000n, true]);
  assertEquals([totals.flaggedTails, totals.missingBytes], [501, 0]);
});

Deno.test("a TRUNCATED record of no bytes leaves the last tail exact", () => {
  const recording = new AuxRecording().aux(0, { offset: 0n, size: 61, timeNs: step(0) })
    .aux(0, { offset: 61n, size: 0, timeNs: step(1), flags: AuxFlag.Truncated })
    .chunk(0, { offset: 0n, size: 64 });
  const { queues: [queue] } = reportOf(recording);
  assertEquals([queue?.lastTail, queue?.lastTailExact], [61n, true]);
});

Deno.test("a tail is flagged from 4 GiB on, and has no headroom from one less on", () => {
  const cases = [
    [0xffff_fffen, 0, 1, "fits"],
    [0xffff_ffffn, 0, 0, "fits"],
    [0x1_0000_0000n, 1, 0, "exceeds"],
  ] as const;
  for (const [tail, flagged, headroom, verdict] of cases) {
    const report = reportOf(endsAt(tail));
    const [queue] = report.queues;
    assertEquals([queue?.lastTail, queue?.headroomBytes], [tail, headroom]);
    assertEquals([queue?.flaggedTails, report.verdict], [flagged, verdict]);
    // Under a 32-bit personality the reads are plain, and can be torn from 4 GiB on.
    const { tornReads } = reportOf(endsAt(tail), { fromArch: "armv8l" }).judgement.released;
    assertEquals(tornReads, flagged === 1);
  }
});

Deno.test("advice comes with less than a quarter of 4 GiB left", () => {
  // A quarter is 0x4000_0000 bytes, of the limit 0xffff_ffff.
  assertEquals(reportOf(endsAt(0x8000_0000n)).advice, null);
  assertEquals(reportOf(endsAt(0xbfff_ffffn)).advice, null);
  assertStringIncludes(reportOf(endsAt(0xc000_0000n)).advice!, "snapshot mode");
});

Deno.test("bytes after the limit are those of the chunks after the first flagged one", () => {
  const recording = new AuxRecording();
  for (const n of [0, 1, 2, 3]) {
    recording.both(0, { offset: GIB_4 - 96n + BigInt(64 * n), size: 64, timeNs: step(n) });
  }
  // Tails: 4 GiB - 32, + 32, + 96, + 160. One chunk is read while the head crosses 4 GiB.
  const [queue] = reportOf(recording).queues;
  assertEquals(queue?.firstFlagged?.tail, GIB_4 + 32n);
  assertEquals([queue?.flaggedTails, queue?.bytesAfterLimit], [3, 128]);
  assertEquals(queue?.tornReadWindows, 1);
});

Deno.test("a head that goes back over 4 GiB can be torn, too", () => {
  const recording = new AuxRecording().chunk(0, { offset: GIB_4 + 64n, size: 64 })
    .chunk(0, { offset: 64n, size: 64 });
  assertEquals(reportOf(recording).totals.tornReadWindows, 1);
});

/** What the flagged tails of a recording say of its recorder: chunks of 64 bytes over the limit. */
function recorderOf(flagged: number, finalised: boolean, roundAfter: number | null): unknown {
  const recording = new AuxRecording({ finalised })
    .both(0, { offset: GIB_4 - 128n, size: 64, timeNs: step(0) }).round();
  for (let n = 0; n < flagged; n++) {
    const offset = GIB_4 - 64n + BigInt(64 * n);
    recording.both(0, { offset, size: 64, timeNs: step(n + 1) });
    if (roundAfter === n) recording.round();
  }
  return reportOf(recording).queues[0]?.recorder;
}

Deno.test("a recorder was stopped where at most two chunks are flagged, and no round follows", () => {
  // Contract: cli.md, `recorder`.
  assertEquals(recorderOf(0, false, null), "unknown");
  assertEquals(recorderOf(1, false, null), "stopped-by-limit");
  assertEquals(recorderOf(2, false, null), "stopped-by-limit");
  assertEquals(recorderOf(3, false, null), "unknown");
  assertEquals(recorderOf(1, false, 0), "not-limited");
  assertEquals(recorderOf(2, false, 1), "not-limited");
  assertEquals(recorderOf(1, true, null), "not-limited");
});

Deno.test("a cut snapshot stores no tail either: not-applicable, not incomplete", () => {
  for (const info of [intelPtInfo({ snapshot: true }), coresightSnapshotInfo]) {
    const recording = new AuxRecording({ info, finalised: false })
      .both(0, { offset: GIB_4, size: 512, timeNs: step(0), flags: AuxFlag.Overwrite }).round()
      .both(0, { offset: GIB_4 + 512n, size: 512, timeNs: step(1), flags: AuxFlag.Overwrite });
    const { verdict, input, totals, queues, conclusion } = reportOf({
      bytes: () => recording.bytes().subarray(0, -128),
    });
    assertEquals([verdict, input.cut !== null, totals.chunks], ["not-applicable", true, 1]);
    assertEquals([queues[0]?.lastTail, queues[0]?.missingBytes], [null, 0]);
    assertStringIncludes(conclusion, "a 32-bit perf can record this");
  }
  // The same in full-trace mode.
  const full = endsAt(4096n, { finalised: false }).chunk(0, { offset: 4096n, size: 512 });
  assertEquals(reportOf({ bytes: () => full.bytes().subarray(0, -128) }).verdict, "incomplete");
});

Deno.test("heads of snapshots are noted from 4 GiB on, the highest of all", () => {
  const notes = (...ends: bigint[]) => {
    const rings = cpuRings(ends.length);
    const recording = new AuxRecording({ info: coresightSnapshotInfo, rings });
    for (const [idx, end] of ends.entries()) {
      const part = { offset: end - 64n, size: 64, timeNs: step(0), flags: AuxFlag.Overwrite };
      recording.both(idx, part).chunk(idx, { offset: 0n, size: 64 });
    }
    return reportOf(recording).notes.filter((note) => note.startsWith("Heads"));
  };
  assertEquals(notes(GIB_4 - 1n), []);
  const high = (head: string) => `Heads reach ${head}: a plain 32-bit read could tear them.`;
  assertEquals(notes(GIB_4), [high("0x100000000")]);
  assertEquals(notes(GIB_4 + 64n, GIB_4 + 8n), [high("0x100000040")]);
});

Deno.test("the first thousand gaps of a queue are listed, and all are counted", () => {
  for (const gaps of [1000, 1001]) {
    const recording = new AuxRecording();
    for (let n = 0; n <= gaps; n++) recording.chunk(0, { offset: BigInt(128 * n), size: 64 });
    const { queues: [queue], totals, lossCounts } = reportOf(recording);
    assertEquals([queue?.gaps.length, totals.gaps, lossCounts.gap], [1000, gaps, gaps]);
    assertEquals(queue?.gaps.at(-1)?.from, 128n * 999n + 64n);
  }
});

Deno.test("gaps are no losses once an AUX record shows that chunks are snapshots", () => {
  const recording = new AuxRecording()
    .chunk(0, { offset: 0n, size: 64 })
    .chunk(0, { offset: 4096n, size: 64 })
    .aux(0, { offset: 0n, size: 64, timeNs: step(0), flags: AuxFlag.Overwrite | AuxFlag.Partial });
  const { losses, totals, queues, lossCounts, verdict } = reportOf(recording);
  assertEquals(losses.map(({ kind }) => kind), ["partial"]);
  assertEquals([totals.gaps, queues[0]?.gaps, lossCounts.gap], [0, [], 0]);
  assertEquals(verdict, "not-applicable");
});

Deno.test("queues come by idx, those without one last, by CPU and thread", () => {
  const file = new PerfFileBuilder().add(intelPtInfo());
  for (const [idx, cpu] of [[2, 0], [0, 5], [1, 4]] as const) {
    file.auxtrace({ idx, cpu, offset: 0n, size: 64 });
  }
  for (const cpu of [9, 7]) file.aux({ offset: 0n, size: 8, id: 1n, cpu, tid: 3 });
  const order = reportOf(file).queues.map(({ idx, cpu }) => [idx, cpu]);
  assertEquals(order, [[0, 5], [1, 4], [2, 0], [null, 7], [null, 9]]);
  const only = new PerfFileBuilder().add(intelPtInfo());
  for (const [cpu, tid] of [[1, 9], [1, 8], [0, 10]] as const) {
    only.aux({ offset: 0n, size: 8, id: 1n, cpu, tid });
  }
  const owners = reportOf(only).queues.map(({ cpu, tid }) => [cpu, tid]);
  assertEquals(owners, [[0, 10], [1, 8], [1, 9]]);
});

Deno.test("a rate is extrapolated from 10 ms on", () => {
  const times = (spanNs: bigint) => {
    const recording = new AuxRecording()
      .both(0, { offset: 0n, size: 64, timeNs: 1000n })
      .both(0, { offset: 64n, size: 64, timeNs: 1000n + spanNs });
    const [queue] = reportOf(recording).queues;
    return [queue?.bytesPerSecond, queue?.secondsToLimit, queue?.secondsLeft];
  };
  // 64 bytes in 10 ms are 6,400 bytes per second; 2^32 - 1 - 128 are left.
  assertEquals(times(10_000_000n), [6400, 2 ** 32 / 6400, (2 ** 32 - 129) / 6400]);
  assertEquals(times(9_999_999n).slice(1), [null, null]);
  assertEquals(times(0n), [null, null, null]);
});

Deno.test("the conclusion names the queue that would reach the limit first, or has the least headroom", () => {
  const named = (withTimes: boolean, ...sizes: number[]) => {
    const recording = new AuxRecording({ rings: cpuRings(sizes.length) });
    for (const n of [0, 1]) {
      for (const [idx, size] of sizes.entries()) {
        const time = withTimes && { timeNs: step(n) };
        recording.both(idx, { offset: BigInt(n * size), size, ...time });
      }
    }
    return reportOf(recording).conclusion;
  };
  for (const withTimes of [true, false]) {
    assertStringIncludes(named(withTimes, 64, 256, 128), "Queue 1 (CPU 1)");
    assertStringIncludes(named(withTimes, 256, 64, 128), "Queue 0 (CPU 0)");
    assertStringIncludes(named(withTimes, 64, 128, 256), "Queue 2 (CPU 2)");
  }
});

Deno.test("the remedy doubles the largest chunk of a queue, or what a pause would have needed", () => {
  const remedy = (...sizes: number[]) => {
    const recording = new AuxRecording();
    let offset = 0n;
    for (const [n, size] of sizes.entries()) {
      const flags = n === 0 ? AuxFlag.Truncated : 0n;
      recording.both(0, { offset, size, timeNs: step(n), flags });
      offset += BigInt(size);
    }
    return reportOf(recording).losses[0]?.remedy;
  };
  const none = "with N above 8 KiB, the least that the buffer had";
  assertStringIncludes(remedy(4104)!, none); // one chunk: no pause
  assertStringIncludes(remedy(4104, 64)!, "(-m ,16K)"); // the largest, not the last
  assertStringIncludes(remedy(64, 64)!, "(-m ,8K)"); // a page at least
  // 2 MiB in 1 s, and half a second between reads: 1 MiB; twice the largest is 4 MiB.
  assertStringIncludes(remedy(1 << 20, 1 << 20, 1 << 20)!, "(-m ,2M)");
});
