import { type ByteSource, FormatError } from "../internal.ts";
import { FileHeaderSize } from "./abi.ts";
import { allCaps } from "./caps.ts";
import { hasPerfMagic, readHeader } from "./header.ts";
import { PACKED_START } from "./packing.ts";
import { checkChunks } from "./perf_bytes.ts";
import { PerfFile, type PerfFileOptions } from "./perf_file.ts";
import type { RecordCursor } from "./record_cursor.ts";
import type { PerfRecord } from "./records/mod.ts";

/** A recording that arrives bit by bit. */
export interface PerfStream {
  /** The recording; its events and features appear as the records pass. */
  readonly file: PerfFile;
  /** Calls `use` with the cursor at every record, as they arrive, and returns it at the end. */
  walk(use: (cursor: RecordCursor) => void): Promise<RecordCursor>;
  /**
   * Decodes the records one by one.
   *
   * @throws {FormatError} After the last whole record, if the stream ends early.
   */
  records(): AsyncGenerator<PerfRecord>;
}

/**
 * Reads a pipe stream, or a regular file from front to back, from chunks of bytes.
 *
 * Holds the chunk at hand and one record; AUX payload is dropped as it passes. The records can be
 * walked once.
 *
 * @example Records of a fetched or piped recording
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePerfStream } from "@auxtail/auxtail";
 *
 * const { readable } = await Deno.open("testdata/aux_pipe.perf.data");
 * const stream = await parsePerfStream(readable);
 * let chunks = 0;
 * for await (const record of stream.records()) if (record.type === "auxtrace") chunks++;
 * assertEquals(chunks, 2);
 * ```
 *
 * @param chunks The bytes. If they end too early, they may end with a FormatError that says why: the
 * records before it are read.
 * @throws {FormatError} If the stream does not start like a recording.
 * @throws {TypeError} If `chunks` cannot be iterated.
 */
export async function parsePerfStream(
  chunks: AsyncIterable<Uint8Array>,
  options: Omit<PerfFileOptions, "parts"> = {},
): Promise<PerfStream> {
  checkChunks(chunks);
  const source = new StreamSource(chunks);
  while (source.end < FileHeaderSize.Full && await source.more());
  const start = new Uint8Array(FileHeaderSize.Pipe);
  const isRecording = hasPerfMagic(start.subarray(0, source.read(0, start)));
  while (!isRecording && source.end < PACKED_START && await source.more());
  source.keep = Math.min(
    readHeader(source, options.packed).data.offset,
    allCaps(options).maxFeatureSize,
  );
  while (source.end < source.keep && await source.more());
  // A stream that has ended by now can be read again, so nothing of it is dropped.
  if (source.size < Infinity) source.keep = Infinity;
  const file = new PerfFile(source, options);
  async function walk(use: (cursor: RecordCursor) => void): Promise<RecordCursor> {
    const cursor = file.recordCursor();
    for (;;) {
      while (cursor.next()) use(cursor);
      if (!cursor.waiting) return cursor;
      await source.more();
    }
  }
  async function* records(): AsyncGenerator<PerfRecord> {
    const cursor = file.recordCursor();
    for (;;) {
      while (cursor.next()) yield cursor.record();
      if (!cursor.waiting) break;
      await source.more();
    }
    if (cursor.cut !== null) throw cursor.cut;
  }
  return { file, walk, records };
}

/** Chunks that have arrived, as a source that only moves forward. */
class StreamSource implements ByteSource {
  size = Infinity;
  failure: FormatError | null = null;
  /** Bytes that have arrived. */
  end = 0;
  /** Position of the first record: what stands before it is not dropped. */
  keep = Infinity;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #queue: Uint8Array[] = [];
  #start = 0;
  #wanted = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Waits for the next chunk; false at the end. */
  async more(): Promise<boolean> {
    const value = await this.#nextChunk();
    if (value === null) {
      this.size = this.end;
      return false;
    }
    this.#queue.push(value);
    this.end += value.length;
    this.#drop(this.#wanted);
    return true;
  }

  async #nextChunk(): Promise<Uint8Array | null> {
    try {
      const { done, value } = await this.#chunks.next();
      return done ? null : value;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.failure = error;
      return null;
    }
  }

  /** Fills `into`; -1 where the bytes have not arrived. Drops what stands before `offset`. */
  read(offset: number, into: Uint8Array): number {
    if (offset >= this.keep) this.#drop(offset);
    let filled = 0;
    let at = this.#start;
    for (const chunk of this.#queue) {
      const from = offset + filled - at;
      if (from >= 0 && from < chunk.length && filled < into.length) {
        const part = chunk.subarray(from, from + into.length - filled);
        into.set(part, filled);
        filled += part.length;
      }
      at += chunk.length;
    }
    return filled === 0 && this.size === Infinity ? -1 : filled;
  }

  #drop(before: number): void {
    this.#wanted = before;
    for (;;) {
      const first = this.#queue[0];
      if (first === undefined || this.#start + first.length > before) return;
      this.#start += first.length;
      this.#queue.shift();
    }
  }
}
