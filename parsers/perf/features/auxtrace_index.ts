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

/** Decodes the head of `HEADER_AUXTRACE`; the entries have to fit, but are not read. */
export function decodeAuxtraceIndex(body: Cursor): AuxtraceIndex {
  return { count: body.count64(INDEX_ENTRY_SIZE), entriesAt: body.fileOffset };
}
