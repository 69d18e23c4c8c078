import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bytesSource, parsePerfFile } from "../parsers/perf/mod.ts";
import { AuxRecording, cpuRings, step } from "../testing/aux_recording.ts";
import { auxEvent, intelPtInfo, PerfFileBuilder } from "../testing/perf_builder.ts";
import { type ReplayReport, replayReport } from "./mod.ts";

function reportOf(recording: { bytes(): Uint8Array }): ReplayReport {
  return replayReport(parsePerfFile(bytesSource(recording.bytes())));
}

/** A recording on a machine that crosses 4 GiB and continues. */
function crossing(arch: string): AuxRecording {
  return new AuxRecording({ arch })
    .both(0, { offset: 0xffff_ff80n, size: 64, timeNs: step(0) }).round()
    .both(0, { offset: 0xffff_ffc0n, size: 128, timeNs: step(1) }).round()
    .both(0, { offset: 0x1_0000_0040n, size: 64, timeNs: step(2) }).round();
}

Deno.test("a conclusion repeats no text of the file that is not the name of a machine", () => {
  const { conclusion, judgement } = reportOf(crossing("\x1b]0;PWNED\x07\nverdict fits"));
  assertEquals(/\p{Cc}/u.test(conclusion + judgement.released.why), false);
  assertStringIncludes(conclusion, "a machine of an unreadable name");
});

Deno.test("a conclusion about a recorder that continued says that it was not limited", () => {
  const { conclusion, advice, verdict } = reportOf(crossing("aarch64"));
  assertEquals(verdict, "exceeds");
  assert(conclusion.startsWith("The perf that made this recording was not limited"));
  assertStringIncludes(conclusion, "A released 32-bit perf would not have stopped. On aarch64");
  assertEquals(advice?.includes("linux32"), false); // it would turn whole accesses into torn ones
  assertStringIncludes(reportOf(crossing("x86_64")).advice!, "linux32 perf record");
  const unlisted = reportOf(crossing("ppc64")).conclusion;
  assertStringIncludes(unlisted, "if it took the kernel for a 64-bit one");
});

Deno.test("a recorder that continued in one queue was not stopped by the limit in another", () => {
  const recording = new AuxRecording({ rings: cpuRings(2), finalised: false })
    .both(0, { offset: 0xffff_ffc0n, size: 128, timeNs: step(0) }).round()
    .both(1, { offset: 0xffff_ffc0n, size: 128, timeNs: step(1) });
  const { conclusion, queues } = reportOf(recording);
  assertEquals(queues.map(({ recorder }) => recorder), ["not-limited", "stopped-by-limit"]);
  assert(conclusion.startsWith("The perf that made this recording was not limited"));
});

Deno.test("a position beyond 2^64 leaves the answer unproven, whatever else is flagged", () => {
  const recording = new AuxRecording()
    .both(0, { offset: 0xffff_ffc0n, size: 128, timeNs: step(0) }).round()
    .chunk(0, { offset: 0xffff_ffff_ffff_ff00n, size: 512 }).round();
  const { verdict, input, totals } = reportOf(recording);
  assertEquals([verdict, input.damage !== null, totals.flaggedTails], ["incomplete", true, 1]);
});

Deno.test("AUX records that name neither CPU nor thread belong to the only queue", () => {
  const event = { ...auxEvent("intel_pt//", 1), flags: [] };
  const file = new PerfFileBuilder({ events: [event] }).add(intelPtInfo())
    .aux({ offset: 0n, size: 64 })
    .auxtrace({ idx: 0, cpu: 0, offset: 0n, size: 64 })
    .aux({ offset: 64n, size: 64, flags: 1n })
    .auxtrace({ idx: 0, cpu: 0, offset: 64n, size: 64 });
  const { queues, totals } = reportOf(file);
  assertEquals(queues.map(({ idx, announcedBytes }) => [idx, announcedBytes]), [[0, 128]]);
  assertEquals([totals.missingBytes, totals.truncatedRecords], [0, 1]);
});
