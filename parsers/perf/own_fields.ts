import type { PerfRecord } from "./records/decode_record.ts";

/**
 * The fields that distinguish a record: without header and event, for which every output has
 * names of its own. Of an error it is the message.
 */
export function ownFields(record: PerfRecord): Record<string, unknown> {
  const { type: _type, fileOffset: _fileOffset, size: _size, misc: _misc, event: _event, ...own } =
    record as PerfRecord & { readonly event?: unknown };
  return record.type === "raw" ? { ...own, error: record.error?.message ?? null } : own;
}
