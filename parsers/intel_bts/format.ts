import type { TraceFormat } from "../internal.ts";
import { BtsCursor, btsFields, btsText } from "./bts_cursor.ts";
import { btsOverlap } from "./bts_overlap.ts";
import { BtsScan } from "./bts_scan.ts";
import { BTS_RECORD_SIZE, btsKindNames } from "./packet_kind.ts";

/** Intel BTS. Each chunk holds whole records; a snapshot can begin with those of the one before. */
export const btsFormat: TraceFormat<BtsCursor> = {
  type: "intel_bts",
  kindNames: btsKindNames,
  syncKind: null,
  hasPlainBytes: false,
  recordSize: BTS_RECORD_SIZE,
  decoder: () => ({ cursor: () => new BtsCursor(), scan: () => new BtsScan() }),
  write: (cursor, out) => out.ascii(btsText(cursor)),
  fields: btsFields,
  snapshotOverlap: btsOverlap,
};
