import type { TraceFormat } from "../internal.ts";
import { DtlCursor, dtlFields, dtlText } from "./dtl_cursor.ts";
import { dtlKindNames } from "./packet_kind.ts";

/** Dispatch trace log of PowerPC, of a machine with the recording's byte order. */
export const dtlFormat: TraceFormat<DtlCursor> = {
  type: "vpa_dtl",
  kindNames: dtlKindNames,
  syncKind: null,
  hasPlainBytes: false,
  decoder: ({ byteOrder }) => ({ cursor: () => new DtlCursor(undefined, { byteOrder }) }),
  write: (cursor, out) => out.ascii(dtlText(cursor)),
  fields: dtlFields,
};
