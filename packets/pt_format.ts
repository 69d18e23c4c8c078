import {
  completeTsc,
  findPsb,
  PtCursor,
  ptFields,
  PtKind,
  ptKindNames,
  PtScan,
  type TscTime,
  tscToNs,
} from "../parsers/intel_pt/mod.ts";
import { joinU64 } from "../parsers/internal.ts";
import { formatOf } from "./_format_of.ts";
import type { PayloadFormat } from "./format.ts";
import { writePtText } from "./pt_text.ts";

/** Intel PT; TSC packets tell times where `time` is known. */
export function ptFormat(time: TscTime | null): PayloadFormat {
  return formatOf<PtCursor>({
    type: "intel_pt",
    kindNames: ptKindNames,
    syncKind: PtKind.Psb,
    hasPlainBytes: true,
    findSync: findPsb,
    cursor: ({ synced = false }) => new PtCursor(undefined, { synced }),
    scan: ({ synced = false }) => new PtScan({ synced }),
    pass: (cursor, known, most) => cursor.pass(known, most),
    write: writePtText,
    fields: ptFields,
    ticks: ({ kind, high, low }) => kind === PtKind.Tsc ? joinU64(high, low) : null,
    timeNs: (tsc, { reference }) => time && tscToNs(completeTsc(tsc, reference), time),
  });
}
