import type { Cursor } from "../../internal.ts";

/** The index of `PERF_RECORD_AUXTRACE` records, `HEADER_AUXTRACE`, without its entries. */
export interface AuxtraceIndex {
  /** Number of entries, one for each record. */
  readonly count: number;
  /** Absolute position of the first entry, in bytes. */
  readonly entriesAt: number;
}

/** One entry of the index: `struct auxtrace_index_entry`. */
export interface AuxtraceIndexEntry {
  /** Absolute position of the record. */
  readonly fileOffset: bigint;
  /** Size of the record in bytes, without the trace that follows it. */
  readonly size: bigint;
}

const ENTRY_SIZE = 16;

/** Decodes the head of `HEADER_AUXTRACE`; the entries have to fit, but are not read. */
export function decodeAuxtraceIndex(body: Cursor): AuxtraceIndex {
  const count = body.count64(ENTRY_SIZE);
  return { count, entriesAt: body.fileOffset };
}

/** Yields the entries of `HEADER_AUXTRACE`, one at a time; `body` stands at the section's start. */
export function* auxtraceIndexEntries(body: Cursor): Generator<AuxtraceIndexEntry> {
  const { count } = decodeAuxtraceIndex(body);
  for (let i = 0; i < count; i++) yield { fileOffset: body.u64(), size: body.u64() };
}
