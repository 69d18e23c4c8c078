import { joinU64 } from "../internal.ts";
import { readChunkFields } from "./aux_fields.ts";
import type { RecordCursor } from "./record_cursor.ts";

/** Which chunks are wanted. */
export interface AuxChunkFilter {
  /** Only those of this CPU. */
  readonly cpu?: number;
  /** Only those of this thread. */
  readonly tid?: number;
}

/** A piece of an AUX buffer as PERF_RECORD_AUXTRACE announces it; its bytes are not loaded. */
export interface AuxChunk {
  /** Position of the record. */
  readonly fileOffset: number;
  /** Position of the first byte of the chunk in the stream of its buffer. */
  readonly auxOffset: bigint;
  /** Bytes of the chunk, padding included. */
  readonly size: number;
  /** A number of the PMU's own, usually a timestamp. */
  readonly reference: bigint;
  /** Index of the buffer: the queue that the chunk belongs to. */
  readonly idx: number;
  /** CPU of the buffer; null if it belongs to a thread. */
  readonly cpu: number | null;
  /** Thread of the buffer; null if it belongs to a CPU. */
  readonly tid: number | null;
  /**
   * Copies bytes `[from, to)` of the chunk, by default all of them. Chunks of a source that only
   * moves forward can be read until the next one is asked for.
   *
   * @throws {FormatError} If the bytes were cut off.
   */
  read(from?: number, to?: number): Uint8Array;
}

/** Yields the chunks under a cursor. */
export function* auxChunks(cursor: RecordCursor, filter: AuxChunkFilter): Generator<AuxChunk> {
  try {
    while (cursor.next()) {
      const fields = readChunkFields(cursor);
      if (fields === null) continue;
      const { idx, cpu, tid, size } = fields;
      if (filter.cpu !== undefined && filter.cpu !== cpu) continue;
      if (filter.tid !== undefined && filter.tid !== tid) continue;
      yield {
        fileOffset: cursor.fileOffset,
        auxOffset: joinU64(fields.offsetHigh, fields.offsetLow),
        size,
        reference: joinU64(fields.referenceHigh, fields.referenceLow),
        idx,
        cpu,
        tid,
        read: cursor.payloadReader(),
      };
    }
  } finally {
    cursor.close();
  }
  if (cursor.cut !== null) throw cursor.cut;
}
