import { PtKind, ptKindNames } from "../parsers/intel_pt/packet_kind.ts";
import { PtCursor } from "../parsers/intel_pt/pt_cursor.ts";
import { ptFields } from "../parsers/intel_pt/pt_fields.ts";
import { PtScan } from "../parsers/intel_pt/pt_scan.ts";
import { completeTsc, type TscTime, tscToNs } from "../parsers/intel_pt/pt_time.ts";
import { findPsb } from "../parsers/intel_pt/sync.ts";
import { joinU64 } from "../parsers/u64.ts";
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
