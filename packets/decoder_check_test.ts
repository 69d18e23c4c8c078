import { assertEquals, assertThrows } from "@std/assert";
import { checkFile, FormatError, openPerfBytes } from "../mod.ts";
import { AuxRecording } from "../testing/aux_recording.ts";
import { formatFrames } from "../testing/etm_packets.ts";
import { mixedRuns, mixedUnits } from "../testing/mixed_coresight.ts";
import { PerfFileBuilder } from "../testing/perf_builder.ts";
import { decoderCheck, payloadQueues } from "./mod.ts";

function messagesOf(bytes: Uint8Array<ArrayBuffer>): string[] {
  using file = openPerfBytes(bytes);
  return checkFile(file, { also: [decoderCheck(file)] }).findings
    .filter(({ check }) => check === "payload-decoded").map(({ message }) => message);
}

Deno.test("decoderCheck() finds nothing where there is no AUX data", () => {
  assertEquals(messagesOf(new PerfFileBuilder().finishedRound().bytes()), []);
});

Deno.test("decoderCheck() points at the description of the trace units", () => {
  const recording = new AuxRecording({ info: mixedUnits });
  recording.chunk(0, { offset: 0n, payload: formatFrames(mixedRuns) });
  using file = openPerfBytes(recording.bytes());
  const { findings } = checkFile(file, { also: [decoderCheck(file)] });
  const places = findings.filter(({ check }) => check === "payload-decoded");
  const { fileOffset } = file.records().find(({ type }) => type === "auxtrace_info")!;
  assertEquals(places.map((finding) => finding.fileOffset), [fileOffset, fileOffset, fileOffset]);
});

Deno.test("decoderCheck() leaves payload that cannot be read to other checks", () => {
  const { file } = new AuxRecording({ info: mixedUnits });
  // More queues than any machine has.
  for (let idx = 0; idx < 9000; idx++) file.auxtrace({ idx, cpu: idx, offset: 0n, size: 16 });
  const bytes = file.bytes();
  assertThrows(() => payloadQueues(openPerfBytes(bytes)), FormatError);
  assertEquals(messagesOf(bytes), []);
});
