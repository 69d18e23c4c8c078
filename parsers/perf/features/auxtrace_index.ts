import type { Cursor } from "../../internal.ts";

/** The index of `PERF_RECORD_AUXTRACE` records, `HEADER_AUXTRACE`, without its entries. */
export interface AuxtraceIndex {
  /** Number of entries, one for each record. */
  readonly count: number;
  /** Absolute position of the first entry, in bytes: position and size of a record, two `u64`. */
  readonly entriesAt: number;
}

/** Size of `struct auxtrace_index_entry`, in bytes. */
export const INDEX_ENTRY_SIZE = 16;

/**
 * Size of what stands before the entries in a section of this size: perf's number of entries, or
 * nothing, as simpleperf writes it.
 */
export function indexHeadSize(sectionSize: number): number {
  return sectionSize > 0 && sectionSize % INDEX_ENTRY_SIZE === 0 ? 0 : 8;
}

/** Decodes the head of `HEADER_AUXTRACE`; the entries have to fit, but are not read. */
export function decodeAuxtraceIndex(body: Cursor): AuxtraceIndex {
  if (indexHeadSize(body.remaining) === 0) {
    return { count: body.remaining / INDEX_ENTRY_SIZE, entriesAt: body.fileOffset };
  }
  return { count: body.count64(INDEX_ENTRY_SIZE), entriesAt: body.fileOffset };
}
