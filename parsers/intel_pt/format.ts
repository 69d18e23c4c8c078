import { completeTsc, joinU64, type TraceFormat, tscToNs } from "../internal.ts";
import { PtKind, ptKindNames } from "./packet_kind.ts";
import { PtCursor } from "./pt_cursor.ts";
import { ptFields } from "./pt_fields.ts";
import { PtScan } from "./pt_scan.ts";
import { writePtText } from "./pt_text.ts";
import { findPsb } from "./sync.ts";

/** Intel PT. TSC packets tell times where the recording says how ticks become times. */
export const ptFormat: TraceFormat<PtCursor> = {
  type: "intel_pt",
  kindNames: ptKindNames,
  syncKind: PtKind.Psb,
  hasPlainBytes: true,
  decoder: ({ time, fromStart = false }) => ({
    cursor: ({ synced = false }) => new PtCursor(undefined, { synced: fromStart || synced }),
    scan: ({ synced = false }) => new PtScan({ synced: fromStart || synced }),
    timeNs: (tsc, { reference }) => time && tscToNs(completeTsc(tsc, reference), time),
  }),
  write: writePtText,
  fields: ptFields,
  ticks: ({ kind, high, low }) => kind === PtKind.Tsc ? joinU64(high, low) : null,
  pass: (cursor, known, most) => cursor.pass(known, most),
  findSync: findPsb,
};
