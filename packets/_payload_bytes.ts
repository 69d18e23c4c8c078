import { FormatError } from "../parsers/internal.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";
import type { Chunks } from "./_chunks.ts";
import type { PayloadBytes } from "./payload_item.ts";

/** Trace data of one sample: where it lies, or what it is if that is in a compressed record. */
export interface SampleData {
  readonly size: number;
  readonly place: number | Uint8Array;
  readonly part: string | null;
}

/** Which bytes of a chunk, and what is known of them. */
export interface ChunkRange extends Pick<PayloadBytes, "size" | "follows" | "cpu" | "raw"> {
  readonly chunks: Chunks;
  readonly chunk: number;
  readonly from: number;
}

/** Bytes of an AUXTRACE record. */
export function chunkBytes(
  file: PerfFile,
  { chunks, chunk, from, size, follows, cpu, raw }: ChunkRange,
): PayloadBytes {
  const fileOffset = chunks.fileOffset(chunk) + from;
  const part = chunks.part(chunk);
  return {
    type: "bytes",
    auxOffset: chunks.start(chunk) + BigInt(from),
    size,
    fileOffset,
    part,
    follows,
    cpu,
    reference: chunks.reference(chunk),
    raw,
    read: (at, into) => readAt(file, { fileOffset, size, part }, at, into),
  };
}

/** Trace data of a sample, which is a stream of its own. */
export function sampleBytes(
  file: PerfFile,
  { size, place, part }: SampleData,
  ring: Pick<PayloadBytes, "auxOffset" | "cpu">,
): PayloadBytes {
  const fileOffset = typeof place === "number" ? place : null;
  return {
    type: "bytes",
    ...ring,
    size,
    fileOffset,
    part,
    follows: "nothing",
    reference: 0n,
    raw: false,
    read(at, into) {
      if (typeof place === "number") {
        return readAt(file, { fileOffset: place, size, part }, at, into);
      }
      const bytes = place.subarray(at, at + into.length);
      into.set(bytes);
      return bytes.length;
    },
  };
}

function readAt(
  file: PerfFile,
  { fileOffset, size, part }: { fileOffset: number; size: number; part: string | null },
  from: number,
  into: Uint8Array,
): number {
  const wanted = Math.max(Math.min(into.length, size - from), 0);
  if (wanted === 0) return 0;
  const offset = fileOffset + from;
  const count = file.readBytes(offset, into.subarray(0, wanted), part);
  if (count > 0) return count;
  throw new FormatError("truncated", {
    structure: "AUX payload",
    offset,
    expected: `${wanted} bytes`,
    actual: "the end of the file",
    cure: "the file became shorter while it was read: read it again",
  });
}
