import { assertEquals } from "@std/assert";
import { AuxRecording } from "../testing/aux_recording.ts";
import { auxtrace, concat, encodeRecord, lost } from "../testing/perf_builder.ts";
import { checkFile, parsePerfFile } from "../parsers/perf/mod.ts";
import { auxChecks, replayReport } from "./mod.ts";

const HUGE = 2n ** 60n;
const SHAPES = (["little", "big"] as const).flatMap((byteOrder) =>
  [true, false].map((pipe) => ({ byteOrder, pipe }))
);

/** An AUXTRACE record of 64 bytes that says that it has 2^60. */
function hugeChunk(byteOrder: "little" | "big"): Uint8Array {
  const little = byteOrder === "little";
  const payload = new Uint8Array(64);
  const bytes = encodeRecord(little, auxtrace({ idx: 0, cpu: 0, tid: -1, offset: 16n, payload }));
  new DataView(bytes.buffer).setBigUint64(8, HUGE, little);
  return concat([bytes, payload]);
}

function messagesOf(bytes: Uint8Array): string[] {
  const file = parsePerfFile(bytes);
  return checkFile(file, { also: [auxChecks(file)] }).findings.map(({ message }) => message);
}

Deno.test("a chunk that is larger than any file is missing up to its exact end", () => {
  for (const shape of SHAPES) {
    const bytes = new AuxRecording(shape).file.raw(hugeChunk(shape.byteOrder)).bytes();
    const { losses, verdict, conclusion } = replayReport(parsePerfFile(bytes));
    const [{ from, to } = {}] = losses.filter(({ kind }) => kind === "missing");
    // What follows the payload in a file is counted to it, up to the end of the data section.
    assertEquals([from, to], [80n, 16n + HUGE]);
    assertEquals(verdict, "incomplete");
    assertEquals(conclusion.includes("at least 8 PiB of the trace of queue 0"), true);
    const cut = messagesOf(bytes).find((message) => message.includes("payload of"));
    assertEquals(cut?.includes("expected at least 9007199254740991 bytes"), true);
  }
});

Deno.test("AUX and LOST records of more than 2^53 say so as a bound, and positions exactly", () => {
  for (const shape of SHAPES) {
    const recording = new AuxRecording(shape);
    const values = recording.auxValues(0, { offset: 16n, size: 0 });
    recording.file.aux({ ...values, size: HUGE }).add(lost(1n, HUGE), { id: 1n });
    const bytes = recording.bytes();
    const { losses, conclusion } = replayReport(parsePerfFile(bytes));
    const missing = losses.find(({ kind }) => kind === "missing");
    assertEquals([missing?.from, missing?.to], [16n, 16n + HUGE]);
    assertEquals(conclusion.startsWith("AUX records announce at least 8 PiB of trace data"), true);
    const messages = messagesOf(bytes).join("\n");
    assertEquals(messages.includes("announce at least 8 PiB, and no chunk holds any"), true);
    assertEquals(messages.includes("at least 9007199254740991 events were lost"), true);
  }
});

Deno.test("a position beyond 2^64 is a finding, and never fits", () => {
  const offset = 2n ** 64n - 16n;
  for (const shape of SHAPES) {
    const chunk = new AuxRecording(shape).chunk(0, { offset, size: 64 });
    const aux = new AuxRecording(shape).aux(0, { offset, size: 64 });
    const both = new AuxRecording(shape).both(0, { offset, size: 64 });
    for (const recording of [chunk, aux, both]) {
      const bytes = recording.bytes();
      const { verdict, input } = replayReport(parsePerfFile(bytes));
      assertEquals([verdict, input.damage === null], ["incomplete", false]);
      const found = messagesOf(bytes).filter((message) => message.includes("below 2^64"));
      assertEquals(found.length, 1);
    }
  }
});
