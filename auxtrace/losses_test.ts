import { assertEquals, assertStringIncludes } from "@std/assert";
import { bytesSource, parsePerfFile } from "../parsers/perf/mod.ts";
import { AuxRecording, cpuRings, speInfo, step } from "../testing/aux_recording.ts";
import {
  AuxFlag,
  auxtraceError,
  ByteWriter,
  intelPtInfo,
  lost,
  PerfFileBuilder,
  type RecordSpec,
  RecordType,
} from "../testing/perf_builder.ts";
import { neededBuffer } from "./remedies.ts";
import { type LossReport, replayReport } from "./mod.ts";

function lossesOf(recording: AuxRecording): readonly LossReport[] {
  return replayReport(parsePerfFile(bytesSource(recording.bytes()))).losses;
}

function queue(facts: { largestChunk: number; pauseNs: number | null; chunks: number }) {
  return {
    largestChunk: facts.largestChunk,
    longestPauseNs: facts.pauseNs,
    chunks: facts.chunks,
  };
}

Deno.test("neededBuffer() is a power of two for the longest pause at the rate, and at least doubled", () => {
  // 10 MB/s for 0.3 s are 3,000,000 bytes: 4 MiB hold them.
  const seen = queue({ largestChunk: 65536, pauseNs: 300_000_000, chunks: 5 });
  assertEquals(neededBuffer(seen, 10_000_000), 4 << 20);
  // The rate is of what was kept: a buffer of 1 MiB that got full needs 2 MiB at least.
  const full = queue({ largestChunk: 1 << 20, pauseNs: 1_000_000, chunks: 5 });
  assertEquals(neededBuffer(full, 10_000_000), 2 << 20);
  assertEquals(neededBuffer(full, null), null);
  assertEquals(neededBuffer(queue({ largestChunk: 1, pauseNs: 1, chunks: 1 }), 1), null);
  assertEquals(neededBuffer(queue({ largestChunk: 1, pauseNs: null, chunks: 2 }), 1), null);
});

Deno.test("a loss says what to do about it, by its kind and PMU", () => {
  const flags = AuxFlag.Truncated | AuxFlag.Partial | AuxFlag.Collision;
  const pt = new AuxRecording().both(0, { offset: 0n, size: 64, timeNs: step(0), flags });
  pt.file.add(lost(1n, 17n), { id: 1n, timeNs: step(1), cpu: 0 });
  pt.file.add(
    auxtraceError({ code: 5, cpu: 0, pid: 1, tid: 1, ip: 0n, timeNs: step(2), message: "x" }),
  );
  const words = new Map(lossesOf(pt.round()).map(({ kind, remedy }) => [kind, remedy]));
  assertEquals([...words.keys()], ["truncated", "partial", "collision", "lost", "error"]);
  assertStringIncludes(words.get("truncated")!, "-m ,N");
  assertStringIncludes(words.get("partial")!, "KVM guest");
  assertStringIncludes(words.get("lost")!, "-m N");

  const spe = new AuxRecording({ info: speInfo })
    .both(0, { offset: 0n, size: 64, timeNs: step(0), flags }).round();
  const ofSpe = new Map(lossesOf(spe).map(({ kind, remedy }) => [kind, remedy]));
  assertStringIncludes(ofSpe.get("partial")!, "last record");
  assertStringIncludes(ofSpe.get("collision")!, "lower sampling rate");
});

/** AUXTRACE_ERROR of any layout; `size` cuts it off. Source: perf's `struct perf_record_auxtrace_error`. */
function errorOf(format: number, message: string, size = Infinity): RecordSpec {
  return {
    type: RecordType.AuxtraceError,
    bare: true,
    body(out) {
      const whole = new ByteWriter(out.little);
      whole.u32s([1, 8, 0, 21, 22, format]);
      whole.u64(0xffff_8000n);
      if (format > 0) whole.u64(7000n);
      whole.text(message);
      whole.align(8);
      out.bytes(whole.toBytes().subarray(0, size));
    },
  };
}

