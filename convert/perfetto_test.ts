import { assert, assertEquals, assertThrows } from "@std/assert";
import { bytesSource, FormatError, parsePerfFile, type PerfFile } from "../parsers/perf/mod.ts";
import { sequentialSource } from "../parsers/sequential_source.ts";
import { AuxRecording, step } from "../testing/aux_recording.ts";
import { perfettoPackets } from "./perfetto.ts";

function fixture(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(`testdata/${name}.perf.data`);
}

/** The whole trace, and why the records end early. */
function traceOf(file: PerfFile): { hex: string; cut: FormatError | null } {
  const packets = perfettoPackets(file);
  let hex = "";
  for (;;) {
    const { done, value } = packets.next();
    if (done) return { hex, ...value };
    hex += value.toHex();
  }
}

function streamOf(bytes: Uint8Array): PerfFile {
  let at = 0;
  return parsePerfFile(sequentialSource((into) => {
    const piece = bytes.subarray(at, at + Math.min(into.length, 100));
    at += piece.length;
    into.set(piece);
    return piece.length === 0 ? null : piece.length;
  }));
}

Deno.test("perfettoPackets() makes the same of a stream as of the saved one", () => {
  const noChunks = new AuxRecording({ pipe: true });
  for (let n = 0; n < 3; n++) {
    noChunks.aux(0, { offset: BigInt(64 * n), size: 64, timeNs: step(n) }).round();
  }
  for (const bytes of [fixture("aux_pipe"), fixture("aux_pipe_big_endian"), noChunks.bytes()]) {
    const saved = traceOf(parsePerfFile(bytesSource(bytes)));
    assert(saved.hex.startsWith("0a"));
    assert(saved.hex.includes(new TextEncoder().encode("head").toHex()));
    assertEquals(traceOf(streamOf(bytes)), saved);
  }
});

Deno.test("perfettoPackets() says where a recording is cut, after what there is", () => {
  const { hex, cut } = traceOf(parsePerfFile(bytesSource(fixture("aux_cut"))));
  assertEquals(cut?.detail.offset, 0x300);
  assert(hex.length > 0);
});

Deno.test("perfettoPackets() makes a trace of a recording without AUX data", () => {
  const { hex } = traceOf(parsePerfFile(bytesSource(fixture("aux_none"))));
  const name = new TextEncoder().encode("AUX area tracing").toHex();
  assert(hex.includes(name));
});

Deno.test("perfettoPackets() refuses limits that no accessor has", () => {
  for (const bits of [7, 53, 32.5]) {
    const file = parsePerfFile(bytesSource(fixture("aux_none")));
    assertThrows(() => perfettoPackets(file, { bits }).next(), RangeError);
  }
});

Deno.test("perfettoPackets() lets nothing but FormatError escape from damaged recordings", () => {
  for (const name of ["aux_gaps", "aux_flags", "aux_only", "aux_tails_2_63", "aux_per_thread"]) {
    const whole = fixture(name);
    for (let at = 0; at < whole.length; at++) {
      readDamaged(whole.subarray(0, at));
      const flipped = whole.slice();
      flipped[at]! ^= 0xff;
      readDamaged(flipped);
    }
  }
});

function readDamaged(bytes: Uint8Array): void {
  try {
    traceOf(parsePerfFile(bytesSource(bytes)));
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}
