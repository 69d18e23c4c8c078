import type { Cursor } from "../../internal.ts";
import { FileHeaderSize } from "../abi.ts";

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
 * Whether an index holds entries alone, as simpleperf writes it; perf writes their number first. The
 * second word is then the size of a record, and in perf's the position of one, which is after the
 * header of the file.
 */
export function isWithoutCount(sectionSize: number, secondWord: bigint): boolean {
  return sectionSize % INDEX_ENTRY_SIZE === 0 && secondWord < FileHeaderSize.Full;
}

/** Decodes the head of `HEADER_AUXTRACE`; the entries have to fit, but are not read. */
export function decodeAuxtraceIndex(body: Cursor): AuxtraceIndex {
  const { remaining, at, view, little } = body;
  const count = remaining >= INDEX_ENTRY_SIZE &&
      isWithoutCount(remaining, view.getBigUint64(at + 8, little))
    ? remaining / INDEX_ENTRY_SIZE
    : body.count64(INDEX_ENTRY_SIZE);
  return { count, entriesAt: body.fileOffset };
}
