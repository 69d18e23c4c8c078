import { assertEquals } from "@std/assert";
import { bytesSource, parsePerfFile } from "../parsers/perf/mod.ts";
import { AuxRecording, type Ring, step } from "../testing/aux_recording.ts";
import { AuxFlag, lost } from "../testing/perf_builder.ts";
import { replayReport } from "./mod.ts";

const HALF = 500_000_000n;
const [A, B] = [100, 200];

/** A recording whose only queue, that of CPU 0 unless given, gets TRUNCATED at `step(0)`. */
class Stopped {
  readonly #recording: AuxRecording;

  constructor(ring: Ring = { cpu: 0, tid: A }) {
    this.#recording = new AuxRecording({ rings: [ring] })
      .both(0, { offset: 0n, size: 64, timeNs: step(0), flags: AuxFlag.Truncated });
  }

  /** A record of a thread on a CPU, so many ns after the TRUNCATED one. */
  later(afterNs: bigint, tid = A, cpu = 0): this {
    this.#recording.file.add(lost(1n, 1n), { timeNs: step(0) + afterNs, pid: tid, tid, cpu });
    return this;
  }

  /** A further AUX record. */
  aux(timeNs: bigint, flags = 0): this {
    this.#recording.aux(0, { offset: 64n, size: 0, timeNs, flags });
    return this;
  }

  /** Whether the queue is found silent, and since when. */
  since(): bigint | null {
    const bytes = this.#recording.round().bytes();
    const { losses } = replayReport(parsePerfFile(bytesSource(bytes)));
    return losses.find(({ kind }) => kind === "silent")?.timeNs ?? null;
  }
}

// Contract: cli.md, `silent`: timed records continue for at least 0.5 s after the last AUX record,
// which is TRUNCATED; for a thread's queue those of that thread.

Deno.test("a queue is silent from half a second of later records on", () => {
  for (const ring of [{ cpu: 0, tid: A }, { cpu: -1, tid: A }]) {
    assertEquals(new Stopped(ring).later(HALF - 1n).since(), null);
    assertEquals(new Stopped(ring).later(HALF).since(), step(0));
    assertEquals(new Stopped(ring).since(), null);
    // The newest counts, wherever it stands.
    assertEquals(new Stopped(ring).later(HALF).later(1n).since(), step(0));
  }
});

Deno.test("a queue that gets an AUX record again is not silent, but may get so later", () => {
  assertEquals(new Stopped().aux(step(1)).later(4n * HALF).since(), null);
  const again = new Stopped().aux(step(1), AuxFlag.Truncated);
  assertEquals(again.later(2n * HALF - 1n).since(), null);
  assertEquals(again.later(2n * HALF).since(), step(1));
});

Deno.test("a thread's queue is judged by that thread on any CPU", () => {
  const ofThread = { cpu: -1, tid: A };
  assertEquals(new Stopped(ofThread).later(9n * HALF, B).since(), null);
  assertEquals(new Stopped(ofThread).later(9n * HALF, A, 3).later(1n, A, 0).since(), step(0));
});

Deno.test("a thread's queue on one CPU is judged by that thread there", () => {
  const ofBoth = { cpu: 2, tid: A };
  assertEquals(new Stopped(ofBoth).later(9n * HALF, A, 0).since(), null);
  assertEquals(new Stopped(ofBoth).later(9n * HALF, B, 2).since(), null);
  assertEquals(new Stopped(ofBoth).later(9n * HALF, A, 2).since(), step(0));
});

Deno.test("a queue without a time is not found silent", () => {
  const recording = new AuxRecording()
    .both(0, { offset: 0n, size: 64, flags: AuxFlag.Truncated });
  recording.file.add(lost(1n, 1n), { timeNs: step(9), cpu: 0 });
  const { lossCounts } = replayReport(parsePerfFile(bytesSource(recording.bytes())));
  assertEquals([lossCounts.truncated, lossCounts.silent], [1, 0]);
});
