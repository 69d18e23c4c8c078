import { openPerfFile } from "../mod.ts";
import { findPsb } from "../parsers/intel_pt/mod.ts";
import { corpusPath } from "../testing/corpus.ts";
import { auxtrace, concat, intelPtInfo, PerfFileBuilder } from "../testing/perf_builder.ts";
import { framesOf, syncedBytes } from "./_frames.ts";
import { syntheticEtm, syntheticPt, syntheticSpe } from "./_synthetic.ts";

/** Bytes that can be repeated: they begin at a sync point and end before one. */
export interface RepeatedPayload {
  /** Whether a machine recorded it, for the table. */
  readonly origin: "real" | "synthetic";
  readonly unit: Uint8Array;
}

/**
 * The Intel PT of CPU 3 of the corpus, from its first PSB to its last one; without the corpus, one
 * that is made up.
 */
export function ptPayload(): RepeatedPayload {
  const chunks = chunksOf("quipper/perf.data.intel_pt-4.14");
  if (chunks === null) return { origin: "synthetic", unit: syntheticPt() };
  const bytes = chunks[1]!;
  let end = 0;
  for (let at = findPsb(bytes); at >= 0; at = findPsb(bytes, at + 1)) end = at;
  return { origin: "real", unit: bytes.subarray(findPsb(bytes), end) };
}

/**
 * The ETMv4 of two CPUs of the corpus, each from its first A-Sync to its last one, in frames that
 * name the trace id as often as those of the recording: 1 of 8 does. Without the corpus, one that
 * is made up.
 */
export function etmPayload(): RepeatedPayload {
  const chunks = chunksOf("simpleperf/etm.perf_kernel.data");
  if (chunks === null) return { origin: "synthetic", unit: framesOf(syntheticEtm(), 0x1c) };
  const traceIds = [0x1c, 0x1c, 0x10];
  const units = chunks.map((chunk, n) => framesOf(syncedBytes(chunk, traceIds[n]!), traceIds[n]!));
  return { origin: "real", unit: concat(units) };
}

/** Arm SPE, of which the corpus has none. */
export function spePayload(): RepeatedPayload {
  return { origin: "synthetic", unit: syntheticSpe() };
}

/** Writes `unit` again and again, at most `size` bytes of it but at least once. */
export function writeRepeated(path: string, unit: Uint8Array, size: number): void {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  for (let left = Math.max(size, unit.length); left >= unit.length; left -= unit.length) {
    for (let rest = unit; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
  }
}

/** Writes a recording with as many bytes in AUXTRACE records of one unit each. */
export function writePtRecording(path: string, unit: Uint8Array, size: number): void {
  const builder = new PerfFileBuilder().add(intelPtInfo());
  for (let offset = 0; offset + unit.length <= size; offset += unit.length) {
    builder.add(auxtrace({ idx: 0, cpu: 0, tid: 1, offset: BigInt(offset), payload: unit }));
  }
  Deno.writeFileSync(path, builder.bytes());
}

/** Payloads of the AUXTRACE records of a corpus file; null if there is no corpus. */
function chunksOf(name: string): Uint8Array[] | null {
  const path = corpusPath(name);
  try {
    using file = openPerfFile(path);
    return [...file.auxChunks()].map((chunk) => chunk.read());
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
