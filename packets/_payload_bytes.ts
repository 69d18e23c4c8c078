import { FormatError } from "../parsers/internal.ts";
import type { PerfFile } from "../parsers/perf/mod.ts";
import type { Chunks } from "./_chunks.ts";
import type { Follows, PayloadBytes } from "./payload_item.ts";

/** Trace data of one sample: where it lies, or what it is if that is in a compressed record. */
export interface SampleData {
  readonly size: number;
  readonly place: number | Uint8Array;
  readonly part: string | null;
}

/** Which bytes of a chunk, and what is known of them. */
export interface ChunkRange {
  readonly chunks: Chunks;
  readonly chunk: number;
  readonly from: number;
  readonly size: number;
  readonly follows: Follows;
  readonly cpu: number | null;
  readonly raw: boolean;
}

/** Bytes of an AUXTRACE record. */
export class ChunkBytes implements PayloadBytes {
  readonly type = "bytes";
  readonly auxOffset: bigint;
  readonly size: number;
  readonly fileOffset: number;
  readonly part: string | null;
  readonly follows: Follows;
  readonly cpu: number | null;
  readonly reference: bigint;
  readonly raw: boolean;
  readonly #file: PerfFile;

  constructor(
    file: PerfFile,
    { chunks, chunk, from, size, follows, cpu, raw }: ChunkRange,
  ) {
    this.#file = file;
    this.auxOffset = chunks.start(chunk) + BigInt(from);
    this.size = size;
    this.fileOffset = chunks.fileOffset(chunk) + from;
    this.part = chunks.part(chunk);
    this.follows = follows;
    this.cpu = cpu;
    this.reference = chunks.reference(chunk);
    this.raw = raw;
  }

  /** Copies bytes from `from` on. */
  read(from: number, into: Uint8Array): number {
    return readAt(this.#file, this, from, into);
  }
}

/** Trace data of a sample, which is a stream of its own. */
export class SampleBytes implements PayloadBytes {
  readonly type = "bytes";
  readonly auxOffset: bigint;
  readonly size: number;
  readonly fileOffset: number | null;
  readonly part: string | null;
  readonly follows = "nothing";
  readonly cpu: number | null;
  readonly reference = 0n;
  readonly raw = false;
  readonly #file: PerfFile;
  readonly #bytes: Uint8Array | null;

  constructor(
    file: PerfFile,
    { size, place, part }: SampleData,
    ring: { readonly auxOffset: bigint; readonly cpu: number | null },
  ) {
    this.#file = file;
    this.#bytes = typeof place === "number" ? null : place;
    this.fileOffset = typeof place === "number" ? place : null;
    this.size = size;
    this.part = part;
    this.auxOffset = ring.auxOffset;
    this.cpu = ring.cpu;
  }

  /** Copies bytes from `from` on. */
  read(from: number, into: Uint8Array): number {
    if (this.#bytes === null) return readAt(this.#file, this, from, into);
    const bytes = this.#bytes.subarray(from, from + into.length);
    into.set(bytes);
    return bytes.length;
  }
}

function readAt(file: PerfFile, bytes: PayloadBytes, from: number, into: Uint8Array): number {
  const { fileOffset, size, part } = bytes;
  const wanted = Math.max(Math.min(into.length, size - from), 0);
  if (wanted === 0) return 0;
  const offset = fileOffset! + from;
  const count = file.readBytes(offset, into.subarray(0, wanted), part);
  if (count > 0) return count;
  throw new FormatError("truncated", {
    structure: "AUX payload",
    offset,
    expected: `${wanted} bytes`,
    actual: "the end of the file",
  });
}