Deno.test("an AUXTRACE_ERROR record is a loss, with what perf says in it, in either byte order", () => {
  const told = { errorType: 1, code: 8, cpu: 0, pid: 21, tid: 22, ip: 0xffff_8000n };
  const guest = { machinePid: null, vcpu: null };
  for (const byteOrder of ["little", "big"] as const) {
    for (const pipe of [false, true]) {
      const of = (record: RecordSpec) => {
        const file = new PerfFileBuilder({ byteOrder, pipe }).add(intelPtInfo());
        const fileOffset = file.position;
        file.add(record).aux({ offset: 0n, size: 8, id: 1n, cpu: 0, timeNs: 9n });
        file.auxtrace({ idx: 5, cpu: 0, offset: 0n, size: 8 });
        const report = replayReport(parsePerfFile(file.bytes()));
        assertEquals([report.lossCounts.error, report.totals.errorRecords], [1, 1]);
        const [loss, ...others] = report.losses;
        assertEquals([others, loss?.kind, loss?.fileOffset], [[], "error", fileOffset]);
        return { ...loss, said: report.conclusion.match(/perf reported .*?\./)?.[0], fileOffset };
      };
      const timed = of(errorOf(1, "Overflow packet\0"));
      assertEquals([timed.error, timed.timeNs, timed.queue], [
        { ...told, format: 1, message: "Overflow packet", ...guest },
        7000n,
        5, // the queue of its CPU, though the chunk that names it comes later
      ]);
      const at = `0x${timed.fileOffset.toString(16)}`;
      assertEquals(timed.said, `perf reported 1 decoding error (code 8 at ${at}).`);
      const old = of(errorOf(0, "lost\0"));
      assertEquals([old.error, old.timeNs], [
        { ...told, format: 0, message: "lost", ...guest },
        null,
      ]);
      const endless = of(errorOf(1, "no end.."));
      assertEquals(endless.error?.message, "no end..");
      const cut = of(errorOf(1, "x\0", 28));
      assertEquals([cut.error, cut.timeNs], [null, null]);
      assertEquals(cut.said, "perf reported 1 decoding error.");
    }
  }
});

Deno.test("losses come with the place and time of the record that tells of them", () => {
  const recording = new AuxRecording()
    .both(0, { offset: 0n, size: 64, timeNs: step(0) })
    .aux(0, { offset: 64n, size: 64, timeNs: step(1) })
    .round()
    .both(0, { offset: 128n, size: 64, timeNs: step(2) })
    .round();
  const bytes = recording.bytes();
  const view = new DataView(bytes.buffer);
  const [missing, gap] = lossesOf(recording);
  assertEquals([missing?.kind, missing?.from, missing?.to, missing?.timeNs], [
    "missing",
    64n,
    128n,
    step(1),
  ]);
  assertEquals([gap?.kind, gap?.from, gap?.to], ["gap", 64n, 128n]);
  assertEquals(view.getUint32(missing!.fileOffset, true), 11); // PERF_RECORD_AUX
  assertEquals(view.getBigUint64(missing!.fileOffset + 8, true), 64n);
  assertEquals(view.getUint32(gap!.fileOffset, true), 71); // PERF_RECORD_AUXTRACE
});

/** A queue whose last AUX record is TRUNCATED, then records of `tid` on CPU 0 for some time. */
function afterTruncated(seconds: number, tid: number, cpu: number): string[] {
  const recording = new AuxRecording({ rings: [{ cpu, tid: 100 }] })
    .both(0, { offset: 0n, size: 64, timeNs: step(0), flags: AuxFlag.Truncated });
  const timeNs = step(0) + BigInt(Math.round(seconds * 1e9));
  recording.file.add(lost(1n, 1n), { id: 1n, timeNs, pid: tid, tid, cpu: 0 });
  return lossesOf(recording.round()).map(({ kind }) => kind).filter((kind) => kind === "silent");
}

Deno.test("a queue is silent where its thread runs on for half a second after a full buffer", () => {
  assertEquals(afterTruncated(0.5, 100, 0), ["silent"]);
  assertEquals(afterTruncated(0.499, 100, 0), []);
  // Nothing is known of a thread that does not appear again: it may have exited, or sleep.
  assertEquals(afterTruncated(2, 101, 0), []);
  assertEquals(afterTruncated(2, 100, -1), ["silent"]);
});

Deno.test("totals count the records of each kind, over all queues", () => {
  const recording = new AuxRecording({ rings: cpuRings(2) });
  const { Truncated, Partial, Collision } = AuxFlag;
  const flags = [Truncated, Truncated, Partial, Partial, Partial, Collision, Truncated | Collision];
  flags.forEach((flags, n) => recording.aux(n % 2, { offset: BigInt(64 * n), size: 8, flags }));
  for (const count of [5n, 7n]) recording.file.add(lost(1n, count), { id: 1n, cpu: 0 });
  for (const code of [1, 2, 3]) {
    recording.file.add(
      auxtraceError({ code, cpu: 0, pid: 1, tid: 1, ip: 0n, timeNs: 1n, message: "x" }),
    );
  }
  const { totals } = replayReport(parsePerfFile(recording.round().bytes()));
  const { auxRecords, truncatedRecords, partialRecords, collisionRecords } = totals;
  assertEquals([auxRecords, truncatedRecords, partialRecords, collisionRecords], [7, 3, 3, 2]);
  assertEquals([totals.lostRecords, totals.lostEvents, totals.errorRecords], [2, 12, 3]);
});

Deno.test("an AUX record that ends beyond 2^64 announces the bytes below 2^64 - 1", () => {
  for (
    const [offset, size] of [[2n ** 64n - 16n, 15], [2n ** 64n - 2n ** 32n - 16n, 2 ** 32 + 15]]
  ) {
    const recording = new AuxRecording().aux(0, { offset: offset as bigint, size: 2 ** 40 });
    const { totals } = replayReport(parsePerfFile(recording.round().bytes()));
    assertEquals(totals.announcedBytes, size);
  }
});
